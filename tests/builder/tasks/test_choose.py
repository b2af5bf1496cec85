"""Which task wins, the labels that go with it, and what the configuration contradicts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import onnx
import pytest
import tiny
from edgeweb.config import Config, InputConfig
from edgeweb.errors import ConfigError
from edgeweb.tasks import choose as tasks
from edgeweb.tasks.audio.kind import AUDIO
from edgeweb.tasks.evidence import Said
from edgeweb.tasks.language.inputs import Beside
from edgeweb.tasks.plan import Plan
from edgeweb.tasks.series.kind import SERIES
from edgeweb.tasks.tabular.kind import TABULAR
from msgspec import convert
from planned import I64, F, S, choose, flat, seen


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
    asked = Said("task", "tensors", "user", "edgeweb.toml")
    assert choose(proto, task="tensors") == Plan(
        "tensors", ("asked for in edgeweb.toml or with --task",), evidence=(asked,)
    )
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


def test_the_options_of_an_input_are_all_optional() -> None:
    assert InputConfig().size is None


PICTURE = {"image": (F, [1, 3, 64, 64])}


def text_of(proto: Any, reads: Any, **config: Any) -> Plan:
    return tasks.choose(replace(seen(proto), beside={"text": Beside(None, reads)}), convert(config, Config))


def test_token_ids_are_no_row_of_a_table_also_where_nobody_knows_the_words() -> None:
    proto = flat({"x": (F, ["n", 4])}, {"y": (F, ["n", 1])})
    assert text_of(proto, None).task == "tabular-regression"
    declined = text_of(proto, "there is no tokenizer")
    assert (declined.task, declined.reasons) == (
        "tensors", ("there is no tokenizer", "so it gets the form that serves any model"),
    )  # fmt: skip
    with pytest.raises(ConfigError, match=r'served as "fill-mask"\. There is no tokenizer'):
        text_of(proto, "there is no tokenizer", task="fill-mask")
    with pytest.raises(ConfigError, match="It takes neither texts nor their token ids"):
        text_of(proto, None, task="fill-mask")


@pytest.mark.parametrize(("table", "key"), [("audio", {}), ("series", {})])
def test_a_table_for_sound_or_measurements_has_to_fit(table: str, key: dict[str, Any]) -> None:
    proto = flat({"x": (F, ["n", 4])}, {"y": (F, ["n", 1])})
    with pytest.raises(ConfigError, match=rf"The model does not fit \[{table}\]"):
        choose(proto, **{table: key})


def test_sound_comes_before_measurements_and_these_before_tables() -> None:
    proto = flat({"x": (F, ["n", 400])}, {"y": (F, ["n", 400])})
    both: dict[str, Any] = {"audio": {"rate": 8000}, "series": {}}
    assert choose(proto, **both).task == "audio-to-audio"
    with pytest.raises(ConfigError, match=r"does not fit \[series\]\. It takes sound"):
        choose(proto, **both, task="anomaly-detection")
    assert choose(proto, audio={"rate": 8000}, task="anomaly-detection").kind is AUDIO
    alone = choose(proto, series={"predicts": "reconstruction"})
    assert (alone.task, alone.kind is not SERIES) == ("anomaly-detection", False)
    assert choose(proto, task="anomaly-detection").kind is SERIES


def test_reasons_of_every_kind_that_declines() -> None:
    plan = choose(flat({"sr": (F, [1, 9, 9])}, {"y": (F, ["n", 1])}))
    assert [reason.split(":")[0] for reason in plan.reasons] == [
        "an input is named after a sample rate",
        'input "sr" has not the shape of a picture',
        'input "sr" is not a row of values',
        "so it gets the form that serves any model",
    ]


def test_tabular_outputs_are_read_as_the_task_that_is_asked_for() -> None:
    both = flat({"x": (F, ["n", 4])}, {"l": (I64, ["n"]), "p": (F, ["n", 3])})
    values = choose(both, task="tabular-regression").spec
    assert values is not None and (values.values, values.label, values.scores) == ("p", None, None)
    label = choose(flat({"x": (F, ["n", 4])}, {"l": (I64, ["n"])}), task="tabular-regression").spec
    assert label is not None and label.values == "l"
    kept = choose(both, task="tabular-classification").spec
    assert kept is not None and (kept.label, kept.scores) == ("l", None), "no run shows that they agree"


@pytest.mark.parametrize(
    ("outputs", "config", "count"),
    [
        ({"y": (F, [1, 10])}, {"task": "image-classification"}, 10),
        ({"y": (F, [1, 21, 64, 64])}, {"task": "image-segmentation"}, 21),
        # One channel tells something from nothing.
        ({"y": (F, [1, 1, 64, 64])}, {"task": "image-segmentation"}, 2),
    ],
)
def test_as_many_labels_as_classes_of_a_picture(outputs: Any, config: Any, count: int) -> None:
    proto = flat(PICTURE, outputs)
    assert len(choose(proto, [str(i) for i in range(count)], **config).labels) == count
    for wrong in (count - 1, count + 1):
        with pytest.raises(ConfigError, match=f"labels.txt has {wrong} labels.*Give {count} labels, one a line"):
            choose(proto, [str(i) for i in range(wrong)], **config)
    with pytest.raises(ConfigError, match="or none: the model has names of its own"):
        choose(proto, ["a"] * (count + 1), ["a"] * count, **config)


def test_tasks_without_classes_have_no_labels() -> None:
    """What sounds and measurements are called is the user's own matter."""
    picture = flat(PICTURE, {"y": (F, [1, 512])})
    assert choose(picture, ["a"], task="image-embedding").labels == ()
    sound = flat({"x": (F, ["n", 400])}, {"y": (F, ["n", 1])})
    assert choose(sound, ["a", "b", "c"], task="voice-activity-detection", audio={"rate": 8000}).labels == (
        "a",
        "b",
        "c",
    )
    with pytest.raises(ConfigError, match=r'has 3 labels\. Output "y" has 1'):
        choose(sound, ["a", "b", "c"], task="audio-classification", audio={"rate": 8000})
