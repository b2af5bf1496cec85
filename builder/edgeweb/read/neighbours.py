"""Whether the files of a folder are whole, and of one model: each that is not becomes one sentence that names it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from edgeweb.errors import ConfigError, ModelError
from edgeweb.read import architectures, genai, intake, visit

# What a build reads beside the graphs.
TEXTS = ("vocab.txt", "merges.txt", "chat_template.jinja", "labels.txt")
OBJECTS = (
    "config.json", "generation_config.json", "preprocessor_config.json", "processor_config.json",
    "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", genai.NAME,
    "sentence_bert_config.json", "config_sentence_transformers.json",
)  # fmt: skip
POOLING = "1_Pooling/config.json"
TOKENIZER = "tokenizer.json"
# Of Marian, with vocab.json.
PIECES = "source.spm"
TOKENIZER_BYTES = 64 << 20
_AGAIN = "Download or save it again"
# By the export's task, what the graph that takes the visitor's input is fed with.
_TEXTS = ("text-classification", "token-classification", "fill-mask", "question-answering", "multiple-choice")
_WRITES = ("text-generation-with-past", "text2text-generation-with-past")
_HEARD, _TOLD = "automatic-speech-recognition-with-past", "image-to-text-with-past"
_FED: Mapping[str, frozenset[str]] = {
    **dict.fromkeys((*_TEXTS, *_WRITES), frozenset(("input_ids",))),
    **dict.fromkeys((
        "image-classification", "object-detection", "semantic-segmentation", "image-segmentation", "depth-estimation",
        "image-to-image", _TOLD,
    ), frozenset(("pixel_values",))),
    **dict.fromkeys((
        "audio-classification", "automatic-speech-recognition", _HEARD,
    ), frozenset(("input_values", "input_features"))),
}  # fmt: skip
_KNOWN = frozenset[str]().union(*_FED.values())
_TENSORS = "or give the .onnx file itself, for a page of its tensors"
# Of a larger file the graph is not read for this.
_GRAPH_BYTES = 64 << 20


def check(home: Path, graphs: Mapping[str, Path]) -> None:
    """Look at everything that a build reads of the folder but the graphs' insides.

    Raises:
        ConfigError: a file is damaged, a pointer, or of another model.
        ModelError: half of the model is missing.
    """
    for name in (*TEXTS, TOKENIZER):
        if intake.is_pointer(home / name):
            raise intake.pointer(home / name)
    found = {name: intake.json_object(home / name, _AGAIN) for name in (*OBJECTS, POOLING) if (home / name).exists()}
    config = found.get("config.json") or genai.as_config(home)[0]
    _check_halves(home, graphs, config)
    if len(graphs) == 1:
        _check_lead(next(iter(graphs.values())), config)
    _check_missing(home, config)
    if (home / TOKENIZER).is_file():
        _check_vocabulary(home / TOKENIZER, config, "config.json" if "config.json" in found else genai.NAME)


def _check_halves(home: Path, graphs: Mapping[str, Path], config: Mapping[str, Any]) -> None:
    """Encoder and decoder come together, where config.json says that the model has both."""
    encoders = [name for name in graphs if "encoder" in name.replace("decoder", "")]
    decoders = [name for name in graphs if "decoder" in name]
    hint = "Export or download the model again, with all of its .onnx files"
    if "decoder_with_past_model" in decoders and "decoder_model" not in decoders:
        why = "decoder_with_past_model.onnx goes on with a text and needs decoder_model.onnx to begin one"
        raise ModelError(f"{home} lacks decoder_model.onnx", why, hint)
    if config.get("is_encoder_decoder") is not True and "encoder" not in config:
        return
    if encoders and not decoders:
        file = graphs[encoders[0]].name
        raise ModelError(f"{home} lacks the decoder", f"it has {file}, and config.json says encoder and decoder", hint)
    if decoders and not encoders:
        file = graphs[decoders[0]].name
        raise ModelError(f"{home} lacks the encoder", f"it has {file}, and config.json says encoder and decoder", hint)


def _check_lead(path: Path, config: Mapping[str, Any]) -> None:
    """The graph takes what the class in config.json does; one that calls its inputs otherwise may be anything's."""
    task, name = architectures.task_of(config), next(iter(architectures.classes(config)), "")
    if task is None or task not in _FED:
        return
    proto = onnx.ModelProto()
    # What cannot be read, or is larger, is told when it is.
    with suppress(DecodeError, RuntimeError, ValueError, ConfigError):
        proto.ParseFromString(intake.data(path, "", _GRAPH_BYTES))
    taken = [visit.text(info.name) for info in proto.graph.input]
    past = next((each for each in taken if each.startswith("past_key_values")), None) if task in _TEXTS else None
    if past or (not _FED[task] & set(taken) and _KNOWN & set(taken)):
        why = f"its input {visit.short(past or min(_KNOWN & set(taken)))} is none of a {name}, as config.json says"
        raise ModelError(f"{path} is of another model", why, "Put the files of one model into the folder")


def _check_missing(home: Path, config: Mapping[str, Any]) -> None:
    """What a model of that class cannot do without."""
    task, name = architectures.task_of(config), next(iter(architectures.classes(config)), "")
    if task == _HEARD and not (home / "preprocessor_config.json").is_file():
        why = f"config.json says {name}, and only that file says how sound becomes what it hears"
        raise ModelError(f"{home} lacks preprocessor_config.json", why, f"Put it there, {_TENSORS}")
    written = any((home / each).is_file() for each in (TOKENIZER, "vocab.txt", PIECES, "edgeweb.toml"))
    if task in (*_TEXTS, *_WRITES, _HEARD, _TOLD) and not written:
        save = "in Python AutoTokenizer.from_pretrained(...).save_pretrained(...) writes it"
        why = f"config.json says {name}, and without it no text becomes token ids"
        raise ModelError(f"{home} lacks tokenizer.json", why, f"Put it there, {save}; {_TENSORS}")


def _check_vocabulary(path: Path, config: Mapping[str, Any], source: str) -> None:
    """The tokenizer's own ids are among those that the model has vectors for; tokens that were added may not be."""
    sizes = list(_sizes(config))
    if not sizes:
        return
    model = intake.json_object(path, _AGAIN, TOKENIZER_BYTES).get("model")
    vocab = model.get("vocab") if isinstance(model, dict) else None
    last = len(vocab) - 1 if isinstance(vocab, list) else -1
    if isinstance(vocab, dict):
        last = max((number for number in vocab.values() if isinstance(number, int)), default=-1)
    if last >= max(sizes):
        why = f"it has ids up to {last:,}, and the model knows {max(sizes):,} (vocab_size in {source})"
        raise ConfigError(f"{path} is of another model", why, "Put the tokenizer.json of this model there")


def _sizes(config: Mapping[str, Any]) -> Iterator[int]:
    """Every `vocab_size`: models of several parts have one for each."""
    for key, value in config.items():
        if key == "vocab_size" and isinstance(value, int) and value > 0:
            yield value
        elif isinstance(value, dict):
            yield from _sizes(value)
