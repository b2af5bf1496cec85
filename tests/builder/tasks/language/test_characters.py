"""SpeechT5's file of SentencePiece, whose pieces are letters, as a tokenizer of the library."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import spm
from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.tasks.language import tokenizer

LETTERS = ["\u2581", *"ehlow,"]
PIECES = [
    ("<s>", 0.0, 3), ("<pad>", 0.0, 3), ("</s>", 0.0, 3), ("<unk>", 0.0, 2), *((each, -2.0, 1) for each in LETTERS),
]  # fmt: skip
CHARACTERS = 4


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "spm_char.model").write_bytes(spm.file(PIECES, CHARACTERS))
    (tmp_path / "added_tokens.json").write_text(json.dumps({"<mask>": len(PIECES)}))
    return tmp_path


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("hello", [4, 6, 5, 7, 7, 8, 2]),
        # What follows each other unknown is one; spaces at the ends, and several, do not count.
        ("  he  XYlo, ", [4, 6, 5, 4, 3, 7, 8, 10, 2]),
        ("<mask>", [11, 2]),
        ("", [2]),
    ],
)
def test_ids_of_letters(text: str, ids: list[int], folder: Path) -> None:
    found = tokenizer.find(folder / "model.onnx", Config(), folder)
    assert found is not None
    assert found.ids(text) == ids


def test_pieces_of_several_letters_are_another_tokenizers(folder: Path) -> None:
    (folder / "spm_char.model").write_bytes(spm.file(PIECES))
    with pytest.raises(ConfigError, match="ts pieces are not letters"):
        tokenizer.find(folder / "model.onnx", Config(), folder)
