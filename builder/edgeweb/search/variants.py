"""The forms that ship as variants of the manifest: their files, their golden cases and what each may run on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgeweb.files.table import FileTable
from edgeweb.schema.model import Backend, Draft, GoldenCase, Optimization, Variant
from edgeweb.schema.types import TensorInfo
from edgeweb.search import candidate
from edgeweb.search.candidate import Candidate, DraftForm, Found


@dataclass(frozen=True)
class Shipped:
    """A form with its backends, and its own answers to the golden input, where there is one; and so for its draft."""

    form: Candidate
    backends: list[Backend]
    case: GoldenCase | None
    draft: DraftForm | None = None
    draft_case: GoldenCase | None = None


@dataclass(frozen=True)
class Terms:
    """What holds for every form. `agreement`, `graph_optimization`: of the optimised graph that stored forms have."""

    tensors: Sequence[TensorInfo]
    operators: Mapping[str, int]
    agreement: float
    graph_optimization: Optimization
    accelerate: bool


def shipped(
    found: Found,
    backends: Sequence[Backend],
    own_case: Callable[[bytes | Path | None], GoldenCase | None],
    limit: int | None,
) -> list[Shipped]:
    """The forms that ship, in the order in which a device tries them.

    Args:
        own_case: the golden case with the answers of a model; None: with the original's.
        limit: bytes on the wire that a second form may not exceed.
    """
    made = []
    for form, serves in candidate.shipped(found, backends, limit):
        draft = found.draft
        # The browser may have judged against the form that the draft was made for.
        if draft is not None and form.parts != (*draft.parts, *draft.rests):
            draft = None
        case = own_case(form.model if form.lossy else None)
        made.append(Shipped(form, serves, case, draft, None if draft is None else own_case(draft.model)))
    return made


def add_files(table: FileTable, forms_shipped: Sequence[Shipped]) -> list[list[str]]:
    """Put the forms' files into the site; their paths, form by form."""
    return [_add(table, each.form) for each in forms_shipped]


def _add(table: FileTable, form: Candidate) -> list[str]:
    if isinstance(form.model, bytes) and form.parts is None:
        return table.add_shards("model", ".onnx", form.model, "model")
    return [table.add_hashed("model", ".weights", part, "model") for part in form.parts or ()]


def describe(
    table: FileTable, forms_shipped: Sequence[Shipped], files: Sequence[list[str]], terms: Terms
) -> list[Variant]:
    """The manifest's entries, once `table` has compressed the files."""
    return [
        _variant(table, each, own, place, terms)
        for place, (each, own) in enumerate(zip(forms_shipped, files, strict=True))
    ]


def _variant(table: FileTable, shipped: Shipped, files: list[str], place: int, terms: Terms) -> Variant:
    form, judged = shipped.form, shipped.form.judgement
    return Variant(
        id=candidate.variant_id(form, [tensor.type for tensor in terms.tensors]),
        backends=shipped.backends,
        files=files,
        wire_bytes=table.wire_bytes(files),
        agreement=round(min(terms.agreement, judged.agreement if judged else 1.0), 6),
        lossy=form.lossy,
        decoded_bytes=None if form.parts is None else form.size,
        tolerance=candidate.tolerance(form, terms.operators, terms.tensors),
        graph_optimization=candidate.graph_optimization(form, terms.graph_optimization),
        accelerate=terms.accelerate and "webgpu" in shipped.backends,
        golden=0 if shipped.case is None else place,
        draft=_draft(table, shipped, files, terms),
    )


def _draft(table: FileTable, shipped: Shipped, files: list[str], terms: Terms) -> Draft | None:
    draft, case = shipped.draft, shipped.draft_case
    if draft is None:
        return None
    return Draft(
        files=len(draft.parts),
        wire_bytes=table.wire_bytes(files[: len(draft.parts)]),
        agreement=round(min(terms.agreement, draft.judgement.agreement), 6),
        golden=[] if case is None else [case.outputs],
    )
