"""Two texts as one row of ids, as the tokenizers' own library joins and cuts them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from edgeweb.config import Config
from edgeweb.tasks.language import pairs, tokenizer
from edgeweb.tasks.language.tokenizer import Language
from tokenizers import Tokenizer
from tokenizers.processors import RobertaProcessing, TemplateProcessing
from worded import text_models

BERT = TemplateProcessing("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", [("[CLS]", 2), ("[SEP]", 3)])
FORMS = {
    "bert": (BERT, [2], [3], [3], [0, 0, 0, 1, 1]),
    "roberta": (RobertaProcessing(("[SEP]", 3), ("[CLS]", 2)), [2], [3, 3], [3], [0, 0, 0, 0, 0]),
    "t5": (TemplateProcessing("$A [SEP]", "$A [SEP] $B [SEP]", [("[SEP]", 3)]), [], [3], [3], [0, 0, 0, 0, 0]),
    "bare": (None, [], [], [], [0, 0, 0, 1, 1]),
}


def made(folder: Path, processor: Any, **about: object) -> tuple[Tokenizer, Language]:
    whole = json.loads(text_models.wordpiece().to_str())
    whole["post_processor"] = None
    full = Tokenizer.from_str(json.dumps(whole))
    if processor is not None:
        full.post_processor = processor
    full.save(str(folder / "tokenizer.json"))
    said = {"cls_token": "[CLS]", "unk_token": "[UNK]", **about}
    (folder / "tokenizer_config.json").write_text(json.dumps(said))
    found = tokenizer.find(folder / "model.onnx", Config(), folder)
    assert found is not None
    return full, found


@pytest.mark.parametrize("form", FORMS)
def test_what_stands_around_two_texts(form: str, tmp_path: Path) -> None:
    processor, before, between, after, types = FORMS[form]
    full, language = made(tmp_path, processor)
    pair = language.pair
    assert pair is not None
    assert (pair.before, pair.between, pair.after) == (before, between, after)
    assert pair.whole == (2 if 2 in before else None)
    assert form == "bare" or pair.types == types
    right = full.encode("the film was good", "a bad film")
    assert language.both("the film was good", "a bad film") == (right.ids, right.type_ids)


def test_a_model_that_is_told_no_types_takes_all_for_the_first(tmp_path: Path) -> None:
    full, language = made(tmp_path, BERT, model_input_names=["input_ids", "attention_mask"])
    right = full.encode("the film was good", "a bad film")
    assert language.both("the film was good", "a bad film") == (right.ids, [0] * len(right.ids))
    _, told = made(tmp_path, BERT, model_input_names=["input_ids", "token_type_ids"])
    assert told.both("the film was good", "a bad film") == (right.ids, right.type_ids)


@pytest.mark.parametrize(
    "texts", [("the film was good", "bad"), ("bad", "the film was good"), ("good film", "bad film")]
)
def test_two_texts_are_cut_as_the_library_does(texts: tuple[str, str], tmp_path: Path) -> None:
    full, language = made(tmp_path, BERT)
    for limit in range(5, 12):
        full.enable_truncation(limit)
        right = full.encode(*texts)
        assert language.both(*texts, limit) == (right.ids, right.type_ids), limit


def test_one_text_gives_way_to_the_other() -> None:
    assert pairs.lengths(9, 3, 8, "first") == (5, 3)
    assert pairs.lengths(3, 9, 8, "second") == (3, 5)
    assert pairs.lengths(9, 9, 8, "second") == (8, 0)
