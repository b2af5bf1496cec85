"""Models that take texts, as token ids or as they are: the kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from edgeweb.config import Config
from edgeweb.files.table import FileTable
from edgeweb.inputs.arrays import Feed, Found
from edgeweb.manifest import Manifest
from edgeweb.read.model import Model
from edgeweb.schema.model import GoldenInput
from edgeweb.schema.site import Gallery
from edgeweb.schema.tasks import Task
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import labels, scores
from edgeweb.tasks.further import Run, Steps
from edgeweb.tasks.kind import SAYS, Before, Kind, MadeUp, Packed, SampleFiles
from edgeweb.tasks.language import crossing, last, writing
from edgeweb.tasks.language import inputs as text_inputs
from edgeweb.tasks.plan import Plan, Recognised, Seen
from edgeweb.tasks.tabular.manifest import TabularPipeline
from edgeweb.tasks.text import behind, detect, files, gallery, looks, meaning
from edgeweb.tasks.text.manifest import TextPipeline
from edgeweb.tasks.text.spec import TextSpec
from edgeweb.tasks.told import Told

# What is written in a visit is not long: its first tokens show what every token takes.
_FEW = 6
_VISITS = ("", "A few plain words, and some more of them.", "Größe, 漢字 and 😀. " * 12)


class Text(Kind):
    """`spec` is a `TextSpec`."""

    key = "text"
    tasks = meaning.TASKS
    # Token ids are no row of a table, also where nobody knows the words.
    excludes = frozenset(("image", "tabular"))
    example = "text"
    value = "text"
    samples = SampleFiles("line", frozenset((".txt",)))

    def join(self, model: Model, settings: Config, base: Path) -> tuple[Model, Config, list[str]]:
        """A decoder gives the scores of the next token alone, and a model of vectors the one that its files say."""
        shorter, notes = last.step(model, settings)
        whole, more = behind.step(shorter, settings)
        return whole, settings, [*notes, *more]

    def before(self, model: Model, seen: Seen, settings: Config, base: Path) -> Before:
        """The tokenizer; sentences for the first run."""
        found = text_inputs.beside(seen.inputs, seen.outputs, model.path, settings, base)
        cases = text_inputs.cases(found, seen.inputs)
        return Before(settings, (), found, text_inputs.prose(seen.inputs), cases)

    def detect(self, seen: Seen, settings: Config) -> Recognised | str:
        """By the inputs' names and the tokenizer's files, or operators that take texts apart."""
        found = detect.detect(seen, settings)
        nothing = "it takes neither texts nor their token ids" if settings.task in self.tasks else ""
        return found or nothing

    def looks(self, seen: Seen, settings: Config, base: Path) -> Sequence[Feed]:
        """Texts that show whether scores agree with the label, and whether they are probabilities."""
        data = None if settings.data is None else base / settings.data
        return looks.texts(seen, data, prose=detect.prose(seen))

    def asked(self, plan: Plan, task: Task, seen: Seen) -> Plan | str:
        """What the tokenizer's files say of the conversation stays a reason."""
        return replace(plan, task=task, reasons=(SAYS, *plan.reasons[1:]))

    def labels(self, plan: Plan, seen: Seen) -> tuple[str, ...]:
        """Of what gives scores of classes."""
        spec: TextSpec = plan.spec
        if plan.task in ("text-embedding", "fill-mask", "question-answering") or spec.pipeline.result == "text":
            return plan.labels
        if plan.task == "text-regression":
            # Names of values; nobody has to give any, and config.json's are of as many.
            size = detect.width(spec.pipeline.output, seen)
            return labels.checked(plan, seen, spec.pipeline.output, size, "values") if seen.labels else plan.labels
        if spec.table is None:
            return labels.checked(plan, seen, spec.pipeline.output, detect.width(spec.pipeline.output, seen))
        table, output = spec.table, spec.table.scores or spec.table.label
        size = 2 if table.pair else len(table.classes) or scores.classes_of(table.scores, seen.outputs)
        return labels.checked(plan, seen, output, size)

    def told(self, plan: Plan) -> tuple[Told, ...]:
        """Shares of classes, words and places."""
        spec: TextSpec = plan.spec
        return spec.told

    def row(self, plan: Plan) -> TabularPipeline | None:
        """What takes a text as it is takes a row with one column."""
        spec: TextSpec = plan.spec
        return spec.table

    def scores(self, plan: Plan, outputs: Sequence[TensorInfo]) -> str | None:
        """Those of a classifier, or of the next token."""
        spec: TextSpec = plan.spec
        named = spec.pipeline.output if spec.pipeline.result in ("classification", "text") else None
        # An encoder's vectors are none.
        return scores.among(None if plan.parts else named, outputs)

    def writes(self, plan: Plan) -> bool:
        """A decoder, and what it writes about."""
        spec: TextSpec = plan.spec
        return spec.writer is not None

    def read(self, path: Path, files_of: Sequence[Path], inputs: Sequence[TensorInfo], plan: Plan) -> Found:
        """A line each: as ids where the model takes them, else for any model with one input of text."""
        spec = plan.spec if plan.kind is self else None
        if spec is not None and spec.pipeline.inputs is not None and spec.language is not None:
            return files.read_ids(path, spec.pipeline.inputs, spec.language)
        return files.read_lines(path, inputs, plan)

    def made_up(
        self, plan: Plan, inputs: Sequence[TensorInfo], case: Sequence[GoldenInput], examples: Sequence[Path]
    ) -> MadeUp | None:
        """Sentences as ids; what takes texts as they are gets variations of its case."""
        spec: TextSpec = plan.spec
        if spec.pipeline.inputs is None or spec.language is None or not case:
            return None
        two = plan.task in ("question-answering", "zero-shot-classification", "text-ranking")
        feeds = text_inputs.made_up(spec.pipeline.inputs, spec.language, spec.pipeline.result == "fill", two)
        return MadeUp(tuple(feeds), f"{len(feeds)} sentences of edgeweb's own", True)

    def further(self, plan: Plan, name: str, case: Sequence[GoldenInput], run: Run) -> Steps:
        """The decoder of a text."""
        spec: TextSpec = plan.spec
        return super().further(plan, name, case, run) if spec.writer is None else crossing.steps(spec.writer, case, run)

    def pipelines(self, plan: Plan, made: Packed) -> Mapping[str, msgspec.Struct]:
        """With the tokenizer put into the site, where there is one."""
        spec: TextSpec = plan.spec
        found: dict[str, msgspec.Struct] = {"text": msgspec.structs.replace(spec.pipeline, examples=list(made.texts))}
        if spec.language is not None:
            found["language"] = writing.shipped(made.table, made.script, spec.language, spec.limit)
        if spec.writer is not None:
            found["writer"] = spec.writer
        return found if spec.table is None else {**found, "tabular": spec.table}

    def interface(self, plan: Plan) -> str:
        """What writes has one of its own, and what writes about a text another."""
        spec: TextSpec = plan.spec
        if spec.writer is not None and spec.writer.crossing:
            return "writing"
        return "chat" if spec.pipeline.result == "text" else super().interface(plan)

    def visits(self, pipeline: TextPipeline, site: Manifest) -> Iterator[dict[str, Any]]:
        """Texts of several lengths and scripts, in all the ways in which they can be asked about."""
        if pipeline.result == "answers":
            # One that fits beside the question, and one that has to be read in several windows.
            for context in (_VISITS[1], _VISITS[2] * 4):
                yield {"input": "value", "value": {"question": _VISITS[1], "context": context}}
            return
        yield from ({"input": "value", "value": text} for text in _VISITS)
        if pipeline.entails is not None:
            yield {"input": "value", "value": {"text": _VISITS[2], "labels": [_VISITS[1]]}}
        if site.language is not None and site.language.pair is not None:
            yield {"input": "value", "value": {"text": _VISITS[1], "pair": _VISITS[2]}}
        if site.writer is not None:
            yield from _written()

    def gallery(
        self, plan: Plan, table: FileTable, where: Path, inputs: Sequence[TensorInfo], model: bytes | Path
    ) -> Gallery:
        """Of texts, where the model gives a vector of each."""
        spec: TextSpec = plan.spec
        if spec.pipeline.result != "embedding" or spec.language is None:
            return super().gallery(plan, table, where, inputs, model)
        return gallery.of_texts(table, where, model, spec)


def _written() -> Iterator[dict[str, Any]]:
    """Texts that a visitor has written otherwise than the site does by itself, and a conversation that goes on."""
    ways: tuple[dict[str, Any], ...] = ({"temperature": 0}, {"temperature": 1, "topP": 0.9, "seed": 1}, {"beams": 3})
    for way in ways:
        yield {"input": "value", "value": _VISITS[1], "options": {**way, "maxTokens": _FEW}}
    yield {"input": "talk", "texts": _VISITS[1:], "options": {"maxTokens": _FEW}}


TEXT = Text()
