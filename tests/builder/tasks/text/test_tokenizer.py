"""The tokenizer beside a model: where it is found, the ids that it gives, and what cannot be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from edgeweb import language, reading, recipe
from edgeweb.config import Config, TextConfig
from edgeweb.errors import ConfigError
from tiny import ROOT
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from worded import text_models

GOLDEN = ROOT / "tests" / "golden" / "tokens.json"


def found(model: Path, **settings: Any) -> language.Language:
    read = language.find(model, Config(text=TextConfig(**settings)), model.parent)
    assert read is not None
    return read


@pytest.mark.parametrize(
    ("content", "says"),
    [("{", "is not JSON"), ("[]", "holds no JSON object"), ("{}", "is not a tokenizer"), (None, "cannot be read")],
)
def test_a_tokenizer_that_is_none(content: str | None, says: str, tmp_path: Path) -> None:
    model = text_models.vectors(tmp_path)
    if content is not None:
        (tmp_path / "other.json").write_text(content)
    (tmp_path / "edgeweb.toml").write_text('[text]\ntokenizer = "other.json"\n')
    with pytest.raises(ConfigError, match=says):
        recipe.detect(model)


def test_what_lies_beside_a_model_may_be_of_another_program(tmp_path: Path) -> None:
    model = text_models.vectors(tmp_path)
    (tmp_path / "tokenizer.json").write_text('{"class_name": "Tokenizer", "config": {}}')
    _, plan = recipe.detect(model)
    assert plan.task == "tensors"
    assert "the tokenizer beside it cannot be used" in plan.reasons[0]


def test_a_tokenizer_of_another_place_and_a_limit(tmp_path: Path) -> None:
    model = text_models.vectors(tmp_path / "here")
    (tmp_path / "words").mkdir()
    (tmp_path / "here" / "tokenizer.json").rename(tmp_path / "words" / "tokenizer.json")
    for name in ("../words", "../words/tokenizer.json"):
        read = found(model, tokenizer=name, max_tokens=5)
        assert read.ids("the film was good and great") == [2, *read.inner("the film was"), 3]


def test_ids_are_those_of_the_whole_tokenizer(tmp_path: Path) -> None:
    model = text_models.tagger(tmp_path)
    whole = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    whole.enable_padding(length=32)
    whole.enable_truncation(4)
    whole.save(str(tmp_path / "tokenizer.json"))
    whole.no_padding()
    whole.no_truncation()
    read = found(model)
    assert read.ids("Angela lives in New York.") == whole.encode("Angela lives in New York.").ids


def test_a_vocabulary_alone_gives_the_same_ids(tmp_path: Path) -> None:
    text_models.sentiment(tmp_path / "a")
    listed = found(tmp_path / "a" / "onnx" / "model.onnx")
    whole = found(text_models.vectors(tmp_path / "b"))
    assert listed.source == "vocab.txt"
    for text in (*reading.PROOFS, "The Café was GREAT!"):
        assert listed.ids(text) == whole.ids(text)


def small_tokenizers() -> dict[str, Tokenizer]:
    """One of each kind that models have, small enough to be kept: the golden file was made of these."""
    pieces = [
        ("<unk>", 0.0),
        ("\u2581", -2.0),
        ("\u2581owl", -3.0),
        ("s", -2.5),
        ("\u2581fly", -3.5),
        ("a", -3.0),
        ("é", -4.0),
    ]
    unigram = Tokenizer(models.Unigram(pieces, 0, False))
    unigram.normalizer = normalizers.NFKC()
    unigram.pre_tokenizer, unigram.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    unigram.post_processor = processors.TemplateProcessing(single="$A", special_tokens=[])
    return {"wordpiece": text_models.wordpiece(), "bytes": text_models.bytewise(), "unigram": unigram}


def test_the_browser_is_asked_for_these_ids() -> None:
    """web/test/tokens.test.ts asks the browser's tokenizer for the same."""
    for case in json.loads(GOLDEN.read_text("utf-8")):
        bare = dict(case["slim"]["tokenizer"])
        vocab = bare["model"]["vocab"]
        if isinstance(vocab[0], str):
            bare["model"] = {**bare["model"], "vocab": {word: place for place, word in enumerate(vocab)}}
        tokenizer = Tokenizer.from_str(json.dumps(bare))
        for text, ids in case["texts"].items():
            assert tokenizer.encode(text, add_special_tokens=False).ids == ids, (case["name"], text)
