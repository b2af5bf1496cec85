"""Which task wins, the labels that go with it, and what the configuration contradicts."""

from __future__ import annotations

import onnx
import pytest
import tiny
from edgeweb.config import InputConfig
from edgeweb.errors import ConfigError
from edgeweb.plan import Plan
from planned import F, S, choose, flat


def test_an_input_that_does_not_exist() -> None:
    with pytest.raises(ConfigError, match=r'"x"\. The model has no such input\. Its inputs are: image'):
        choose(tiny.picture(), input={"x": {"scale": 2.0}})


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
    assert found.tabular is not None
    assert (found.task, found.tabular.values, found.tabular.scores) == ("tabular-regression", "y", None)
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


def test_the_options_of_an_input_are_all_optional() -> None:
    assert InputConfig().size is None
