"""A tokenizer as the browser's reads it: without what only training needs, and in the parts that both take alike.

@huggingface/tokenizers (0.1) has fewer kinds of parts than the library in Python, and takes some of them for ASCII
alone; what can be said by a pattern is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

Part = Mapping[str, Any]
_NORMALIZERS = frozenset((
    "BertNormalizer", "Precompiled", "Sequence", "Replace", "NFC", "NFD", "NFKC", "NFKD", "Strip", "StripAccents",
    "Lowercase", "Prepend",
))  # fmt: skip
_PRE_TOKENIZERS = frozenset((
    "BertPreTokenizer", "Sequence", "WhitespaceSplit", "Metaspace", "ByteLevel", "Split", "FixedLength",
))  # fmt: skip
_DECODERS = frozenset((
    "ByteLevel", "WordPiece", "Metaspace", "BPEDecoder", "CTC", "Sequence", "Replace", "Fuse", "Strip", "ByteFallback",
))  # fmt: skip
_MODELS = frozenset(("WordPiece", "Unigram", "BPE"))
_PARTS = {"normalizer": _NORMALIZERS, "pre_tokenizer": _PRE_TOKENIZERS, "decoder": _DECODERS}
# What both call letters of words, whatever the script.
_WORD = r"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}"
_MARK = r"[\p{P}!-/:-@\[-`{-~]"
# Before no piece of a vocabulary: words are found whole, or not at all.
_NEVER = "\0"


def made(tokenizer: Part, eos: str | None, *, cleans: bool) -> bytes:
    """What ships; a vocabulary that counts from 0 is a list of its words. `cleans`: of what is written it takes the
    spaces before marks.

    Raises:
        ValueError: a part of it has no like in the browser.
    """
    model = _whole_words(tokenizer["model"])
    _check("model", model, _MODELS)
    kept: dict[str, Any] = {"added_tokens": tokenizer.get("added_tokens")}
    for key, known in _PARTS.items():
        part = tokenizer.get(key)
        kept[key] = None if part is None else _alike(part) if key == "pre_tokenizer" else part
        _check(key, kept[key], known)
    vocab = model.get("vocab")
    if isinstance(vocab, dict) and sorted(vocab.values()) == list(range(len(vocab))):
        model["vocab"] = sorted(vocab, key=lambda word: int(vocab[word]))
    config = {"clean_up_tokenization_spaces": cleans, **({} if eos is None else {"eos_token": eos})}
    whole = {"tokenizer": {**kept, "post_processor": None, "model": model}, "config": config}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def pieces(slim: bytes) -> str | None:
    """What stands before the pieces that go on with a word, where the vocabulary tells them so."""
    found = json.loads(slim)["tokenizer"]["model"].get("continuing_subword_prefix")
    return None if found == _NEVER else found or None


def _whole_words(model: Part) -> dict[str, Any]:
    """One of whole words as one of pieces, none of which goes on with a word."""
    if model.get("type") != "WordLevel":
        return dict(model)
    return {
        "type": "WordPiece", "vocab": model["vocab"], "unk_token": model.get("unk_token"),
        "continuing_subword_prefix": _NEVER, "max_input_chars_per_word": 1_000_000,
    }  # fmt: skip


def _check(what: str, part: Any, known: frozenset[str]) -> None:
    """ValueError for what the browser's library does not have."""
    if not isinstance(part, Mapping):
        return
    # Older files leave the kind of the model to be told by its keys.
    kind = part.get("type")
    if kind is not None and kind not in known:
        raise ValueError(f"its {what.replace('_', ' ')} is {kind}, which the tokenizer for browsers does not know")
    for key in ("normalizers", "pretokenizers", "decoders"):
        for each in part.get(key) or []:
            _check(what, each, known)


def _alike(part: Part) -> dict[str, Any]:
    """What takes a text apart, in terms that both libraries mean alike."""
    change: Callable[[Part], dict[str, Any]] | None = _CHANGES.get(str(part.get("type")))
    return dict(part) if change is None else change(part)


def _sequence(part: Part) -> dict[str, Any]:
    return {**part, "pretokenizers": [_alike(each) for each in part.get("pretokenizers") or []]}


def _words(_: Part) -> dict[str, Any]:
    return _split(rf"[{_WORD}]+|[^{_WORD}\s]+", "Removed", invert=True)


def _numbers(part: Part) -> dict[str, Any]:
    return _split(r"\p{N}" if part.get("individual_digits") else r"\p{N}+", "Isolated")


def _marks(part: Part) -> dict[str, Any]:
    return _pieces(_split(_MARK, str(part.get("behavior", "Isolated"))))


def _delimiter(part: Part) -> dict[str, Any]:
    return _split(_literal(str(part.get("delimiter"))), "Removed")


def _pieces(part: Part) -> dict[str, Any]:
    """A split by a pattern; separators stay with their neighbours by what is between the cuts."""
    pattern, behaviour = part.get("pattern") or {}, part.get("behavior")
    found = str(pattern.get("Regex") or _literal(str(pattern.get("String", ""))))
    if part.get("invert") or not found:
        return dict(part)
    if behaviour == "Contiguous":
        return _split(f"(?:{found})+", "Isolated")
    if behaviour not in ("MergedWithPrevious", "MergedWithNext"):
        return _split(found, str(behaviour))
    other = rf"(?:(?!{found})[\s\S])"
    ways = f"{other}*(?:{found})" if behaviour == "MergedWithPrevious" else f"(?:{found}){other}*"
    return _split(f"{ways}|{other}+", "Removed", invert=True)


def _literal(text: str) -> str:
    """A pattern of just this text; more than what has a meaning may not be escaped in a browser."""
    return re.sub(r"[\^$.*+?()\[\]{}|/\\]", r"\\\g<0>", text)


def _split(pattern: str, behaviour: str, *, invert: bool = False) -> dict[str, Any]:
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": behaviour, "invert": invert}


_CHANGES: Mapping[str, Callable[[Part], dict[str, Any]]] = {
    "Sequence": _sequence, "Whitespace": _words, "Digits": _numbers, "Punctuation": _marks,
    "CharDelimiterSplit": _delimiter, "Split": _pieces,
}  # fmt: skip
