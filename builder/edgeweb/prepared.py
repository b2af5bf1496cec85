"""A model up to the point where only packing is left, and how it is packed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edgeweb import forms, manifest, optimise, variants
from edgeweb.manifest import Variant
from edgeweb.pack import FileTable
from edgeweb.plan import Plan
from edgeweb.probe import ModelInfo


@dataclass(frozen=True)
class Prepared:
    """What the steps before packing have made of one model. `metadata`: what its file says of itself."""

    info: ModelInfo
    chosen: optimise.Chosen
    found: forms.Found
    plan: Plan
    outputs: tuple[manifest.TensorInfo, ...]
    shipped: list[variants.Shipped]
    accelerate: bool
    steps: tuple[tuple[str, str], ...]
    metadata: Mapping[str, str]

    @property
    def cases(self) -> list[manifest.GoldenCase]:
        """The golden cases, a variant's at its place."""
        return [each.case for each in self.shipped if each.case is not None]

    @property
    def serves(self) -> dict[str, list[manifest.Backend]]:
        """The backends of each form that ships, by the form's name."""
        return {each.form.name: each.backends for each in self.shipped}

    def variants(self, table: FileTable) -> list[Variant]:
        """Put the forms that ship into `table`."""
        files = variants.add_files(table, self.shipped)
        table.compress()
        tensors, chosen = (*self.info.inputs, *self.outputs), self.chosen
        terms = variants.Terms(
            tensors, self.info.operators, chosen.agreement, chosen.graph_optimization, self.accelerate
        )
        return variants.describe(table, self.shipped, files, terms)

    def part(self, table: FileTable) -> manifest.Part:
        """A further model, as the manifest has it."""
        inputs, outputs = list(self.info.inputs), list(self.outputs)
        return manifest.Part(inputs=inputs, outputs=outputs, variants=self.variants(table), golden=self.cases)
