"""The names of a model's classes: the user's, or those that its authors gave."""

from __future__ import annotations

from edgeweb.errors import ConfigError
from edgeweb.tasks.plan import Plan, Seen


def checked(plan: Plan, seen: Seen, output: str | None, size: int | None, word: str = "scores") -> tuple[str, ...]:
    """The names of what `output` tells.

    Args:
        size: how many there are; None: nobody knows.
        word: what the output has of each.

    Raises:
        ConfigError: the user's are of another number.
    """
    if seen.labels and size is not None and len(seen.labels) != size:
        raise ConfigError(
            f"{seen.labels_from} has {len(seen.labels)} labels",
            f'output "{output}" has {size} {word}',
            f"Give {size} labels" + (", or none: the model has names of its own" if seen.classes else ", one a line"),
        )
    classes = seen.labels or plan.labels or (seen.classes if size in (None, len(seen.classes)) else ())
    return tuple(classes)
