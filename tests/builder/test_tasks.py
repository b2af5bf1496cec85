"""Which task a model gets, from its shapes and operators, and what the configuration changes or contradicts."""

from __future__ import annotations

import json
from typing import Any

import onnx
import pytest
import tiny
from edgeweb.config import Config, InputConfig
from edgeweb.errors import ConfigError
from edgeweb.read.probe import inspect_model
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import choose as tasks
from edgeweb.tasks import row
from edgeweb.tasks.image.kind import IMAGE
from edgeweb.tasks.image.spec import ImageSpec
from edgeweb.tasks.plan import Plan, Seen, classes_in
from edgeweb.tasks.tabular.kind import TABULAR
from msgspec import convert
from onnx import TensorProto, helper


def seen(proto: onnx.ModelProto, labels: list[str] | None = None, classes: list[str] | None = None) -> Seen:
    info = inspect_model(tiny.as_model(proto))
    return Seen(proto, info.inputs, info.outputs, info.operators, labels or [], "labels.txt", classes or [])


def choose(
    proto: onnx.ModelProto, labels: list[str] | None = None, classes: list[str] | None = None, **config: Any
) -> Plan:
    return tasks.choose(seen(proto, labels, classes), convert(config, Config))


def image(plan: Plan) -> ImageSpec:
    assert plan.task == "image-classification"
    assert plan.kind is IMAGE
    return plan.spec


def flat(inputs: dict[str, tuple[int, tiny.Shape]], outputs: dict[str, tuple[int, tiny.Shape]]) -> onnx.ModelProto:
    """Inputs and outputs of these types and shapes, nothing between that a detector looks at."""
    return tiny.proto_of(
        [helper.make_node("Split", list(inputs), list(outputs))],
        [tiny.value(name, *rest) for name, rest in inputs.items()],
        [tiny.value(name, *rest) for name, rest in outputs.items()],
    )


F, I64, S, B = TensorProto.FLOAT, TensorProto.INT64, TensorProto.STRING, TensorProto.BOOL
PICTURES: list[tuple[dict[str, Any], str | None]] = [
    ({}, None),
    ({"layout": "NHWC"}, None),
    ({"channels": 1}, None),
    ({"batch": "N"}, None),
    ({"kind": TensorProto.UINT8}, None),
    ({"kind": TensorProto.FLOAT16}, None),
    ({"softmax": False}, None),
    ({"softmax": False, "classes": 1000}, None),
    ({"classes": 512}, None),
    ({"softmax": False, "classes": 512}, "may be an embedding"),
    ({"softmax": False, "classes": 77}, "may be an embedding"),
    ({"classes": 1}, "is not one row of scores"),
    ({"channels": 4}, "has not 1 or 3 channels"),
    ({"batch": 4}, "takes 4 pictures at once"),
    ({"kind": I64}, "has not the shape of a picture"),
    ({"size": (4, 4)}, "is not shaped like a picture (4 x 4)"),
    ({"size": (49, 10)}, "is not shaped like a picture (10 x 49)"),
    ({"size": ("h", "w")}, "size = [224, 224]"),
]


@pytest.mark.parametrize(("form", "reason"), PICTURES, ids=[str(form) for form, _ in PICTURES])
def test_pictures(form: dict[str, Any], reason: str | None) -> None:
    plan = choose(tiny.picture(**form))
    if reason is None:
        spec = image(plan)
        assert (spec.height, spec.width, spec.layout) == (16, 16, form.get("layout", "NCHW"))
        assert spec.softmax is not form.get("softmax", True)
        assert "has the shape of a picture (16 x 16" in plan.reasons[0]
    else:
        assert plan.task == "tensors"
        assert any(reason in line for line in plan.reasons)


def test_labels_make_an_unusual_number_of_scores_certain() -> None:
    proto = tiny.picture(softmax=False, classes=77)
    assert choose(proto, labels=[str(i) for i in range(77)]).labels[76] == "76"
    assert choose(proto, task="image-classification").task == "image-classification"


def test_what_is_assumed_about_a_picture() -> None:
    spec = image(choose(tiny.picture()))
    assert (spec.scale, spec.mean, spec.std) == (255.0, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    assert (spec.color, spec.resize, spec.assumed, spec.channels) == ("RGB", "crop", True, 3)
    other = image(choose(tiny.picture(layout="NHWC")))
    assert (other.scale, other.mean, other.std, other.assumed) == (255.0, (0.0,), (1.0,), True)
    grey = image(choose(tiny.picture(channels=1)))
    assert (grey.color, grey.channels, grey.mean) == ("GRAY", 1, (0.0,))
    byte = image(choose(tiny.picture(kind=TensorProto.UINT8)))
    assert (byte.scale, byte.mean, byte.assumed) == (1.0, (0.0,), False)


def test_a_model_that_normalises_by_itself_gets_raw_values() -> None:
    spec = image(choose(tiny.picture(normalise=True)))
    assert (spec.scale, spec.mean, spec.std) == (1.0, (0.0,), (1.0,))


def test_what_the_configuration_says_about_a_picture() -> None:
    said = {"size": [32, 24], "color": "BGR", "scale": 127.5, "mean": [1.0], "std": [2.0, 3.0, 4.0], "resize": "pad"}
    spec = image(choose(tiny.picture(size=("h", "w")), input={"image": said}))
    assert (spec.height, spec.width, spec.color, spec.scale) == (32, 24, "BGR", 127.5)
    assert (spec.mean, spec.std, spec.resize, spec.assumed) == ((1.0,), (2.0, 3.0, 4.0), "pad", False)
    assert spec.formula == "pad to 24 x 32, (BGR 0..255 / 127.5 - [1.0]) / [2.0, 3.0, 4.0], NCHW"
    # What is said of one is not mixed with ImageNet's other one.
    assert image(choose(tiny.picture(), input={"image": {"mean": [0.5]}})).std == (1.0,)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"color": "GRAY"}, 'color = "GRAY" does not fit'),
        ({"mean": [1.0, 2.0]}, "mean has 2 values"),
        ({"std": [1.0, 2.0]}, "std has 2 values"),
        ({"size": [32, 32]}, "does not fit input image. It takes pictures of height 16 and width 16"),
    ],
)
def test_a_configuration_that_contradicts_the_model(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message.replace("(", r"\(")):
        choose(tiny.picture(), input={"image": options})


def test_an_input_that_does_not_exist() -> None:
    with pytest.raises(ConfigError, match=r'"x"\. The model has no such input\. Its inputs are: image'):
        choose(tiny.picture(), input={"x": {"scale": 2.0}})


TABLES: list[tuple[Any, Any, str, str]] = [
    ({"x": (F, ["n", 4])}, {"y": (F, ["n", 1])}, "tabular-regression", "one value"),
    ({"x": (F, [None, 4])}, {"y": (F, [None])}, "tabular-regression", "one value"),
    ({"x": (F, [1, 4])}, {"y": (F, [1, 3])}, "tabular-classification", "3 scores"),
    ({"x": (F, ["n", 4])}, {"l": (I64, ["n"]), "p": (F, ["n", 3])}, "tabular-classification", 'out with scores "p"'),
    ({"x": (F, ["n", 4])}, {"l": (S, ["n"]), "p": (F, None)}, "tensors", "outputs are not rows"),
    ({"x": (F, ["n", 4])}, {"l": (S, ["n", 1])}, "tabular-classification", 'label "l" out'),
    ({"x": (F, ["n", 4])}, {"y": (F, ["n", 4])}, "tensors", "neither one value nor a few scores"),
    ({"x": (F, ["n", 4])}, {"y": (F, ["n", 101])}, "tensors", "neither one value nor a few scores"),
    ({"x": (F, ["n", 4])}, {"y": (F, [10])}, "tensors", "neither one value nor a few scores"),
    ({"x": (F, [8, 4])}, {"y": (F, [8, 1])}, "tensors", "fixed number of rows"),
    ({"x": (F, ["n", "k"])}, {"y": (F, ["n", 1])}, "tensors", "is not a row of values"),
    ({"x": (F, [])}, {"y": (F, [])}, "tensors", "is not a row of values"),
    ({"x": (F, None)}, {"y": (F, ["n", 1])}, "tensors", "is not a row of values"),
    ({"x": (F, ["n", 0])}, {"y": (F, ["n", 1])}, "tensors", "is not a row of values"),
    ({"x": (F, ["n", 129])}, {"y": (F, ["n", 1])}, "tensors", "more than 128 columns"),
    ({"x": (F, ["n", 3, 4])}, {"y": (F, ["n", 1])}, "tensors", "is not a row of values"),
    ({"x": (F, ["n", 4])}, {"a": (F, ["n", 1]), "b": (F, ["n", 1])}, "tensors", "not one label or one value"),
    ({"a": (F, ["n", 1]), "b": (S, ["n", 1])}, {"y": (F, ["n", 1])}, "tabular-regression", "2 columns"),
]  # fmt: skip


@pytest.mark.parametrize(("inputs", "outputs", "task", "reason"), TABLES)
def test_tables(inputs: Any, outputs: Any, task: str, reason: str) -> None:
    plan = choose(flat(inputs, outputs))
    assert plan.task == task
    assert any(reason in line for line in plan.reasons), plan.reasons
    assert (plan.kind is not TABULAR) == (task == "tensors")


def test_operators_of_signals_are_not_those_of_tables() -> None:
    proto = flat({"x": (F, ["n", 4])}, {"y": (F, ["n", 1])})
    proto.graph.node[0].op_type = "LSTM"
    assert choose(proto).task == "tensors"


def test_softmax_is_noticed_through_nodes_that_change_nothing() -> None:
    proto = tiny.linear()
    tabular = choose(proto).spec
    assert tabular is not None
    assert (tabular.scores, tabular.softmax) == ("y", False)
    proto.graph.node[-1].output[0] = "h2"
    proto.graph.node.append(helper.make_node("Identity", ["h2"], ["y"]))
    assert seen(proto).ends_in("y", "Softmax")
    assert not seen(proto).ends_in("y", "LpNormalization")
    assert not seen(proto).ends_in("missing", "Softmax")
    bare = choose(tiny.linear(softmax=False)).spec
    assert bare is not None
    assert bare.softmax is True


def columns(proto: onnx.ModelProto, **config: Any) -> list[tuple[str, str, int, str, Any]]:
    tabular = choose(proto, **config).spec
    assert tabular is not None
    return [(c.name, c.input, c.index, c.type, c.choices) for c in tabular.columns]


def test_columns_and_their_names() -> None:
    proto = flat({"x": (F, ["n", 2])}, {"y": (F, ["n", 1])})
    assert columns(proto) == [("x1", "x", 0, "number", None), ("x2", "x", 1, "number", None)]
    assert [c[0] for c in columns(proto, input={"x": {"columns": ["age", "mass"]}})] == ["age", "mass"]
    proto.metadata_props.add(key="feature_names", value="not json")
    proto.metadata_props.add(key="columns", value=json.dumps(["only one"]))
    proto.metadata_props.add(key="features", value=json.dumps(["length", "width"]))
    assert [c[0] for c in columns(proto)] == ["length", "width"]
    with pytest.raises(ConfigError, match=r"names 1 columns\. The input has 2\. Give 2 names"):
        choose(proto, input={"x": {"columns": ["age"]}})
    assert columns(flat({"age": (I64, ["n"])}, {"y": (F, ["n", 1])})) == [("age", "age", 0, "integer", None)]
    same = choose(flat({"a": (F, ["n", 2]), "b": (F, ["n", 2])}, {"y": (F, ["n", 1])}))
    assert "names of their own" in " ".join(same.reasons)


def test_columns_of_every_type_with_the_choices_of_an_encoder() -> None:
    inputs = {"f": (F, ["n", 1]), "i": (I64, ["n", 1]), "b": (B, ["n", 1]), "s": (S, ["n", 1])}
    proto = flat(inputs, {"y": (F, ["n", 1])})
    proto.graph.node.append(
        helper.make_node("OneHotEncoder", ["s"], ["hot"], domain="ai.onnx.ml", cats_strings=["Dream", "Biscoe"])
    )
    assert row.texts(proto) == {"s": ["Dream", "Biscoe"]}
    assert [(c[3], c[4]) for c in columns(proto)] == [
        ("number", None),
        ("integer", None),
        ("boolean", None),
        ("text", ["Dream", "Biscoe"]),
    ]


def test_labels_from_the_user_the_graph_or_nowhere() -> None:
    proto = tiny.linear()
    assert choose(proto).labels == ()
    assert choose(proto, classes=["a", "b", "c"]).labels == ("a", "b", "c")
    assert choose(proto, classes=["a", "b"]).labels == ()
    assert choose(proto, labels=["x", "y", "z"], classes=["a", "b", "c"]).labels == ("x", "y", "z")
    with pytest.raises(ConfigError, match=r'labels.txt has 2 labels. Output "y" has 3 scores. Give 3 labels'):
        choose(proto, labels=["x", "y"])
    assert choose(flat({"x": (F, ["n", 2])}, {"y": (F, ["n", 1])}), labels=["x", "y"]).labels == ()


def test_a_task_that_is_asked_for() -> None:
    proto = tiny.linear()
    assert choose(proto, task="tensors") == Plan("tensors", ("asked for in edgeweb.toml or with --task",))
    found = choose(proto, task="tabular-regression")
    assert found.kind is TABULAR
    assert (found.task, found.spec.values, found.spec.scores) == ("tabular-regression", "y", None)
    kept = choose(proto, task="tabular-classification", labels=["a", "b", "c"])
    assert (kept.labels, kept.reasons) == (("a", "b", "c"), ("asked for in edgeweb.toml or with --task",))


@pytest.mark.parametrize(
    ("task", "proto", "why"),
    [
        ("image-classification", tiny.linear(), "has not the shape of a picture"),
        ("tabular-regression", tiny.picture(), "is not a row of values"),
        ("tabular-classification", flat({"x": (F, ["n", 2])}, {"y": (F, ["n", 1])}), "its output is one value"),
        ("tabular-regression", flat({"x": (F, ["n", 2])}, {"y": (S, ["n", 1])}), 'its output "y" is text'),
    ],
)
def test_a_task_that_does_not_fit(task: str, proto: onnx.ModelProto, why: str) -> None:
    with pytest.raises(ConfigError) as caught:
        choose(proto, task=task)
    assert f'The model cannot be served as "{task}"' in str(caught.value)
    assert why.lower() in str(caught.value).lower()


@pytest.mark.parametrize(
    ("shape", "classes"),
    [([None, 10], 10), ([1, 10, 1, 1], 10), ([1, 10, 7, 7], None), ([10], None), (None, None), (["n", "c"], None)],
)  # fmt: skip
def test_how_many_classes_an_output_has(shape: Any, classes: int | None) -> None:
    assert classes_in(TensorInfo(name="y", type="float32", shape=shape)) == classes


def test_the_options_of_an_input_are_all_optional() -> None:
    assert InputConfig().size is None
