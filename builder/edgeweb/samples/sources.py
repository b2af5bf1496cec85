"""What a model is tried, calibrated and judged on: the user's data, the site's own sounds, or something made up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edgeweb.config import Config
from edgeweb.read.model import Model
from edgeweb.read.probe import ModelInfo
from edgeweb.samples import samples
from edgeweb.samples.samples import Samples
from edgeweb.schema.model import GoldenInput
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.audio import detect, windows
from edgeweb.tasks.plan import Plan, Seen
from edgeweb.trial import first_run


def cases(flat: Model, info: ModelInfo, settings: Config, labels: Sequence[str]) -> list[list[GoldenInput]]:
    """What a model of sound is tried on: noise of the right length, and the rate that it was told."""
    seen = Seen(flat.proto, info.inputs, info.outputs, info.operators, labels, "", ())
    found = None if settings.task == "tensors" else detect.detect(seen, settings)
    case = windows.case(found.audio, info.inputs) if isinstance(found, Plan) and found.audio else None
    return [case] if case else []


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
    """`data`; without it, for a model of sound, windows of the examples; else variations of the `known` case."""
    if data is not None:
        return samples.read(data, infos, plan, known)
    if plan.audio is not None and any(file.suffix.lower() == ".wav" for file in examples):
        return samples.heard(examples, plan)
    return samples.made_up(infos, plan, known)
