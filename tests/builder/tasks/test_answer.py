"""What a model says of a row: the label where there is one, scores that agree with it, and numbers otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import onnx
import pytest
from edgeweb.config import Config
from edgeweb.inputs.golden import Array
from edgeweb.tasks import answer, evidence
from edgeweb.tasks.answer import Answer
from edgeweb.tasks.native import Rows
from edgeweb.tasks.tabular.kind import TABULAR
from edgeweb.tasks.tabular.manifest import TabularPipeline
from msgspec import convert
from onnx import helper
from planned import I64, B, F, S, choose, flat, seen

LABELS = ["a", "b", "c", "a", "c"]
ORDER = np.eye(3)[[0, 1, 2, 0, 2]]


def found(proto: onnx.ModelProto, looks: Sequence[Mapping[str, Any]] = (), **given: Any) -> Answer:
    config = convert(given.pop("config", {}), Config)
    known = seen(proto, given.pop("labels", None), given.pop("classes", None))
    runs = [{name: np.atleast_2d(np.array(value)) for name, value in look.items()} for look in looks]
    made = answer.find(replace(known, looks=runs, **given), config)
    assert isinstance(made, Answer), made
    return made


def beside(scores: Array, labels: Sequence[str] = LABELS) -> Answer:
    """Of texts beside rows of scores."""
    proto = flat({"x": (F, ["n", 4])}, {"l": (S, ["n"]), "p": (F, ["n", 3])})
    proto.graph.node[0].op_type = "SVMClassifier"
    looks = [{"l": [label], "p": row} for label, row in zip(labels, scores, strict=True)]
    return found(proto, looks, classes=["a", "b", "c"])


def test_scores_that_agree_and_add_up_are_probabilities() -> None:
    made = beside(ORDER * 0.7 + 0.1)
    assert (made.label, made.scores, made.classes) == ("l", "p", ("a", "b", "c"))
    said = evidence.about(made.evidence, "probabilities")
    assert said is not None and (said.value, said.source, said.origin) == ("as given", "trial", "values of 5 runs")


def test_scores_that_agree_and_do_not_add_up_are_no_probabilities() -> None:
    made = beside(ORDER * 3 - 1)
    assert made.scores == "p" and not evidence.known(made.evidence, "probabilities")


@pytest.mark.parametrize(
    "scores",
    [1 - ORDER, -ORDER, np.roll(ORDER, 1, axis=1), ORDER[:, [0, 2, 1]] * 0.7 + 0.1, np.full((5, 3), np.nan)],
    ids=["distances", "sign", "another order", "two classes changed", "nothing"],
)
def test_scores_that_do_not_agree_are_left_out(scores: Array) -> None:
    made = beside(scores)
    assert (made.label, made.scores) == ("l", None)
    assert evidence.about(made.evidence, "probabilities") is None


def test_one_class_in_all_runs_shows_nothing() -> None:
    assert beside(ORDER[[0] * 5], ["a"] * 5).scores is None


def test_probabilities_may_differ_from_the_label_now_and_then() -> None:
    labels = ["a"] * 5 + ["b"] * 5 + ["c"] * 5
    scores = np.repeat(np.eye(3), 5, axis=0) * 0.7 + 0.1
    scores[0] = scores[14]
    assert beside(scores, labels).scores == "p"
    assert beside(scores * 2, labels).scores is None, "others never may"


def test_whole_numbers_are_classes_only_where_something_says_so() -> None:
    proto = flat({"x": (F, ["n", 2])}, {"y": (I64, ["n"])})
    assert found(proto).values == "y"
    assert found(proto, [{"y": [0]}, {"y": [1]}], labels=["no", "yes"]).classes == ("0", "1")
    for told in ([1, 2], [0, 3]):
        assert found(proto, [{"y": [value]} for value in told], labels=["no", "yes"]).values == "y"
    assert found(proto, config={"task": "tabular-classification"}).label == "y"
    proto.graph.node[0].op_type = "ArgMax"
    assert found(proto).label == "y"
    assert found(flat({"x": (F, ["n", 2])}, {"y": (B, ["n"])})).label == "y"


def test_numbers_without_a_word_of_classes_are_numbers() -> None:
    proto = flat({"x": (F, ["n", 4])}, {"y": (F, ["n", 3])})
    made = found(proto, [{"y": row * 0.7 + 0.1} for row in ORDER])
    (task, claim) = made.evidence
    assert (made.values, task.value, task.source) == ("y", "tabular-regression", "file")
    assert (claim.claim, claim.value) == ("answer", "y")
    # With names they are what they look like.
    named = found(proto, [{"y": row * 0.7 + 0.1} for row in ORDER], labels=["a", "b", "c"])
    assert (named.scores, named.softmax) == ("y", False) and evidence.known(named.evidence, "probabilities")
    bare = found(proto, [{"y": row * 9 - 3} for row in ORDER], labels=["a", "b", "c"])
    said = evidence.about(bare.evidence, "probabilities")
    assert (bare.scores, bare.softmax) == ("y", True)
    assert said is not None and (said.source, said.settle) == ("assumed", "[output.y]\nsoftmax = true")


@pytest.mark.parametrize(("softmax", "value"), [(True, "softmax"), (False, "as given")])
def test_the_user_says_what_scores_are(softmax: bool, value: str) -> None:
    proto = flat({"x": (F, ["n", 4])}, {"y": (F, ["n", 3])})
    made = found(proto, labels=["a", "b", "c"], config={"output": {"y": {"softmax": softmax}}})
    said = evidence.about(made.evidence, "probabilities")
    assert said is not None and (made.softmax, said.value, said.source) == (softmax, value, "user")


def test_one_share_with_two_names() -> None:
    proto = flat({"x": (F, ["n", 4])}, {"y": (F, ["n", 1])})
    proto.graph.node[0].op_type = "Sigmoid"
    assert found(proto).values == "y"
    made = found(proto, labels=["no", "yes"])
    assert (made.scores, made.pair) == ("y", True)
    rows = Rows(TabularPipeline(columns=[], scores="y", pair=True), ["no", "yes"], [])
    told = rows.result({"y": np.array([[0.75]])})
    assert told["labels"] == [{"label": "yes", "score": 0.75}, {"label": "no", "score": 0.25}]


def test_operators_of_regressions() -> None:
    proto = flat({"x": (F, ["n", 4])}, {"y": (F, ["n", 3])})
    proto.graph.node[0].op_type = "LinearRegressor"
    proto.graph.node[0].domain = "ai.onnx.ml"
    task = evidence.about(found(proto, labels=["a", "b", "c"]).evidence, "task")
    assert task is not None and (task.source, task.origin) == ("file", "operator LinearRegressor")


def test_names_of_values_are_the_users() -> None:
    proto = flat({"x": (F, ["n", 4])}, {"y": (F, ["n", 3])})
    plan = choose(proto, ["yaw", "pitch", "roll"], task="tabular-regression")
    assert plan.kind is TABULAR and plan.labels == ("yaw", "pitch", "roll")
    told = plan.kind.native(plan, [], []).result({"y": np.array([[1.0, 2.0, 3.0]])})
    assert told == {"task": "regression", "values": [1, 2, 3], "names": ["yaw", "pitch", "roll"]}


@pytest.mark.parametrize(
    ("classes", "labels", "value", "name"),
    [
        (["3", "7"], ["3", "7"], 7, "7"),
        (["3", "7"], ["three", "seven"], 7, "seven"),
        (["1", "2", "3"], ["1", "2", "3"], 1, "1"),
        (["-1", "1"], [], -1, "-1"),
        (["0", "1"], ["no", "yes"], 1, "yes"),
        (["0", "1"], ["no", "yes"], 5, "5"),
        ([], ["no", "yes"], 1, "1"),
        ([], [], 5, "5"),
        (["false", "true"], ["no", "yes"], True, "yes"),
    ],
)
def test_labels_that_are_numbers_are_no_places(classes: list[str], labels: list[str], value: Any, name: str) -> None:
    rows = Rows(TabularPipeline(columns=[], label="l", classes=classes), labels, [])
    assert rows.result({"l": np.array([value])})["labels"] == [{"label": name, "score": None}]


def test_the_label_is_the_answer_where_a_score_is_rounded() -> None:
    rows = Rows(TabularPipeline(columns=[], label="l", scores="p", classes=["a", "b"]), ["a", "b"], [])
    outputs = {"l": np.array(["b"]), "p": np.array([[0.5001, 0.4999]])}
    assert rows.result(outputs)["labels"] == [{"label": "b", "score": None}]
    outputs["p"] = outputs["p"][:, ::-1]
    assert [each["label"] for each in rows.result(outputs)["labels"]] == ["b", "a"]


def test_several_whole_numbers_a_row_are_no_label_whatever_is_declared() -> None:
    proto = flat({"x": (F, ["n", 4])}, {"l": (I64, ["n"]), "p": (F, ["n", 3])})
    looks = [{"l": [(row > 0.5).astype(int)], "p": row} for row in ORDER]
    made = found(proto, looks, classes=["0", "1", "2"])
    assert (made.task, made.label, made.values) == ("tabular-regression", None, "l")


def test_a_label_that_is_declared_as_a_row_is_one_where_every_run_gives_one() -> None:
    proto = flat({"x": (F, ["n", 4])}, {"l": (S, [1, "n"]), "p": (F, ["n", 3])})
    looks = [{"l": [[label]], "p": row} for label, row in zip(LABELS, ORDER, strict=True)]
    assert found(proto, looks, classes=["a", "b", "c"]).label == "l"


def beside_numbers(kind: int, operator: str, told: Sequence[Any], labels: list[str] | None = None) -> Answer | str:
    """An output beside one number or three."""
    proto = flat({"x": (F, ["n", 4])}, {"l": (kind, ["n"]), "p": (F, ["n", 3])})
    proto.graph.node[0].op_type = operator
    looks = [{"l": np.array([label]), "p": np.array([row])} for label, row in zip(told, ORDER, strict=True)]
    return answer.find(replace(seen(proto, labels), looks=looks), Config())


@pytest.mark.parametrize("told", [[3, 4, 1, 0, 2], [1, 1, 1, 1, 1], [2, 0, 1, 1, 0]])
@pytest.mark.parametrize("labels", [None, ["a", "b", "c"]])
def test_a_leaf_a_count_and_a_name_of_the_row_are_no_answer(told: Sequence[int], labels: list[str] | None) -> None:
    assert isinstance(beside_numbers(I64, "Gather", told, labels), str)
    assert isinstance(beside_numbers(S, "Identity", [f"cust-{value}" for value in told], labels), str)


def test_runs_show_that_whole_numbers_are_the_places_of_the_best_scores() -> None:
    made = beside_numbers(I64, "Gather", [0, 1, 2, 0, 2])
    assert isinstance(made, Answer)
    assert (made.label, made.scores, made.evidence[0].source) == ("l", "p", "trial")


def test_of_two_scores_that_agree_nothing_says_which_is_meant() -> None:
    proto = flat({"x": (F, ["n", 4])}, {"l": (S, ["n"]), "p": (F, ["n", 3]), "q": (F, ["n", 3])})
    proto.graph.node[0].op_type = "SVMClassifier"
    looks = [{"l": [label], "p": row, "q": row * 0.4 + 0.2} for label, row in zip(LABELS, ORDER, strict=True)]
    assert found(proto, looks, classes=["a", "b", "c"]).scores is None


def test_values_that_cannot_be_logits_get_no_softmax() -> None:
    proto = flat({"x": (F, ["n", 4])}, {"y": (F, ["n", 3])})
    assert (
        found(proto, [{"y": [175, 60, 0.2]}, {"y": [160, 70, 0.3]}], labels=["height", "weight", "bmi"]).values == "y"
    )
    proto.graph.node[0].op_type = "Softmax"
    made = found(proto, [{"y": [1, 1, 1]}, {"y": [1, 1, 1]}])
    assert made.values == "y", "of another axis"


def test_several_classes_side_by_side_are_values() -> None:
    proto = flat({"x": (F, ["n", 4])}, {"l": (I64, ["n", 2]), "p": (F, ["n", 3])})
    assert isinstance(answer.find(seen(proto), Config()), str)
    del proto.graph.node[:]
    for name in ("a", "b"):
        proto.graph.node.append(helper.make_node("LinearClassifier", ["x"], [name, f"{name}s"], domain="ai.onnx.ml"))
    proto.graph.node.append(helper.make_node("Concat", ["a", "b"], ["l"], axis=1))
    proto.graph.node.append(helper.make_node("Identity", ["as"], ["p"]))
    assert found(proto).values == "l"


def test_outliers_are_minus_one() -> None:
    proto = flat({"x": (F, ["n", 4])}, {"l": (I64, ["n", 1]), "p": (F, ["n", 1])})
    made = found(proto, [{"l": [value], "p": [value * 0.3]} for value in (1, -1, -1)])
    assert (made.label, made.scores, made.evidence[0].origin) == ("l", None, "-1 or 1 in 3 runs")
    rows = Rows(TabularPipeline(columns=[], label="l"), [], [])
    assert rows.result({"l": np.array([[-1]])})["labels"] == [{"label": "-1", "score": None}]


def test_of_two_classes_the_one_that_scores_agree_with_is_the_answer() -> None:
    proto = flat({"x": (F, ["n", 4])}, {"path": (S, ["n"]), "l": (S, ["n"]), "p": (F, ["n", 3])})
    proto.graph.node[0].op_type = "SVMClassifier"
    looks = [{"path": ["110"], "l": [label], "p": row} for label, row in zip(LABELS, ORDER, strict=True)]
    assert found(proto, looks, classes=["a", "b", "c"]).label == "l"
