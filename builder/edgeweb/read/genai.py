"""What onnxruntime-genai's builder says of a model in `genai_config.json`, as config.json and generation_config.json
would say it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeweb.errors import ConfigError
from edgeweb.read import intake

NAME = "genai_config.json"
_HINT = "Make the folder again with onnxruntime_genai.models.builder"
# Of a model, by their names in config.json; the others have the same.
_SHAPES = {
    "num_hidden_layers": "num_hidden_layers", "num_attention_heads": "num_attention_heads",
    "num_key_value_heads": "num_key_value_heads", "hidden_size": "hidden_size", "head_size": "head_dim",
}  # fmt: skip
_IDS = ("bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id", "sep_token_id")
# Of its search what transformers calls the same; the rest is of genai's own machinery.
_SEARCH = (
    "do_sample", "early_stopping", "length_penalty", "diversity_penalty", "max_length", "min_length",
    "no_repeat_ngram_size", "num_beams", "num_return_sequences", "repetition_penalty", "temperature", "top_k", "top_p",
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A graph of such a folder: its file, and what its inputs and outputs are called, by what they are; a name with
    `%d` stands for one in each layer.
    """

    file: str
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]


def as_config(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """What config.json and generation_config.json would say; both empty where the folder is none of genai's.

    Raises:
        ConfigError: the file is there and is not what it should be.
    """
    model, search = _read(folder)
    if not model:
        return {}, {}
    decoder = model.get("decoder")
    shapes = decoder if isinstance(decoder, dict) else {}
    config = {name: shapes[key] for key, name in _SHAPES.items() if _count(shapes.get(key))}
    config |= {key: model[key] for key in _IDS if key in model}
    named = {"model_type": "type", "vocab_size": "vocab_size", "max_position_embeddings": "context_length"}
    config |= {name: model[key] for name, key in named.items() if model.get(key)}
    if "encoder" in model:
        config["is_encoder_decoder"] = True
    generation = {key: model[key] for key in _IDS if key in model}
    return config, generation | {key: search[key] for key in _SEARCH if search.get(key) is not None}


def parts(folder: Path) -> dict[str, Part]:
    """The graphs that the file names, by their roles, such as decoder, encoder, embedding, vision; ConfigError."""
    model, _ = _read(folder)
    found: dict[str, Part] = {}
    for role, about in model.items():
        if isinstance(about, dict) and isinstance(file := about.get("filename"), str):
            if Path(file).name != file:
                raise ConfigError(
                    f"{folder / NAME} is not what is expected", f"it names {file}, a path, as the {role}", _HINT
                )
            found[role] = Part(file, _names(about.get("inputs")), _names(about.get("outputs")))
    return found


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """What it says of the model, and of how an answer is searched."""
    path = folder / NAME
    if not path.is_file():
        return {}, {}
    whole = intake.json_object(path, _HINT)
    model, search = whole.get("model"), whole.get("search", {})
    if not isinstance(model, dict) or not isinstance(search, dict):
        raise ConfigError(f"{path} is not what is expected", "it describes no model", _HINT)
    return model, search


def _names(said: object) -> dict[str, str]:
    return {key: name for key, name in said.items() if isinstance(name, str)} if isinstance(said, dict) else {}


def _count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
