"""A draft goes ahead only where it pays: it reaches its bar, saves bytes, and both deliveries give the whole model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from edgeweb.coding import parts
from edgeweb.config import Precision
from edgeweb.manifest import Manifest
from edgeweb.read.model import Model
from edgeweb.recipe import Site
from edgeweb.samples.samples import Samples
from edgeweb.search import draft_form, likeness, search
from edgeweb.search.candidate import Found, Goal
from onnx import TensorProto, helper, numpy_helper

Build = Callable[..., Site]
SIZE = 160


@pytest.fixture(scope="module")
def dense() -> onnx.ModelProto:
    """Three layers with weights as trained ones are spread; the last has a tenth of them."""
    random = np.random.default_rng(0)
    shapes = {"first": (SIZE, SIZE), "second": (SIZE, SIZE), "third": (SIZE, 16)}
    weights = {name: random.laplace(scale=SIZE**-0.5, size=shape).astype(np.float32) for name, shape in shapes.items()}
    nodes, value = [], "x"
    for name in weights:
        nodes.append(helper.make_node("MatMul", [value, name], [f"{name}.m"]))
        nodes.append(helper.make_node("Relu", [f"{name}.m"], [f"{name}.r"]))
        value = f"{name}.r"
    nodes[-1] = helper.make_node("Identity", ["third.m"], ["y"])
    graph = helper.make_graph(
        nodes,
        "dense",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", SIZE])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 16])],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def given(seeded: bool = False) -> Samples:
    rows = np.random.default_rng(1).normal(size=(40, 1, SIZE)).astype(np.float32)
    return Samples(tuple({"x": row} for row in rows), None, "40 rows", seeded)


def searched(proto: onnx.ModelProto, samples: Samples, precision: Precision = "int8", **goal: Any) -> Found:
    whole = Model(Path("dense.onnx"), proto, proto.ByteSize())
    return search.smallest(whole, proto.SerializeToString(), samples, Goal(precision, 0.99, None, 60_000, **goal))


@pytest.fixture(scope="module")
def asked(dense: onnx.ModelProto) -> Found:
    return searched(dense, given(), progressive=True)


def test_both_deliveries_are_the_form_that_ships(asked: Found) -> None:
    draft, chosen = asked.draft, asked.chosen
    assert draft is not None and chosen.parts == (*draft.parts, *draft.rests)
    assert chosen.wire == draft.whole == sum(map(len, chosen.parts))
    assert parts.unpack(draft.parts) == draft.model != chosen.model
    assert parts.unpack(draft.rests, draft.model) == chosen.model
    assert chosen in asked.tried


def test_the_draft_reaches_its_bar_and_saves_bytes(asked: Found) -> None:
    draft = asked.draft
    assert draft is not None
    assert 0.95 <= draft.judgement.agreement < 0.999
    assert draft.wire < 0.7 * draft.whole
    assert draft.single < draft.whole < 1.05 * draft.single


def test_a_higher_bar_takes_more_bytes(dense: onnx.ModelProto, asked: Found) -> None:
    found = searched(dense, given(), progressive=True, draft=0.995).draft
    assert found is not None and asked.draft is not None
    assert found.judgement.agreement >= 0.995
    assert found.wire > asked.draft.wire


def test_the_same_model_gives_the_same_bytes(dense: onnx.ModelProto, asked: Found) -> None:
    assert searched(dense, given(), progressive=True).chosen.parts == asked.chosen.parts


@pytest.mark.parametrize(
    ("goal", "seeded", "why"),
    [
        ({"progressive": False}, False, "not to be made"),
        ({"progressive": "auto"}, False, "less than 1,000,000 bytes"),
        ({"precision": "auto"}, True, "made-up inputs"),
        ({"progressive": True, "draft": 1.0}, False, "none agrees by 1"),
    ],
)
def test_why_there_is_none(
    dense: onnx.ModelProto, goal: dict[str, Any], seeded: bool, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(likeness, "SMALL_BYTES", 0)
    found = searched(dense, given(seeded), **goal)
    assert found.draft is None
    assert why in dict(found.declined)["draft"]
    assert parts.unpack(found.chosen.parts or ()) == found.chosen.model


def test_by_itself_one_is_made_where_it_pays(dense: onnx.ModelProto, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft_form, "LEAST_BYTES", 30_000)
    assert searched(dense, given()).draft is not None
    monkeypatch.setattr(draft_form, "LARGEST", 0.1)
    assert "takes" in dict(searched(dense, given()).declined)["draft"]
    monkeypatch.setattr(draft_form, "LARGEST", 0.7)
    monkeypatch.setattr(draft_form, "DEAREST", 1.0)
    assert "coming in two takes" in dict(searched(dense, given()).declined)["draft"]


def test_the_site_says_what_is_the_draft(dense: onnx.ModelProto, tmp_path: Path, build: Build) -> None:
    onnx.save(dense, tmp_path / "dense.onnx")
    np.savez(tmp_path / "rows.npz", x=np.stack([feed["x"] for feed in given().feeds]))
    (tmp_path / "edgeweb.toml").write_text("[compress]\nprogressive = true\n", "utf-8")
    site = build(tmp_path / "dense.onnx", data=tmp_path / "rows.npz", precision="int8")
    manifest: Manifest = site.manifest
    # Forms that calculate with integers may be smaller still, but no GPU runs them.
    variant = next(each for each in manifest.variants if each.draft is not None)
    draft = variant.draft
    assert draft is not None and 0 < draft.files < len(variant.files)
    sizes = [manifest.files[path].bytes for path in variant.files]
    assert (draft.wire_bytes, variant.wire_bytes) == (sum(sizes[: draft.files]), sum(sizes))
    ((drafted,),) = draft.golden
    (whole,) = manifest.golden[variant.golden].outputs
    assert drafted.dims == whole.dims and drafted.data != whole.data
    files = [(site.path / path).read_bytes() for path in variant.files]
    first = parts.unpack(files[: draft.files])
    assert len(first) == variant.decoded_bytes == len(parts.unpack(files[draft.files :], first))
    assert site.report["compression"]["draft"]["wireBytes"] == draft.wire_bytes
    assert f'"draft": {draft.files}' in (site.path / "index.html").read_text("utf-8")
    assert "A draft answers first" in (site.path / "report" / "index.html").read_text("utf-8")
