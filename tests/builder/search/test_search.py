"""Looking for the smallest form: what ships agrees, what does not never ships, and every refusal has its reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from edgeweb.cli import main
from edgeweb.coding import parts
from edgeweb.errors import ConfigError, LimitError, ModelError
from edgeweb.machine import session
from edgeweb.read import model
from edgeweb.recipe import Site
from edgeweb.samples.samples import Samples
from edgeweb.search import candidate, likeness, search
from onnx import TensorProto, helper, numpy_helper

Build = Callable[..., Site]


def network(
    weights: list[np.ndarray[Any, Any]],
    before: np.ndarray[Any, Any] | None = None,
    after: np.ndarray[Any, Any] | None = None,
) -> onnx.ModelProto:
    """MatMuls with Relu between; `before` is multiplied to the input, `after` to the last one's columns."""
    nodes, value = [], "x"
    if before is not None:
        nodes, value = [helper.make_node("Mul", ["x", "before"], ["ready"])], "ready"
    for number, _ in enumerate(weights):
        nodes.append(helper.make_node("MatMul", [value, f"w{number}"], [f"m{number}"]))
        value = f"m{number}"
        if number < len(weights) - 1:
            nodes.append(helper.make_node("Relu", [value], [f"r{number}"]))
            value = f"r{number}"
    initializers = [numpy_helper.from_array(w.astype(np.float32), f"w{i}") for i, w in enumerate(weights)]
    if before is not None:
        initializers.append(numpy_helper.from_array(before.astype(np.float32), "before"))
    if after is not None:
        nodes.append(helper.make_node("Mul", [value, "after"], ["scaled"]))
        initializers.append(numpy_helper.from_array(after.astype(np.float32), "after"))
        value = "scaled"
    nodes.append(helper.make_node("Identity", [value], ["y"]))
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", weights[0].shape[0]])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", weights[-1].shape[1]])],
        initializers,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@pytest.fixture
def plain() -> onnx.ModelProto:
    rng = np.random.default_rng(1)
    return network([rng.normal(0, 0.2, (32, 64)), rng.normal(0, 0.2, (64, 48))])


@pytest.fixture
def ruined() -> onnx.ModelProto:
    """Outliers in rows and in columns, undone before and after: whatever has one scale, some of its weights vanish."""
    rng = np.random.default_rng(2)
    rows, columns = np.ones(32), np.ones(24)
    rows[:4], columns[:3] = 1e4, 1e4
    return network([rng.normal(0, 0.3, (32, 24)) * rows[:, None] * columns], 1 / rows, 1 / columns)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    np.savez(tmp_path / "data.npz", x=np.random.default_rng(3).normal(0, 1, (200, 32)).astype(np.float32))
    return tmp_path / "data.npz"


def saved(proto: onnx.ModelProto, path: Path) -> Path:
    path.write_bytes(proto.SerializeToString())
    return path


def shipped(site: Site, place: int = 0) -> bytes:
    """The ONNX file that a browser makes of the site's variant at `place`."""
    variant = site.manifest.variants[place]
    files = [(site.path / name).read_bytes() for name in variant.files]
    return parts.unpack(files) if variant.decoded_bytes is not None else b"".join(files)


def alike(proto: onnx.ModelProto, site: Site, data: Path, place: int = 0) -> likeness.Judgement:
    feeds = [{"x": row[None]} for row in np.load(data)["x"]]
    return likeness.judge(
        session.run(proto.SerializeToString(), feeds), session.run(shipped(site, place), feeds), None, None
    )


def test_with_data_few_bits_agree(build: Build, plain: onnx.ModelProto, data: Path, tmp_path: Path) -> None:
    site = build(saved(plain, tmp_path / "m.onnx"), data=data)
    variant = site.manifest.variants[0]
    assert variant.id == "stored"
    assert variant.decoded_bytes == len(shipped(site))
    assert variant.wire_bytes * 2.5 < (tmp_path / "m.onnx").stat().st_size
    found = alike(plain, site, data)
    assert found.agreement >= 0.985, "half of these inputs were not seen by the search"
    assert variant.agreement >= 0.99


def test_without_data_hardly_anything_differs(build: Build, plain: onnx.ModelProto, data: Path, tmp_path: Path) -> None:
    site = build(saved(plain, tmp_path / "small.onnx"))
    assert site.manifest.variants[0].id == "original", "the bytes of a small one are not worth a digit"
    rng = np.random.default_rng(1)
    large = network([rng.normal(0, 0.2, (32, 4096)), rng.normal(0, 0.2, (4096, 48))])
    site = build(saved(large, tmp_path / "large.onnx"))
    assert site.manifest.variants[0].id == "stored"
    assert alike(large, site, data).sqnr > 35


def test_a_higher_limit_costs_bytes(build: Build, plain: onnx.ModelProto, data: Path, tmp_path: Path) -> None:
    path = saved(plain, tmp_path / "m.onnx")
    sites = [build(path, tmp_path / str(limit), data=data, min_agreement=limit) for limit in (0.95, 0.99, 0.9999)]
    sizes = [site.manifest.variants[0].wire_bytes for site in sites]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[2] * 0.8
    for site, limit in zip(sites, (0.95, 0.99, 0.9999), strict=True):
        assert site.manifest.variants[0].agreement >= limit


def test_what_int8_ruins_is_never_shipped_as_int8(
    build: Build, ruined: onnx.ModelProto, data: Path, tmp_path: Path
) -> None:
    path = saved(ruined, tmp_path / "m.onnx")
    with pytest.raises(LimitError, match=r"No smaller form .* agrees by 0\.99.*stored int8 0\.\d+") as caught:
        build(path, tmp_path / "int8", data=data, precision="int8", min_agreement=0.99)
    assert caught.value.exit_code == 3
    written = Site(tmp_path / "int8", search_manifest(tmp_path / "int8"), {})
    assert alike(ruined, written, data).agreement == 1.0
    auto = build(path, tmp_path / "auto", data=data)
    assert alike(ruined, auto, data).agreement >= 0.985


def test_a_browser_does_not_let_through_what_int8_ruins(
    build: Build, ruined: onnx.ModelProto, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one to time them in, forms that calculate otherwise may ship: only those that agree, whatever they serve."""
    monkeypatch.delenv("EDGEWEB_BROWSER")
    # There is no runtime to cut: the small browser half is made of zeros.
    site = build(saved(ruined, tmp_path / "m.onnx"), data=data, specialise=False)
    assert all("int8" not in variant.id for variant in site.manifest.variants)
    for place in range(len(site.manifest.variants)):
        assert alike(ruined, site, data, place).agreement >= 0.985
    known = site.report["compression"]
    ruins = [form for form in known["forms"] if "int8" in form["form"] and form["agreement"] < 0.99]
    assert ruins and not any(form["serves"] for form in ruins)
    assert sum(bool(form["serves"]) for form in known["forms"]) == len(site.manifest.variants)


def search_manifest(folder: Path) -> Any:
    from edgeweb import manifest

    return manifest.read(folder)


def test_the_command_line_exits_with_three(
    ruined: onnx.ModelProto, data: Path, tmp_path: Path, small_web: None, capsys: pytest.CaptureFixture[str]
) -> None:
    path = saved(ruined, tmp_path / "m.onnx")
    options = ["--data", str(data), "--precision", "int8", "--min-agreement", "0.99"]
    assert main(["build", str(path), "-o", str(tmp_path / "out"), *options]) == 3
    assert "they came to: stored int8" in capsys.readouterr().err.replace("They", "they")
    assert (tmp_path / "out" / "edgeweb.json").is_file()


def test_precisions(build: Build, plain: onnx.ModelProto, data: Path, tmp_path: Path) -> None:
    path = saved(plain, tmp_path / "m.onnx")
    size = {}
    for precision in ("fp32", "fp16", "int8"):
        site = build(path, tmp_path / precision, data=data, precision=precision)
        size[precision] = site.manifest.variants[0].wire_bytes
        assert alike(plain, site, data).agreement >= 0.99
    assert size["int8"] < 0.7 * size["fp16"] < 0.6 * size["fp32"]
    exact = build(path, tmp_path / "again", data=data, precision="fp32")
    assert alike(plain, exact, data).sqnr > 100


def test_a_layer_that_no_input_reaches_stays_fine() -> None:
    """Another branch's weights: nothing was measured of them, so they are not thrown away."""
    rng = np.random.default_rng(5)
    proto = network([rng.normal(0, 0.2, (32, 64)), rng.normal(0, 0.2, (64, 48))])
    dead = numpy_helper.from_array(rng.normal(0, 1, (64, 64)).astype(np.float32), "idle")
    proto.graph.initializer.append(dead)
    proto.graph.node.insert(0, helper.make_node("Identity", ["idle"], ["unused"]))
    feeds = tuple({"x": rng.normal(0, 1, (1, 32)).astype(np.float32)} for _ in range(40))
    source = model.Model(Path("m.onnx"), proto, 1)
    goal = candidate.Goal("auto", 0.99, None)
    found = search.smallest(source, proto.SerializeToString(), Samples(feeds, None, "40 rows", False), goal)
    (layer,) = [each for each in found.chosen.layers if each.name == "idle"]
    assert layer.step <= 0.011


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("nan", "no float32 tensor"),
        ("small", "no float32 tensor"),
        ("fp32", "fp32 was asked for"),
        ("blind", "no inputs to judge it on"),
    ],
)
def test_what_is_left_as_it_is(change: str, why: str) -> None:
    rng = np.random.default_rng(4)
    weights = rng.normal(0, 1, (32, 4) if change == "small" else (32, 32))
    if change == "nan":
        weights[3, 3] = np.nan
    proto = network([weights])
    feeds = () if change == "blind" else tuple({"x": rng.normal(0, 1, (1, 32)).astype(np.float32)} for _ in range(20))
    goal = candidate.Goal("fp32" if change == "fp32" else "auto", 0.99, None)
    source = model.Model(Path("m.onnx"), proto, 1)
    found = search.smallest(source, proto.SerializeToString(), Samples(feeds, None, "rows", False), goal)
    assert not found.chosen.lossy
    assert why in dict(found.declined)["stored"]


def test_the_same_bytes_again(build: Build, plain: onnx.ModelProto, data: Path, tmp_path: Path) -> None:
    path = saved(plain, tmp_path / "m.onnx")
    one, two = (build(path, tmp_path / name, data=data) for name in ("one", "two"))
    assert one.manifest == two.manifest
    assert shipped(one) == shipped(two)


def test_too_few_samples(build: Build, plain: onnx.ModelProto, tmp_path: Path) -> None:
    np.savez(tmp_path / "few.npz", x=np.ones((2, 32), np.float32))
    path = saved(plain, tmp_path / "m.onnx")
    with pytest.raises(ConfigError, match=r"cannot be told from 2 samples of few\.npz.*Give at least 4") as caught:
        build(path, data=tmp_path / "few.npz", min_agreement=0.99)
    assert caught.value.exit_code == 2
    assert build(path, data=tmp_path / "few.npz").manifest.variants[0].agreement > 0.999


def test_what_distillation_needs(
    build: Build, plain: onnx.ModelProto, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(plain, tmp_path / "m.onnx")
    monkeypatch.setattr(candidate.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        ConfigError, match=r"needs PyTorch\. It is not installed\. Type: pip install 'edgeweb\[distill\]'"
    ):
        build(path, data=data, distill=True)
    monkeypatch.setattr(candidate.importlib.util, "find_spec", lambda name: name)
    for few, source in ((None, "8 seeded inputs"), (np.ones((20, 32), np.float32), "20 samples of few.npz")):
        if few is not None:
            np.savez(tmp_path / "few.npz", x=few)
        with pytest.raises(ConfigError, match=f"Nothing can be learnt from {source}.*Give at least 64") as caught:
            build(path, data=None if few is None else tmp_path / "few.npz", distill=True)
        assert caught.value.exit_code == 2
    assert not (tmp_path / "dist").exists()
    site = build(path, data=data, distill=True, precision="int8")
    assert {"form": "distilled", "why": "a precision was asked for"} in site.report["compression"]["declined"]


def test_what_does_nothing_is_left_out(build: Build, data: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    first, second = rng.normal(0, 0.2, (32, 96)), rng.normal(0, 0.2, (96, 48))
    second[::2] = 0
    proto = network([first, second])
    site = build(saved(proto, tmp_path / "m.onnx"), data=data)
    assert site.manifest.variants[0].id == "reduced"
    weights = {t.name: list(t.dims) for t in onnx.load_from_string(shipped(site)).graph.initializer}
    assert list(weights.values()) == [[32, 48], [48, 48]]
    assert alike(proto, site, data).agreement >= 0.985


def test_weights_that_are_no_numbers(build: Build, plain: onnx.ModelProto, data: Path, tmp_path: Path) -> None:
    weights = numpy_helper.to_array(plain.graph.initializer[0]).copy()
    weights[3, 3] = np.inf
    plain.graph.initializer[0].CopyFrom(numpy_helper.from_array(weights, "w0"))
    path = saved(plain, tmp_path / "m.onnx")
    with pytest.raises(ModelError, match=r'cannot be made int8\. Its weight "w0" holds a NaN or an infinity'):
        build(path, data=data, precision="int8")
    assert not (tmp_path / "dist").exists()
    build(path)
