"""A retrained model after the site before: only differences travel, or a reason is told, which is no error."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from edgeweb.coding import delta
from edgeweb.errors import SiteError
from edgeweb.recipe import Site
from edgeweb.site.returning import NOT_FOR_VISITORS, returning
from onnx import TensorProto, helper, numpy_helper

Build = Callable[..., Site]
INPUTS = np.random.default_rng(3).normal(0, 1, (64, 32)).astype(np.float32)


def network(seed: int = 1, share: float = 0, only: str = "", width: int = 96) -> onnx.ModelProto:
    """Two layers, the weights of both, or of `only` one, moved by `share` of their deviation by another training."""
    rng, noise = np.random.default_rng(1), np.random.default_rng(seed)
    weights = {"body": rng.normal(0, 0.2, (32, width)), "head": rng.normal(0, 0.2, (width, 24))}
    for name, each in weights.items():
        if only in ("", name):
            each += noise.normal(0, share * 0.2, each.shape) if share else 0
    nodes = [
        helper.make_node("MatMul", ["x", "body"], ["m"]),
        helper.make_node("Relu", ["m"], ["r"]),
        helper.make_node("MatMul", ["r", "head"], ["y"]),
    ]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 32])]
    outputs = [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 24])]
    tensors = [numpy_helper.from_array(each.astype(np.float32), name) for name, each in weights.items()]
    graph = helper.make_graph(nodes, "g", inputs, outputs, tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    np.savez(folder / "data.npz", x=INPUTS)
    return folder


def saved(proto: onnx.ModelProto, room: Path) -> Path:
    data = proto.SerializeToString(deterministic=True)
    path = room / f"{hashlib.sha256(data).hexdigest()[:8]}.onnx"
    path.write_bytes(data)
    return path


@pytest.fixture(scope="module")
def old(build_once: Build, room: Path) -> Site:
    return build_once(saved(network(), room), data=room / "data.npz", title="Network")


def based(build: Build, room: Path, old: Site, proto: onnx.ModelProto, **options: Any) -> Site:
    return build(saved(proto, room), base=old.path, **{"data": room / "data.npz", "title": "Network", **options})


def made(old: Site, new: Site) -> bytes:
    """What a browser that has the old site makes of the delta of the only file of the new model."""
    ((path, (entry,)),) = new.manifest.deltas.items()
    known = {each.sha256: name for name, each in old.manifest.files.items()}
    parts = [(old.path / known[each.sha256]).read_bytes() for each in entry.of]
    data = delta.apply(parts, (new.path / entry.file).read_bytes())
    assert new.manifest.variants[0].files == [path]
    assert hashlib.sha256(data).hexdigest() == new.manifest.files[path].sha256
    return data


def noted(site: Site) -> str:
    (told,) = (each["outcome"] for each in site.report["steps"] if each["step"] == "base")
    return str(told)


def reason(site: Site) -> str:
    """Why there is no delta."""
    (told,) = (each["why"] for each in site.report["compression"]["declined"] if each["form"] == "base")
    return str(told)


@pytest.mark.parametrize(("change", "most"), [((0.05, "head"), 0.4), ((0.01, ""), 0.3), ((0.1, ""), 0.8)])
def test_a_retrained_model_is_made_of_the_old_one(
    build: Build, room: Path, old: Site, change: tuple[float, str], most: float
) -> None:
    new = based(build, room, old, network(2, *change))
    whole = made(old, new)
    assert new.manifest.variants[0].id == old.manifest.variants[0].id == "stored"
    assert new.manifest.variants[0].agreement >= 0.99
    told = returning(old.manifest, new.manifest)
    files = {each.path: each for each in told.files}
    mine = files[new.manifest.variants[0].files[0]]
    assert mine.how == "delta" and mine.wire_bytes < most * mine.whole_bytes == most * len(whole)
    assert new.report["returning"] == told.document
    # Code and styles are the same files: an edgeweb version has one set.
    assert {path for path, each in files.items() if each.how != "unchanged"} == {mine.path, "index.html"}
    assert told.wire_bytes == mine.wire_bytes + files["index.html"].wire_bytes < told.whole_bytes


@pytest.mark.thorough
def test_a_first_visit_costs_hardly_more(build: Build, room: Path, old: Site) -> None:
    proto = network(2, 0.01)
    alone = build(saved(proto, room), room / "alone", data=room / "data.npz", title="Network")
    new = based(build, room, old, proto)
    assert new.manifest.variants[0].wire_bytes < 1.05 * alone.manifest.variants[0].wire_bytes
    assert new.report["cost"]["firstVisitBytes"] < 1.05 * alone.report["cost"]["firstVisitBytes"]


def test_visitors_skip_what_the_service_worker_skips() -> None:
    script = (Path(__file__).parents[3] / "web" / "src" / "sw" / "files.ts").read_text("utf-8")
    (pattern,) = re.findall(r"NOT_FOR_VISITORS = /\^(.*)\$/", script)
    assert pattern.replace("\\/", "/") == NOT_FOR_VISITORS.pattern


@pytest.mark.thorough
def test_twice_it_is_the_same_byte_for_byte(build: Build, room: Path, old: Site, tmp_path: Path) -> None:
    sites = [based(build, room, old, network(2, 0.01), out=tmp_path / name) for name in ("a", "b")]
    first, second = ({p.relative_to(s.path): p.read_bytes() for p in s.path.rglob("*") if p.is_file()} for s in sites)
    assert first == second


@pytest.mark.thorough
def test_the_old_site_may_be_the_folder_that_is_replaced(build: Build, room: Path) -> None:
    before = build(saved(network(), room), data=room / "data.npz", title="Network")
    after = based(build, room, before, network(2, 0.01), out=before.path)
    assert after.path == before.path and after.manifest.deltas


def test_the_same_model_is_downloaded_by_nobody(build: Build, room: Path, tmp_path: Path) -> None:
    model = saved(network(), room)
    before = build(model, tmp_path / "before")
    again = build(model, base=before.path)
    assert not again.manifest.deltas
    assert noted(again).endswith("is the old site's")
    assert returning(before.manifest, again.manifest).wire_bytes == 0


def test_another_network_is_built_without_differences(build: Build, room: Path, old: Site) -> None:
    new = based(build, room, old, network(width=80))
    assert not new.manifest.deltas
    assert reason(new) == "the two models are not of one structure"
    told = returning(old.manifest, new.manifest)
    assert {each.how for each in told.files if each.path in new.manifest.variants[0].files} == {"new"}


def test_where_the_old_steps_miss_the_agreement_new_ones_are_found(build: Build, room: Path, old: Site) -> None:
    new = based(build, room, old, network(2, 0.1), min_agreement=0.9999999)
    assert not new.manifest.deltas
    assert reason(new).startswith("on its steps ") and reason(new).endswith(" is below 1")


@pytest.mark.thorough
def test_another_precision_is_another_form(build: Build, room: Path, old: Site) -> None:
    new = based(build, room, old, network(2, 0.01), precision="int8")
    assert not new.manifest.deltas
    assert reason(new) == "its form is stored, and stored int8 is asked for"


def test_what_is_no_site_or_is_damaged_is_refused(build: Build, room: Path, old: Site, tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="is not a site") as refused:
        build(saved(network(), room), base=tmp_path / "nothing")
    assert refused.value.exit_code == 2
    model = old.manifest.variants[0].files[0]
    copy = tmp_path / "copy"
    (copy / model).parent.mkdir(parents=True)
    (copy / "edgeweb.json").write_bytes((old.path / "edgeweb.json").read_bytes())
    for data in (None, b"EWP1"):
        if data is not None:
            (copy / model).write_bytes(data)
        with pytest.raises(SiteError, match="cannot be the base"):
            build(saved(network(), room), base=copy)
    assert not (tmp_path / "dist").exists()


def test_the_end_of_a_build_tells_what_a_visitor_downloads(build: Build, room: Path, old: Site) -> None:
    from edgeweb.site.report import document

    new = based(build, room, old, network(2, 0.01))
    rows = dict(document.build_rows(new.path, new.manifest, new.report, 1.0))
    assert "downloads" in rows["returning"] and "as differences" in rows["returning"]
    assert "returning" not in dict(document.build_rows(old.path, old.manifest, old.report, 1.0))
    assert json.loads((old.path / "report.json").read_text())["returning"] is None
