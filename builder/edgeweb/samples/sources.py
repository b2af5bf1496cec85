"""What a model is tried, calibrated and judged on: the user's data, the site's own sounds, or something made up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edgeweb.samples import samples
from edgeweb.samples.samples import Samples
from edgeweb.schema.model import GoldenInput
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.plan import Plan
from edgeweb.trial import first_run


def published(data: Path | None, case: Sequence[GoldenInput]) -> list[tuple[str, str]]:
    """A note, for the report and whoever builds, where inputs of the user's own are the golden case."""
    own = [spec.name for spec in case if spec.data is not None or spec.strings is not None]
    if data is None or data.suffix.lower() not in first_run.ARRAYS or not own:
        return []
    what = f"inputs of {data.name} ({', '.join(own)}) are the golden case"
    return [("public", f"{what}: everybody can read them in edgeweb.json")]


def inputs(
    data: Path | None, examples: Sequence[Path], infos: Sequence[TensorInfo], plan: Plan, known: list[GoldenInput]
) -> Samples:
    """`data`; without it what the kind of model makes up, perhaps of the examples; else variations of `known`."""
    if data is not None:
        return samples.read(data, infos, plan, known)
    return samples.made_up(infos, plan, known, examples)
