"""A model up to the point where only packing is left, and how it is packed."""

from __future__ import annotations

from dataclasses import dataclass

from edgeweb import forms, golden, manifest, optimise
from edgeweb.manifest import Variant
from edgeweb.pack import FileTable
from edgeweb.plan import Plan
from edgeweb.probe import ModelInfo


@dataclass(frozen=True)
class Prepared:
    """What the steps before packing have made of one model."""

    info: ModelInfo
    chosen: optimise.Chosen
    found: forms.Found
    plan: Plan
    outputs: tuple[manifest.TensorInfo, ...]
    cases: list[manifest.GoldenCase]
    draft_cases: list[manifest.GoldenCase]
    backends: list[manifest.Backend]
    accelerate: bool
    steps: tuple[tuple[str, str], ...]

    def variant(self, table: FileTable) -> Variant:
        """Put the model into `table`."""
        info, form = self.info, self.found.chosen
        if isinstance(form.model, bytes) and form.parts is None:
            files = table.add_shards("model", ".onnx", form.model, "model")
        else:
            files = [table.add_hashed("model", ".weights", part, "model") for part in form.parts or ()]
        table.compress()
        types = [tensor.type for tensor in (*info.inputs, *self.outputs)]
        return Variant(
            id=forms.variant_id(form, types),
            backends=self.backends,
            files=files,
            wire_bytes=table.wire_bytes(files),
            agreement=round(min(self.chosen.agreement, form.judgement.agreement if form.judgement else 1.0), 6),
            decoded_bytes=None if form.parts is None else form.size,
            draft=self._draft(table, files),
            tolerance=golden.tolerance(info.operators, types),
            graph_optimization=self.chosen.graph_optimization,
            accelerate=self.accelerate,
        )

    def _draft(self, table: FileTable, files: list[str]) -> manifest.Draft | None:
        draft = self.found.draft
        if draft is None:
            return None
        return manifest.Draft(
            files=len(draft.parts),
            wire_bytes=table.wire_bytes(files[: len(draft.parts)]),
            agreement=round(min(self.chosen.agreement, draft.judgement.agreement), 6),
            golden=[case.outputs for case in self.draft_cases],
        )

    def part(self, table: FileTable) -> manifest.Part:
        """A further model, as the manifest has it."""
        inputs, outputs = list(self.info.inputs), list(self.outputs)
        return manifest.Part(inputs=inputs, outputs=outputs, variants=[self.variant(table)], golden=self.cases)
