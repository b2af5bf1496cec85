"""Instructions are read to the last byte, and a module that notes what it reads gives what it gave: Node runs it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from edgeweb.errors import SiteError
from edgeweb.files import webdist
from edgeweb.runtime import wasm
from edgeweb.runtime.wasm import Module
from edgeweb.runtime.wasm_code import GRANULE, calls, instructions, reading
from wasm_made import body, module, name, section

NOTES = 4096
RUN = """
const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })
const bytes = new Uint8Array(memory.buffer)
for (let at = 0; at < 4096; at++) bytes[at] = at % 251
const module = new WebAssembly.Module(require('fs').readFileSync(process.argv[1]))
const { exports } = new WebAssembly.Instance(module, { e: { m: memory } })
const gave = String(exports.f())
console.log(JSON.stringify({ gave, read: [...bytes.slice(4096, 4160)].flatMap((note, at) => (note ? [at] : [])) }))
"""
I32, I64 = 0x7F, 0x7E


def runtime() -> Module:
    web = webdist.find()
    return Module.parse(b"".join(web.path(file).read_bytes() for file in web.runtimes["wasm"].wasm))


def test_every_instruction_of_the_runtime_is_known() -> None:
    for code in runtime().bodies[::40]:
        *_, last = instructions(code)
        assert (last.op, last.end) == (0x0B, len(code))


def test_what_is_not_known_is_refused() -> None:
    with pytest.raises(SiteError, match="instruction 0xff"):
        list(instructions(b"\0\xff\x0b"))


def test_who_calls_whom() -> None:
    found = Module.parse(module())
    assert [list(calls(found, number)) for number in range(3)] == [[], [0], []]


def at(address: int) -> tuple[int, ...]:
    """i32.const."""
    return (0x41, *wasm.signed(address))


def reader(kind: int, *code: int) -> Module:
    """One function () -> kind."""
    return Module.parse(
        b"\0asm\1\0\0\0"
        + section(1, bytes((0x60, 0, 1, kind)))
        + section(2, name("e") + name("m") + b"\2\3\1\1")
        + section(3, b"\0")
        + section(7, name("f") + b"\0\0")
        + section(10, body(*code))
    )


@pytest.mark.parametrize(
    ("kind", "code", "read"),
    [
        (I32, (*at(130), 0x2D, 0, 70), {200 // GRANULE}),
        (I32, (*at(124), 0x28, 2, 0), {1, 2}),
        (I64, (*at(640), 0x29, 3, 0), {10}),
        (I32, (*at(64), 0xFE, 0x10, 2, 64), {2}),
        (I32, (*at(192), *at(5), 0xFE, 0x1E, 2, 0), {3}),
        (I32, (*at(256), 0xFD, 0, 4, 0, 0xFD, 21, 3), {4}),
        (I32, (*at(8), *at(9), 0x36, 2, 0, *at(7)), set()),
        (I32, (*at(1024), *at(700), *at(200), 0xFC, 10, 0, 0, *at(1)), {10, 11, 12, 13, 14}),
        (I32, (*at(1024), *at(700), *at(0), 0xFC, 10, 0, 0, *at(1)), set()),
    ],
)
def test_what_is_read_is_noted(kind: int, code: tuple[int, ...], read: set[int], tmp_path: Path) -> None:
    plain = reader(kind, *code)
    given = []
    for each in (plain, reading(plain, [0], NOTES)):
        (tmp_path / "module.wasm").write_bytes(each.encoded({}))
        command = [shutil.which("node") or "node", "-e", RUN, str(tmp_path / "module.wasm")]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        given.append(json.loads(done.stdout))
    assert given[0]["gave"] == given[1]["gave"]
    assert given[0]["read"] == []
    # A load of few bytes is noted as far as the longest would reach.
    assert read <= set(given[1]["read"]) <= read | {place + 1 for place in read}
