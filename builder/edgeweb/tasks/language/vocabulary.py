"""A `vocab.txt`, one token a line, as a whole tokenizer: BERT's pieces of words, or ESM's letters of proteins."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from edgeweb.errors import ConfigError
from edgeweb.read import intake

_MAX_BYTES = 64 << 20
_HINT = "Give a tokenizer.json"
# Without a config.json it is taken for BERT's.
_WORDPIECE = {
    "bert", "distilbert", "electra", "mobilebert", "convbert", "mpnet", "retribert", "squeezebert", "megatron-bert",
    "splinter", "",
}  # fmt: skip
_PROTEINS = "esm"


def whole(path: Path, config: Mapping[str, Any], about: Mapping[str, Any]) -> dict[str, Any]:
    """`tokenizer.json` of the file, for the model of config.json.

    Raises:
        ConfigError: it is of another kind.
    """
    kind = str(config.get("model_type", ""))
    words = intake.text(path, _HINT, _MAX_BYTES).splitlines()
    if kind == _PROTEINS:
        return _letters(path, words)
    if kind not in _WORDPIECE or not {"[UNK]", "[CLS]", "[SEP]"} <= set(words):
        why = f"it is of a {kind} model" if kind not in _WORDPIECE else "it lacks [UNK], [CLS] or [SEP]"
        raise ConfigError(f"{path} is not a vocabulary of BERT's kind", why, _HINT)
    return _pieces(words, about)


def _pieces(words: Sequence[str], about: Mapping[str, Any]) -> dict[str, Any]:
    from tokenizers.implementations.bert_wordpiece import BertWordPieceTokenizer

    lower = about.get("do_lower_case")
    if not isinstance(lower, bool):
        lower = not any(word != word.lower() and not word.startswith("[") for word in words)
    made = BertWordPieceTokenizer({word: place for place, word in enumerate(words)}, lowercase=lower)
    found: dict[str, Any] = json.loads(made.to_str())
    return found


def _letters(path: Path, words: Sequence[str]) -> dict[str, Any]:
    """Each token stands by itself wherever it is in a text, with no space beside it."""
    ids = {word.strip(): place for place, word in enumerate(words)}
    ends = ("<cls>", "<eos>")
    if not {*ends, "<unk>"} <= ids.keys():
        raise ConfigError(f"{path} is not a vocabulary of ESM's kind", "it lacks <cls>, <eos> or <unk>", _HINT)
    added = [
        {"id": place, "content": word, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
         "special": word.startswith("<")}
        for word, place in ids.items() if word
    ]  # fmt: skip
    first, last = ({"SpecialToken": {"id": end, "type_id": 0}} for end in ends)
    one, two = ({"Sequence": {"id": name, "type_id": 0}} for name in "AB")
    return {
        "version": "1.0", "added_tokens": added, "normalizer": None, "pre_tokenizer": {"type": "WhitespaceSplit"},
        "post_processor": {
            "type": "TemplateProcessing", "single": [first, one, last], "pair": [first, one, last, two, last],
            "special_tokens": {end: {"id": end, "ids": [ids[end]], "tokens": [end]} for end in ends},
        },
        "decoder": None,
        "model": {
            "type": "WordPiece", "unk_token": "<unk>", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": ids,
        },
    }  # fmt: skip
