"""Models that speak: the kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from edgeweb.config import Config
from edgeweb.inputs import golden
from edgeweb.inputs.arrays import Feed
from edgeweb.inputs.golden import DTYPES
from edgeweb.manifest import Manifest
from edgeweb.read import folder
from edgeweb.read.model import Model
from edgeweb.schema.model import GoldenInput
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.further import Run, Steps
from edgeweb.tasks.kind import Before, Kind, MadeUp, Packed
from edgeweb.tasks.language import writing
from edgeweb.tasks.plan import Plan, Recognised, Seen
from edgeweb.tasks.speech import detect, framed, letters
from edgeweb.tasks.speech.detect import Spoken
from edgeweb.tasks.speech.manifest import SpeechPipeline

_TEXTS = ("hello", "the quick brown fox jumps over the lazy dog", "good morning, how are you today?", "yes")


class Speech(Kind):
    """`spec` is a `Spoken`."""

    key = "speech"
    tasks = ("text-to-speech",)
    # Letters are no row of a table, also where they cannot be made here.
    excludes = frozenset(("text", "image", "tabular"))
    example = "text"
    takes = "texts"

    def before(self, model: Model, seen: Seen, settings: Config, base: Path) -> Before:
        """The letters; some of a word for the first run."""
        found = detect.beside(folder.home(model.path), settings, seen.parts)
        known = detect.detect(seen, found)
        cases = () if isinstance(known, str) else (_case(known.spec, seen.inputs),)
        return Before(settings, beside=found, cases=cases)

    def detect(self, seen: Seen, settings: Config) -> Recognised | str:
        """By the class that config.json names."""
        found = seen.beside.get(self.key)
        nothing = "no file beside it says that it speaks" if settings.task in self.tasks else ""
        return (detect.detect(seen, found) if isinstance(found, detect.Beside) else "") or nothing

    def made_up(
        self, plan: Plan, inputs: Sequence[TensorInfo], case: Sequence[GoldenInput], examples: Sequence[Path]
    ) -> MadeUp | None:
        """Some words."""
        feeds = tuple(_feed(plan.spec, text) for text in _TEXTS)
        return MadeUp(feeds, f"{len(feeds)} sentences of edgeweb's own", True)

    def further(self, plan: Plan, name: str, case: Sequence[GoldenInput], run: Run) -> Steps:
        """Frames, and what they sound like."""
        return framed.steps(plan.spec.pipeline, name, case, run)

    def asked(self, plan: Plan, task: Any, seen: Seen) -> Plan | str:
        """How a text goes in stays a reason."""
        return replace(plan, task=task)

    def pipelines(self, plan: Plan, made: Packed) -> Mapping[str, msgspec.Struct]:
        """Letters, and the sound that they become."""
        spec: Spoken = plan.spec
        own = msgspec.structs.replace(spec.pipeline, examples=list(made.texts))
        return {"speech": own, **writing.beside(made, spec.language)}

    def visits(self, pipeline: SpeechPipeline, site: Manifest) -> Iterator[dict[str, Any]]:
        """Texts of several lengths."""
        yield from ({"input": "value", "value": text} for text in _TEXTS[:3])


def _feed(spec: Spoken, text: str) -> Feed:
    """The inputs for a text; a letter that every vocabulary has where it has none of the text's."""
    pipeline = spec.pipeline
    if spec.language is not None:
        return framed.feed(pipeline, spec.language, text)
    ids = letters.ids(text, pipeline) or [pipeline.unknown]
    kind = DTYPES[pipeline.type]
    fixed = {each.name: golden.make_input(_constant(each)) for each in pipeline.constants}
    found: Feed = {pipeline.input: np.array([ids], kind), **fixed}
    if pipeline.mask is not None:
        found[pipeline.mask] = np.ones((1, len(ids)), kind)
    return found


def _constant(each: Any) -> GoldenInput:
    return GoldenInput(name=each.name, type=each.type, dims=each.dims, data=each.data)


def _case(spec: Spoken, inputs: Sequence[TensorInfo]) -> list[GoldenInput]:
    feed = _feed(spec, _TEXTS[0])
    return [golden.stored_input(info.name, info.type, feed[info.name]) for info in inputs]


SPEECH = Speech()
