"""Forms of a model as values: which ship and where, what they are called, and what cannot be asked of a search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny
from edgeweb.config import CompressConfig
from edgeweb.errors import ConfigError, LimitError, ModelError
from edgeweb.read import weights_file
from edgeweb.samples.samples import Samples
from edgeweb.schema.model import Backend
from edgeweb.schema.types import TensorInfo
from edgeweb.search import candidate
from edgeweb.search.candidate import Candidate, DraftForm, Found, Latency
from edgeweb.search.likeness import Judgement
from onnx import TensorProto, helper, numpy_helper

JUDGED = Judgement(0.98, "cosine", None, 0.98, 0.98, 25.0, None, None, 9)
EXACT = Candidate("as it is", b"graph", None, 100, None)
STORED = Candidate("stored", b"coded", (b"one", b"two"), 40, JUDGED)
INTEGERS = replace(STORED, name="int8 static", wire=30, computes=True, wasm_only=True)
BACKENDS: list[Backend] = ["wasm", "webgpu"]
INPUTS = [TensorInfo(name="x", type="float32", shape=["n", 4])]


def found(chosen: Candidate, *tried: Candidate, **more: Any) -> Found:
    return Found(chosen, tried or (chosen,), (), (), "9 rows", **more)


def samples(count: int, seeded: bool = False) -> Samples:
    feeds = tuple({"x": np.zeros((1, 4), np.float32)} for _ in range(count))
    return Samples(feeds, None, f"{count} rows", seeded)


def test_what_every_backend_runs_ships_alone() -> None:
    assert candidate.shipped(found(STORED, EXACT, STORED), BACKENDS) == [(STORED, ["wasm", "webgpu"])]


@pytest.mark.parametrize(("limit", "count"), [(None, 2), (40, 2), (39, 1)])
def test_what_a_gpu_cannot_run_has_the_best_other_beside_it(limit: int | None, count: int) -> None:
    refused = replace(STORED, name="refused", wire=35, refused="it agrees too little")
    whole = found(INTEGERS, EXACT, INTEGERS, refused, STORED)
    assert candidate.shipped(whole, BACKENDS, limit) == [(INTEGERS, ["wasm"]), (STORED, ["wasm", "webgpu"])][:count]


@pytest.mark.parametrize(
    ("form", "types", "name"),
    [
        (EXACT, ["float32"], "original"),
        (EXACT, ["float32", "float16"], "fp16"),
        (STORED, ["float16"], "stored"),
        (INTEGERS, [], "int8-static"),
    ],
)
def test_what_a_variant_is_called(form: Candidate, types: Sequence[str], name: str) -> None:
    assert candidate.variant_id(form, types) == name


def test_only_a_graph_made_anew_is_still_to_be_optimised() -> None:
    assert candidate.graph_optimization(STORED, "basic") == "basic"
    assert candidate.graph_optimization(INTEGERS, "basic") == "all"


def test_a_tolerance_is_of_the_numbers_that_are_calculated_with() -> None:
    half = tiny.linear()
    (tensor,) = half.graph.initializer
    tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), "w"))
    data = half.SerializeToString()
    plain = candidate.tolerance(replace(STORED, model=data), {"MatMul": 1}, INPUTS)
    assert candidate.tolerance(replace(INTEGERS, model=tiny.linear().SerializeToString()), {}, INPUTS) == plain
    loose = candidate.tolerance(replace(INTEGERS, model=data), {}, INPUTS)
    assert loose.rtol > plain.rtol
    assert candidate.tolerance(replace(INTEGERS, model=Path("large.onnx")), {"MatMul": 1}, INPUTS) == plain


def test_sizes_of_a_form_and_of_a_draft(tmp_path: Path) -> None:
    (tmp_path / "graph.onnx").write_bytes(bytes(7))
    (tmp_path / weights_file.LOCATION).write_bytes(bytes(11))
    assert (EXACT.size, replace(EXACT, model=tmp_path / "graph.onnx").size) == (5, 18)
    draft = DraftForm(b"", (b"12", b"345"), (b"6789",), JUDGED, 8)
    assert (draft.wire, draft.whole) == (5, 9)
    line = dict(candidate.notes(found(STORED, draft=draft)))["draft"]
    assert line == "5 of 9 bytes answer first, agreement 0.9800; coming in two costs 1 bytes"


def test_a_search_may_use_drafts_and_no_training_unless_it_is_said() -> None:
    goal = candidate.Goal("auto", 0.99, None)
    assert (goal.work, goal.progressive, goal.draft, goal.distill) == (0, "auto", 0.95, False)


def test_a_form_is_as_slow_as_its_median_round() -> None:
    latency = Latency("Chromium", (3.0, 1.0, 8.0), (1.0, 2.0, 2.0))
    assert (latency.milliseconds, latency.ratios, latency.ratio) == (3.0, (3.0, 0.5, 4.0), 3.0)
    lines = candidate.notes(found(replace(STORED, latency=latency, note="2 bits"), untimed="no browser"))
    assert ("stored", "40 bytes, agreement 0.9800, 3.00 times the original's time in Chromium; 2 bits") in lines
    assert ("latency", "no form was timed: no browser") in lines


def test_notes_tell_of_what_was_judged_and_of_what_declined() -> None:
    refused = replace(INTEGERS, refused="too coarse")
    told = candidate.notes(replace(found(STORED, EXACT, refused, STORED), declined=(("fp16", "no kernels"),)))
    assert told == [
        ("compress", "judged on 9 rows"),
        ("int8 static", "30 bytes, agreement 0.9800; too coarse"),
        ("stored", "40 bytes, agreement 0.9800"),
        ("fp16", "declined: no kernels"),
    ]


@pytest.mark.parametrize(("given", "least"), [(None, (0.99, 0.95)), (0.0, (0.0, 0.0)), (0.5, (0.5, 0.5))])
def test_the_agreement_that_is_asked_for(given: float | None, least: tuple[float, float]) -> None:
    limits = CompressConfig(min_agreement=given, draft_agreement=given)
    assert (candidate.minimum(limits), candidate.draft_minimum(limits)) == least


@pytest.mark.parametrize(
    ("limits", "given", "why"),
    [
        (CompressConfig(min_agreement=0.9), samples(3), "cannot be told from 3 rows"),
        (CompressConfig(min_agreement=0.9), samples(4), None),
        (CompressConfig(min_agreement=0.9), samples(3, seeded=True), None),
        (CompressConfig(), samples(3), None),
        (CompressConfig(distill=True), samples(63), "Nothing can be learnt from 63 rows"),
        (CompressConfig(distill=True), samples(64), None),
        (CompressConfig(distill=True), samples(64, seeded=True), "Nothing can be learnt"),
    ],
)
def test_from_few_inputs_little_can_be_told(limits: CompressConfig, given: Samples, why: str | None) -> None:
    model = tiny.as_model(tiny.linear())
    if why is None:
        candidate.check_asked(limits, model, given)
    else:
        with pytest.raises(ConfigError, match=why):
            candidate.check_asked(limits, model, given)


def infinite(dims: list[int], kind: int = TensorProto.FLOAT) -> Any:
    proto = tiny.linear()
    proto.graph.initializer.append(helper.make_tensor("mask", kind, dims, [float("inf")]))
    return tiny.as_model(proto)


def test_weights_that_are_no_numbers_have_no_other_precision() -> None:
    for precision in ("fp16", "int8", "int4"):
        with pytest.raises(ModelError, match=f'cannot be made {precision}. Its weight "mask" holds a NaN'):
            candidate.check_asked(CompressConfig(precision=precision), infinite([1, 1]), samples(9))  # type: ignore[arg-type]
    for precision in ("auto", "fp32"):
        candidate.check_asked(CompressConfig(precision=precision), infinite([1, 1]), samples(9))  # type: ignore[arg-type]
    # A scalar infinity is an honest mask, and only float32 is made into something else.
    for model in (infinite([1]), infinite([1, 1], TensorProto.DOUBLE)):
        candidate.check_asked(CompressConfig(precision="int8"), model, samples(9))


def test_an_agreement_that_no_form_reaches_is_an_error_only_where_it_was_asked_for() -> None:
    near = found(EXACT, EXACT, replace(STORED, refused="too coarse"))
    with pytest.raises(LimitError, match=r"agrees by 0\.999. They came to: stored 0\.9800") as caught:
        candidate.check(near, CompressConfig(min_agreement=0.999))
    assert caught.value.exit_code == 3
    candidate.check(near, CompressConfig())
    candidate.check(near, CompressConfig(min_agreement=0.999, precision="fp32"))
    candidate.check(found(STORED, EXACT, STORED), CompressConfig(min_agreement=0.9))
    candidate.check(found(EXACT), CompressConfig(min_agreement=0.999))
