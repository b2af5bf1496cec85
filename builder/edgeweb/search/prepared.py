"""A model up to the point where only packing is left, and how it is packed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import onnx

from edgeweb.convert.proof import Proof
from edgeweb.files.table import FileTable
from edgeweb.read.probe import ModelInfo
from edgeweb.schema.model import Backend, GoldenCase, Part, Variant
from edgeweb.schema.types import TensorInfo
from edgeweb.search import candidate, variants
from edgeweb.tasks.plan import Plan
from edgeweb.trial import optimise


@dataclass(frozen=True)
class Prepared:
    """What the steps before packing have made of one model.

    `metadata`: what its file says of itself. `multiply_adds`: of a run, where they were worth counting.
    `lacks_gpu`: one could help it, but the builds of the runtime for them are not installed.
    `original`: how it compares with what it was converted from.
    """

    info: ModelInfo
    chosen: optimise.Chosen
    found: candidate.Found
    plan: Plan
    outputs: tuple[TensorInfo, ...]
    shipped: list[variants.Shipped]
    accelerate: bool
    steps: tuple[tuple[str, str], ...]
    metadata: Mapping[str, str]
    multiply_adds: int | None = None
    lacks_gpu: bool = False
    original: Proof | None = None

    @property
    def cases(self) -> list[GoldenCase]:
        """The golden cases, a variant's at its place."""
        return [each.case for each in self.shipped if each.case is not None]

    @property
    def serves(self) -> dict[str, list[Backend]]:
        """The backends of each form that ships, by the form's name."""
        return {each.form.name: each.backends for each in self.shipped}

    @property
    def graphs(self) -> list[onnx.ModelProto]:
        """The forms that ship; the weights of a large one stay where they are."""
        models = [each.form.model for each in self.shipped]
        return [
            onnx.load_from_string(each) if isinstance(each, bytes) else onnx.load(each, load_external_data=False)
            for each in models
        ]

    def variants(self, table: FileTable) -> list[Variant]:
        """Put the forms that ship into `table`."""
        files = variants.add_files(table, self.shipped)
        table.compress()
        tensors, chosen = (*self.info.inputs, *self.outputs), self.chosen
        terms = variants.Terms(
            tensors, self.info.operators, chosen.agreement, chosen.graph_optimization, self.accelerate
        )
        return variants.describe(table, self.shipped, files, terms)

    def part(self, table: FileTable) -> Part:
        """A further model, as the manifest has it."""
        inputs, outputs = list(self.info.inputs), list(self.outputs)
        optional = list(self.info.optional)
        return Part(inputs=inputs, outputs=outputs, variants=self.variants(table), golden=self.cases, optional=optional)
