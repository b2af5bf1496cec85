"""Names, labels, operators and runs of models of texts that contradict each other: then less is said."""

from __future__ import annotations

import tomllib
from dataclasses import replace

import numpy as np
import pytest
import tiny
from edgeweb.config import Config
from edgeweb.inputs.golden import Array
from edgeweb.schema.language import TextInputs
from edgeweb.tasks import evidence
from edgeweb.tasks.language.inputs import Beside
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.plan import Recognised
from edgeweb.tasks.text import detect
from msgspec import convert
from onnx import helper
from planned import I64, F, seen

READS = TextInputs(ids="ids", type="int64", mask="mask")
SHARES = np.array([[0.5, 0.3, 0.2]], np.float32)


def told(
    words: Language,
    name: str,
    gave: Array = SHARES,
    operator: str = "Identity",
    labels: str = "",
    deep: bool = False,
    **config: object,
) -> Recognised:
    """What is detected of a model with one output of three numbers, of which a run gave `gave`."""
    ids, output = tiny.value("ids", I64, ["n", "t"]), tiny.value(name, F, ["n", "t", 3] if deep else ["n", 3])
    proto = tiny.proto_of([helper.make_node(operator, ["ids"], [name])], [ids], [output])
    language = replace(words, config=config)
    known = replace(seen(proto, list(labels)), beside={"text": Beside(language, READS)}, gave={name: gave})
    found = detect.detect(known, convert({}, Config))
    assert isinstance(found, Recognised)
    return found


def said(found: Recognised, claim: evidence.Claim) -> tuple[str, str] | None:
    known = evidence.about(found.evidence, claim)
    return None if known is None else (known.source, known.origin)


@pytest.mark.parametrize(
    ("name", "operator", "labels", "task"),
    [
        ("sentence_sentiment", "Softmax", "", "text-classification"),
        ("embedding", "Softmax", "", "text-classification"),
        ("pooled_logits", "Identity", "", "text-regression"),
        ("spool", "Identity", "", "text-regression"),
        ("encoder_scores", "Identity", "abc", "text-classification"),
        ("sentenceEmbedding", "Identity", "abc", "text-classification"),
        ("sentenceEmbedding", "Identity", "", "text-embedding"),
        ("pooler_output", "Identity", "", "text-embedding"),
    ],
)
def test_names_come_last_and_in_whole_words(name: str, operator: str, labels: str, task: str, words: Language) -> None:
    assert told(words, name, operator=operator, labels=labels).task == task


def test_a_config_of_other_classes_is_not_believed(words: Language) -> None:
    about = {"architectures": ["BertForSequenceClassification"], "id2label": {"0": "no", "1": "yes"}}
    found = told(words, "y", **about)
    assert (found.task, found.labels, said(found, "probabilities")) == ("text-regression", (), None)
    assert "it has 2 labels" in found.reasons[1]
    fits = told(words, "y", **{**about, "id2label": {"0": "no", "1": "yes", "2": "so"}})
    assert (fits.task, len(fits.labels)) == ("text-classification", 3)
    assert said(fits, "probabilities") == ("file", "config.json")


def test_two_classes_without_names_are_called_as_transformers_does(words: Language) -> None:
    about = {"architectures": ["BertForSequenceClassification"], "transformers_version": "4.57.6"}
    ids, output = tiny.value("ids", I64, ["n", "t"]), tiny.value("logits", F, ["n", 2])
    proto = tiny.proto_of([helper.make_node("Identity", ["ids"], ["logits"])], [ids], [output])
    for said, names in ((about, ("LABEL_0", "LABEL_1")), ({**about, "id2label": {"0": "no", "1": "yes"}}, ("no", "yes"))):  # fmt: skip  # noqa: E501
        language = replace(words, config=said)
        found = detect.detect(replace(seen(proto), beside={"text": Beside(language, READS)}), Config())
        assert isinstance(found, Recognised) and (found.task, found.labels) == ("text-classification", names)
    assert told(words, "logits", **about).labels == ()


def test_values_that_are_no_logits_get_no_softmax(words: Language) -> None:
    large = np.array([[175, 60, 0.1]], np.float32)
    for about in ({}, {"architectures": ["BertForSequenceClassification"]}):
        found = told(words, "y", large, labels="abc", **about)
        assert (found.task, said(found, "probabilities")) == ("text-regression", None)
        assert said(found, "answer") == ("file", "its only output")


def test_a_softmax_over_another_axis_makes_no_shares(words: Language) -> None:
    assert told(words, "y", np.ones((1, 3), np.float32), "Softmax").task == "text-regression"
    named = told(words, "y", np.ones((1, 3), np.float32), "Softmax", "abc")
    assert (named.task, said(named, "probabilities")) == ("text-classification", None)
    assert said(named, "task") == ("user", "3 names of classes in labels.txt")
    assert said(told(words, "y", SHARES, "Softmax"), "probabilities") == ("file", "operator Softmax")


def test_a_softmax_over_the_tokens_makes_no_shares_of_tags(words: Language) -> None:
    over_tokens, tags = np.full((1, 4, 3), 0.25, np.float32), np.full((1, 4, 3), 1 / 3, np.float32)
    assert said(told(words, "y", over_tokens, "Softmax", "abc", deep=True), "probabilities") is None
    assert said(told(words, "y", tags, "Softmax", "abc", deep=True), "probabilities") == ("file", "operator Softmax")


def test_what_settles_one_score_says_what_is_assumed_of_it(words: Language) -> None:
    ids, output = tiny.value("ids", I64, ["n", "t"]), tiny.value("logits", F, ["n", 1])
    proto = tiny.proto_of([helper.make_node("Identity", ["ids"], ["logits"])], [ids], [output])
    about = {"architectures": ["BertForSequenceClassification"], "id2label": {"0": "LABEL_0"}}
    known = replace(seen(proto), beside={"text": Beside(replace(words, config=about), READS)})
    first = detect.detect(known, convert({}, Config))
    assert isinstance(first, Recognised)
    lines = [each.settle for each in first.evidence if each.source == "assumed"]
    assert lines == ['task = "text-ranking"', "[output.logits]\nsoftmax = true"]
    again = detect.detect(known, convert(tomllib.loads("\n".join(lines)), Config))
    assert isinstance(again, Recognised) and again.task == first.task and again.spec.pipeline == first.spec.pipeline
    assert not [each for each in again.evidence if each.source == "assumed"]
