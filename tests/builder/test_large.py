"""Large models: weights in a file, coded in pieces; little memory; the same bytes however the work is spread."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from edgeweb import aside, evaluate, model, progress, search_large
from edgeweb.coding import parts
from edgeweb.errors import UsageError
from edgeweb.forms import Found, Goal
from edgeweb.parallel import Workers
from edgeweb.samples import Samples

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "bench"))
import large_model  # noqa: E402
import memory  # noqa: E402

SIZE = 36_000_000
FEED = {"ids": np.arange(8, dtype=np.int64)}


@pytest.fixture(scope="module", params=["whole", "external"])
def source(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return large_model.write(tmp_path_factory.mktemp("large"), SIZE, external=request.param == "external")


@pytest.fixture
def large(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> model.Model:
    monkeypatch.setattr(aside, "LARGE_BYTES", 1 << 20)
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
    graph = large.weights.parent / aside.GRAPH
    graph.write_bytes(model.to_bytes(large.proto))
    (before,), (after,) = evaluate.run(source, [FEED]), evaluate.run(graph, [FEED])
    np.testing.assert_allclose(after["scores"], before["scores"], rtol=1e-5)


def test_parts_decode_to_the_graph_and_the_weights_that_were_judged(large: model.Model) -> None:
    found = searched(large, Workers())
    assert found.chosen.name == "stored" and found.chosen.wire < 0.3 * SIZE
    assert isinstance(found.chosen.model, Path)
    graph, weights = found.chosen.model.read_bytes(), (found.chosen.model.parent / aside.LOCATION).read_bytes()
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
def cluster() -> Iterator[str]:
    distributed = pytest.importorskip("distributed", reason="the extra is missing: pip install 'edgeweb[dask]'")
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with distributed.LocalCluster(**options) as running:
        yield running.scheduler_address


def test_a_cluster_gives_the_same_bytes(large: model.Model, cluster: str) -> None:
    here = searched(large, Workers())
    bytes_here = coded(here)
    there = searched(large, Workers(cluster))
    assert coded(there) == bytes_here and there.chosen.layers == here.chosen.layers


def double(number: int) -> int:
    return 2 * number


def test_results_come_in_order() -> None:
    assert list(Workers().each(double, range(50))) == [2 * i for i in range(50)]


def test_an_address_without_a_scheduler_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="the extra is missing: pip install 'edgeweb[dask]'")
    monkeypatch.setattr("edgeweb.parallel._CONNECT_S", 1)
    for address in ("tcp://127.0.0.1:1", "nonsense://x"):
        with pytest.raises(UsageError, match="No Dask scheduler answers"):
            Workers(address).check()


def test_progress_tells_the_share_and_the_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 0.1, 10.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    told: list[str] = []
    count: Callable[[int], None] = progress.Progress(told.append, "coding", 100)
    count(10)
    count(15)
    assert told == ["coding: 25%, about 30 s left"]
    assert isinstance(told[0], progress.Share) and told[0].share == 0.25


def test_a_wrong_address_ends_the_command_with_2() -> None:
    command = [sys.executable, "-m", "edgeweb.cli", "build", "--dask", "tcp://127.0.0.1:1", "absent.onnx"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "Dask" in done.stderr
