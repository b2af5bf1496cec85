"""A class in config.json that nobody knows: nothing is guessed of its labels; what the graph or the user says stays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import tiny
from edgeweb.config import Config
from edgeweb.schema.language import TextInputs
from edgeweb.tasks.language.inputs import Beside
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.plan import Recognised
from edgeweb.tasks.text import detect
from msgspec import convert
from onnx import helper
from planned import I64, F, seen

READS = TextInputs(ids="ids", type="int64", mask="mask")
UNKNOWN = {
    "architectures": ["UnheardOf"], "id2label": {"0": "no", "1": "yes", "2": "so"},
    "problem_type": "single_label_classification",
}  # fmt: skip


def found(
    words: Language, config: dict[str, Any], name: str = "y", operator: str = "Identity", labels: str = "", **asked: Any
) -> Recognised | str:
    ids, output = tiny.value("ids", I64, ["n", "t"]), tiny.value(name, F, ["n", 3])
    proto = tiny.proto_of([helper.make_node(operator, ["ids"], [name])], [ids], [output])
    beside = {"text": Beside(replace(words, config=config), READS)}
    known = replace(seen(proto, list(labels)), beside=beside, classes=("no", "yes", "so"), classes_from="config.json")
    return detect.detect(known, convert(asked, Config))


def test_labels_of_an_unknown_class_are_no_reason(words: Language) -> None:
    why = found(words, UNKNOWN)
    assert isinstance(why, str) and "does not know UnheardOf" in why
    known = found(words, {**UNKNOWN, "architectures": ["BertForSequenceClassification"]})
    assert isinstance(known, Recognised) and known.task == "text-classification"


@pytest.mark.parametrize(
    ("more", "task"),
    [
        ({"labels": "abc"}, "text-classification"),
        ({"operator": "Softmax"}, "text-classification"),
        ({"name": "sentence_embedding"}, "text-embedding"),
        ({"task": "text-classification"}, "text-classification"),
    ],
)
def test_the_user_an_operator_and_a_name_still_say_it(words: Language, more: dict[str, str], task: str) -> None:
    plan = found(words, UNKNOWN, **more)
    assert isinstance(plan, Recognised) and plan.task == task
