"""The errors edgeweb raises: what went wrong, why, and what to try next, with the code both languages share."""

from __future__ import annotations

from collections.abc import Iterable

_MAX_PART = 400
# Programs and packages; a sentence that begins with one says what it is called.
_NAMES = {"edgeweb", "init", "pip", "numpy", "pandas", "polars", "skops", "torch", "transformers", "optimum", "keras"}


def printable(text: object, limit: int = _MAX_PART) -> str:
    """`text` on one line, without control or direction-changing characters, at most `limit` characters.

    Model files choose their own names, so anything that reaches a terminal goes through here.
    """
    flat = " ".join(str(text).split())
    safe = "".join(c if c.isprintable() else "�" for c in flat)
    return safe if len(safe) <= limit else safe[: limit - 1] + "…"


def printable_line(text: str, limit: int = _MAX_PART) -> str:
    """`text` with its spaces, but without control or direction-changing characters: a line of a traceback."""
    safe = "".join(c if c.isprintable() else "�" for c in text.expandtabs())
    return safe if len(safe) <= limit else safe[: limit - 1] + "…"


def did_you_mean(word: str, known: Iterable[str], otherwise: str, most: int = 1) -> str:
    """The hint of an error about an unknown `word`: the nearest known ones, at most so many; `otherwise` where none is.

    Case, and what stands between the words of a name, count for nothing.
    """
    # Here, as no command that succeeds needs it.
    import difflib

    def plain(name: str) -> str:
        return name.lower().replace("_", "-")

    names = {plain(name): name for name in known}
    near = [names[name] for name in difflib.get_close_matches(plain(word), names, n=most, cutoff=0.55)]
    near = near or [name for key, name in names.items() if len(word) > 2 and plain(word) in key][:most]
    return f"Did you mean {' or '.join(near)}?" if near else otherwise


def _sentence(text: str) -> str:
    """With a capital, unless it begins with a name such as `ai.onnx`, or with what is always written small."""
    first = text.split(" ", 1)[0]
    return text[:1].upper() + text[1:] if first.isalpha() and first not in _NAMES else text


class EdgewebError(Exception):
    """Base of everything edgeweb raises on purpose.

    Args:
        what: the thing that failed, naming the file, node or option.
        why: the reason, as specific as it is known.
        hint: the next thing to try.
    """

    code = "error"
    exit_code = 2

    def __init__(self, what: str, why: str, hint: str) -> None:
        self.what = printable(what).rstrip(".")
        self.why, self.hint = (_sentence(printable(part).rstrip(".")) for part in (why, hint))
        end = "" if self.hint.endswith("?") else "."
        super().__init__(f"{self.what}. {self.why}. {self.hint}{end}")

    def _render_traceback_(self) -> list[str]:
        """What notebooks show, in place of all the calls that led here."""
        return [f"{type(self).__name__}: {self}"]


class UsageError(EdgewebError):
    """The command line or a function call asks for something that cannot be done."""

    code = "usage"


class ConfigError(EdgewebError):
    """`edgeweb.toml`, a labels file or another input beside the model is wrong."""

    code = "config"


class ModelError(EdgewebError):
    """The model file is damaged, not ONNX, or unsafe to read."""

    code = "model-invalid"


class UnsupportedError(EdgewebError):
    """The model is valid, but no browser can run it."""

    code = "model-unsupported"


class OutputError(EdgewebError):
    """The site cannot be written where it was asked for."""

    code = "output"


class SiteError(EdgewebError):
    """A folder that should be a site is not one, or a file in it is damaged."""

    code = "site-invalid"


class LimitError(EdgewebError):
    """A stated limit (size, agreement) was missed; exit code 3."""

    code = "limit"
    exit_code = 3


class HookError(EdgewebError):
    """The user's own Python failed. `text`: its traceback, from the hook's own file on; may be empty."""

    code = "hook"

    def __init__(self, what: str, why: str, hint: str, text: str = "") -> None:
        super().__init__(what, why, hint)
        self.text = text


def renamed(error: EdgewebError, place: object, called: object) -> EdgewebError:
    """The same error in the words of whoever gave a thing, and not with the place where it is kept meanwhile."""
    parts = (text.replace(str(place), str(called)) for text in (error.what, error.why, error.hint))
    found = type(error)(*parts)
    vars(found).update({name: each for name, each in vars(error).items() if name not in ("what", "why", "hint")})
    return found
