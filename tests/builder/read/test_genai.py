"""What genai_config.json says, as config.json and generation_config.json would say it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from edgeweb.errors import ConfigError
from edgeweb.read import genai
from tiny import SHARED

SAMPLE = SHARED / "hub" / "llama-genai-int4"


def written(folder: Path, **model: Any) -> Path:
    search = {"do_sample": True, "top_k": 5, "temperature": 0.5, "past_present_share_buffer": True, "min_length": None}
    decoder = {"filename": "model.onnx", "head_size": 16, "inputs": {"input_ids": "ids"}, "outputs": {"logits": "y"}}
    about = {"type": "llama", "context_length": 64, "vocab_size": 9, "eos_token_id": [2, 3], "decoder": decoder}
    (folder / genai.NAME).write_text(json.dumps({"model": {**about, **model}, "search": search}))
    return folder


def test_it_says_what_the_two_files_would_say(tmp_path: Path) -> None:
    config, generation = genai.as_config(written(tmp_path, pad_token_id=0))
    assert config == {
        "model_type": "llama", "max_position_embeddings": 64, "vocab_size": 9, "eos_token_id": [2, 3],
        "pad_token_id": 0, "head_dim": 16,
    }  # fmt: skip
    assert generation == {"eos_token_id": [2, 3], "pad_token_id": 0, "do_sample": True, "top_k": 5, "temperature": 0.5}


def test_it_names_the_graphs_with_their_inputs_and_outputs(tmp_path: Path) -> None:
    found = genai.parts(written(tmp_path, encoder={"filename": "encoder.onnx"}))
    assert found["decoder"] == genai.Part("model.onnx", {"input_ids": "ids"}, {"logits": "y"})
    assert found["encoder"].file == "encoder.onnx" and genai.as_config(tmp_path)[0]["is_encoder_decoder"] is True


def test_a_folder_without_it_says_nothing(tmp_path: Path) -> None:
    assert genai.as_config(tmp_path) == ({}, {}) and genai.parts(tmp_path) == {}


@pytest.mark.parametrize("text", ["{", "[]", '{"model": 3}', '{"model": {"decoder": {"filename": "../model.onnx"}}}'])
def test_a_file_that_is_not_so_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / genai.NAME).write_text(text)
    with pytest.raises(ConfigError, match=r"genai_config\.json"):
        genai.as_config(tmp_path)
        genai.parts(tmp_path)


@pytest.mark.skipif(not SAMPLE.is_dir(), reason="the shared folder is not here")
def test_what_the_builder_writes_is_read() -> None:
    config, generation = genai.as_config(SAMPLE)
    said = (config["max_position_embeddings"], config["vocab_size"], config["eos_token_id"], generation["do_sample"])
    assert said == (128, 400, 2, False)
    assert genai.parts(SAMPLE)["decoder"].inputs["past_key_names"] == "past_key_values.%d.key"
