"""What every compression step is told besides the model."""

from __future__ import annotations

from dataclasses import dataclass

from edgeweb.inputs.golden import Array


@dataclass(frozen=True)
class Calibration:
    """`feeds`: calibration inputs, one run each; `keep`: nodes or initializers, by name, that stay as they are."""

    feeds: tuple[dict[str, Array], ...]
    keep: frozenset[str] = frozenset()
    threads: int = 2
