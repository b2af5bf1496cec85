"""Models that take a row of a table: the kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
from msgspec.structs import replace as replace_of

from edgeweb.config import Config, InputConfig
from edgeweb.inputs.arrays import Feed, Found
from edgeweb.read import mlmodel
from edgeweb.read.model import Model
from edgeweb.schema.tasks import Task
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import evidence, labels, row, scores
from edgeweb.tasks.kind import SAYS, Before, Kind, Packed, SampleFiles, unsuited
from edgeweb.tasks.plan import Plan, Recognised, Seen
from edgeweb.tasks.tabular import files, logged, looks, taught
from edgeweb.tasks.tabular.manifest import TabularPipeline
from edgeweb.tasks.tabular.taught import Taught


class Tabular(Kind):
    """`spec` is the manifest's pipeline itself."""

    key = "tabular"
    tasks = ("tabular-classification", "tabular-regression")
    value = "row"
    samples = SampleFiles("row", frozenset((".csv",)))

    def before(self, model: Model, seen: Seen, settings: Config, base: Path) -> Before:
        """Categories that the model knows: others would prove little; and what the user's samples say of columns."""
        columns = row.columns_of(seen, settings)
        strings, cases = row.texts(seen.proto, columns), looks.cases(seen.proto, seen.inputs, columns)
        data = None if settings.data is None else base / settings.data
        lines = [] if data is None else taught.lines(data)
        given, said = taught.names(lines, seen, settings), mlmodel.beside(model.path)
        settings = _named(settings, given)
        also = logged.names(said, seen, settings)
        settings = _named(settings, also)
        found = logged.teach(said, seen, settings)
        if data is not None:
            found = logged.over(found, taught.teach(data, lines, seen, settings, list(given)))
        origins = {f"input.{key}.columns": data.name for key in given if data}
        origins |= {f"input.{key}.columns": mlmodel.NAME for key in also}
        return Before(settings, beside=found, strings=strings, cases=cases, origins=origins, learnt=found.notes)

    def detect(self, seen: Seen, settings: Config) -> Recognised | str:
        """Every input is a column or several, and so is what comes out."""
        found = row.read(seen, settings)
        if isinstance(found, str):
            return found
        table = replace_of(found.pipeline, columns=_taught(seen).columns(found.pipeline.columns))
        return Recognised(found.task, (found.why,), table, evidence=found.evidence)

    def looks(self, seen: Seen, settings: Config, base: Path) -> Sequence[Feed]:
        """Rows that show whether scores agree with the label, and whether they are probabilities."""
        columns = row.columns_of(seen, settings)
        data = None if settings.data is None else base / settings.data
        return () if isinstance(columns, str) else looks.rows(seen.proto, seen.inputs, columns, data)

    def asked(self, plan: Plan, task: Task, seen: Seen) -> Plan | str:
        """Scores or a numeric label may be read as plain values; one plain value is no classification."""
        table: TabularPipeline = plan.spec
        if task == "tabular-classification":
            fits = table.label is not None or table.scores is not None
            return (
                replace(plan, task=task, reasons=(SAYS,)) if fits else "its output is one value, not a label or scores"
            )
        reals = [info.name for info in seen.outputs if info.type.startswith("float")]
        values = reals[0] if len(reals) == 1 else table.values or table.scores or table.label
        if any(info.name == values and info.type == "string" for info in seen.outputs):
            return f'its output "{values}" is text, not a value'
        answer = evidence.Said("answer", values, "file", "the output that has the values")
        said = (answer, *(each for each in plan.evidence if each.claim == "columns"))
        return Plan(task, (SAYS,), self, TabularPipeline(columns=table.columns, values=values), evidence=said)

    def labels(self, plan: Plan, seen: Seen) -> tuple[str, ...]:
        """Of the classes; of values only the user's, where there are as many."""
        table: TabularPipeline = plan.spec
        if plan.task != "tabular-classification":
            size = next((scores.width(info) for info in seen.outputs if info.name == table.values), None)
            return tuple(seen.labels) if size is not None and size == len(seen.labels) else ()
        if table.scores is None and not table.classes:
            # Nothing says which of the user's names stands for what the label output gives.
            return ()
        output = table.scores or table.label
        size = 2 if table.pair else len(table.classes) or scores.classes_of(table.scores, seen.outputs)
        return labels.checked(plan, seen, output, size)

    def row(self, plan: Plan) -> TabularPipeline | None:
        """Its columns."""
        table: TabularPipeline = plan.spec
        return table

    def scores(self, plan: Plan, outputs: Sequence[TensorInfo]) -> str | None:
        """Those that the model gives beside a label, or alone."""
        return scores.among(plan.spec.scores, outputs)

    def read(self, path: Path, files_of: Sequence[Path], inputs: Sequence[TensorInfo], plan: Plan) -> Found:
        """A row of a .csv each."""
        table = plan.kind.row(plan)
        if table is None:
            raise unsuited(path, "rows of a table", plan)
        return files.read_csv(path, inputs, table, plan.labels)

    def pipelines(self, plan: Plan, made: Packed) -> Mapping[str, msgspec.Struct]:
        """The columns, and which output is the answer."""
        return {"tabular": plan.spec}


def _named(settings: Config, names: Mapping[str, list[str]]) -> Config:
    """With names of the columns of inputs."""
    own = {key: replace_of(settings.input.get(key, InputConfig()), columns=each) for key, each in names.items()}
    return replace_of(settings, input={**settings.input, **own})


def _taught(seen: Seen) -> Taught:
    found = seen.beside.get("tabular")
    return found if isinstance(found, Taught) else taught.NOTHING


TABULAR = Tabular()
