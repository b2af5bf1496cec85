"""A runtime that begins where another instance of it stood: with that one's memory and globals, and its sessions made.

Everything is inside the .wasm: what the memory held is a data segment, which the module's start puts in its places, and
the functions that made it give what they gave. The glue around it need not know.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from edgeweb.errors import SiteError
from edgeweb.runtime.wasm import (
    CODE,
    COUNT,
    DATA,
    ELEMENT,
    EXPORT,
    FUNCTION,
    GLOBAL,
    START,
    TYPE,
    Module,
    encoded,
    signed,
    unsigned,
    vector,
    wrapped,
)
from edgeweb.runtime.wasm_code import GRANULE

# What a granule of memory is to be: zero as it is, the image's, or what nobody may read.
ZERO, KEPT, LOST = 0, 1, 255
# Whoever follows a pointer out of there leaves the memory, and traps: it never has 2 GB. No two are alike, so that a
# list that was there is not empty; as sizes of the allocator's they say that their block is in use.
_POISON = b"".join((0x80000003 + 0x03000100 * word).to_bytes(4, "little") for word in range(GRANULE // 4))
_I32, _MUTABLE, _END, _GLOBAL = 0x7F, 1, 0x0B, 3
_PAGE = 65536
_GLUE = {
    "constructors": r"function \w+\(\)\{\w+=!0;\w+\?\w+\(\):\w+\.(\w+)\(\)\}",
    **{
        name: rf"\.?_{call}\s*=\s*\w+\.([\w$]+)"
        for name, call in (
            ("initialise", "OrtInit"),
            ("create", "OrtCreateSession"),
            ("options", "OrtCreateSessionOptions"),
            ("release", "OrtReleaseSession"),
            ("releaseOptions", "OrtReleaseSessionOptions"),
            ("runOptions", "OrtCreateRunOptions"),
            ("allocate", "malloc"),
            ("free", "free"),
        )
    },
}  # fmt: skip


@dataclass(frozen=True)
class Image:
    """Memory, of which `kinds` has a byte for each granule and `data` the granules that are kept, one after the other.

    `globals`: the values of those that can change, by their numbers. `sessions`: their handles; the worker asks for the
    first with a model of 1 byte, for the second with one of 2. `pages`: of the memory, each of 64 KiB.
    """

    kinds: bytes
    data: bytes
    globals: Mapping[int, int]
    sessions: Sequence[int]
    pages: int


def exported(glue: str) -> dict[str, str]:
    """How the glue calls the functions that an image has to do with: their exports' names.

    Raises:
        SiteError: it is unlike any that is known.
    """
    found = {name: re.search(pattern, glue) for name, pattern in _GLUE.items()}
    missing = [name for name, match in found.items() if match is None]
    if missing:
        raise SiteError(
            "The runtime's start cannot be stored", f"its glue names no {', '.join(missing)}", "Nothing need be done"
        )
    return {name: match[1] for name, match in found.items() if match}


def with_globals(module: Module) -> Module:
    """The module with every global that can change exported, as `global 0` and so on."""
    numbers = [number for number, (_, changes, _) in enumerate(_globals(module)) if changes == _MUTABLE]
    count, at = unsigned(module.section(EXPORT), 0)
    named = [(f"global {number}".encode(), number) for number in numbers]
    added = b"".join(encoded(len(name)) + name + b"\3" + encoded(number) for name, number in named)
    return Module.parse(module.encoded({EXPORT: encoded(count + len(named)) + module.section(EXPORT)[at:] + added}))


def restoring(module: Module, image: Image, names: Mapping[str, str], flag: int) -> Module:
    """The module that begins with `image`; its last function is what restores it.

    `names`: see `exported`. `flag`: set, before a trap, where a session is asked for that the image has not.
    """
    bodies = list(module.bodies)
    for name, code in (("constructors", b""), ("initialise", b"\x41\0"), ("create", _handles(image.sessions, flag))):
        bodies[place(module, names[name])] = b"\0" + code + b"\x0b"
    segments = unsigned(module.section(DATA), 0)[0]
    (types, types_at), (count, functions_at) = (unsigned(module.section(kind), 0) for kind in (TYPE, FUNCTION))
    contents = _POISON + image.kinds + image.data
    return Module.parse(
        module.encoded(
            {
                TYPE: encoded(types + 1) + module.section(TYPE)[types_at:] + b"\x60\0\0",
                FUNCTION: encoded(count + 1) + module.section(FUNCTION)[functions_at:] + encoded(types),
                GLOBAL: _with_values(module, image.globals),
                START: encoded(module.imported + count),
                COUNT: encoded(segments + 1),
                CODE: vector([*bodies, _restore(module, image, segments)]),
                # Functions that are there no more named the others by their numbers.
                DATA: encoded(segments + 1) + b"\1\0" * segments + b"\1" + encoded(len(contents)) + contents,
            }
        )
    )


def shipped(module: Module, stays: Container[int], flag: int) -> bytes:
    """What `restoring` gave, cut to the functions that stay, in the table too: whoever calls another from there traps.

    Such a call has the wrong type more often than not, so that it does not set `flag`; the worker takes any error of
    WebAssembly's for a trap.
    """
    cut = Module.parse(module.cut(stays.__contains__, flag))
    kept, trap = (
        {module.imported + number for number in range(len(module.bodies)) if number in stays},
        len(cut.bodies) - 1,
    )
    found, at = _table(cut.section(ELEMENT))
    numbers = [number if number < cut.imported or number in kept else cut.imported + trap for number in found]
    return cut.encoded({ELEMENT: cut.section(ELEMENT)[:at] + encoded(len(numbers)) + b"".join(map(encoded, numbers))})


def _table(section: bytes) -> tuple[list[int], int]:
    """The functions in the table, and where their list is; of one segment at a constant, as linkers make it."""
    count, at = unsigned(section, 0)
    if (count, section[at], section[at + 1]) != (1, 0, 0x41):
        raise SiteError(
            "The runtime's start cannot be stored", "its table is filled in an unknown way", "Nothing need be done"
        )
    start = unsigned(section, at + 2)[1] + 1
    size, at = unsigned(section, start)
    numbers = []
    for _ in range(size):
        number, at = unsigned(section, at)
        numbers.append(number)
    return numbers, start


def place(module: Module, name: str) -> int:
    """The place among the bodies of an exported function."""
    return module.exports[name][1] - module.imported


def replaced(module: Module, names: Mapping[str, str]) -> set[int]:
    """The places of the functions that `restoring` gives other bodies."""
    return {place(module, names[name]) for name in ("constructors", "initialise", "create")}


def _handles(sessions: Sequence[int], flag: int) -> bytes:
    """By the length of the model, which is the second operand."""
    known = b"".join(
        b"\x20\1\x41" + signed(length) + b"\x46\x04\x40\x41" + signed(wrapped(handle)) + b"\x0f\x0b"
        for length, handle in enumerate(sessions, 1)
    )
    return known + b"\x41" + signed(flag) + b"\x41\1\xfe\x17\2\0\0"


def _restore(module: Module, image: Image, segment: int) -> bytes:
    """Grow the memory, and go through the granules; their kinds lie in the far end of the stack meanwhile."""
    scratch, count, shift = module.stack_bottom + _PAGE, signed(len(image.kinds)), signed(GRANULE.bit_length() - 1)
    size, number, begin = signed(GRANULE), encoded(segment), signed(GRANULE + len(image.kinds))
    # Locals: 0 the granule, 1 where in the segment its bytes are, 2 its kind.
    address = b"\x20\0\x41" + shift + b"\x74"
    keep = address + b"\x20\1\x41" + size + b"\xfc\x08" + number + b"\0\x20\1\x41" + size + b"\x6a\x21\1"
    lose = address + b"\x41\0\x41" + size + b"\xfc\x08" + number + b"\0"
    parts = (
        b"\1\3\x7f",
        b"\x41" + signed(image.pages) + b"\x3f\0\x6b\x22\0\x41\0\x4a\x04\x40\x20\0\x40\0\x1a\x0b",
        b"\x41" + signed(scratch) + b"\x41" + size + b"\x41" + count + b"\xfc\x08" + number + b"\0",
        b"\x41\0\x21\0\x41" + begin + b"\x21\1\x02\x40\x03\x40\x20\0\x41" + count + b"\x4f\x0d\1",
        b"\x20\0\x2d\0" + encoded(scratch) + b"\x22\2\x04\x40\x20\2\x41" + signed(KEPT) + b"\x46\x04\x40" + keep,
        b"\x05" + lose + b"\x0b\x0b\x20\0\x41\1\x6a\x21\0\x0c\0\x0b\x0b",
        b"\x41" + signed(scratch) + b"\x41\0\x41" + count + b"\xfc\x0b\0\xfc\x09" + number + b"\x0b",
    )
    return b"".join(parts)


def _globals(module: Module) -> list[tuple[int, int, bytes]]:
    """Type, whether it changes, and what it begins with, of each.

    Raises:
        SiteError: one comes from outside, or one that changes is no whole number of 32 bits.
    """
    data = module.section(GLOBAL)
    count, at = unsigned(data, 0)
    found = []
    for _ in range(count):
        kind, changes, start = data[at], data[at + 1], at + 2
        at = start + 1 + {0x43: 4, 0x44: 8}.get(data[start], 0)
        if data[start] in (0x41, 0x42, 0x23, 0xD0, 0xD2):
            _, at = unsigned(data, start + 1)
        if data[at] != _END or (changes == _MUTABLE and kind != _I32) or module.imports(_GLOBAL):
            raise SiteError(
                "The runtime's start cannot be stored", "its globals are of unknown kinds", "Nothing need be done"
            )
        at += 1
        found.append((kind, changes, data[start:at]))
    return found


def _with_values(module: Module, values: Mapping[int, int]) -> bytes:
    found = [
        bytes((kind, changes)) + (b"\x41" + signed(wrapped(values[number])) + b"\x0b" if number in values else begins)
        for number, (kind, changes, begins) in enumerate(_globals(module))
    ]
    return encoded(len(found)) + b"".join(found)
