"""Timing forms in a real browser: what is fast may ship, what is slow may not; without a browser nothing changes."""

from __future__ import annotations

import functools
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from edgeweb.files import webdist
from edgeweb.machine import browsers
from edgeweb.machine.browsers import NoBrowserError
from edgeweb.schema.types import TensorInfo
from edgeweb.search import latency
from edgeweb.search.candidate import UNTIMED, Candidate, Found, Latency
from onnx import TensorProto, helper, numpy_helper

SIZE = 512


@functools.cache
def chain(products: int) -> bytes:
    """As many matrix products, every other one undone by the next: chains of an odd length give the same answers."""
    turn = np.eye(SIZE)[np.random.default_rng(1).permutation(SIZE)]
    weights = [turn if number % 2 == 0 else turn.T for number in range(products)]
    names = ["x", *(f"v{number}" for number in range(1, products)), "y"]
    nodes = [helper.make_node("MatMul", [names[i], f"w{i}"], [names[i + 1]]) for i in range(products)]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [8, SIZE]) for name in ("x", "y")]
    initializers = [numpy_helper.from_array(w.astype(np.float32), f"w{i}") for i, w in enumerate(weights)]
    graph = helper.make_graph(nodes, "chain", ends[:1], ends[1:], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    data: bytes = model.SerializeToString()
    return data


def wrong() -> bytes:
    """Native and browser differ on purpose: what a native run says is told by the caller."""
    proto = onnx.load_from_string(chain(1))
    proto.graph.node[0].op_type = "NoSuchOperator"
    data: bytes = proto.SerializeToString()
    return data


def waiting(name: str, model: bytes, wire: int) -> Candidate:
    return Candidate(name, model, None, wire, None, UNTIMED, computes=True, waits=True)


@pytest.fixture
def scene() -> latency.Scene:
    web = webdist.find()
    runtime = [web.path(name) for name in web.runtimes["wasm"].all]
    info = [TensorInfo(name=name, type="float32", shape=[8, SIZE]) for name in ("x", "y")]
    feed = {"x": np.random.default_rng(2).normal(0, 1, (8, SIZE)).astype(np.float32)}
    return latency.Scene(runtime, chain(7), "disabled", {}, info[:1], info[1:], [feed])


@pytest.fixture
def found() -> Found:
    """Of three forms that wait one does a third of the work, one twice as much, and one is larger than what ships."""
    exact = Candidate("as it is", chain(7), None, 1000, None)
    forms = (waiting("quick", chain(3), 500), waiting("slow", chain(15), 400), waiting("large", chain(3), 2000))
    return Found(exact, (exact, *forms), (), (), "8 rows")


@pytest.fixture
def chromium(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The browser of this machine, and a record of its own."""
    monkeypatch.delenv("EDGEWEB_BROWSER")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    try:
        return browsers.find()
    except NoBrowserError as error:
        pytest.skip(f"{error}")


def verdicts(found: Found) -> dict[str, str | None]:
    return {form.name: form.refused for form in found.tried}


def test_the_smallest_form_that_is_fast_enough_ships(
    chromium: Path, scene: latency.Scene, found: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Other tests run beside this one, and the forms differ by factors of two: unsteady times do for these.
    monkeypatch.setattr(latency, "_UNSTEADY", math.inf)
    told: list[str] = []
    judged = latency.judged(found, scene, told.append)
    assert told == [f"timing quick, slow in {chromium.name}"]
    assert judged.chosen.name == "quick", (judged.untimed, [(form.refused, form.latency) for form in judged.tried])
    refused = verdicts(judged)
    assert refused["quick"] is None
    assert "times as long as the original, in Chrom" in (refused["slow"] or "")
    assert refused["large"] == "it agrees, but it is larger than what ships"
    times = {form.name: form.latency for form in judged.tried}
    assert times["large"] is None
    quick, slow = times["quick"], times["slow"]
    assert quick is not None and slow is not None
    assert quick.ratio < 1 < slow.ratio
    assert len(quick.own) == len(quick.original) == 3

    monkeypatch.setenv("EDGEWEB_BROWSER", "none")
    again = latency.judged(found, scene, told.append)
    assert again == judged, "what this machine has on record is not measured again"
    assert len(told) == 1


def test_without_a_browser_nothing_that_waits_ships(
    scene: latency.Scene, found: Found, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    judged = latency.judged(found, scene)
    assert judged.chosen.name == "as it is"
    assert verdicts(judged)["quick"] == UNTIMED
    assert judged.untimed == "EDGEWEB_BROWSER says so"
    assert not (tmp_path / "edgeweb").exists()


def test_a_form_that_no_browser_runs_does_not_ship(
    chromium: Path, scene: latency.Scene, found: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = replace(found, tried=(found.tried[0], waiting("broken", wrong(), 500)))
    case = latency._case
    monkeypatch.setattr(latency, "_case", lambda model, *rest: case(chain(1) if model == wrong() else model, *rest))
    judged = latency.judged(broken, scene)
    assert judged.chosen.name == "as it is"
    assert (verdicts(judged)["broken"] or "").startswith("for comparison only, it could not be timed: ")


def test_a_form_that_answers_otherwise_in_the_browser_does_not_ship(
    chromium: Path, scene: latency.Scene, found: Found, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the native kernel of an integer operator rounds, or saturates, in another way."""
    other = replace(found, tried=(found.tried[0], waiting("other", chain(2), 500)))
    case = latency._case
    monkeypatch.setattr(latency, "_case", lambda model, *rest: case(chain(1) if model == chain(2) else model, *rest))
    judged = latency.judged(other, scene)
    assert judged.chosen.name == "as it is"
    assert "does not give the numbers it was built with" in (verdicts(judged)["other"] or "")


@pytest.mark.parametrize(
    ("ratios", "passes"),
    [((1.0, 1.0, 1.0), True), ((0.5, 1.09, 1.05), True), ((0.9, 1.0, 1.11), False), ((1.06, 1.06, 1.0), False)],
)
def test_the_band(ratios: tuple[float, ...], passes: bool) -> None:
    measured = Latency("Chromium 1, 1 thread", ratios, (1.0, 1.0, 1.0))
    assert (latency.too_slow(measured) is None) == passes
