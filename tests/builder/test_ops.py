"""What hooks declare with edgeweb.ops: compiled into graphs, the same numbers natively, and no Python left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import edgeweb
import numpy as np
import onnx
import onnxruntime as ort
import pytest
from edgeweb import ops, recipe
from edgeweb.config import Config, InputConfig, OutputConfig
from edgeweb.errors import ConfigError, HookError
from edgeweb.python import declared
from edgeweb.python.declared import Declarations
from edgeweb.recipe import Site
from tiny import FLOAT, as_model, linear, picture, proto_of, saved, value, weights

Build = Callable[..., Site]

IMAGE = """
from edgeweb import ops
preprocess = ops.image("BGR").resize(20, 24, fit="crop").crop(16, 16).normalise([0.5], [0.25], scale=255)
postprocess = ops.output().softmax().top_k(2)
"""
ROW = """
from edgeweb import ops
columns = {"age": ops.standardise(40, 12), "town": ops.one_hot(["north", "south"]), "rooms": ops.number()}
preprocess = ops.row(columns)
postprocess = ops.output("y").softmax()
"""


def written(folder: Path, proto: onnx.ModelProto, hooks: str) -> Path:
    model = saved(folder, proto)
    (folder / "hooks.py").write_text(hooks)
    return model


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (lambda: ops.image("CMYK"), "RGB, BGR, GRAY"),
        (lambda: ops.image().resize(0, 4), "0 is no number of pixels"),
        (lambda: ops.image().resize(4, 4, fit="zoom"), "stretch, crop, pad"),
        (lambda: ops.image().crop(4, 4), "call resize"),
        (lambda: ops.image().resize(4, 4).crop(5, 4), "larger than the picture"),
        (lambda: ops.image().resize(4, 4).resize(8, 8), "size was declared twice"),
        (lambda: ops.image().normalise([0], [0]), "above 0"),
        (lambda: ops.image().normalise([float("nan")], [1]), "finite"),
        (lambda: ops.image().normalise([0], [float("inf")]), "finite"),
        (lambda: ops.image().normalise([0], [1e-40]), "at least 1.2e-38"),
        (lambda: ops.image().normalise(scale=float("nan")), "finite"),
        (lambda: ops.standardise(1e300, 1), "finite"),
        (lambda: ops.standardise(0, 1e-300), "at least 1.2e-38"),
        (lambda: ops.image().layout("CHW"), "NCHW, NHWC"),
        (lambda: ops.image(input=3), "no name"),
        (lambda: ops.row({}), "takes a dict"),
        (lambda: ops.row({"a": 3}), "column 'a'"),
        (lambda: ops.standardise(0, -1), "above 0"),
        (lambda: ops.one_hot([]), "1 to 1000"),
        (lambda: ops.one_hot(["a", "a"]), "twice"),
        (lambda: ops.output().top_k(0), "at least 1"),
        (lambda: ops.boxes("tree"), "rows, columns"),
        (lambda: ops.boxes(threshold=2), "between 0 and 1"),
        (lambda: ops.boxes().nms(0), "between 0 and 1"),
        (lambda: ops.output()([], None), "edgeweb.Local"),
    ],
)
def test_a_wrong_declaration_fails_where_it_stands(wrong: Callable[[], Any], why: str) -> None:
    with pytest.raises((TypeError, ValueError), match=why):
        wrong()


def test_a_picture_and_its_best_classes_need_no_python(build: Build, tmp_path: Path) -> None:
    site = build(written(tmp_path, picture(softmax=False), IMAGE), hooks=tmp_path / "hooks.py")
    assert site.manifest.hooks is None and site.manifest.python is None
    assert site.manifest.task == "image-classification"
    image = site.manifest.image
    assert image is not None and not image.assumed
    assert image.formula.startswith("crop to 24 x 20, of it the middle 16 x 16, (BGR 0..255 / 255 - [0.5]) / [0.25]")
    said = " ".join(step["outcome"] for step in site.report["steps"])
    assert "preprocess and postprocess of hooks.py: compiled into the graphs, so no Python ships" in said


def test_a_picture_gives_natively_what_the_formula_says(tmp_path: Path) -> None:
    model = written(tmp_path, picture(softmax=False), IMAGE)
    site = edgeweb.Local(tmp_path / "hooks.py", model, labels=[f"c{i}" for i in range(10)])
    pixels = np.full((40, 48, 3), (10, 20, 30), np.uint8)
    found = site.predict(pixels)
    # One colour everywhere: cropping and resizing change nothing.
    scores = ((np.array([30, 20, 10]) / 255 - 0.5) / 0.25) @ weights(3, 10)
    shares = np.exp(scores) / np.exp(scores).sum()
    best = np.argsort(-shares)[:2]
    assert [each["label"] for each in found["labels"]] == [f"c{i}" for i in best]
    np.testing.assert_allclose([each["score"] for each in found["labels"]], shares[best], rtol=1e-4)


def test_the_middle_is_taken_of_what_was_resized(tmp_path: Path) -> None:
    """A white frame that the crop cuts off leaves the picture black."""
    hooks = "from edgeweb import ops\npreprocess = ops.image().resize(32, 32).crop(16, 16)\n"
    model = written(tmp_path, picture(softmax=False), hooks + "postprocess = ops.output()\n")
    pixels = np.zeros((32, 32, 3), np.uint8)
    pixels[:8], pixels[24:], pixels[:, :8], pixels[:, 24:] = 255, 255, 255, 255
    found = edgeweb.Local(tmp_path / "hooks.py", model).predict(pixels)
    assert {each["score"] for each in found["labels"]} == {0.0}


def test_a_picture_is_standardised_by_its_own_numbers(tmp_path: Path) -> None:
    hooks = "from edgeweb import ops\npreprocess = ops.image().standardise()\npostprocess = ops.output()\n"
    model = written(tmp_path, picture(softmax=False), hooks)
    pixels = np.random.default_rng(5).integers(0, 256, (16, 16, 3)).astype(np.uint8)
    found = edgeweb.Local(tmp_path / "hooks.py", model, labels=list("abcdefghij")).predict(pixels)
    means = ((pixels - pixels.mean()) / pixels.std()).mean((0, 1)) @ weights(3, 10)
    wanted = dict(zip("abcdefghij", means.tolist(), strict=True))
    assert {each["label"]: each["score"] for each in found["labels"]} == pytest.approx(wanted, abs=1e-4)


def test_a_row_becomes_columns_of_the_model(build: Build, tmp_path: Path) -> None:
    model = written(tmp_path, linear(softmax=False), ROW)
    site = build(model, hooks=tmp_path / "hooks.py")
    tabular = site.manifest.tabular
    assert site.manifest.python is None and tabular is not None and site.manifest.task == "tabular-classification"
    assert [(column.name, column.type, column.choices) for column in tabular.columns] == [
        ("age", "number", None), ("town", "text", ["north", "south"]), ("rooms", "number", None),
    ]  # fmt: skip
    found = edgeweb.Local(tmp_path / "hooks.py", model).predict({"age": 52, "town": "south", "rooms": 3})
    scores = np.maximum(np.array([1, 0, 1, 3]) @ weights(4, 3), 0)
    shares = np.exp(scores - scores.max())
    wanted = sorted((shares / shares.sum()).tolist(), reverse=True)
    assert [each["score"] for each in found["labels"]] == pytest.approx(wanted, rel=1e-4)


def ran(proto: onnx.ModelProto, feeds: dict[str, Any]) -> dict[str, Any]:
    onnx.checker.check_model(proto, full_check=True)
    session = ort.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, feeds), strict=True))


def test_softmax_and_the_best_come_after_any_output() -> None:
    proto = linear(softmax=False)
    said = Declarations(postprocess=ops.output("y").softmax().top_k(2).said)
    made = declared.step(as_model(proto), said)
    x = np.array([[1, 2, 3, 4]], np.float32)
    found = ran(made.model.proto, {"x": x})
    scores = np.maximum(x @ weights(4, 3), 0)[0]
    assert found["classes"].tolist() == [np.argsort(-scores)[:2].tolist()]
    assert found["scores"][0] == pytest.approx(np.sort(np.exp(scores) / np.exp(scores).sum())[::-1][:2])
    assert made.changed and "y" in [output.name for output in proto.graph.output], "the given model stays as it was"
    best = declared.step(as_model(proto), Declarations(postprocess=ops.output().argmax().said)).model.proto
    assert ran(best, {"x": x})["class"].tolist() == [int(np.argmax(scores))]


def test_names_that_the_model_has_are_left_to_it() -> None:
    nodes = [onnx.helper.make_node("Relu", ["declared"], ["probabilities"])]
    proto = proto_of(nodes, [value("declared", FLOAT, [1, 2])], [value("probabilities", FLOAT, [1, 2])])
    said = Declarations(ops.row({"a": ops.standardise(1, 2), "b": ops.number()}).said, ops.output().softmax().said)
    found = ran(declared.step(as_model(proto), said).model.proto, {"a": [[3.0]], "b": [[1.0]]})
    assert found["probabilities_0"].tolist() == [[0.5, 0.5]]


def test_boxes_and_pictures_are_configured() -> None:
    said = declared.of({
        "preprocess": ops.image().resize(16, 16, fit="pad").normalise().layout("NCHW").said,
        "postprocess": ops.boxes("columns", threshold=0.25).nms(0.6).said,
    })  # fmt: skip
    found = declared.configured(Config(), as_model(picture()), said)
    assert found.task == "object-detection"
    assert (found.detect.form, found.detect.threshold, found.detect.overlap) == ("columns", 0.25, 0.6)
    assert found.input == {"image": InputConfig(size=[16, 16], layout="NCHW", color="RGB", scale=255.0, mean=[0.0],
                                                std=[1.0], resize="pad")}  # fmt: skip
    plain = declared.configured(Config(), as_model(picture()), declared.of({"postprocess": ops.output().top_k(3).said}))
    assert plain.output == {"y": OutputConfig(softmax=False, top=3)} and plain.task == "image-classification"


@pytest.mark.parametrize(
    ("hooks", "what"),
    [
        ("preprocess = ops.output()", r"It can be ops.image\(\) or ops.row\(\)"),
        ("postprocess = ops.row({'a': ops.number()})", "It can be"),
        ("preprocess = ops.row({'a': ops.number()})", "takes float of shape"),
        ("preprocess = ops.row({'h': ops.number(), 'b': ops.one_hot(['p', 'q', 'r'])})", 'A column is named "h"'),
        ("preprocess = ops.image(input='nothing')", 'an input "nothing"'),
        ("postprocess = ops.output('nothing').softmax()", 'an output "nothing"'),
        ("postprocess = ops.boxes()", "takes no picture"),
    ],
)
def test_what_does_not_fit_the_model_is_refused(build: Build, tmp_path: Path, hooks: str, what: str) -> None:
    with pytest.raises(ConfigError, match=what):
        build(written(tmp_path, linear(), f"from edgeweb import ops\n{hooks}\n"), hooks=tmp_path / "hooks.py")
    assert not (tmp_path / "dist").exists()


def test_inspect_knows_what_hooks_declare(build: Build, tmp_path: Path) -> None:
    """It and build have one beginning, so they say the same."""
    model = written(tmp_path, linear(softmax=False), ROW)
    (tmp_path / "edgeweb.toml").write_text('[hooks]\nfile = "hooks.py"\n')
    info, plan = recipe.detect(model)
    assert [column.name for column in plan.spec.columns] == ["age", "town", "rooms"]
    # What the file itself takes stays what it is.
    assert [each.name for each in info.inputs] == ["x"]
    site = build(model)
    assert (site.manifest.task, site.manifest.tabular) == (plan.task, plan.spec)


def test_a_declaration_that_fails_names_its_line(build: Build, tmp_path: Path) -> None:
    hooks = "import edgeweb.ops\n\npreprocess = edgeweb.ops.image().resize(-1, 3)\n"
    with pytest.raises(HookError, match="line 3"):
        build(written(tmp_path, picture(), hooks), hooks=tmp_path / "hooks.py")


def test_edgeweb_toml_and_hooks_do_not_both_say_it(build: Build, tmp_path: Path) -> None:
    model = written(tmp_path, picture(softmax=False), IMAGE)
    (tmp_path / "edgeweb.toml").write_text("[hooks]\nfile = 'hooks.py'\n[input.image]\nscale = 2\n")
    with pytest.raises(ConfigError, match="say the same"):
        build(model)


def test_one_function_may_stay_python(build: Build, tmp_path: Path) -> None:
    hooks = (
        IMAGE.split("postprocess")[0] + "def postprocess(outputs, model):\n    return max(outputs['y'].tolist()[0])\n"
    )
    model = written(tmp_path, picture(softmax=False), hooks)
    site = build(model, hooks=tmp_path / "hooks.py")
    about = site.manifest.hooks
    assert about is not None and about.functions == ["postprocess"] and about.input == "image"
    assert site.manifest.image is not None and site.manifest.image.height == 20
    said = [step["outcome"] for step in site.report["steps"]]
    assert "preprocess of hooks.py is compiled into the graphs; the rest of it runs in Python" in said
    pixels = np.full((20, 24, 3), (10, 20, 30), np.uint8)
    scores = ((np.array([30, 20, 10]) / 255 - 0.5) / 0.25) @ weights(3, 10)
    assert edgeweb.Local(tmp_path / "hooks.py", model).predict(pixels) == pytest.approx(scores.max(), rel=1e-4)


def test_a_described_picture_reaches_hooks_of_a_model_of_no_known_task(build: Build, tmp_path: Path) -> None:
    """512 plain values are no scores of a known kind; the picture still goes in as declared."""
    hooks = (
        IMAGE.split("postprocess")[0] + "def postprocess(outputs, model):\n    return len(outputs['y'].tolist()[0])\n"
    )
    site = build(written(tmp_path, picture(512, softmax=False), hooks), hooks=tmp_path / "hooks.py")
    image = site.manifest.image
    assert site.manifest.task == "tensors" and image is not None
    assert (image.result, image.outputs, image.postprocess) == ("tensors", [], None)
