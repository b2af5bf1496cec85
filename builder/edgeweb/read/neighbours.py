"""Whether the files of a folder are whole, and of one model: each that is not becomes one sentence that names it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from edgeweb.errors import ConfigError, ModelError
from edgeweb.read import architectures, belonging, genai, intake, typed, visit, vocabularies
from edgeweb.read.vocabularies import TOKENIZER

# What a build reads beside the graphs.
TEXTS = ("vocab.txt", "merges.txt", "chat_template.jinja", "labels.txt")
OBJECTS = (
    "config.json", "generation_config.json", "preprocessor_config.json", "processor_config.json",
    "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", genai.NAME,
    "sentence_bert_config.json", "config_sentence_transformers.json",
)  # fmt: skip
_PROCESSOR = "preprocessor_config.json"
POOLING, MODULES = "1_Pooling/config.json", "modules.json"
# Of Marian, with vocab.json.
PIECES = "source.spm"
# Of SpeechT5, whose pieces are letters.
CHARACTERS = "spm_char.model"
TOKENIZERS = (TOKENIZER, PIECES, CHARACTERS)
# Of a model that speaks in any voice, as the examples of transformers and Transformers.js call it; the second is bare.
VOICES = ("speaker_embeddings.npy", "speaker_embeddings.bin")
_AGAIN = "Download or save it again"
# By the export's task, what the graph that takes the visitor's input is fed with.
_TEXTS = ("text-classification", "token-classification", "fill-mask", "question-answering", "multiple-choice")
_WRITES = ("text-generation-with-past", "text2text-generation-with-past")
_PAIRED = "zero-shot-image-classification"
_HEARD, _TOLD = "automatic-speech-recognition-with-past", "image-to-text-with-past"
_FED: Mapping[str, frozenset[str]] = {
    **dict.fromkeys((*_TEXTS, *_WRITES, "text-to-audio"), frozenset(("input_ids",))),
    **dict.fromkeys((
        "image-classification", "object-detection", "semantic-segmentation", "image-segmentation", "depth-estimation",
        "image-to-image", _TOLD,
    ), frozenset(("pixel_values",))),
    **dict.fromkeys((
        "audio-classification", "automatic-speech-recognition", "audio-frame-classification", "audio-xvector", _HEARD,
    ), frozenset(("input_values", "input_features"))),
}  # fmt: skip
_SEEN, _SOUNDS = _FED["image-classification"], _FED["audio-classification"]
_KNOWN = frozenset[str]().union(*_FED.values())
_ALONE = "Put the files of one model into the folder"
_TOGETHER = "Export or download the model again, with all of its .onnx files"
_TENSORS = "or give the .onnx file itself, for a page of its tensors"
# Of a larger file the graph is not read for this.
_GRAPH_BYTES = 64 << 20
# What an encoder gives, and what its decoder calls it.
_STATES, _CROSSED = "last_hidden_state", "encoder_hidden_states"
_MASK, _CROSSED_MASK = "attention_mask", "encoder_attention_mask"


class _Shapes(NamedTuple):
    inputs: belonging.Outputs
    outputs: belonging.Outputs


def check(home: Path, graphs: Mapping[str, Path]) -> None:
    """Look at everything that a build reads of the folder but the graphs' insides.

    Raises:
        ConfigError: a file is damaged, a pointer, or of another model.
        ModelError: half of the model is missing.
    """
    found = _read(home)
    config = found.get("config.json") or genai.as_config(home)[0]
    _check_labels(home / "config.json", config)
    _check_halves(home, graphs, config)
    shapes = {role: each for role, path in graphs.items() if (each := _shapes(path)) is not None}
    lead = next(iter(graphs))
    _check_lead(graphs[lead], config, shapes.get(lead))
    _check_belonging(home, graphs, shapes, config)
    _check_crossing(home, graphs, shapes)
    _check_genai(home, graphs, shapes)
    _check_processor(home, config, found, shapes.get(lead))
    _check_missing(home, config, reads=any("input_ids" in each.inputs for each in shapes.values()))
    vocabularies.check(home, config, "config.json" if "config.json" in found else genai.NAME, found)


def _read(home: Path) -> dict[str, dict[str, Any]]:
    """The JSON files, each an object of values of their types; the others are at least files."""
    for name in (*TEXTS, TOKENIZER, PIECES, MODULES, *OBJECTS, POOLING):
        if intake.is_pointer(home / name):
            raise intake.pointer(home / name)
        if os.path.lexists(home / name):
            intake.there(home / name, _AGAIN)
    found = {name: intake.json_object(home / name, _AGAIN) for name in (*OBJECTS, POOLING) if (home / name).exists()}
    for name, each in found.items():
        typed.check(home / name, name, each)
    if (home / MODULES).exists():
        intake.json_list(home / MODULES, _AGAIN)
    return found


def _check_halves(home: Path, graphs: Mapping[str, Path], config: Mapping[str, Any]) -> None:
    """Encoder and decoder come together, where config.json says that the model has both."""
    encoders = [name for name in graphs if "encoder" in name.replace("decoder", "")]
    decoders = [name for name in graphs if "decoder" in name]
    if "decoder_with_past_model" in decoders and "decoder_model" not in decoders:
        why = "decoder_with_past_model.onnx goes on with a text and needs decoder_model.onnx to begin one"
        raise ModelError(f"{home} lacks decoder_model.onnx", why, _TOGETHER)
    if config.get("is_encoder_decoder") is not True and "encoder" not in config:
        return
    if encoders and not decoders:
        file = graphs[encoders[0]].name
        why = f"it has {file}, and config.json says encoder and decoder"
        raise ModelError(f"{home} lacks the decoder, decoder_model.onnx", why, _TOGETHER)
    if decoders and not encoders:
        file = graphs[decoders[0]].name
        why = f"it has {file}, and config.json says encoder and decoder"
        raise ModelError(f"{home} lacks the encoder, encoder_model.onnx", why, _TOGETHER)


def _shapes(path: Path) -> _Shapes | None:
    """The inputs and outputs of a graph; None where it cannot be read, or is larger: that is told when it is."""
    proto = onnx.ModelProto()
    try:
        proto.ParseFromString(intake.data(path, "", _GRAPH_BYTES))
    except (DecodeError, RuntimeError, ValueError, ConfigError):
        return None
    inputs, outputs = (
        {visit.text(info.name): [dim.dim_value or visit.text(dim.dim_param) for dim in info.type.tensor_type.shape.dim]
         for info in infos} for infos in (proto.graph.input, proto.graph.output)
    )  # fmt: skip
    return _Shapes(inputs, outputs)


def _check_labels(path: Path, config: Mapping[str, Any]) -> None:
    """The names of classes are texts, one for each number from 0 on."""
    named = config.get("id2label")
    if named is None:
        return
    what, hint = f"{path} has labels that cannot be used", 'Write them as in "id2label": {"0": "cat", "1": "dog"}'
    if not isinstance(named, dict):
        raise ConfigError(what, "id2label holds no names by their numbers", hint)
    for place in range(len(named)):
        if str(place) not in named:
            raise ConfigError(what, f"id2label has {len(named)} names, and none for {place}", hint)
        label = named[str(place)]
        # Numbers are names too, as those of stars are.
        if isinstance(label, bool) or not isinstance(label, (str, int, float)) or label == "":
            raise ConfigError(what, f"id2label says {json.dumps(label)[:40]} for {place}, which is no text", hint)


def _check_lead(path: Path, config: Mapping[str, Any], shapes: _Shapes | None) -> None:
    """The graph takes what the class in config.json does; one that calls its inputs otherwise may be anything's."""
    task, name = architectures.task_of(config), next(iter(architectures.classes(config)), "")
    if task is None or task not in _FED or shapes is None:
        return
    taken = list(shapes.inputs)
    past = next((each for each in taken if each.startswith("past_key_values")), None) if task in _TEXTS else None
    if past or (not _FED[task] & set(taken) and _KNOWN & set(taken)):
        why = f"its input {visit.short(past or min(_KNOWN & set(taken)))} is none of a {name}, as config.json says"
        raise ModelError(f"{path} is of another model", why, _ALONE)


def _check_belonging(
    home: Path, graphs: Mapping[str, Path], shapes: Mapping[str, _Shapes], config: Mapping[str, Any]
) -> None:
    """What config.json says can be true of each graph: of one that only reads, no head is expected."""
    for role, found in shapes.items():
        both = {**found.inputs, **found.outputs}
        reads = len(graphs) > 1 and "decoder" not in role and role != "model"
        why = "" if reads else belonging.doubt(config, found.outputs)
        why = why or belonging.vectors(config, found.outputs) or belonging.kept(config, both)
        why = why or belonging.heard(config, found.inputs)
        if why:
            what = f"{home / 'config.json'} and {graphs[role].name} are of two models"
            raise ModelError(what, why, f"{_ALONE}, {_TENSORS}")


def _check_crossing(home: Path, graphs: Mapping[str, Path], shapes: Mapping[str, _Shapes]) -> None:
    """A decoder reads vectors as wide as its encoder gives, and its two halves keep the same."""
    last = {role: found.outputs[_STATES][-1:] for role, found in shapes.items() if _STATES in found.outputs}
    widths = {role: dims[0] for role, dims in last.items() if dims and isinstance(dims[0], int) and "encoder" in role}
    reads = next((found.inputs for role, found in shapes.items() if "encoder" in role), None)
    for role, found in shapes.items():
        # Of texts every token may count.
        alone = reads is not None and _MASK not in reads and (_SEEN | _SOUNDS) & reads.keys()
        if alone and _CROSSED_MASK in found.inputs:
            why = f'it asks which of what was read counts ("{_CROSSED_MASK}"), and nothing tells its encoder'
            raise ModelError(f"{graphs[role]} is of another model", why, _TOGETHER)
        wanted = (found.inputs.get(_CROSSED) or [None])[-1]
        odd = next((each for each, width in widths.items() if isinstance(wanted, int) and width != wanted), None)
        if odd is not None:
            why = f"one gives vectors of {widths[odd]} numbers, and the other reads such of {wanted}"
            what = f"{home}: {graphs[odd].name} and {graphs[role].name} are of two models"
            raise ModelError(what, why, _TOGETHER)
    first, later = (shapes.get(role) for role in ("decoder_model", "decoder_with_past_model"))
    if first is not None and later is not None and _kept(first.outputs) != _kept(later.inputs):
        what = f"{home}: {graphs['decoder_model'].name} and {graphs['decoder_with_past_model'].name} are of two models"
        raise ModelError(what, "one keeps other layers or heads than the other goes on from", _TOGETHER)


def _check_genai(home: Path, graphs: Mapping[str, Path], shapes: Mapping[str, _Shapes]) -> None:
    """A graph that genai_config.json names gives the scores that it says."""
    for part in genai.parts(home).values():
        scores = part.outputs.get("logits")
        role = next((role for role, path in graphs.items() if path.name == part.file and role in shapes), None)
        if role is not None and scores is not None and scores not in shapes[role].outputs:
            why = f"{genai.NAME} says that it gives {visit.short(scores)}, which is none of its outputs"
            raise ModelError(f"{graphs[role]} is of another model", why, _ALONE)


def _kept(infos: Mapping[str, belonging.Dims]) -> dict[str, tuple[int | None, ...]]:
    """What a decoder keeps, by layer, with the sizes that are fixed."""
    names = {name: re.sub(r"^(past_key_values|present)\.", "", name) for name in infos}
    return {
        names[name]: tuple(dim if isinstance(dim, int) else None for dim in dims)
        for name, dims in infos.items() if names[name] != name
    }  # fmt: skip


def _check_missing(home: Path, config: Mapping[str, Any], *, reads: bool) -> None:
    """The tokenizer that a model of that class cannot do without. `reads`: a graph takes ids of tokens."""
    task, name = architectures.task_of(config), next(iter(architectures.classes(config)), "")
    written = any((home / each).is_file() for each in (TOKENIZER, "vocab.txt", PIECES, CHARACTERS, "edgeweb.toml"))
    if (task in (*_TEXTS, *_WRITES, _HEARD, _TOLD) or (task == _PAIRED and reads)) and not written:
        save = "in Python AutoTokenizer.from_pretrained(...).save_pretrained(...) writes it"
        why = f"config.json says {name}, and without it no text becomes token ids"
        raise ModelError(f"{home} lacks tokenizer.json", why, f"Put it there, {save}; {_TENSORS}")


def _check_processor(
    home: Path, config: Mapping[str, Any], found: Mapping[str, Mapping[str, Any]], shapes: _Shapes | None
) -> None:
    """What says how pictures or sounds go in is of such, and there where nothing else says it."""
    task, name = architectures.task_of(config), next(iter(architectures.classes(config)), "")
    fed = _FED.get(task or "", frozenset())
    about = found.get(_PROCESSOR, {})
    hears = "sampling_rate" in about
    kind = about.get("feature_extractor_type") or about.get("image_processor_type") or "settings"
    if (hears and fed == _SEEN) or (fed == _SOUNDS and not hears and ("image_mean" in about or "do_resize" in about)):
        why = f"it has the {kind} of {'sounds' if hears else 'pictures'}, and config.json says {name}"
        raise ConfigError(f"{home / _PROCESSOR} is of another model", why, "Put the one of this model there")
    written = any((home / each).is_file() for each in (_PROCESSOR, "processor_config.json", "edgeweb.toml"))
    sizes = [] if shapes is None else list(shapes.inputs.get("pixel_values", ()))[2:]
    said = "image_size" in config or not any(isinstance(side, str) for side in sizes)
    if written or (fed != _SOUNDS and (fed != _SEEN or said)):
        return
    goes = "how sound becomes what it hears" if fed == _SOUNDS else "of which size its pictures are"
    why = f"config.json says {name}, and only that file says {goes}"
    raise ModelError(f"{home} lacks {_PROCESSOR}", why, f"Put it there, {_TENSORS}")
