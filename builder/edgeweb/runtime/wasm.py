"""WebAssembly modules as their functions: counts which are entered, and puts a trap in the place of those that are not.

Source: WebAssembly 2.0 core specification, section 5 (binary format), with the threads proposal. Only sections and the
heads of functions are read; no instruction is, so what a module's code uses does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from edgeweb.errors import SiteError

# 4 bytes below everything that Emscripten puts into memory: it leaves the first KiB to null pointers.
FLAG = 1008
_HEADER = b"\0asm\1\0\0\0"
TYPE, IMPORT, FUNCTION, GLOBAL, EXPORT, START, ELEMENT, COUNT, CODE, DATA = 1, 2, 3, 6, 7, 8, 9, 12, 10, 11
# Of the sections with contents of the format's own; 13 has the tags of exceptions.
_ORDER = (1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11)
_FUNCTION_TYPE = 0x60
# As ONNX Runtime Web is linked.
_STACK_BYTES = 5 << 20
_I32, _I32_CONST, _I32_STORE8, _END, _CALL, _UNREACHABLE = 0x7F, 0x41, 0x3A, 0x0B, 0x10, 0x00
# i32.atomic.store of 4 aligned bytes.
_ATOMIC_STORE = bytes((0xFE, 0x17, 2))


def _damaged(why: str) -> SiteError:
    return SiteError(
        "The runtime cannot be cut to the model", f"it {why}", "Install edgeweb again, or use --no-specialise"
    )


def unsigned(data: bytes, at: int) -> tuple[int, int]:
    """The LEB128 number at `at`, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def encoded(value: int) -> bytes:
    """Unsigned LEB128."""
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes((*found, value))


def signed(value: int) -> bytes:
    """Signed LEB128, of 32 bits."""
    found = bytearray()
    while not -64 <= value < 64:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes((*found, value & 127))


def wrapped(value: int) -> int:
    """As a signed number of 32 bits."""
    return (value + (1 << 31)) % (1 << 32) - (1 << 31)


@dataclass(frozen=True)
class Module:
    """`sections`: (kind, contents) in their order; `bodies`: of the module's own functions, without their sizes."""

    sections: tuple[tuple[int, bytes], ...]
    bodies: tuple[bytes, ...]

    @classmethod
    def parse(cls, data: bytes) -> Module:
        """The module of these bytes; SiteError where they are none, or end too early."""
        if not data.startswith(_HEADER):
            raise _damaged("is no WebAssembly module")
        try:
            sections = tuple(_sections(data))
            code = next(contents for kind, contents in sections if kind == CODE)
            return cls(sections, tuple(_parts(code, _sized)))
        except (IndexError, StopIteration) as error:
            raise _damaged("ends too early") from error

    def section(self, kind: int) -> bytes:
        """Its contents; of one that is not there those of an empty one."""
        return next((contents for found, contents in self.sections if found == kind), b"\0")

    @cached_property
    def imported(self) -> int:
        """How many functions come from outside: they are numbered first."""
        return self.imports(0)

    def imports(self, kind: int) -> int:
        """How many of a kind come from outside: 0 functions, 3 globals."""
        return sum(found == kind for found in _imports(self.section(IMPORT)))

    @property
    def stack_top(self) -> int:
        """Where Emscripten's stack begins, from which it grows down: its pointer is the first global."""
        kind, changes, op = self.section(GLOBAL)[1:4]
        if (kind, changes, op) != (_I32, 1, _I32_CONST):
            raise _damaged("has its stack where Emscripten puts none")
        return unsigned(self.section(GLOBAL), 4)[0]

    @property
    def stack_bottom(self) -> int:
        """Where the stack ends; what is above it is out of reach of any depth of calls."""
        return self.stack_top - _STACK_BYTES

    @cached_property
    def exports(self) -> dict[str, tuple[int, int]]:
        """By their names, kind and number; the functions' kind is 0, globals are 3."""
        data = self.section(EXPORT)
        count, at = unsigned(data, 0)
        found = {}
        for _ in range(count):
            name, at = _sized(data, at)
            number, end = unsigned(data, at + 1)
            found[name.decode()] = (data[at], number)
            at = end
        return found

    def counting(self, address: int) -> bytes:
        """The module with a byte of memory for each function, from `address` on, that is 1 once it was entered."""

        def counted(number: int, body: bytes) -> bytes:
            at = locals_end(body)
            enter = b"\x41" + signed(address + number) + bytes((_I32_CONST, 1, _I32_STORE8, 0, 0))
            return body[:at] + enter + body[at:]

        return self.encoded({CODE: vector([counted(*each) for each in enumerate(self.bodies)])})

    def cut(self, keep: Callable[[int], bool], flag: int) -> bytes:
        """The module with only the functions that are to be kept, by their places; the others set `flag` and trap.

        Nothing is numbered anew: the table, the exports and every call stay as they are. `flag`: the address of 4 bytes
        of shared memory that are 1 once a trap was met, by whatever thread.
        """
        types, functions = self.section(TYPE), self.section(FUNCTION)
        (type_count, types_at), (count, functions_at) = unsigned(types, 0), unsigned(functions, 0)
        trap = bytes((_CALL, *encoded(self.imported + count), _UNREACHABLE, _END))
        met = (
            bytes((0, _I32_CONST))
            + signed(flag)
            + bytes((_I32_CONST, 1))
            + _ATOMIC_STORE
            + bytes((0, _UNREACHABLE, _END))
        )
        bodies = [body if keep(number) else b"\0" + trap for number, body in enumerate(self.bodies)]
        return self.encoded(
            {
                TYPE: encoded(type_count + 1) + types[types_at:] + bytes((_FUNCTION_TYPE, 0, 0)),
                FUNCTION: encoded(count + 1) + functions[functions_at:] + encoded(type_count),
                CODE: vector([*bodies, met]),
            }
        )

    def encoded(self, replaced: Mapping[int, bytes]) -> bytes:
        """The module's file with other contents of some of its sections; one that it lacks is put in its place."""
        parts = [(kind, replaced.get(kind, contents)) for kind, contents in self.sections]
        there = {kind for kind, _ in parts}
        for kind in sorted(set(replaced) - there, key=_ORDER.index):
            after = [at for at, (other, _) in enumerate(parts) if other and _ORDER.index(other) < _ORDER.index(kind)]
            parts.insert(after[-1] + 1 if after else 0, (kind, replaced[kind]))
        return _HEADER + b"".join(bytes((kind,)) + encoded(len(part)) + part for kind, part in parts)


def _sections(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = len(_HEADER)
    while at < len(data):
        size, start = unsigned(data, at + 1)
        if start + size > len(data):
            raise IndexError
        yield data[at], data[start : start + size]
        at = start + size


def _parts(data: bytes, read: Callable[[bytes, int], tuple[bytes, int]]) -> Iterator[bytes]:
    count, at = unsigned(data, 0)
    for _ in range(count):
        found, at = read(data, at)
        yield found


def _sized(data: bytes, at: int) -> tuple[bytes, int]:
    size, start = unsigned(data, at)
    return data[start : start + size], start + size


def _imports(data: bytes) -> Iterator[int]:
    """The kinds of the imports: 0 is a function."""
    count, at = unsigned(data, 0)
    for _ in range(count):
        for _ in range(2):
            size, at = unsigned(data, at)
            at += size
        kind, at = data[at], at + 1
        yield kind
        if kind == 1 or kind == 3:
            at += 1
        if kind in (1, 2):
            limits, at = data[at], at + 1
            _, at = unsigned(data, at)
            if limits & 1:
                _, at = unsigned(data, at)
        elif kind == 3:
            at += 1
        else:
            if kind == 4:
                at += 1
            _, at = unsigned(data, at)


def locals_end(body: bytes) -> int:
    """Where a body's instructions begin."""
    groups, at = unsigned(body, 0)
    for _ in range(groups):
        _, at = unsigned(body, at)
        at += 1
    return at


def vector(parts: Sequence[bytes]) -> bytes:
    """Parts of a section, each with its size."""
    return encoded(len(parts)) + b"".join(encoded(len(part)) + part for part in parts)
