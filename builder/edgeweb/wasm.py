"""WebAssembly modules as their functions: counts which are entered, and puts a trap in the place of those that are not.

Source: WebAssembly 2.0 core specification, section 5 (binary format), with the threads proposal. Only sections and the
heads of functions are read; no instruction is, so what a module's code uses does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from edgeweb.errors import SiteError

_HEADER = b"\0asm\1\0\0\0"
_TYPE, _IMPORT, _FUNCTION, _GLOBAL, _CODE = 1, 2, 3, 6, 10
_FUNCTION_TYPE = 0x60
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
            code = next(contents for kind, contents in sections if kind == _CODE)
            return cls(sections, tuple(_vector(code, _sized)))
        except (IndexError, StopIteration) as error:
            raise _damaged("ends too early") from error

    def section(self, kind: int) -> bytes:
        """Its contents; of one that is not there those of an empty one."""
        return next((contents for found, contents in self.sections if found == kind), b"\0")

    @property
    def imported(self) -> int:
        """How many functions come from outside: they are numbered first."""
        return sum(kind == 0 for kind in _imports(self.section(_IMPORT)))

    @property
    def stack_top(self) -> int:
        """Where Emscripten's stack begins, from which it grows down: its pointer is the first global."""
        kind, changes, op = self.section(_GLOBAL)[1:4]
        if (kind, changes, op) != (_I32, 1, _I32_CONST):
            raise _damaged("has its stack where Emscripten puts none")
        return unsigned(self.section(_GLOBAL), 4)[0]

    def counting(self, address: int) -> bytes:
        """The module with a byte of memory for each function, from `address` on, that is 1 once it was entered."""

        def counted(number: int, body: bytes) -> bytes:
            at = _locals_end(body)
            enter = b"\x41" + signed(address + number) + bytes((_I32_CONST, 1, _I32_STORE8, 0, 0))
            return body[:at] + enter + body[at:]

        return self._with({_CODE: _code([counted(*each) for each in enumerate(self.bodies)])})

    def cut(self, keep: Callable[[int], bool], flag: int) -> bytes:
        """The module with only the functions that are to be kept, by their places; the others set `flag` and trap.

        Nothing is numbered anew: the table, the exports and every call stay as they are. `flag`: the address of 4 bytes
        of shared memory that are 1 once a trap was met, by whatever thread.
        """
        types, functions = self.section(_TYPE), self.section(_FUNCTION)
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
        return self._with(
            {
                _TYPE: encoded(type_count + 1) + types[types_at:] + bytes((_FUNCTION_TYPE, 0, 0)),
                _FUNCTION: encoded(count + 1) + functions[functions_at:] + encoded(type_count),
                _CODE: _code([*bodies, met]),
            }
        )

    def _with(self, replaced: dict[int, bytes]) -> bytes:
        parts = [(kind, replaced.get(kind, contents)) for kind, contents in self.sections]
        return _HEADER + b"".join(bytes((kind,)) + encoded(len(part)) + part for kind, part in parts)


def _sections(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = len(_HEADER)
    while at < len(data):
        size, start = unsigned(data, at + 1)
        if start + size > len(data):
            raise IndexError
        yield data[at], data[start : start + size]
        at = start + size


def _vector(data: bytes, read: Callable[[bytes, int], tuple[bytes, int]]) -> Iterator[bytes]:
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


def _locals_end(body: bytes) -> int:
    groups, at = unsigned(body, 0)
    for _ in range(groups):
        _, at = unsigned(body, at)
        at += 1
    return at


def _code(bodies: Sequence[bytes]) -> bytes:
    return encoded(len(bodies)) + b"".join(encoded(len(body)) + body for body in bodies)
