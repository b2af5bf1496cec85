"""The same cut on two published versions of ONNX Runtime Web, run by Node: what is pinned, and the one before."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest
import tiny
from edgeweb import profiling, specialise
from edgeweb.wasm import Module

BEFORE = "1.29.0"
PINNED = Path(__file__).parents[2] / "web" / "node_modules" / "onnxruntime-web"
RUN = """
import { pathToFileURL } from 'node:url'
import { readFileSync } from 'node:fs'
const [folder, wasm, model, address, count] = process.argv.slice(2)
const Memory = WebAssembly.Memory
let memory
WebAssembly.Memory = class extends Memory { constructor(how) { super(how); memory = this } }
const ort = await import(pathToFileURL(`${folder}/dist/ort.wasm.min.mjs`))
ort.env.wasm.numThreads = 1
ort.env.wasm.wasmPaths = { mjs: pathToFileURL(`${folder}/dist/ort-wasm-simd-threaded.mjs`).href }
ort.env.wasm.wasmBinary = readFileSync(wasm)
const session = await ort.InferenceSession.create(readFileSync(model))
const [name] = session.inputNames
const data = Float32Array.from({ length: 4 }, (_, i) => Math.sin(i))
const outputs = await session.run({ [name]: new ort.Tensor('float32', data, [1, 4]) })
const bytes = (array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('base64')
const answer = Object.values(outputs).map(({ data }) => bytes(data))
const entered = bytes(new Uint8Array(memory.buffer, Number(address), Number(count)).slice())
console.log(JSON.stringify({ version: ort.env.versions.web, answer, entered }))
"""


@pytest.fixture(params=["pinned", BEFORE])
def package(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "pinned":
        return PINNED
    command = ["npm", "pack", "--silent", f"onnxruntime-web@{BEFORE}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode != 0:
        pytest.skip(f"onnxruntime-web {BEFORE} cannot be fetched")
    with tarfile.open(tmp_path / done.stdout.split()[-1]) as archive:
        wanted = ("package.json", "ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
        archive.extractall(tmp_path, [m for m in archive if m.name.endswith(wanted)], filter="data")
    return tmp_path / "package"


def run(package: Path, wasm: bytes, model: Path, address: int, count: int, tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "run.mjs").write_text(RUN)
    (tmp_path / "runtime.wasm").write_bytes(wasm)
    words = [tmp_path / "run.mjs", package, tmp_path / "runtime.wasm", model, address, count]
    command = [shutil.which("node") or "node", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_one_pin_is_all_that_changes(package: Path, tmp_path: Path) -> None:
    module = Module.parse((package / "dist" / "ort-wasm-simd-threaded.wasm").read_bytes())
    model, count = tiny.saved(tmp_path, tiny.linear()), len(module.bodies)
    address = profiling.counters(module)
    whole = run(package, module.counting(address), model, address, count, tmp_path)
    counts = base64.b64decode(whole["entered"])
    assert set(counts) == {0, 1}
    bits = bytes(sum(byte << at for at, byte in enumerate(counts[start : start + 8])) for start in range(0, count, 8))
    cut = specialise.cut(module, bits)
    assert len(cut) < 0.4 * (package / "dist" / "ort-wasm-simd-threaded.wasm").stat().st_size
    again = run(package, cut, model, address, count, tmp_path)
    assert (again["version"], again["answer"]) == (whole["version"], whole["answer"])
    assert (whole["version"] == BEFORE) == (package != PINNED)
