"""A retrained model comes to a browser that has the old one as differences, and whole where those are damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from edgeweb.manifest import read
from faults import flip
from hosts import Host, built
from offline import again, differing, installed, updates
from onnx import TensorProto, helper, numpy_helper
from playwright.sync_api import Browser
from visits import fresh, outcome

pytest_plugins = ("site_fixtures",)


def trained(share: float, path: Path) -> Path:
    """A network, all of its weights moved by `share` of their deviation."""
    rng, noise = np.random.default_rng(1), np.random.default_rng(2)
    tensors = []
    for name, shape in (("body", (16, 512)), ("head", (512, 32))):
        weights = rng.normal(0, 0.2, shape) + noise.normal(0, 0.2 * share, shape)
        tensors.append(numpy_helper.from_array(weights.astype(np.float32), name))
    nodes = [
        helper.make_node("MatMul", ["x", "body"], ["m"]),
        helper.make_node("Relu", ["m"], ["r"]),
        helper.make_node("MatMul", ["r", "head"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 16])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 32])],
        tensors,
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    room = tmp_path_factory.mktemp("two")
    np.savez(room / "data.npz", x=np.random.default_rng(3).normal(size=(32, 16)).astype(np.float32))
    options = ("--no-specialise", "--title", "Net", "--data", room / "data.npz")
    old = built(trained(0, room / "old.onnx"), room / "old", *options)
    new = trained(0.01, room / "new.onnx")
    return old, built(new, room / "new", *options, "--base", old)


@pytest.mark.alike
def test_an_update_fetches_the_differences_and_answers_as_the_new_model(
    browser: Browser, two: tuple[Path, Path], host: Host
) -> None:
    old, new = two
    manifest = read(new)
    ((model, (delta,)),) = manifest.deltas.items()
    server = host(old)
    with fresh(browser) as context:
        page = installed(context, server)
        before = outcome(page)
        server.reset(new)
        assert updates(page, "check()") is True
        asked = {path for path in server.paths() if path in manifest.files} - {"sw.js"}
        assert asked == differing(old, new) - {model, "card.md", "bom.json", "provenance.json"}
        assert delta.file in set(server.paths())
        assert manifest.files[delta.file].bytes < 0.5 * manifest.files[model].bytes
        after = again(page)
        assert (after.ready, after.release) == (True, manifest.release)
        assert after.outputs != before.outputs
        server.close()
        assert again(page).outputs == after.outputs
    whole = host(new)
    with fresh(browser) as context:
        first = outcome(installed(context, whole))
        assert first.outputs == after.outputs
        assert model in set(whole.paths()) and delta.file not in set(whole.paths())


@pytest.mark.alike
def test_damaged_differences_are_no_loss(browser: Browser, two: tuple[Path, Path], host: Host, tmp_path: Path) -> None:
    old, new = two
    manifest = read(new)
    ((model, (delta,)),) = manifest.deltas.items()
    server = host(old)
    with fresh(browser) as context:
        page = installed(context, server)
        server.reset(new)
        server.inject(delta.file, flip(99))
        assert updates(page, "check()") is True
        assert {model, delta.file} <= set(server.paths())
        assert again(page).release == manifest.release
