"""The tokens of a speech recogniser that gives one for each frame, as the files of its tokenizer have them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgeweb.errors import ConfigError
from edgeweb.read import intake
from edgeweb.tasks.audio.manifest import Ctc

# More would make the manifest larger than the page; alphabets have at most some thousands.
_MOST_TOKENS = 1 << 16
_TASKLESS = "Put the tokenizer's files there, or build with --task tensors"
# Tokenizers that write what they read in the way that is told here.
_CLASSES = frozenset(("Wav2Vec2CTCTokenizer", "Wav2Vec2Tokenizer"))


def read(home: Path, config: Mapping[str, Any]) -> Ctc:
    """What the tokenizer's files in a model's folder say, as Wav2Vec2CTCTokenizer reads them.

    Args:
        config: the model's own.

    Raises:
        ConfigError: one is missing or cannot be used.
    """
    about = intake.json_hint([home], "tokenizer_config.json")
    special = intake.json_hint([home], "special_tokens_map.json")
    vocabulary, decoder = _vocabulary(home, about)

    def named(key: str, usual: str) -> str:
        given = next((each[key] for each in (about, special) if key in each), usual)
        return str(given.get("content", usual)) if isinstance(given, dict) else str(given)

    unknown = named("unk_token", "<unk>")
    tokens = _in_order(vocabulary, about, unknown, home)
    return Ctc(
        tokens=tokens, unknown=unknown, blank=str(decoder.get("pad_token", named("pad_token", "<pad>"))),
        delimiter=str(decoder.get("word_delimiter_token", named("word_delimiter_token", "|"))),
        space=named("replace_word_delimiter_char", " "), lower=about.get("do_lower_case") is True,
        tidy=about.get("clean_up_tokenization_spaces", decoder.get("cleanup")) is True,
        ratio=max(1, math.prod(each for each in sizes(config, "conv_stride"))),
    )  # fmt: skip


def sizes(config: Mapping[str, Any], key: str) -> list[int]:
    """A list of whole numbers above 0 in config.json; empty where it is none."""
    found = config.get(key)
    listed = found if isinstance(found, list) else []
    return listed if all(isinstance(each, int) and each > 0 for each in listed) else []


def least(config: Mapping[str, Any]) -> int:
    """The samples of which the convolutions at the model's beginning make one frame."""
    count = 1
    for kernel, stride in reversed(list(zip(sizes(config, "conv_kernel"), sizes(config, "conv_stride"), strict=False))):
        count = (count - 1) * stride + kernel
    return count


def _vocabulary(home: Path, about: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Tokens with their ids; and the decoder of a tokenizer.json, where that has them."""
    file = home / "vocab.json"
    if file.is_file():
        kind = about.get("tokenizer_class")
        if isinstance(kind, str) and kind not in _CLASSES:
            raise ConfigError(
                f"{home / 'tokenizer_config.json'} cannot be used", f"how a {kind} writes is not known",
                "Build with --task tensors, or use hooks",
            )  # fmt: skip
        found = intake.json_object(file, _TASKLESS)
        language = about.get("target_lang")
        nested = found.get(language) if isinstance(language, str) else None
        return (nested if isinstance(nested, dict) else found), {}
    whole = intake.json_hint([home], "tokenizer.json")
    decoder, model = whole.get("decoder"), whole.get("model")
    known = isinstance(decoder, dict) and decoder.get("type") == "CTC" and isinstance(model, dict)
    vocabulary = model.get("vocab") if known and isinstance(model, dict) else None
    if not isinstance(vocabulary, dict) or not isinstance(decoder, dict):
        raise ConfigError(
            f"{home} has no vocab.json", "the model gives tokens of speech, and nothing says how they are written",
            _TASKLESS,
        )  # fmt: skip
    return vocabulary, decoder


def _in_order(vocabulary: Mapping[str, Any], about: Mapping[str, Any], unknown: str, home: Path) -> list[str]:
    """The tokens by their ids; what tokenizer_config.json adds comes first."""
    added = about.get("added_tokens_decoder")
    over = {
        int(key): str(token["content"])
        for key, token in (added.items() if isinstance(added, dict) else ())
        if str(key).isdigit() and isinstance(token, dict) and "content" in token
    }
    by_id = {number: token for token, number in vocabulary.items() if isinstance(number, int)} | over
    if not by_id or len(by_id) < len(vocabulary) or not 0 <= min(by_id) <= max(by_id) < _MOST_TOKENS:
        nested = any(isinstance(each, dict) for each in vocabulary.values())
        why = (
            "it has several languages, and target_lang says none of them" if nested else "its ids are no small numbers"
        )
        raise ConfigError(f"{home / 'vocab.json'} cannot be used", why, "Correct tokenizer_config.json, or vocab.json")
    return [by_id.get(place, unknown) for place in range(max(by_id) + 1)]
