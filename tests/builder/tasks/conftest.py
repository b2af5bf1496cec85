"""A tokenizer with the files that say what its special tokens are."""

from __future__ import annotations

import pytest
from edgeweb.config import Config
from edgeweb.tasks.language import tokenizer
from edgeweb.tasks.language.tokenizer import Language
from worded import text_models


@pytest.fixture(scope="session")
def words(tmp_path_factory: pytest.TempPathFactory) -> Language:
    folder = tmp_path_factory.mktemp("words")
    text_models.wordpiece().save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text('{"pad_token": "[SEP]", "mask_token": "[MASK]"}')
    found = tokenizer.find(folder / "model.onnx", Config(), folder)
    assert found is not None
    return found
