"""Files of SentencePiece, and what a tokenizer of the library `tokenizers` has of them.

They are Protocol Buffers: `pieces` (1) with text (1) and score (2); `trainer_spec` (2) with the kind of model (3);
`normalizer_spec` (3) with a table of characters (2).
"""

from __future__ import annotations

import struct
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from edgeweb.errors import ConfigError
from edgeweb.read import intake

UNIGRAM, CHARACTERS = 1, 4
HINT = "Save it with tokenizer.save_pretrained()"
MAX_BYTES = 64 << 20
SPACE = {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": False}


def read(path: Path) -> tuple[dict[str, float], int, bytes]:
    """The scores of the pieces in their order, the kind of the model, and the table of characters.

    Raises:
        ConfigError: it is damaged, or none.
    """
    try:
        return _read(intake.data(path, HINT, MAX_BYTES))
    except (ValueError, IndexError, struct.error, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read", "it is no file of SentencePiece, or is damaged", HINT) from error


def whole(
    vocabulary: Mapping[str, int], scores: list[list[Any]], added: list[dict[str, Any]], table: bytes
) -> dict[str, Any]:
    """`tokenizer.json`. `scores`: of each word, in the order of their ids; `table`: of characters."""
    return {
        "version": "1.0", "added_tokens": added, "normalizer": _normaliser(table), "pre_tokenizer": SPACE,
        "post_processor": _ending(vocabulary), "decoder": {**SPACE, "split": True},
        "model": {"type": "Unigram", "unk_id": vocabulary["<unk>"], "vocab": scores, "byte_fallback": False},
    }  # fmt: skip


def special(number: int, content: str, *, rstrip: bool = False) -> dict[str, Any]:
    """A token that stands for itself wherever it is written."""
    return {
        "id": number, "content": content, "single_word": False, "lstrip": False, "rstrip": rstrip,
        "normalized": False, "special": True,
    }  # fmt: skip


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
    kind, table = UNIGRAM, b""
    for field, value in _fields(data):
        if field == 1 and isinstance(value, bytes):
            of = dict(_fields(value))
            text, score = of.get(1, b""), of.get(2, b"\0\0\0\0")
            if not isinstance(text, bytes) or not isinstance(score, bytes):
                raise ValueError("a piece has no text")
            pieces[text.decode()] = struct.unpack("<f", score)[0]
        elif field == 2 and isinstance(value, bytes):
            kind = int(dict(_fields(value)).get(3, UNIGRAM))
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
