"""Models that take sounds: the kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from edgeweb.config import Config
from edgeweb.inputs import sound
from edgeweb.inputs.arrays import Found
from edgeweb.manifest import Manifest
from edgeweb.read import folder
from edgeweb.read.model import Model
from edgeweb.schema.model import GoldenInput
from edgeweb.schema.tasks import Task
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import labels
from edgeweb.tasks.audio import detect, files, joined, own_length, published, unmasked, windows
from edgeweb.tasks.audio.labelled import MatchedSpec
from edgeweb.tasks.audio.manifest import AudioPipeline
from edgeweb.tasks.audio.spoken import SpokenSpec
from edgeweb.tasks.further import Run, Steps
from edgeweb.tasks.kind import SAYS, Before, Kind, MadeUp, Packed, SampleFiles
from edgeweb.tasks.language import crossing, matching, writing
from edgeweb.tasks.plan import Plan, Recognised, Seen

# Of sounds that the profiler gives the page: seconds and rates.
_VISITS = ((2, 16_000), (1, 44_100), (0.4, 16_000))


class Audio(Kind):
    """`spec` is the manifest's pipeline itself, a `SpokenSpec` where a second graph writes, or a `MatchedSpec`."""

    key = "audio"
    tasks = tuple(detect.RESULTS)
    device = "microphone"
    example = "audio"
    samples = SampleFiles("sound", sound.SUFFIXES, folders=True)

    def claims(self, settings: Config) -> bool:
        """By its table."""
        return settings.audio is not None

    def published(self, settings: Config, folder: Path) -> tuple[Config, str]:
        """What Hugging Face keeps beside a model: features, rates and the names of classes."""
        return published.configured(settings, folder), "preprocessor_config.json"

    def join(self, model: Model, settings: Config, base: Path) -> tuple[Model, Config, list[str]]:
        """Two models that work one after the other in each window. How long a sound is is no question to a page."""
        alone, notes = unmasked.step(model, settings)
        whole, said, more = joined.step(alone, settings, base)
        return whole, said, [*notes, *more]

    def before(self, model: Model, seen: Seen, settings: Config, base: Path) -> Before:
        """Noise of the right length, and the rate that it was told; how speech is written."""
        beside = own_length.beside(settings, folder.home(model.path))
        known = replace(seen, beside={self.key: beside})
        found = "" if settings.task == "tensors" else detect.detect(known, settings)
        cases = () if isinstance(found, str) else (windows.case(_pipeline(found), seen.inputs),)
        return Before(settings, beside=beside, cases=cases)

    def detect(self, seen: Seen, settings: Config) -> Recognised | str:
        """Mostly the user alone can say it, by `[audio]`."""
        return detect.detect(seen, settings)

    def asked(self, plan: Plan, task: Task, seen: Seen) -> Plan | str:
        """How the sound goes in stays a reason."""
        # Files beside the model may have said the task, which nobody has asked for then.
        told = seen.says("task", task, "task").source == "file"
        return replace(plan, task=task, reasons=plan.reasons if told else (SAYS, *plan.reasons))

    def labels(self, plan: Plan, seen: Seen) -> tuple[str, ...]:
        """Of a classifier they must be as many as its scores; for others they are only names."""
        pipeline = _pipeline(plan)
        if pipeline.result != "classification":
            return tuple(seen.labels)
        gave = seen.gave.get(pipeline.outputs[0])
        info = next(info for info in seen.outputs if info.name == pipeline.outputs[0])
        last = info.shape[-1] if info.shape else None
        size = last if isinstance(last, int) else None if gave is None else gave.shape[-1]
        return labels.checked(plan, seen, info.name, size)

    def read(self, path: Path, files_of: Sequence[Path], inputs: Sequence[TensorInfo], plan: Plan) -> Found:
        """Windows of sounds; for a model of any kind that takes one row of floats, whole sounds."""
        return (
            files.read_windows(files_of, _pipeline(plan))
            if plan.kind is self
            else files.read(path, files_of, inputs, plan)
        )

    def made_up(
        self, plan: Plan, inputs: Sequence[TensorInfo], case: Sequence[GoldenInput], examples: Sequence[Path]
    ) -> MadeUp | None:
        """Windows of the site's own examples; what is no WAV is left to the page."""
        known = [file for file in examples if file.suffix.lower() in sound.SUFFIXES]
        if not known:
            return None
        found = files.read_windows(known, _pipeline(plan))[0]
        count = f"{len(found)} {'window' if len(found) == 1 else 'windows'} of the examples"
        return MadeUp(tuple(found), count, False)

    def pipelines(self, plan: Plan, made: Packed) -> Mapping[str, msgspec.Struct]:
        """Windows, the two graphs around the model, and what its outputs say."""
        spec = plan.spec
        more = writing.beside(made, spec.language, spec.writer) if isinstance(spec, SpokenSpec) else {}
        more = writing.beside(made, spec.language, None, spec.matching) if isinstance(spec, MatchedSpec) else more
        return {"audio": _pipeline(plan), **more}

    def writes(self, plan: Plan) -> bool:
        """What is written of it, by a second graph or letter by letter: another letter is another text."""
        return isinstance(plan.spec, SpokenSpec) or _pipeline(plan).result == "transcript"

    def further(self, plan: Plan, name: str, case: Sequence[GoldenInput], run: Run) -> Steps:
        """The decoder of speech, or what reads the labels that a sound is held against."""
        if isinstance(plan.spec, MatchedSpec):
            return matching.steps(plan.spec.matching, plan.spec.language)
        spoken = isinstance(plan.spec, SpokenSpec)
        return crossing.steps(plan.spec.writer, case, run) if spoken else super().further(plan, name, case, run)

    def visits(self, pipeline: AudioPipeline, site: Manifest) -> Iterator[dict[str, Any]]:
        """Sounds of several rates; those that are written, with times and as beams too."""
        yield from ({"input": "sound", "seconds": seconds, "rate": rate} for seconds, rate in _VISITS)
        if pipeline.result == "matching":
            seconds, rate = _VISITS[0]
            for labels in (["a dog"], ["rain", "two people who talk", "漢字"]):
                yield {"input": "heard", "seconds": seconds, "rate": rate, "value": {"labels": labels}}
        if pipeline.result == "transcript":
            seconds, rate = _VISITS[0]
            ways: list[dict[str, Any]] = [{"timestamps": True}, *([{"beams": 2}] if pipeline.spoken else [])]
            for way in ways:
                yield {"input": "sound", "seconds": seconds, "rate": rate, "options": {**way, "maxTokens": 6}}


def _pipeline(plan: Plan | Recognised) -> AudioPipeline:
    found: AudioPipeline = plan.spec.pipeline if isinstance(plan.spec, SpokenSpec | MatchedSpec) else plan.spec
    return found


AUDIO = Audio()
