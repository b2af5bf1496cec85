"""Inputs that nobody would write: valid ones, changed at random but always in the same way for the same number."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

# What has broken readers before: ends of ranges, other alphabets, marks of formats, what nests, what never ends.
BYTES: tuple[bytes, ...] = (
    b"", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\r", b"\n", b"\r\n", b"\x0b", b"\xc2\x85",
    b"\xe2\x80\xae", b'"', b"'", b"[", b"]", b"{", b"}", b"((", b"[[[[[[[[", b"{" * 300, b"[" * 3000, b'{"a":' * 1200,
    b"a." * 800, b",", b";", b"\t", b"=", b"#", b"9" * 5000, b"../", b"~", b"a" * 300, b"\xf0\x9f\x90\xa6", b"\xe9",
    b"\xed\xa0\x80", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff", b"\x80\0\0\0", b"%s", b"<script>", b"import os\n",
    b"\\u0000", b"\\ud800", b"PK\x03\x04", b"\x93NUMPY", b"RIFF", b"\x89PNG",
)  # fmt: skip
# In the place of another value, so that the text around it still parses.
VALUES: tuple[bytes, ...] = (
    b"-1", b"0", b"1", b"nan", b"inf", b"-inf", b"NaN", b"Infinity", b"1e999", b"1e-320", b"0.0", b"2147483648",
    b"99999999999999999999", b"true", b"false", b"null", b"[]", b"{}", b'""', b'"a"', b'"\\u0000"', b'"../a"',
    b'"/dev/zero"', b'"/etc/passwd"', b'["a", "a"]', b"[1, 2]", b"[[1]]", b"[0, 0]", b'"' + b"a" * 5000 + b'"', b"'x'",
    b"1979-05-27T07:32:00Z", b"0x1F", b'{"a": 1}', b'"tensors"', b'"image-embedding"', b'"5GB"', b'"C:\\\\a"', b"[nan]",
)  # fmt: skip
_VALUE = re.compile(rb"-?\d+(?:\.\d+)?|\"[^\"]*\"|true|false|null|\[[^\[\]]*\]")


def changed(seeds: Sequence[bytes], number: int) -> bytes:
    """One of the seeds with one to six changes, the same for the same `number`; every second often still parses."""
    dice = random.Random(number)
    data = bytearray(dice.choice(seeds))
    for _ in range(dice.choice((1, 1, 1, 2, 3, 6))):
        data = _another_value(data, dice) if number % 2 else _another_byte(data, seeds, dice)
    return bytes(data)


def _another_value(data: bytearray, dice: random.Random) -> bytearray:
    places = [found.span() for found in _VALUE.finditer(bytes(data[:20_000]))]
    if places:
        start, end = dice.choice(places)
        data[start:end] = dice.choice(VALUES) if dice.random() < 0.8 else data[slice(*dice.choice(places))]
    return data


def _another_byte(data: bytearray, seeds: Sequence[bytes], dice: random.Random) -> bytearray:
    at, length, kind = dice.randrange(len(data) + 1), dice.choice((1, 2, 4, 16, 200)), dice.randrange(7)
    if kind == 0 and data:
        data[at % len(data)] ^= 1 << dice.randrange(8)
    elif kind == 1:
        data[at:at] = dice.choice(BYTES)
    elif kind == 2:
        del data[at : at + length]
    elif kind == 3:
        data[at : at + length] = dice.choice(BYTES)
    elif kind == 4:
        data = data[:at]
    elif kind == 5:
        data[at:at] = bytes(data[at : at + length]) * dice.choice((1, 2, 50))
    else:
        other = dice.choice(seeds)
        place = dice.randrange(len(other) + 1)
        data[at : at + length] = other[place : place + length]
    return data
