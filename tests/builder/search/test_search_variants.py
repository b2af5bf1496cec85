"""The forms that ship as the manifest's variants: their files, agreements, golden cases and drafts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from edgeweb.files.table import FileTable
from edgeweb.schema.model import Backend, GoldenCase, GoldenInput, GoldenOutput, Variant
from edgeweb.schema.types import TensorInfo
from edgeweb.search import variants
from edgeweb.search.candidate import Candidate, DraftForm, Found
from edgeweb.search.likeness import Judgement
from edgeweb.search.variants import Shipped, Terms

JUDGED = Judgement(0.9812345678, "cosine", None, 0.98, 0.98, 25.0, None, None, 9)
STORED = Candidate("stored", b"coded", (b"one", b"two"), 6, JUDGED)
EXACT = Candidate("as it is", b"graph", None, 100, None)
DRAFT = DraftForm(b"draft", (b"one",), (b"two",), replace(JUDGED, agreement=0.95), 5)
BACKENDS: list[Backend] = ["wasm", "webgpu"]
TERMS = Terms([TensorInfo(name="x", type="float32", shape=[1])], {"Gemm": 1}, 0.99, "basic", True)
CASE = GoldenCase(inputs=[GoldenInput(name="x", type="float32", dims=[1], seed=1)], outputs=[])


def shipped(found: Found, limit: int | None = None) -> tuple[list[Shipped], list[Any]]:
    asked: list[Any] = []

    def own_case(model: bytes | Path | None) -> GoldenCase | None:
        asked.append(model)
        return CASE

    return variants.shipped(found, BACKENDS, own_case, limit), asked


def described(*forms: Shipped, terms: Terms = TERMS) -> list[Variant]:
    table = FileTable()
    files = variants.add_files(table, forms)
    return variants.describe(table, forms, files, terms)


def found(chosen: Candidate, *tried: Candidate, **more: Any) -> Found:
    return Found(chosen, tried or (chosen,), (), (), "9 rows", **more)


def test_whose_answers_a_golden_case_has() -> None:
    """Its own where its weights differ, otherwise the original's."""
    assert shipped(found(EXACT))[1] == [None]
    assert shipped(found(STORED))[1] == [b"coded"]
    assert shipped(found(STORED, draft=DRAFT))[1] == [b"coded", b"draft"]


def test_a_draft_is_of_the_form_that_it_was_made_for() -> None:
    ((one,), _), ((other,), _) = (
        shipped(found(STORED, draft=DRAFT)),
        shipped(found(replace(STORED, parts=(b"1",)), draft=DRAFT)),
    )
    assert (one.draft, one.draft_case) == (DRAFT, CASE)
    assert (other.draft, other.draft_case) == (None, None)


def test_files_are_the_model_itself_or_its_parts() -> None:
    table = FileTable()
    (whole, parts) = variants.add_files(table, [Shipped(EXACT, BACKENDS, CASE), Shipped(STORED, BACKENDS, CASE)])
    assert [table.contents[path] for path in whole] == [b"graph"] and whole[0].endswith(".onnx")
    assert [table.contents[path] for path in parts] == [b"one", b"two"] and parts[0].endswith(".weights")


@pytest.mark.parametrize(
    ("form", "agreement", "decoded", "id"), [(EXACT, 0.99, None, "original"), (STORED, 0.981235, 5, "stored")]
)
def test_what_the_manifest_says(form: Candidate, agreement: float, decoded: int | None, id: str) -> None:
    (variant,) = described(Shipped(form, BACKENDS, CASE))
    assert (variant.agreement, variant.decoded_bytes, variant.id) == (agreement, decoded, id)
    assert (variant.wire_bytes, variant.graph_optimization) == (len(b"graph") if form is EXACT else 6, "basic")


@pytest.mark.parametrize(
    ("backends", "heavy", "accelerate"), [(BACKENDS, True, True), (["wasm"], True, False), (BACKENDS, False, False)]
)
def test_a_gpu_is_tried_for_heavy_models_that_it_runs(backends: Any, heavy: bool, accelerate: bool) -> None:
    (variant,) = described(Shipped(EXACT, backends, CASE), terms=replace(TERMS, accelerate=heavy))
    assert variant.accelerate is accelerate


def test_golden_cases_stand_at_the_places_of_their_forms() -> None:
    forms = [Shipped(EXACT, BACKENDS, CASE), Shipped(STORED, BACKENDS, CASE), Shipped(STORED, BACKENDS, None)]
    assert [variant.golden for variant in described(*forms)] == [0, 1, 0]


def test_what_is_said_of_a_draft() -> None:
    output = GoldenOutput(name="y", type="float32", dims=[1], stride=1, data="AAAAAA==")
    case = GoldenCase(inputs=CASE.inputs, outputs=[output])
    (variant,) = described(Shipped(STORED, BACKENDS, CASE, DRAFT, case))
    draft = variant.draft
    assert draft is not None
    assert (draft.files, draft.wire_bytes, draft.agreement, draft.golden) == (1, 3, 0.95, [[output]])
    (unproven,) = described(Shipped(STORED, BACKENDS, CASE, DRAFT, None), terms=replace(TERMS, agreement=0.9))
    assert unproven.draft is not None and (unproven.draft.golden, unproven.draft.agreement) == ([], 0.9)
    assert described(Shipped(STORED, BACKENDS, CASE))[0].draft is None
