"""What whoever calls is told of the work: a step as plain text, or more of the one that goes on."""

from __future__ import annotations

from collections.abc import Callable

Teller = Callable[[str], None]


class Note(str):
    """Something to know of what is being done; no step of its own."""


class Detail(str):
    """What a step does just now. `share`: how much of that is done, 0 to 1, where it can be counted."""

    share: float | None

    def __new__(cls, text: str, share: float | None = None) -> Detail:
        """`text` with its `share`."""
        made = super().__new__(cls, text)
        made.share = share
        return made


def within(on_step: Teller) -> Teller:
    """Tells what begins as details of the step that was told last."""
    return lambda step: on_step(step if isinstance(step, Detail | Note) else Detail(step))
