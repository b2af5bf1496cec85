"""The instructions of functions: which others they call, and a module that notes which memory they read.

Source: WebAssembly core specification 3.0, section 5.4, with threads, SIMD and exceptions; as of Emscripten's output.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from edgeweb.errors import SiteError
from edgeweb.runtime.wasm import CODE, FUNCTION, TYPE, Module, encoded, locals_end, signed, unsigned, vector, wrapped

# Reads are noted for so many bytes of memory together: a power of two.
GRANULE = 64
_SHIFT = GRANULE.bit_length() - 1
_CALL, _LOAD_FIRST, _LOAD_LAST, _STORE_LAST = 0x10, 0x28, 0x35, 0x3E
_BULK, _SIMD, _ATOMIC = 0xFC, 0xFD, 0xFE
_I32, _I64, _F32, _F64, _V128 = 0x7F, 0x7E, 0x7D, 0x7C, 0x7B
_COPY = 10
_LOADED = {0x28: _I32, 0x2A: _F32, 0x2B: _F64, 0x2C: _I32, 0x2D: _I32, 0x2E: _I32, 0x2F: _I32}
# What an atomic operation's place in its group of seven says of its type.
_ATOMIC_TYPES = (_I32, _I64, _I32, _I32, _I64, _I64, _I64)
_RMW, _EXCHANGE_IF, _ATOMIC_END = 0x1E, 0x48, 0x4F
# How many numbers follow an instruction, where it is neither none nor another form.
_NUMBERS = {
    **dict.fromkeys((0x02, 0x03, 0x04, 0x06, 0x07, 0x08, 0x09, 0x0C, 0x0D, 0x10, 0x12, 0x18), 1),
    **dict.fromkeys((0x11, 0x13), 2),
    **dict.fromkeys(range(0x20, 0x27), 1),
    **dict.fromkeys(range(_LOAD_FIRST, _STORE_LAST + 1), 2),
    **dict.fromkeys((0x3F, 0x40, 0x41, 0x42, 0xD0, 0xD2), 1),
}  # fmt: skip
_FIXED = {0x43: 4, 0x44: 8}
_BULK_NUMBERS = (0,) * 8 + (2, 1, 2, 1, 2, 1, 2, 1, 1, 1)


@dataclass(frozen=True)
class Instruction:
    """`op`: its code, that of its prefix above 16 bits; it lies from `at` to `end`, its operands from `given`."""

    op: int
    at: int
    given: int
    end: int


def instructions(body: bytes) -> Iterator[Instruction]:
    """Those of a function's body, in their order.

    Raises:
        SiteError: one is not known.
    """
    at = locals_end(body)
    while at < len(body):
        op, given = body[at], at + 1
        if op in (_BULK, _SIMD, _ATOMIC):
            below, given = unsigned(body, given)
            op = op << 16 | below
        end = _operands_end(body, op, given)
        yield Instruction(op, at, given, end)
        at = end


def calls(module: Module, number: int) -> Iterator[int]:
    """The module's own functions, by their places, that the one at `number` calls by name."""
    body, imported = module.bodies[number], module.imported
    for each in instructions(body):
        if each.op == _CALL:
            called = unsigned(body, each.given)[0]
            if called >= imported:
                yield called - imported


def _operands_end(body: bytes, op: int, at: int) -> int:
    prefix, below = op >> 16, op & 0xFFFF
    if prefix == _SIMD:
        return _simd_end(body, below, at)
    if prefix == _ATOMIC:
        return at + 1 if below == 3 else _skipped(body, at, 2)
    if prefix == _BULK:
        return _skipped(body, at, _BULK_NUMBERS[below])
    if op in _FIXED:
        return at + _FIXED[op]
    if op == 0x0E:
        count, at = unsigned(body, at)
        return _skipped(body, at, count + 1)
    if op == 0x1C:
        count, at = unsigned(body, at)
        return at + count
    if op == 0x1F:
        return _catches_end(body, at)
    if op in _NUMBERS:
        return _skipped(body, at, _NUMBERS[op])
    if op in (0x00, 0x01, 0x05, 0x0A, 0x0B, 0x0F, 0x19, 0x1A, 0x1B, 0xD1) or 0x45 <= op <= 0xC4:
        return at
    raise SiteError("The runtime cannot be read", f"it has the instruction {op:#x}", "Use --no-specialise")


def _simd_end(body: bytes, op: int, at: int) -> int:
    if op <= 11 or op in (92, 93):
        return _skipped(body, at, 2)
    if op in (12, 13):
        return at + 16
    if 84 <= op <= 91:
        return _skipped(body, at, 2) + 1
    return at + 1 if 21 <= op <= 34 else at


def _catches_end(body: bytes, at: int) -> int:
    count, at = unsigned(body, _skipped(body, at, 1))
    for _ in range(count):
        at = _skipped(body, at + 1, 2 if body[at] < 2 else 1)
    return at


def _skipped(body: bytes, at: int, numbers: int) -> int:
    for _ in range(numbers):
        while body[at] > 127:
            at += 1
        at += 1
    return at


def reading(module: Module, numbers: Iterable[int], address: int) -> Module:
    """The module whose functions at `numbers` note what they read: a byte from `address` on for each granule, 1 then.

    Each kind of load becomes a call of a function that notes and then loads; those come after the module's own.
    """
    helpers = _Helpers(module, address)
    bodies = list(module.bodies)
    for number in numbers:
        bodies[number] = helpers.replaced(bodies[number])
    return helpers.module(bodies)


@dataclass
class _Helpers:
    subject: Module
    address: int
    signatures: list[tuple[bytes, bytes]] = field(default_factory=list)
    made: dict[bytes, tuple[int, bytes, int]] = field(default_factory=dict)

    def replaced(self, body: bytes) -> bytes:
        found, last = bytearray(), 0
        for each in instructions(body):
            signature = _signature(each.op)
            if signature is None:
                continue
            found += body[last : each.at] + bytes((_CALL,)) + encoded(self._number(body, each, signature))
            last = each.end
        return bytes(found + body[last:])

    def _number(self, body: bytes, each: Instruction, signature: tuple[bytes, bytes]) -> int:
        code = body[each.at : each.end]
        if code not in self.made:
            if signature not in self.signatures:
                self.signatures.append(signature)
            took, _ = signature
            offset = 0 if each.op == _BULK << 16 | _COPY else unsigned(body, _skipped(body, each.given, 1))[0]
            noted = self._copying() if each.op == _BULK << 16 | _COPY else self._noting(offset)
            operands = b"".join(b"\x20" + encoded(place) for place in range(len(took)))
            text = noted + operands + code + b"\x0b"
            self.made[code] = (
                self.subject.imported + len(self.subject.bodies) + len(self.made),
                text,
                self.signatures.index(signature),
            )
        return self.made[code][0]

    def _noting(self, offset: int) -> bytes:
        """For the first byte and the 16th: no load has more."""
        noted = b"".join(b"\x20\x00\x41" + signed(wrapped(offset + more)) + b"\x6a" + self._note() for more in (0, 15))
        return b"\0" + noted

    def _note(self) -> bytes:
        return b"\x41" + signed(_SHIFT) + b"\x76\x41\x01\x3a\x00" + encoded(self.address)

    def _copying(self) -> bytes:
        """Each granule from the second operand on, as many bytes as the third says: local 3 goes through them."""
        step = b"\x20\x03" + self._note() + b"\x20\x03\x41" + signed(GRANULE) + b"\x6a\x21\x03"
        until = b"\x20\x03\x20\x01\x20\x02\x6a\x4f\x0d\x01"
        last = b"\x20\x02\x04\x40\x20\x01\x20\x02\x6a\x41\x01\x6b" + self._note() + b"\x0b"
        return b"\x01\x01\x7f\x20\x01\x21\x03\x02\x40\x03\x40" + until + step + b"\x0c\x00\x0b\x0b" + last

    def module(self, bodies: list[bytes]) -> Module:
        (types, types_at), (count, functions_at) = (
            unsigned(self.subject.section(kind), 0) for kind in (TYPE, FUNCTION)
        )
        own = b"".join(
            b"\x60" + encoded(len(took)) + took + encoded(len(gave)) + gave for took, gave in self.signatures
        )
        made = list(self.made.values())
        return Module.parse(
            self.subject.encoded(
                {
                    TYPE: encoded(types + len(self.signatures)) + self.subject.section(TYPE)[types_at:] + own,
                    FUNCTION: encoded(count + len(made)) + self.subject.section(FUNCTION)[functions_at:]
                    + b"".join(encoded(types + signature) for _, _, signature in made),
                    CODE: vector([*bodies, *(text for _, text, _ in made)]),
                }
            )
        )  # fmt: skip


def _signature(op: int) -> tuple[bytes, bytes] | None:
    """What it takes and gives, by their types, of an instruction that reads memory."""
    prefix, below = op >> 16, op & 0xFFFF
    address = bytes((_I32,))
    if prefix == 0:
        return (address, bytes((_LOADED.get(op, _I64),))) if _LOAD_FIRST <= op <= _LOAD_LAST else None
    if prefix == _BULK:
        return (address * 3, b"") if below == _COPY else None
    if prefix == _SIMD:
        wide = bytes((_V128,))
        return (
            (address, wide)
            if below <= 10 or below in (92, 93)
            else (address + wide, wide)
            if 84 <= below <= 87
            else None
        )
    if 0x10 <= below <= 0x16:
        return address, bytes((_ATOMIC_TYPES[below - 0x10],))
    if _RMW <= below < _ATOMIC_END:
        kind = bytes((_ATOMIC_TYPES[(below - _RMW) % 7],))
        return address + kind * (2 if below >= _EXCHANGE_IF else 1), kind
    return None
