"""The one error of the server: what went wrong, why, and what to try next."""

from __future__ import annotations

_MAX_PART = 400


def _printable(text: str) -> str:
    """`text` on one line without control characters: names in a foreign site must not steer a terminal."""
    flat = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in " ".join(text.split()))
    return flat if len(flat) <= _MAX_PART else flat[: _MAX_PART - 1] + "…"


class ServeError(Exception):
    """A folder cannot be served, or the address cannot be used.

    Args:
        what: the thing that failed, naming the folder, file or port.
        why: the reason, as specific as it is known.
        hint: the next thing to try.
    """

    def __init__(self, what: str, why: str, hint: str) -> None:
        self.what, self.why, self.hint = (_printable(part).rstrip(".") for part in (what, why, hint))
        super().__init__(f"{self.what}. {self.why}. {self.hint}.")
