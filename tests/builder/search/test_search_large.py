"""Large models: weights in a file, coded in pieces; little memory; the same bytes however the work is spread."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from edgeweb.coding import parts
from edgeweb.machine import session
from edgeweb.machine.parallel import Workers
from edgeweb.read import model, weights_file
from edgeweb.samples.samples import Samples
from edgeweb.search import search_large
from edgeweb.search.candidate import Found, Goal
from onnx import helper, numpy_helper
from tiny import ROOT

sys.path.insert(0, str(ROOT / "bench"))
import large_model
import memory

SIZE = 36_000_000
FEED = {"ids": np.arange(8, dtype=np.int64)}


@pytest.fixture(scope="module", params=["whole", "external"])
def source(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return large_model.write(tmp_path_factory.mktemp("large"), SIZE, external=request.param == "external")


@pytest.fixture
def large(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> model.Model:
    monkeypatch.setattr(weights_file, "LARGE_BYTES", 1 << 20)
    return model.load(source, tmp_path)


def searched(large: model.Model, workers: Workers, precision: str = "auto") -> Found:
    samples = Samples((FEED,), None, "one", True)
    goal = Goal(precision, 0.99, None)  # type: ignore[arg-type]
    return search_large.smallest(large, samples, goal, workers, lambda _: None)


def coded(found: Found) -> list[bytes]:
    return [part.read_bytes() for part in found.chosen.parts or () if isinstance(part, Path)]


def test_weights_are_moved_out_of_the_graph_and_the_answers_stay(source: Path, large: model.Model) -> None:
    assert large.weights is not None and large.weights.stat().st_size > 0.99 * SIZE
    assert large.proto.ByteSize() < 100_000
    graph = large.weights.parent / weights_file.GRAPH
    graph.write_bytes(model.to_bytes(large.proto))
    (before,), (after,) = session.run(source, [FEED]), session.run(graph, [FEED])
    np.testing.assert_allclose(after["scores"], before["scores"], rtol=1e-5)


def test_parts_decode_to_the_graph_and_the_weights_that_were_judged(large: model.Model) -> None:
    found = searched(large, Workers())
    assert found.chosen.name == "stored" and found.chosen.wire < 0.3 * SIZE
    assert isinstance(found.chosen.model, Path)
    graph, weights = found.chosen.model.read_bytes(), (found.chosen.model.parent / weights_file.LOCATION).read_bytes()
    assert parts.unpack(coded(found)) == graph + weights
    assert found.chosen.size == len(graph) + len(weights)
    assert onnx.load_from_string(graph).graph.initializer[0].data_location == onnx.TensorProto.EXTERNAL


def test_the_exact_form_decodes_to_what_was_given(large: model.Model) -> None:
    found = searched(large, Workers(), "fp32")
    assert large.weights is not None and found.declined == (("stored", "fp32 was asked for"),)
    assert parts.unpack(coded(found)) == model.to_bytes(large.proto) + large.weights.read_bytes()


def test_a_large_model_builds_in_less_than_two_and_a_half_times_its_size(tmp_path: Path) -> None:
    source = large_model.write(tmp_path / "model", 200_000_000, external=False)
    out = tmp_path / "site"
    used = memory.run([sys.executable, "-m", "edgeweb.cli", "build", str(source), "-o", str(out)])
    assert used.code == 0, used.output
    # The interpreters and libraries of parent and child take their part whatever the model.
    assert used.peak < 2.5 * source.stat().st_size + (300 << 20)
    assert json.loads((out / "report.json").read_bytes())["agreement"] > 0.99


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A scheduler and two workers, each a process, as a person starts them."""
    pytest.importorskip("distributed", reason="the extra is missing: pip install 'edgeweb[dask]'")
    folder = tmp_path_factory.mktemp("dask")
    told = folder / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    shared = ["--scheduler-file", str(told), "--host", "127.0.0.1", "--no-dashboard"]
    workers = ["--nworkers", "2", "--nthreads", "1", "--local-directory", str(folder)]
    with ExitStack() as running:
        for command in (["scheduler", "--port", "0", *shared], ["worker", *workers, *shared]):
            log = running.enter_context((folder / f"{command[0]}.log").open("w"))
            process = subprocess.Popen([*dask, *command], stdout=log, stderr=log, cwd=folder)
            running.callback(process.wait, 20)
            running.callback(process.terminate)
        until = time.monotonic() + 60
        while (logs := "".join(log.read_text() for log in folder.glob("*.log"))).count("Register worker") < 2:
            assert time.monotonic() < until, logs
            time.sleep(0.1)
        yield json.loads(told.read_text())["address"]


# What is large is decided before the search's own process begins.
LARGE = """
import sys
from edgeweb import cli
from edgeweb.read import weights_file
weights_file.LARGE_BYTES = 1 << 20
sys.exit(cli.main(sys.argv[1:]))
"""


def weights(out: Path, *command: str | Path) -> dict[str, bytes]:
    """The model's files of a site that a command of its own builds."""
    done = subprocess.run([sys.executable, *command, "-o", out], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {path.name: path.read_bytes() for path in (out / "assets").glob("model*")}


@pytest.mark.thorough
def test_a_cluster_gives_the_same_bytes(cluster: str, tmp_path: Path) -> None:
    source = large_model.write(tmp_path / "model", SIZE, external=False)
    here = weights(tmp_path / "here", "-c", LARGE, "build", source)
    assert here and here == weights(tmp_path / "there", "-c", LARGE, "build", source, "--dask", cluster)


@pytest.mark.thorough
def test_a_cluster_gives_the_same_bytes_of_a_small_model(cluster: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    (tmp_path / "m.onnx").write_bytes(deep(rng).SerializeToString())
    np.savez(tmp_path / "data.npz", x=rng.normal(0, 1, (60, 24)).astype(np.float32))
    command = ["-m", "edgeweb.cli", "build", tmp_path / "m.onnx", "--data", tmp_path / "data.npz"]
    here = weights(tmp_path / "here", *command)
    assert here and here == weights(tmp_path / "there", *command, "--dask", cluster)


def deep(rng: np.random.Generator) -> onnx.ModelProto:
    """Three layers, so that there is something to spread."""
    sizes = [24, 64, 64, 10]
    nodes, tensors = [], []
    for number, (rows, columns) in enumerate(pairwise(sizes)):
        tensors.append(numpy_helper.from_array(rng.normal(0, 0.2, (rows, columns)).astype(np.float32), f"w{number}"))
        nodes.append(helper.make_node("MatMul", [f"r{number}" if number else "x", f"w{number}"], [f"m{number}"]))
        nodes.append(helper.make_node("Relu", [f"m{number}"], [f"r{number + 1}"]))
    ends = [(name, [None, size]) for name, size in (("x", sizes[0]), (f"r{len(tensors)}", sizes[-1]))]
    given, made = (helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape) for name, shape in ends)
    graph = helper.make_graph(nodes, "deep", [given], [made], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@pytest.fixture(scope="module")
def little(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., model.Model]:
    """A model whose weights lie in a file: a matrix of noise, just large enough for that, and others beside it."""

    def make(*others: np.ndarray) -> model.Model:
        folder = tmp_path_factory.mktemp("little")
        matrix = np.random.default_rng(0).normal(0, 1, (128, 128)).astype(np.float32)
        tensors = [numpy_helper.from_array(each, f"w{i}") for i, each in enumerate((matrix, *others))]
        node = helper.make_node("MatMul", ["x", "w0"], ["y"])
        ends = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [None, 128]) for name in ("x", "y")]
        graph = helper.make_graph([node], "little", ends[:1], ends[1:], tensors)
        proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        path = folder / "m.onnx"
        path.write_bytes(proto.SerializeToString())
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(weights_file, "LARGE_BYTES", 1)
            return model.load(path, folder)

    return make


def small(made: model.Model, precision: str = "auto", feeds: int = 40, minimum: float = 0.9, **goal: Any) -> Found:
    rows = np.random.default_rng(1).normal(0, 1, (feeds, 1, 128)).astype(np.float32)
    samples = Samples(tuple({"x": row} for row in rows), None, f"{feeds} rows", False)
    return search_large.smallest(made, samples, Goal(precision, minimum, None, **goal), Workers(), lambda _: None)  # type: ignore[arg-type]


def test_fixed_steps_ship_where_they_agree(little: Callable[..., model.Model]) -> None:
    found = small(little())
    assert (found.chosen.name, [each.name for each in found.tried]) == ("stored", ["stored"])
    assert dict(found.declined)["byte planes"] == "the stored form is smaller and agrees"
    assert {"fp16", "int8 dynamic", "int8 static"} <= set(dict(found.declined)) and "distilled" not in dict(
        found.declined
    )
    assert "distilled" in dict(small(little(), distill=True).declined)


def test_where_nothing_agrees_a_finer_form_is_tried_and_then_the_exact_one(little: Callable[..., model.Model]) -> None:
    found = small(little(), minimum=1.0)
    assert (found.chosen.name, [each.name for each in found.tried]) == (
        "byte planes",
        ["byte planes", "stored", "stored finer"],
    )
    coarse, fine = found.tried[1:]
    assert coarse.refused and fine.refused and coarse.wire < fine.wire
    fixed = small(little(), "int8", minimum=1.0)
    assert [each.name for each in fixed.tried] == ["byte planes", "stored int8"], "a precision has no finer one"


@pytest.mark.parametrize(
    ("precision", "feeds", "why"),
    [
        ("fp32", 40, "fp32 was asked for"),
        ("fp16", 40, "fp16 was asked for"),
        ("auto", 0, "there are no inputs to judge it on"),
    ],
)
def test_when_a_large_model_ships_as_it_is(
    little: Callable[..., model.Model], precision: str, feeds: int, why: str
) -> None:
    found = small(little(), precision, feeds)
    assert (found.chosen.lossy, dict(found.declined)["stored"]) == (False, why)


def test_which_tensors_are_rounded(little: Callable[..., model.Model]) -> None:
    """Those of finite float32 numbers that are not all 0."""
    zeros, broken = np.zeros((128, 128), np.float32), np.full((128, 128), np.nan, np.float32)
    whole, flat = np.ones((128, 128), np.int32), np.ones((128, 128), np.float32)
    found = small(little(zeros, broken, whole, flat))
    assert {layer.name for layer in found.chosen.layers} == {"w0", "w4"}
    assert [layer.bits for layer in found.chosen.layers if layer.name == "w4"] == [0.0], "one value tells nothing"
    assert "in 2 layers" in found.chosen.note
