"""A WebAssembly module of three functions, byte for byte."""

from __future__ import annotations

from edgeweb.runtime import wasm


def section(kind: int, *parts: bytes) -> bytes:
    data = wasm.encoded(len(parts)) + b"".join(parts)
    return bytes((kind,)) + wasm.encoded(len(data)) + data


def name(text: str) -> bytes:
    return bytes((len(text),)) + text.encode()


def body(*code: int, groups: bytes = b"\0") -> bytes:
    data = groups + bytes(code) + b"\x0b"
    return wasm.encoded(len(data)) + data


def module() -> bytes:
    """Three functions () -> i32: seven; eight, by seven and 1; and what the imported one says, with locals."""
    return b"\0asm\1\0\0\0" + b"".join(
        (
            section(1, b"\x60\0\1\x7f"),
            section(2, name("e") + name("m") + b"\2\3\1\1", name("e") + name("say") + b"\0\0"),
            section(3, b"\0", b"\0", b"\0"),
            section(6, b"\x7f\1\x41\x80\x02\x0b"),
            section(7, *(name(text) + b"\0" + bytes((at + 1,)) for at, text in enumerate(("seven", "eight", "said")))),
            section(
                10,
                body(0x41, 7),
                body(0x10, 1, 0x41, 1, 0x6A),
                body(0x10, 0, 0x21, 0, 0x20, 0, groups=b"\2\1\x7f\2\x7e"),
            ),
        )
    )
