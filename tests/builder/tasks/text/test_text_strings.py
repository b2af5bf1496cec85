"""Which strings are texts, and which are the categories of a table."""

from __future__ import annotations

from typing import Any

import pytest
from edgeweb.config import Config
from edgeweb.tasks.plan import Recognised
from edgeweb.tasks.text import detect
from msgspec import convert
from planned import F, S, flat, seen


def task(found: Recognised | str) -> str | None:
    return found.task if isinstance(found, Recognised) else found


def plain(operator: str, outputs: Any = None, inputs: Any = None, **config: Any) -> Recognised | str:
    """A model that takes texts as they are, and the operator that takes them apart."""
    proto = flat(inputs or {"text": (S, ["n"])}, outputs or {"label": (S, ["n"])})
    proto.graph.node[0].op_type = operator
    return detect.detect(seen(proto), convert(config, Config))


@pytest.mark.parametrize("operator", ["Tokenizer", "TfIdfVectorizer", "StringSplit"])
def test_strings_that_are_taken_apart_are_prose(operator: str) -> None:
    found = plain(operator)
    assert isinstance(found, Recognised)
    assert (found.task, found.spec.pipeline.output, found.spec.pipeline.inputs) == (
        "text-classification",
        "label",
        None,
    )
    assert found.reasons[0] == 'a text in ("text"), label "label" out'


def test_other_strings_are_categories_unless_it_is_said() -> None:
    assert plain("LabelEncoder") == ""
    assert task(plain("LabelEncoder", task="text-classification")) == "text-classification"
    assert plain("Tokenizer", inputs={"a": (S, ["n"]), "b": (S, ["n"])}) == ""
    assert plain("Tokenizer", inputs={"a": (S, ["n", 2])}) == "", "two columns are a row"
    value = plain("Tokenizer", outputs={"y": (F, ["n", 1])})
    assert isinstance(value, Recognised) and (value.task, value.spec.pipeline.result) == (
        "text-regression",
        "regression",
    )
    scores = plain("Tokenizer", outputs={"y": (F, ["n", 3])}, task="text-classification")
    assert not isinstance(scores, Recognised)
    label = plain("Tokenizer", outputs={"label": (S, ["n"])})
    assert isinstance(label, Recognised) and label.spec.pipeline.output == "label"
