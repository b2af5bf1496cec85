"""What hooks declare with edgeweb.ops as configuration, and as nodes around the model's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import edgeweb
import numpy as np
import onnx
import onnxruntime as ort
import pytest
from declarations import IMAGE, ROW, Build, written
from edgeweb import ops, recipe
from edgeweb.config import Config, InputConfig, OutputConfig
from edgeweb.errors import ConfigError, HookError
from edgeweb.python import declared
from edgeweb.python.declared import Declarations
from msgspec import convert
from tiny import FLOAT, as_model, linear, picture, proto_of, value, weights


def test_a_picture_and_its_best_classes_need_no_python(build: Build, tmp_path: Path) -> None:
    site = build(written(tmp_path, picture(softmax=False), IMAGE), hooks=tmp_path / "hooks.py")
    assert site.manifest.hooks is None and site.manifest.python is None
    assert site.manifest.task == "image-classification"
    image = site.manifest.image
    assert image is not None and not image.assumed
    assert image.formula.startswith("crop to 24 x 20, of it the middle 16 x 16, (BGR 0..255 / 255 - [0.5]) / [0.25]")
    said = " ".join(step["outcome"] for step in site.report["steps"])
    assert "preprocess and postprocess of hooks.py: compiled into the graphs, so no Python ships" in said


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


def said(before: Any = None, after: Any = None) -> Declarations:
    return Declarations(None if before is None else before.said, None if after is None else after.said)


def stepped(proto: onnx.ModelProto, **declared_: Any) -> Any:
    return declared.step(as_model(proto), said(**declared_))


def shapes(proto: onnx.ModelProto) -> list[list[Any]]:
    return [
        [dim.dim_value or dim.dim_param for dim in output.type.tensor_type.shape.dim] for output in proto.graph.output
    ]


def test_what_is_declared_where_it_cannot_stand() -> None:
    for function, one, both in (
        ("preprocess", ops.boxes(), r"ops.image\(\) or ops.row\(\)"),
        ("postprocess", ops.image(), r"ops.output\(\) or ops.boxes\(\)"),
    ):
        with pytest.raises(ConfigError, match=f"{function} is ops.{one.kind}.*It can be {both}"):
            declared.of({function: one.said})
    assert declared.of({}) == declared.NOTHING and declared.NOTHING.functions == ()
    assert said(ops.image(), ops.output()).functions == ("preprocess", "postprocess")


def test_a_model_of_pictures_is_left_as_it_is_and_others_get_nodes() -> None:
    """Where preprocess says nothing, one input of four dimensions is a picture."""
    assert not stepped(picture(), after=ops.output().softmax()).changed
    assert not stepped(linear(), before=ops.image(), after=ops.output().softmax()).changed
    assert not stepped(linear()).changed
    assert stepped(linear(), after=ops.output().softmax()).changed
    assert stepped(linear(), after=ops.output()).notes == ("postprocess declares nothing to be done",)


def test_of_no_more_classes_than_there_are_the_best() -> None:
    made = stepped(linear(), after=ops.output().top_k(50))
    assert shapes(made.model.proto) == [["batch", 3], ["batch", 3]]
    assert made.notes == ('top-3 after output "y" is compiled into the graph',)
    open_ = linear()
    open_.graph.output[0].type.tensor_type.shape.dim[1].dim_param = "classes"
    assert shapes(stepped(open_, after=ops.output().top_k(2)).model.proto) == [["batch", 2], ["batch", 2]]
    best = stepped(linear(), after=ops.output().softmax().argmax())
    assert (shapes(best.model.proto), best.notes) == (
        [["batch"]], ('softmax, argmax after output "y" is compiled into the graph',),
    )  # fmt: skip


def test_other_outputs_stay_where_they_are() -> None:
    nodes = [onnx.helper.make_node("Relu", ["x"], [name]) for name in ("a", "b", "c")]
    proto = proto_of(nodes, [value("x", FLOAT, [1, 4])], [value(name, FLOAT, [1, 4]) for name in ("a", "b", "c")])
    made = stepped(proto, after=ops.output("b").top_k(2)).model.proto
    assert [output.name for output in made.graph.output] == ["a", "scores", "classes", "c"]
    with pytest.raises(ConfigError, match=r"do not say which output of the model they mean\. Its outputs are a, b, c"):
        stepped(proto, after=ops.output().top_k(2))


@pytest.mark.parametrize(
    ("opset", "shape", "after", "fits"),
    [
        (11, [1, 4], ops.output().softmax().top_k(2), True),
        (10, [1, 4], ops.output().top_k(2), False),
        (13, [1, 2, 4], ops.output().softmax(), True),
        # Before that the softmax of more axes was another one.
        (12, [1, 2, 4], ops.output().softmax(), False),
        (12, [1, 2, 4], ops.output().top_k(2), True),
        (10, [1, 4], ops.output(), True),
    ],
)
def test_operators_are_as_old_as_the_model(opset: int, shape: Any, after: Any, fits: bool) -> None:
    proto = proto_of(
        [onnx.helper.make_node("Relu", ["x"], ["y"])], [value("x", FLOAT, shape)], [value("y", FLOAT, shape)]
    )
    proto.opset_import[0].version = opset
    if fits:
        stepped(proto, after=after)
    else:
        with pytest.raises(ConfigError, match=f"The model has opset {opset}"):
            stepped(proto, after=after)


def test_a_row_has_as_many_numbers_as_the_input_takes() -> None:
    row = ops.row({"a": ops.number(), "b": ops.one_hot(["p", "q", "r"])})
    made = stepped(linear(), before=row).model.proto
    assert [(info.name, info.type.tensor_type.elem_type) for info in made.graph.input] == [
        ("a", onnx.TensorProto.FLOAT), ("b", onnx.TensorProto.STRING),
    ]  # fmt: skip
    assert {entry.domain: entry.version for entry in made.opset_import}["ai.onnx.ml"] == 3
    for columns, word in ((5, "come to 5 numbers"), (3, "come to 3 numbers")):
        with pytest.raises(ConfigError, match=f"gives 4 numbers.*{word}"):
            stepped(linear(columns), before=row)
    free = linear()
    free.graph.input[0].type.tensor_type.shape.dim[1].dim_param = "columns"
    assert stepped(free, before=row).changed, "how many is not said, so it fits"
    whole = proto_of(
        [onnx.helper.make_node("Identity", ["x"], ["y"])],
        [value("x", onnx.TensorProto.INT64, [1, 4])],
        [value("y", onnx.TensorProto.INT64, [1, 4])],
    )
    with pytest.raises(ConfigError, match="takes int64 of shape"):
        stepped(whole, before=row)


def settled(before: Any = None, after: Any = None, proto: Any = None, **settings: Any) -> Config:
    return declared.configured(convert(settings, Config), as_model(proto or picture()), said(before, after))


def test_what_is_not_declared_of_a_picture_is_not_done() -> None:
    found = settled(ops.image()).input["image"]
    assert (found.size, found.crop_from, found.scale, found.mean, found.standardise) == (None, None, 1.0, None, False)
    cut = settled(ops.image().resize(20, 24).crop(16, 18)).input["image"]
    assert (cut.size, cut.crop_from, cut.resize) == ([16, 18], [20, 24], "stretch")


@pytest.mark.parametrize(
    ("rank", "after", "task", "top", "softmax"),
    [
        (2, ops.output().argmax(), "image-classification", 1, False),
        (4, ops.output().argmax(), "image-segmentation", None, None),
        (3, ops.output().argmax(), "image-segmentation", None, None),
        (None, ops.output().argmax(), "image-segmentation", None, None),
        (4, ops.output().softmax().top_k(3), "image-classification", 3, True),
        (2, ops.output(), "image-classification", None, False),
    ],
)
def test_what_an_output_over_a_picture_is(rank: int | None, after: Any, task: str, top: Any, softmax: Any) -> None:
    proto = picture()
    proto.graph.output[0].CopyFrom(value("y", FLOAT, None if rank is None else [1] * rank))
    found = settled(after=after, proto=proto)
    assert (found.task, found.output["y"].top, found.output["y"].softmax) == (task, top, softmax)


def test_boxes_overlap_where_nothing_is_said_of_them() -> None:
    assert settled(after=ops.boxes()).detect.overlap == 1.0
    assert settled(after=ops.boxes().nms(0.3)).detect.overlap == 0.3


@pytest.mark.parametrize(
    ("before", "after", "settings", "what"),
    [
        (ops.image(), None, {"input": {"image": {}}}, r"\[input.image\] in edgeweb.toml and preprocess"),
        (None, ops.boxes(), {"detect": {"threshold": 0.5}}, r"\[detect\] in edgeweb.toml and postprocess"),
        (None, ops.output(), {"output": {"y": {}}}, r"\[output.y\] in edgeweb.toml and postprocess"),
        (None, ops.boxes(), {"task": "image-classification"}, "declares object-detection. Task says"),
    ],
)
def test_edgeweb_toml_may_say_what_hooks_do_not(before: Any, after: Any, settings: Any, what: str) -> None:
    with pytest.raises(ConfigError, match=what):
        settled(before, after, **settings)
    assert settled(task="image-classification").task == "image-classification"
    agreed = settled(after=ops.boxes(), task="object-detection", input={"image": {"scale": 2.0}}, output={"y": {}})
    assert agreed.task == "object-detection" and agreed.input["image"].scale == 2.0


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


def test_inspect_tells_what_a_browser_cannot_run_whatever_else_is_wrong(tmp_path: Path) -> None:
    proto = linear(softmax=False)
    proto.graph.node[0].op_type = "NobodyKnowsIt"
    model = written(tmp_path, proto, IMAGE)
    (tmp_path / "edgeweb.toml").write_text('data = "gone.csv"\n[hooks]\nfile = "hooks.py"\n')
    info, plan = recipe.detect(model)
    assert any("NobodyKnowsIt" in str(blocker) for blocker in info.blockers)
    assert plan.task == "tabular-regression"
