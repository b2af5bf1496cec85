"""Models that take a row of a table: the kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from edgeweb.config import Config
from edgeweb.inputs.arrays import Found
from edgeweb.read.model import Model
from edgeweb.schema.tasks import Task
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import labels, row, scores
from edgeweb.tasks.kind import SAYS, Before, Kind, Packed, SampleFiles, unsuited
from edgeweb.tasks.plan import Plan, Recognised, Seen
from edgeweb.tasks.tabular import files
from edgeweb.tasks.tabular.manifest import TabularPipeline


class Tabular(Kind):
    """`spec` is the manifest's pipeline itself."""

    key = "tabular"
    tasks = ("tabular-classification", "tabular-regression")
    value = "row"
    samples = SampleFiles("row", frozenset((".csv",)))

    def before(self, model: Model, seen: Seen, settings: Config, base: Path) -> Before:
        """Categories that the model knows: others would prove little."""
        return Before(settings, strings=row.texts(seen.proto))

    def detect(self, seen: Seen, settings: Config) -> Recognised | str:
        """Every input is a column or several, and so is what comes out."""
        found = row.read(seen, settings)
        return found if isinstance(found, str) else Recognised(found.task, (found.why,), found.pipeline)

    def asked(self, plan: Plan, task: Task, seen: Seen) -> Plan | str:
        """Scores or a numeric label may be read as plain values; one plain value is no classification."""
        table: TabularPipeline = plan.spec
        if task == "tabular-classification":
            fits = table.label is not None or table.scores is not None
            return (
                replace(plan, task=task, reasons=(SAYS,)) if fits else "its output is one value, not a label or scores"
            )
        values = table.values or table.scores or table.label
        if any(info.name == values and info.type == "string" for info in seen.outputs):
            return f'its output "{values}" is text, not a value'
        return Plan(task, (SAYS,), self, TabularPipeline(columns=table.columns, values=values))

    def labels(self, plan: Plan, seen: Seen) -> tuple[str, ...]:
        """Of the scores; a value has none."""
        if plan.task == "tabular-regression":
            return plan.labels
        output = plan.spec.scores
        return labels.checked(plan, seen, output, scores.classes_of(output, seen.outputs))

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


TABULAR = Tabular()
