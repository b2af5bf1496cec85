"""Whether values in the JSON files of a folder have the types that transformers writes: a text is no number there."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgeweb.errors import ConfigError

_TRUTH, _TEXT, _NUMBER, _LIST, _OBJECT = "true or false", "a text", "a number", "a list", "an object"
_WHOLE, _TEXTS, _IDS, _SIZE = "a whole number", "a list of texts", "ids of tokens", "a size"
# By the files' names, then by keys; null stands for what nobody has set.
_TYPES: Mapping[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    file: tuple((re.compile(f"(?:{keys})"), kind) for keys, kind in said)
    for file, said in {
        "config.json": (
            ("architectures", _TEXTS), ("model_type|problem_type", _TEXT), ("is_encoder_decoder|is_decoder", _TRUTH),
            ("vocab_size|sampling_rate", _WHOLE),
            ("id2label|label2id|task_specific_params", _OBJECT), ("(?:eos|bos|pad|decoder_start)_token_id", _IDS),
            ("conv_stride|conv_kernel", _LIST),
        ),
        "generation_config.json": (
            ("do_sample|use_cache", _TRUTH), ("temperature|top_p|min_p|(?:repetition|length)_penalty", _NUMBER),
            ("(?:max|min)_(?:length|new_tokens)|num_beams|top_k|no_repeat_ngram_size", _WHOLE),
            ("(?:eos|bos|pad|decoder_start|forced_bos|forced_eos)_token_id", _IDS),
            ("(?:begin_)?suppress_tokens|bad_words_ids|forced_decoder_ids", _LIST),
            ("lang_to_id|task_to_id", _OBJECT),
        ),
        "preprocessor_config.json": (
            ("do_(?:rescale|normalize|resize|center_crop|pad|flip_channel_order)", _TRUTH),
            ("image_(?:mean|std)", _LIST), ("rescale_factor|crop_pct", _NUMBER),
            ("resample|sampling_rate|feature_size|num_mel_bins|hop_length|n_fft|chunk_length|n_samples", _WHOLE),
            ("(?:image_processor|feature_extractor)_type", _TEXT), ("size|crop_size|pad_size", _SIZE),
        ),
        "tokenizer_config.json": (
            ("do_lower_case|add_prefix_space", _TRUTH), ("model_max_length", _NUMBER), ("tokenizer_class", _TEXT),
            ("added_tokens_decoder", _OBJECT),
        ),
        "1_Pooling/config.json": (("pooling_mode_.*", _TRUTH),),
    }.items()
}  # fmt: skip


def check(path: Path, name: str, found: Mapping[str, Any]) -> None:
    """ConfigError for the first value of another type in the file called `name`."""
    for key, value in found.items():
        kind = next((kind for keys, kind in _TYPES.get(name, ()) if keys.fullmatch(key)), None)
        if kind is not None and value is not None and not _is(kind, value):
            why = f"{key} is {json.dumps(value)[:60]}, and has to be {kind}"
            raise ConfigError(f"{path} has a wrong value", why, "Correct it, or download or save it again")


def _is(kind: str, value: object) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool)
    listed = isinstance(value, list)
    if kind == _IDS:
        return whole or (isinstance(value, list) and all(isinstance(each, int) for each in value))
    if kind == _TEXTS:
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    return {
        _TRUTH: isinstance(value, bool), _TEXT: isinstance(value, str), _WHOLE: whole, _LIST: listed,
        _NUMBER: whole or isinstance(value, float), _OBJECT: isinstance(value, dict),
        _SIZE: whole or listed or isinstance(value, dict),
    }[kind]  # fmt: skip
