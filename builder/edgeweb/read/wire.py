"""Reads the outermost protobuf fields of a model file, to say exactly where a damaged one breaks."""

from __future__ import annotations

from collections.abc import Iterator

import onnx

_FIELDS = {f.number: f.name for f in onnx.ModelProto.DESCRIPTOR.fields}
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_INTEGERS = ("ir_version", "model_version")
_ONCE = ("ir_version", "graph")


class DamageError(ValueError):
    """Why the bytes are not one complete ONNX model."""


def check(data: bytes) -> None:
    """Walk the outermost fields of `data`, without looking into them.

    Raises:
        DamageError: a field is cut short, is none of ONNX's, or says the same thing twice (two files joined).
    """
    seen: set[str] = set()
    for offset, number, kind in _fields(data):
        name = _FIELDS.get(number)
        if name is None:
            raise DamageError(f"at byte {offset} of {len(data)} it has a field number {number} that ONNX does not have")
        if kind != (_VARINT if name in _INTEGERS else _BYTES):
            raise DamageError(f"at byte {offset} of {len(data)} the field {name} has the wrong form")
        if name in seen and name in _ONCE:
            raise DamageError(f"at byte {offset} of {len(data)} a second {name} begins, as if two files were joined")
        seen.add(name)


def _fields(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(offset, field number, wire type) of each field."""
    at = 0
    while at < len(data):
        start = at
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind == _VARINT:
            at = _varint(data, at)[1]
        elif kind == _BYTES:
            size, at = _varint(data, at)
            at += size
        elif kind in (_FIXED64, _FIXED32):
            at += 8 if kind == _FIXED64 else 4
        else:
            raise DamageError(f"byte {start} of {len(data)} is not the beginning of a protobuf field")
        yield start, tag >> 3, kind
        if at > len(data):
            name = _FIELDS.get(tag >> 3, "")
            raise DamageError(f"it has {len(data)} bytes, and its {name or 'last'} part alone goes on to byte {at}")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            raise DamageError(f"it ends in the middle of a number, at byte {at}")
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise DamageError(f"byte {at} of {len(data)} is not part of a protobuf number")
