"""Marian's tokenizer, which is two files of SentencePiece and a vocabulary of both, as one of the library tokenizers.

SentencePiece's files are Protocol Buffers: `pieces` (1) with text (1) and score (2); `trainer_spec` (2) with
the kind of model (3); `normalizer_spec` (3) with a table of characters (2).
"""

from __future__ import annotations

import struct
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from edgeweb.errors import ConfigError
from edgeweb.read import intake

VOCABULARY = "vocab.json"
_HINT = "Save it with tokenizer.save_pretrained()"
_MAX_BYTES = 64 << 20
_UNIGRAM = 1
# Of what only the target's file has: taken where the source has no piece, as Marian looks up what it could not split.
_FOREIGN = -1000.0


def whole(path: Path) -> dict[str, Any]:
    """`tokenizer.json` of the files in a folder, where `path` is the source's.

    Raises:
        ConfigError: they are damaged, or not of this kind.
    """
    vocabulary = intake.json_object(path.with_name(VOCABULARY), _HINT, _MAX_BYTES)
    try:
        pieces, kind, table = _read(intake.data(path, _HINT, _MAX_BYTES))
    except (ValueError, IndexError, struct.error, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read", "it is no file of SentencePiece, or is damaged", _HINT) from error
    words = sorted(vocabulary, key=lambda word: int(vocabulary[word]))
    if kind != _UNIGRAM or [*map(vocabulary.get, words)] != list(range(len(words))) or "<unk>" not in vocabulary:
        why = "its model is not Unigram" if kind != _UNIGRAM else f"{VOCABULARY} has not an id for each word"
        raise ConfigError(f"{path} cannot be used", why, "Give a tokenizer.json")
    scores = [[word, pieces.get(word, _FOREIGN)] for word in words]
    named = [word for word in words if word in ("<unk>", "<pad>", "</s>") or _language(word)]
    added = [
        {"id": vocabulary[word], "content": word, "single_word": False, "lstrip": False, "rstrip": _language(word),
         "normalized": False, "special": True}
        for word in named
    ]  # fmt: skip
    space = {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": False}
    return {
        "version": "1.0", "added_tokens": added, "normalizer": _normaliser(table), "pre_tokenizer": space,
        "post_processor": _ending(vocabulary), "decoder": {**space, "split": True},
        "model": {"type": "Unigram", "unk_id": vocabulary["<unk>"], "vocab": scores, "byte_fallback": False},
    }  # fmt: skip


def _language(word: str) -> bool:
    """A token such as >>fra<<, which says into what is translated."""
    return word.startswith(">>") and word.endswith("<<")


def _normaliser(table: bytes) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"type": "Precompiled", "precompiled_charsmap": b64encode(table).decode()}]
    trimmed = [
        {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
        {"type": "Strip", "strip_left": True, "strip_right": True},
    ]
    return {"type": "Sequence", "normalizers": [*(steps if table else []), *trimmed]}


def _ending(vocabulary: Mapping[str, Any]) -> dict[str, Any] | None:
    """Every text ends with </s>."""
    number = vocabulary.get("</s>")
    if number is None:
        return None
    end = {"SpecialToken": {"id": "</s>", "type_id": 0}}
    text = [{"Sequence": {"id": each, "type_id": 0}} for each in "AB"]
    return {
        "type": "TemplateProcessing", "single": [text[0], end], "pair": [*text, end],
        "special_tokens": {"</s>": {"id": "</s>", "ids": [number], "tokens": ["</s>"]}},
    }  # fmt: skip


def _read(data: bytes) -> tuple[dict[str, float], int, bytes]:
    """The scores of the pieces, the kind of the model, and the table of characters."""
    pieces: dict[str, float] = {}
    kind, table = _UNIGRAM, b""
    for field, value in _fields(data):
        if field == 1 and isinstance(value, bytes):
            of = dict(_fields(value))
            text, score = of.get(1, b""), of.get(2, b"\0\0\0\0")
            if not isinstance(text, bytes) or not isinstance(score, bytes):
                raise ValueError("a piece has no text")
            pieces[text.decode()] = struct.unpack("<f", score)[0]
        elif field == 2 and isinstance(value, bytes):
            kind = int(dict(_fields(value)).get(3, _UNIGRAM))
        elif field == 3 and isinstance(value, bytes):
            found = dict(_fields(value)).get(2, b"")
            table = found if isinstance(found, bytes) else b""
    if not pieces:
        raise ValueError("there are no pieces")
    return pieces, kind, table


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a message: numbers as they are, all else as bytes."""
    at = 0
    while at < len(data):
        key, at = _number(data, at)
        wire = key & 7
        if wire == 0:
            value, at = _number(data, at)
            yield key >> 3, value
            continue
        size, at = _number(data, at) if wire == 2 else ({1: 8, 5: 4}[wire] if wire in (1, 5) else -1, at)
        if size < 0 or at + size > len(data):
            raise ValueError("it ends early")
        yield key >> 3, data[at : at + size]
        at += size


def _number(data: bytes, at: int) -> tuple[int, int]:
    found = shift = 0
    while True:
        byte = data[at]
        found |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return found, at
        if shift > 63:
            raise ValueError("a number has no end")
