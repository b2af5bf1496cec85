"""Marian's files of SentencePiece as a tokenizer of the library."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import spm
from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.tasks.language import tokenizer

PIECES = [
    ("<unk>", 0.0, 2), ("<s>", 0.0, 3), ("</s>", 0.0, 3), ("\u2581hel", -2.0, 1), ("lo", -2.1, 1), ("\u2581", -3.0, 1),
    *((letter, -4.0, 1) for letter in "helow rd"),
]  # fmt: skip
WORDS = ["</s>", "<unk>", ">>deu<<", "\u2581hel", "lo", "\u2581", *"helowrd", "\u2581hallo", "ü", "<pad>"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "source.spm").write_bytes(spm.file(PIECES))
    (tmp_path / "vocab.json").write_text(json.dumps({word: number for number, word in enumerate(WORDS)}))
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "marian", "max_position_embeddings": 32}))
    return tmp_path


def test_texts_become_the_pieces_of_the_source_by_the_ids_of_the_vocabulary(folder: Path) -> None:
    language = tokenizer.find(folder / "encoder_model.onnx", Config(), folder)
    assert language is not None and language.source == "source.spm"
    assert language.ids("hello  world") == [3, 4, 5, 10, 9, 11, 8, 12, 0]
    # A token that names a language is taken as it is; what the source has no piece for as the target has it.
    assert language.inner(">>deu<< hello") == [2, 3, 4]
    assert language.inner("ü") == [5, 14]
    assert language.inner("z")[-1] == 1


def test_what_was_written_becomes_a_text_again(folder: Path) -> None:
    language = tokenizer.find(folder / "encoder_model.onnx", Config(), folder)
    assert language is not None
    assert language.tokenizer.decode([13, 5, 10, 9, 0], skip_special_tokens=True) == "hallo wo"


@pytest.mark.parametrize(
    ("data", "why"), [(spm.file(PIECES, 2), "not Unigram"), (b"\x0a\x7f", "damaged"), (b"", "damaged")]
)
def test_other_files_are_refused(folder: Path, data: bytes, why: str) -> None:
    (folder / "source.spm").write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        tokenizer.find(folder / "encoder_model.onnx", Config(), folder)
    assert why in str(caught.value)
