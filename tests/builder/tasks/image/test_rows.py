"""Rows of numbers for a picture: scores where something says so, values, or a vector."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tiny
from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.tasks import choose as tasks
from edgeweb.tasks.image.kind import IMAGE
from onnx import helper
from pictured import claims, given, image, zeros
from planned import I64, S, choose, flat, seen


def test_labels_make_scores_of_numbers() -> None:
    proto = tiny.picture(softmax=False, classes=77)
    assert choose(proto, labels=[str(i) for i in range(77)]).labels[76] == "76"
    assert choose(proto, task="image-classification").task == "image-classification"


def test_one_picture_in_and_one_row_of_numbers_out() -> None:
    two = flat({"a": (tiny.FLOAT, [1, 3, 16, 16]), "b": (tiny.FLOAT, [1, 3, 16, 16])}, {"y": (tiny.FLOAT, [1, 10])})
    assert "not one input, as a model of pictures has" in choose(two).reasons
    both = {"y": (tiny.FLOAT, [1, 10]), "z": (tiny.FLOAT, [1, 10])}
    assert (
        "not one output, as an image classifier has"
        in choose(flat({"a": (tiny.FLOAT, [1, 3, 16, 16])}, both)).reasons[1]
    )
    label = flat({"a": (tiny.FLOAT, [1, 3, 16, 16])}, {"y": (I64, [1, 10])})
    assert 'output "y" is not one row of scores' in choose(label).reasons[1]


@pytest.mark.parametrize(
    ("classes", "task"),
    [(1, "image-regression"), (10, "image-regression"), (32, "image-regression"), (33, "tensors"), (1000, "tensors")],
)
def test_a_row_of_numbers_alone_is_no_row_of_scores(classes: int, task: str) -> None:
    plan = choose(tiny.picture(classes=classes, softmax=False))
    assert (plan.task, plan.kind) == (task, IMAGE) and not any(
        said.claim == "probabilities" for said in plan.evidence
    ), "the page takes pictures all the same"


def test_what_is_asked_of_scores() -> None:
    said = {"y": {"softmax": False, "top": 50}}
    spec = image(choose(tiny.picture(softmax=False), output=said, task="image-classification"))
    assert (spec.softmax, spec.top) == (False, 10), "there are no more than ten"
    assert image(choose(tiny.picture(), output={"y": {"softmax": True, "top": 3}})).softmax is True


@pytest.mark.parametrize(
    ("name", "ends", "config", "is_embedding"),
    [
        ("y", "Split", {}, False),
        ("image_embeds", "Split", {}, True),
        ("global_descriptor", "Split", {}, True),
        ("class_embed", "Split", {}, False),
        ("embedding_probs", "Split", {}, False),
        ("image_embeds", "Softmax", {}, False),
        ("y", "LpNormalization", {}, True),
        ("features", "Split", {}, False),
        ("y", "Split", {"gallery": "birds"}, True),
        ("y", "Split", {"task": "image-embedding"}, True),
    ],
)
def test_rows_of_numbers_that_stand_for_a_picture(name: str, ends: str, config: Any, is_embedding: bool) -> None:
    plan = given({name: zeros(1, 512)}, ends=ends, **config)
    assert (plan.task == "image-embedding") is is_embedding
    assert not is_embedding or plan.spec.outputs == (name,)


def test_a_few_numbers_of_length_one_may_be_a_turn() -> None:
    assert given({"y": zeros(1, 4)}, ends="LpNormalization").task == "image-regression"


def test_of_several_rows_the_one_that_is_called_so() -> None:
    plan = given({"scores": zeros(1, 10), "embedding": zeros(1, 128)})
    assert plan.kind is IMAGE and plan.spec.outputs == ("embedding",)
    assert "an embedding of 128 numbers" in plan.reasons[0]
    words = flat({"image": (tiny.FLOAT, [1, 3, 64, 64])}, {"embedding": (S, [1, 128])})
    assert choose(words).task == "tensors"


def test_values_are_called_by_their_outputs_or_by_names_that_are_given() -> None:
    two = {"age": zeros(1, 1), "gender": zeros(1, 2)}
    plan = given(two)
    assert (plan.task, plan.spec.result) == ("image-regression", "regression")
    assert plan.spec.names == ("age", "gender 1", "gender 2") and plan.labels == ()
    plan = given(two, names=["female", "male"])
    assert plan.spec.names == ("age", "female", "male"), "of the one head that has as many"
    with pytest.raises(ConfigError, match="has 4 labels"):
        given(two, names=list("abcd"))
    assert given({"401": zeros(1, 3)}).spec.names == ("1", "2", "3")
    named = given({"y": zeros(1, 3)}, names=["yaw", "pitch", "roll"], task="image-regression")
    assert named.spec.names == named.labels == ("yaw", "pitch", "roll")
    assert given({"y": zeros(1, 3)}, names=["yaw", "pitch", "roll"]).task == "image-classification"


def test_one_sigmoid_is_two_classes_only_where_they_have_names() -> None:
    plain = given({"y": zeros(1, 1, filled=0.25)}, ends="Sigmoid")
    assert (plain.task, plain.spec.names) == ("image-regression", ("y",))
    plan = given({"y": zeros(1, 1, filled=0.25)}, ends="Sigmoid", names=["cat", "dog"])
    assert (plan.task, plan.labels, plan.spec.pair, plan.spec.sigmoid) == (
        "image-classification",
        ("cat", "dog"),
        True,
        False,
    )
    assert claims(plan)["probabilities"] == ("sigmoid", "file", "operator Sigmoid")
    logit = given({"y": zeros(1, 1, filled=3.0)}, names=["cat", "dog"])
    assert logit.spec.sigmoid and claims(logit)["probabilities"][1] == "assumed"
    asked = given({"y": zeros(1, 1, filled=3.0)}, names=["cat", "dog"], output={"y": {"softmax": True}})
    assert claims(asked)["probabilities"] == ("sigmoid", "user", "edgeweb.toml")
    with pytest.raises(ConfigError, match="has 2 labels"):
        given({"y": zeros(1, 1, filled=200.0)}, names=["cat", "dog"])
    with pytest.raises(ConfigError, match="needs the labels of two classes"):
        given({"y": zeros(1, 1)}, task="image-classification")


def test_what_says_that_scores_are_probabilities() -> None:
    names = list("abcdefghij")
    assert claims(choose(tiny.picture()))["probabilities"] == ("softmax", "file", "operator Softmax")
    bare = tiny.picture(softmax=False)
    plan = choose(bare, names)
    assert claims(plan)["probabilities"][:2] == ("softmax", "assumed")
    assert claims(plan)["task"] == ("image-classification", "user", "10 names of classes in labels.txt")
    settle = next(said.settle for said in plan.evidence if said.claim == "probabilities")
    assert settle == "[output.y]\nsoftmax = true"
    asked = choose(bare, names, output={"y": {"softmax": True}})
    assert claims(asked)["probabilities"] == ("softmax", "user", "edgeweb.toml")
    # Values that add up to 1 may be shares of anything; with names they are probabilities, and others no logits.
    for values, task, claim in (
        (np.full((1, 10), 0.1), "image-regression", None),
        (np.full((1, 10), 0.3), "image-regression", None),
    ):
        known = replace(seen(bare), gave={"y": values}, looks=[{"y": values}] * 4)
        found = tasks.choose(known, Config())
        assert (found.task, claims(found).get("probabilities")) == (task, claim)
    for shares, claim in ((0.1, ("as given", "trial", "values of 4 runs")), (0.3, None)):
        values = np.full((1, 10), shares, np.float32)
        named = tasks.choose(replace(seen(bare, names), gave={"y": values}, looks=[{"y": values}] * 4), Config())
        assert named.spec.softmax is False and claims(named).get("probabilities") == claim


def test_a_softmax_is_not_taken_of_values() -> None:
    with pytest.raises(ConfigError, match='softmax = true does not fit output "y"'):
        choose(tiny.picture(softmax=False), output={"y": {"softmax": True}})


@pytest.mark.parametrize("names", [[], ["a", "b", "c"]])
def test_a_softmax_over_something_else_than_the_classes_makes_no_probabilities(names: list[str]) -> None:
    plan = given({"y": zeros(1, 3, filled=1.0)}, ends="Softmax", names=names)
    assert plan.task == ("image-classification" if names else "image-regression")
    assert "probabilities" not in claims(plan)
    assert given({"y": zeros(1, 3, filled=1 / 3)}, ends="Softmax").task == "image-classification"


@pytest.mark.parametrize(
    ("name", "channels", "task"),
    [
        ("alpha", 1, "image-segmentation"),
        ("fgMask", 1, "image-segmentation"),
        ("depth_to_space", 1, "tensors"),
        ("depthwise", 1, "tensors"),
        ("depth/Conv", 1, "tensors"),
        ("inverse_depth_1", 1, "depth-estimation"),
        ("imgrad", 3, "tensors"),
        ("image_flow", 3, "tensors"),
        ("fakeImage", 3, "image-to-image"),
    ],
)
def test_names_are_read_by_whole_words(name: str, channels: int, task: str) -> None:
    assert given({name: zeros(1, channels, 64, 64, filled=0.5)}, ends="Sigmoid").task == task


def test_the_models_own_label_beside_its_scores() -> None:
    outputs: dict[str, Any] = {"scores": zeros(1, 3), "label": np.array([1], np.int64)}
    outputs["scores"][0, 1] = 2
    nodes = [
        helper.make_node("Split", ["image"], ["scores"]),
        helper.make_node("ArgMax", ["scores"], ["label"], axis=1, keepdims=0),
    ]
    proto = tiny.proto_of(
        nodes, [tiny.value("image", tiny.FLOAT, [1, 3, 64, 64])],
        [tiny.value("scores", tiny.FLOAT, [1, 3]), tiny.value("label", I64, [1])],
    )  # fmt: skip
    plan = tasks.choose(replace(seen(proto), gave=outputs), Config())
    assert (plan.task, plan.spec.outputs) == ("image-classification", ("scores",))
    outputs["label"][0] = 2
    assert tasks.choose(replace(seen(proto), gave=outputs), Config()).task == "tensors", "they disagree"
