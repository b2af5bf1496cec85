"""Which models read texts, what their outputs say of these, and when that is not known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from edgeweb import options, recipe
from edgeweb.errors import ConfigError
from edgeweb.schema.language import Sampling, TextInputs, TextState
from edgeweb.tasks import evidence
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.plan import Recognised
from edgeweb.tasks.text import detect
from edgeweb.tasks.text.kind import TEXT
from planned import I64, F, flat, seen
from token_models import BERT, like, told
from worded import text_models


@pytest.mark.parametrize(
    ("make", "task", "why", "labels"),
    [
        (text_models.sentiment, "text-classification", "BertForSequenceClassification", 2),
        (text_models.tagger, "token-classification", "BertForTokenClassification", 5),
        (text_models.blanks, "fill-mask", "BertForMaskedLM", 0),
        (text_models.vectors, "text-embedding", "the mean is taken", 0),
        (text_models.decoder, "text-generation", "GPT2LMHeadModel", 0),
    ],
)
def test_what_a_model_is(make: Callable[[Path], Path], task: str, why: str, labels: int, tmp_path: Path) -> None:
    _, plan = recipe.detect(make(tmp_path))
    assert (plan.task, plan.kind, len(plan.labels)) == (task, TEXT, labels) and why in plan.reasons[0]
    # The mean of the vectors is only the usual.
    assert bool(evidence.assumptions(plan.evidence)) == (task == "text-embedding")


@pytest.mark.parametrize(
    ("make", "task", "source"),
    [
        (text_models.sentiment, "text-regression", "assumed"),
        (text_models.tagger, "tensors", "file"),
        (text_models.blanks, "fill-mask", "assumed"),
        (text_models.vectors, "text-embedding", "file"),
        (text_models.decoder, "text-generation", "file"),
    ],
)
def test_shapes_and_names_alone_say_less(make: Callable[[Path], Path], task: str, source: str, tmp_path: Path) -> None:
    model = make(tmp_path)
    (tmp_path / "config.json").unlink()
    _, plan = recipe.detect(model)
    said = evidence.about(plan.evidence, "task")
    assert said is not None and (plan.task, said.value, said.source) == (task, task, source)
    assert not plan.labels and not evidence.known(plan.evidence, "probabilities")


def test_a_class_of_blanks_is_called_like_one_that_writes(tmp_path: Path) -> None:
    model = text_models.blanks(tmp_path)
    (tmp_path / "config.json").write_text('{"architectures": ["XLMWithLMHeadModel"]}')
    _, plan = recipe.detect(model)
    said = evidence.about(plan.evidence, "task")
    assert said is not None and (plan.task, said.source) == ("fill-mask", "file")


def test_token_ids_without_a_tokenizer_get_the_general_form(tmp_path: Path) -> None:
    model = text_models.vectors(tmp_path)
    (tmp_path / "tokenizer.json").unlink()
    _, plan = recipe.detect(model)
    assert plan.task == "tensors"
    assert "there is no tokenizer.json or vocab.txt beside the model" in plan.reasons[0]
    (tmp_path / "tokenizer_config.json").write_text('{"tokenizer_class": "ByT5Tokenizer"}')
    assert "ByT5Tokenizer keeps none that others read" in recipe.detect(model)[1].reasons[0]
    with pytest.raises(ConfigError, match=r'cannot be served as "fill-mask"\. Input "input_ids" takes token ids'):
        recipe.detect(model, options.Options(task="fill-mask"))


def task(found: Recognised | str) -> str | None:
    return found.task if isinstance(found, Recognised) else found


def test_nothing_speaks_of_texts(words: Language) -> None:
    assert told({"y": ["n", 3]}, words, reads=None) == ""
    assert told({"y": ["n", 3]}, words, reads="it takes other things") == "it takes other things"


@pytest.mark.parametrize(
    ("outputs", "reason"),
    [
        ({"y": ["n", 3]}, "text-regression"),
        ({"y": ["n", 1]}, "text-regression"),
        ({"y": ["n", 129]}, 'say task = "text-embedding" or "text-classification"'),
        ({"logits": ["n", "t", 7]}, "could be scores or vectors"),
        ({"logits": ["n", "t", 512]}, "fill-mask"),
        (
            {"scores": ["n", "t", 7]},
            'could be scores or vectors; say task = "token-classification" or "text-embedding"',
        ),
        ({"last_hidden_state": ["n", "t", 7]}, "text-embedding"),
        ({"a": ["n", "t", 7], "b": ["n", "t", 7]}, "nothing says what"),
        ({"sentence_embedding": ["n", 7]}, "text-embedding"),
        ({"y": ["n"]}, "its outputs are neither scores nor vectors"),
        ({"y": None}, "its outputs are neither scores nor vectors"),
        ({"hidden": ["n", "t", 9], "logits": ["n", 3]}, "text-regression"),
    ],
)
def test_what_shapes_and_names_tell(outputs: Any, reason: str, words: Language) -> None:
    assert reason in str(task(told(outputs, words)))


def test_a_score_for_each_word_of_the_vocabulary(words: Language) -> None:
    # Some models have a few scores more, for the sake of rounder sizes.
    large = replace(words, words=1000)
    assert task(told({"y": ["n", "t", words.words]}, words)) == "fill-mask"
    assert [task(told({"y": ["n", "t", width]}, large)) for width in (900, 1024)] == ["fill-mask"] * 2
    assert "could be scores or vectors" in str(told({"y": ["n", "t", 899]}, large))
    assert task(told({"y": ["n", "t", 1000]}, replace(large, mask=None))) == "text-generation"
    huge = replace(words, words=10_000)
    assert "could be scores or vectors" in str(told({"logits": ["n", "t", 512]}, huge))
    # As many labels as scores: they are tags, though there are as many words.
    tags = [str(i) for i in range(words.words)]
    assert task(told({"y": ["n", "t", words.words]}, words, labels=tags)) == "token-classification"


@pytest.mark.parametrize(
    ("architecture", "outputs", "reason"),
    [
        ("BertForSequenceClassification", {"y": ["n", 3]}, "text-classification"),
        ("BertForTokenClassification", {"y": ["n", "t", 3]}, "token-classification"),
        # Only where the output has the shape for it.
        ("BertForSequenceClassification", {"y": ["n", "t", 3]}, "could be scores or vectors"),
        ("BertForTokenClassification", {"y": ["n", 3]}, "text-regression"),
        ("BertForSequenceClassification", {"y": ["n", 1]}, "text-ranking"),
        ("BertModel", {"a": ["n", "t", 7], "b": ["n", "t", 7]}, "text-embedding"),
        ("BertForMaskedLM", {"last_hidden_state": ["n", "t", 3]}, "text-embedding"),
        ("BertForQuestionAnswering", {"y": ["n", "t"], "z": ["n", "t"]}, "no outputs start_logits and end_logits"),
        ("BertForQuestionAnswering", {"start_logits": ["n", "t"], "end_logits": ["n", "t"]}, "question-answering"),
        ("BartForConditionalGeneration", {"y": ["n", "t", 3]}, "no interface for BartForConditionalGeneration"),
    ],
)
def test_what_the_models_class_tells(architecture: str, outputs: Any, reason: str, words: Language) -> None:
    assert reason in str(task(told(outputs, like(words, architectures=[architecture]))))


def test_classes_of_entailment_serve_any_labels(words: Language) -> None:
    names = {"0": "Entailment", "1": "not_entailment"}
    found = told({"logits": ["n", 2]}, like(words, architectures=BERT, id2label=names))
    assert isinstance(found, Recognised) and found.task == "zero-shot-classification"
    pipeline = found.spec.pipeline
    assert (pipeline.result, pipeline.entails, pipeline.template) == ("classification", 0, "This example is {}.")
    other = told({"logits": ["n", 2]}, like(words, architectures=BERT, id2label={"0": "no", "1": "yes"}))
    assert isinstance(other, Recognised) and other.spec.pipeline.entails is None
    asked = told({"logits": ["n", 2]}, like(words, id2label={"0": "no", "1": "yes"}), task="zero-shot-classification")
    assert "none of its classes is called entailment" in str(asked)


def test_answers_are_between_two_outputs(words: Language) -> None:
    found = told({"start_logits": ["n", "t"], "end_logits": ["n", "t"]}, words)
    assert isinstance(found, Recognised) and found.task == "question-answering"
    pipeline = found.spec.pipeline
    assert (pipeline.result, pipeline.output, pipeline.ends) == ("answers", "start_logits", "end_logits")
    assert pipeline.postprocess is None


@pytest.mark.parametrize(
    ("asked_for", "outputs", "output"),
    [
        ("text-classification", {"a": ["n", "t", 3], "b": ["n", 3], "logits_c": ["n", 3]}, "logits_c"),
        ("token-classification", {"a": ["n", 3], "b": ["n", "t", 3], "c": ["n", "t", 3]}, "b"),
        ("text-embedding", {"pooler_output": ["n", 3], "hidden": ["n", "t", 3]}, "hidden"),
        ("text-embedding", {"vector": ["n", 3], "hidden": ["n", "t", 3]}, "vector"),
        ("text-embedding", {"pooler_output": ["n", 3]}, "pooler_output"),
        ("token-classification", {"a": ["n", 3]}, "its outputs have not the shape for it"),
        ("text-embedding", {"a": ["n"]}, "its outputs have not the shape for it"),
        ("text-regression", {"a": ["n", "t", 3], "b": ["n", 3]}, "b"),
        ("text-classification", {"a": ["n", 1]}, 'its output "a" is one value, and no class is the best of one'),
    ],
)
def test_the_output_for_a_task_that_is_asked_for(asked_for: str, outputs: Any, output: str, words: Language) -> None:
    found = told(outputs, words, task=asked_for)
    assert (found.spec.pipeline.output if isinstance(found, Recognised) else found) == output


def test_what_a_task_needs_of_tokenizer_and_inputs(words: Language) -> None:
    deep, state = {"y": ["n", "t", words.words]}, TextState(input="past", output="y2", type="float32", dims=[1])
    generation = {"task": "text-generation"}
    fixed, keeps = (TextInputs(ids="input_ids", type="int64", **more) for more in ({"length": 8}, {"state": [state]}))  # type: ignore[arg-type]
    no_blank = replace(words, mask=None)
    assert told(deep, no_blank, task="fill-mask") == "tokenizer.json has no token for a blank"
    assert told(deep, words, fixed, **generation) == "it takes one fixed number of tokens"
    assert "only text-generation can give it" in str(told(deep, words, keeps, task="fill-mask"))
    assert task(told({**deep, "y2": ["n", 2, "t"]}, words, keeps)) == "text-generation", "what it keeps is no result"


def test_what_the_page_is_told(words: Language) -> None:
    found = told({"logits": ["n", 2]}, like(words, id2label={"0": "bad", "1": "good"}))
    assert isinstance(found, Recognised)
    assert (found.labels, found.spec.pipeline.result, found.spec.language.pieces) == (
        ("bad", "good"),
        "classification",
        "##",
    )
    assert (
        found.spec.language.before,
        found.spec.language.after,
        found.spec.limit,
        found.spec.pipeline.blank,
    ) == ((2,), (3,), 512, None)
    short = TextInputs(ids="input_ids", type="int64", length=9)
    cut = told({"logits": ["n", 3]}, like(words, id2label={"0": "bad", "1": "good"}), short)
    assert isinstance(cut, Recognised)
    assert (cut.labels, cut.spec.limit) == ((), 9), "two names are none of three scores"
    blank = told({"y": ["n", "t", words.words]}, words)
    assert isinstance(blank, Recognised) and blank.spec.pipeline.blank
    assert (blank.spec.pipeline.blank.text, blank.spec.pipeline.blank.ids) == ("[MASK]", [4])


@pytest.mark.parametrize(("pooled", "source"), [("user", "user"), ("file", "file"), ("", "assumed")])
def test_who_says_how_vectors_of_tokens_become_one(pooled: Any, source: str, words: Language) -> None:
    found = told({"last_hidden_state": ["n", "t", 7]}, replace(words, pooled=pooled))
    assert isinstance(found, Recognised)
    claim = evidence.about(evidence.ordered(found.evidence), "answer")
    assert claim is not None and (claim.value, claim.source) == ("last_hidden_state, mean", source)
    assert claim.settle == ("" if pooled else '[text]\npooling = "mean"')


@pytest.mark.parametrize(
    ("said", "sampling"),
    [
        ({}, Sampling(temperature=0.0, top_k=0, top_p=1.0, max_tokens=256)),
        ({"temperature": 0.7, "top_k": 5}, Sampling(temperature=0.0, top_k=0, top_p=1.0, max_tokens=256)),
        ({"do_sample": True}, Sampling(temperature=1.0, top_k=50, top_p=1.0, max_tokens=256)),
        (
            {"do_sample": True, "temperature": 0.7, "top_k": 5, "top_p": 1.5, "max_new_tokens": 9},
            Sampling(temperature=0.7, top_k=5, top_p=1.0, max_tokens=9),
        ),
        ({"do_sample": True, "temperature": -1, "top_k": "x"}, None),
    ],
)
def test_how_tokens_are_chosen(said: Any, sampling: Sampling | None, words: Language) -> None:
    found = told({"y": ["n", "t", words.words]}, replace(words, generation=said), task="text-generation")
    assert isinstance(found, Recognised)
    assert found.spec.writer.sampling == (sampling or Sampling(temperature=1.0, top_k=50, top_p=1.0, max_tokens=256))


@pytest.mark.parametrize(
    ("said", "config", "stops"),
    [
        ({}, {}, [3]),
        ({"eos_token_id": [9, 8, "x"]}, {"eos_token_id": 7}, [8, 9]),
        ({}, {"eos_token_id": 7}, [3, 7]),
    ],
)
def test_where_an_answer_ends(said: Any, config: Any, stops: list[int], words: Language) -> None:
    spoken = replace(like(words, **config), generation=said, specials={"eos_token": "[SEP]"})
    found = told({"y": ["n", "t", words.words]}, spoken, task="text-generation")
    assert isinstance(found, Recognised) and found.spec.writer.stops == stops


def test_a_chat_whose_template_is_not_understood_is_noted(words: Language) -> None:
    generation: dict[str, Any] = {"outputs": {"y": ["n", "t", words.words]}, "task": "text-generation"}
    found = told(language=replace(words, template="{% for"), **generation)
    assert isinstance(found, Recognised) and found.spec.writer.chat is None and len(found.reasons) == 2
    talks = told(language=replace(words, template=text_models.CHATML), **generation)
    assert isinstance(talks, Recognised) and talks.spec.writer.chat is not None and len(talks.reasons) == 1


def test_the_width_of_an_output_is_declared_or_seen(words: Language) -> None:
    proto = flat({"input_ids": (I64, ["n", "t"])}, {"y": (F, ["n", "c"])})
    known = seen(proto)
    assert detect.width("y", known) is None
    assert detect.width("y", replace(known, gave={"y": np.zeros((1, 5), np.float32)})) == 5
    assert detect.width("z", known) is None
