"""Functions of a module are counted and cut out, and not another byte changes: a real engine runs what comes of it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from edgeweb.errors import SiteError
from edgeweb.files import webdist
from edgeweb.runtime import specialise, wasm
from edgeweb.runtime.wasm import Module
from wasm_made import module

COUNTERS, FLAG = 64, 16
# Runs each export named after `--`, and tells what it gave, which functions were entered, and the flag.
RUN = """
const [path, ...names] = process.argv.slice(1)
const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })
const module = new WebAssembly.Module(require('fs').readFileSync(path))
const { exports } = new WebAssembly.Instance(module, { e: { m: memory, say: () => 1 } })
const given = names.map((name) => { try { return exports[name]() } catch (error) { return error.message } })
const bytes = new Uint8Array(memory.buffer)
console.log(JSON.stringify({ given, entered: [...bytes.slice(64, 67)], flag: bytes[16] }))
"""


def run(data: bytes, tmp_path: Path, *names: str) -> dict[str, Any]:
    (tmp_path / "module.wasm").write_bytes(data)
    command = [shutil.which("node") or "node", "-e", RUN, str(tmp_path / "module.wasm"), *names]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_module_is_read() -> None:
    found = Module.parse(module())
    assert (found.imported, len(found.bodies), found.stack_top) == (1, 3, 256)


@pytest.mark.parametrize(
    ("names", "given", "entered"),
    [((), [], [0, 0, 0]), (("seven",), [7], [1, 0, 0]), (("eight", "said"), [8, 1], [1, 1, 1])],
)
def test_what_is_entered_is_counted(
    names: tuple[str, ...], given: list[int], entered: list[int], tmp_path: Path
) -> None:
    found = run(Module.parse(module()).counting(COUNTERS), tmp_path, *names)
    assert found == {"given": given, "entered": entered, "flag": 0}


def test_what_is_cut_out_traps_and_says_so(tmp_path: Path) -> None:
    data = Module.parse(module()).cut(lambda number: number != 0, FLAG)
    assert run(data, tmp_path, "said") == {"given": [1], "entered": [0, 0, 0], "flag": 0}
    assert run(data, tmp_path, "eight", "said") == {"given": ["unreachable", 1], "entered": [0, 0, 0], "flag": 1}


def test_all_that_is_kept_stays_as_it_is() -> None:
    before, after = Module.parse(module()), Module.parse(Module.parse(module()).cut(lambda _: True, FLAG))
    assert after.bodies[:-1] == before.bodies
    changed = {kind for (kind, a), (_, b) in zip(before.sections, after.sections, strict=True) if a != b}
    assert changed == {1, 3, 10}


@pytest.mark.parametrize("data", [b"", b"\0asm", b"PK\3\4", module()[:-3], module()[:60]])
def test_no_module(data: bytes) -> None:
    with pytest.raises(SiteError, match="Install edgeweb again"):
        Module.parse(data)


def test_the_same_bits_make_the_same_runtime() -> None:
    web = webdist.find()
    whole = b"".join(web.path(file).read_bytes() for file in web.runtimes["wasm"].wasm)
    bits = bytes(range(256)) * (len(Module.parse(whole).bodies) // 2048 + 1)
    once, again = (specialise.cut(Module.parse(whole), bits) for _ in range(2))
    assert once == again
    assert len(once) < len(whole)


@pytest.mark.parametrize("value", [0, 1, 63, 64, 127, 128, 8191, 8192, 1_126_528, 2**31 - 1])
def test_numbers(value: int) -> None:
    assert wasm.unsigned(wasm.encoded(value), 0) == (value, len(wasm.encoded(value)))
    # Read as unsigned, a positive signed number has the same bits.
    assert wasm.unsigned(wasm.signed(value), 0)[0] == value
