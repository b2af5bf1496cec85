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
from edgeweb.runtime import profiling, restored, specialise, wasm_code, wasm_image
from edgeweb.runtime.wasm import FLAG, Module
from tiny import ROOT

BEFORE = "1.29.0"
PINNED = ROOT / "web" / "node_modules" / "onnxruntime-web"
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

# Takes the memory as a worker would; its glue instantiates a module that is compiled already.
TAKE = """
import { pathToFileURL } from 'node:url'
import { readFileSync } from 'node:fs'
const [folder, wasm, model, before, channel] = process.argv.slice(2)
const instantiate = WebAssembly.instantiate.bind(WebAssembly)
;(0, eval)(readFileSync(before, 'utf8'))
const watched = WebAssembly.instantiate
const module = new WebAssembly.Module(readFileSync(wasm))
WebAssembly.instantiate = async (_, imports) => {
  WebAssembly.instantiate = instantiate
  return { module, instance: await watched(module, imports) }
}
const ort = await import(pathToFileURL(`${folder}/dist/ort.wasm.min.mjs`))
ort.env.wasm.numThreads = 1
ort.env.wasm.wasmPaths = { mjs: pathToFileURL(`${folder}/dist/ort-wasm-simd-threaded.mjs`).href }
ort.env.wasm.wasmBinary = new Uint8Array(8)
const session = await ort.InferenceSession.create(readFileSync(model))
await session.run({ [session.inputNames[0]]: new ort.Tensor('float32', new Float32Array(4), [1, 4]) })
const line = new BroadcastChannel(channel)
line.onmessage = async ({ data: { kinds, data, ...rest } }) => {
  const base64 = (bytes) => Buffer.from(bytes).toString('base64')
  const told = JSON.stringify({ ...rest, kinds: base64(kinds), data: base64(await data.arrayBuffer()) })
  process.stdout.write(told, () => process.exit())
}
line.postMessage('image')
"""


@pytest.fixture(scope="module", params=["pinned", BEFORE])
def package(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if request.param == "pinned":
        return PINNED
    folder = tmp_path_factory.mktemp("package")
    command = ["npm", "pack", "--silent", f"onnxruntime-web@{BEFORE}"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode != 0:
        pytest.skip(f"onnxruntime-web {BEFORE} cannot be fetched")
    with tarfile.open(folder / done.stdout.split()[-1]) as archive:
        wanted = ("package.json", "ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
        archive.extractall(folder, [m for m in archive if m.name.endswith(wanted)], filter="data")
    return folder / "package"


def run(package: Path, wasm: bytes, model: Path, address: int, count: int, tmp_path: Path) -> dict[str, Any]:
    return node(RUN, package, wasm, tmp_path, model, address, count)


def node(script: str, package: Path, wasm: bytes, tmp_path: Path, *words: object) -> dict[str, Any]:
    (tmp_path / "run.mjs").write_text(script)
    (tmp_path / "runtime.wasm").write_bytes(wasm)
    command = [
        shutil.which("node") or "node",
        *map(str, (tmp_path / "run.mjs", package, tmp_path / "runtime.wasm", *words)),
    ]
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


def test_a_start_is_stored_by_the_same_pin(package: Path, tmp_path: Path) -> None:
    """The memory that one instance leaves is what another begins with: its session answers without the model."""
    module = Module.parse((package / "dist" / "ort-wasm-simd-threaded.wasm").read_bytes())
    model = tiny.saved(tmp_path, tiny.linear())
    names = wasm_image.exported((package / "dist" / "ort-wasm-simd-threaded.mjs").read_text())
    (tmp_path / "before.js").write_text(restored.taking(names, []))
    wasm = wasm_image.with_globals(module).encoded({})
    told = node(TAKE, package, wasm, tmp_path, model, tmp_path / "before.js", profiling.CHANNEL)
    taken = restored.Taken.of(told, module)
    (tmp_path / "none.onnx").write_bytes(b"0")
    begins = wasm_image.restoring(module, taken.everything, names, FLAG)
    whole = run(package, module.encoded({}), model, 0, 0, tmp_path)
    address = profiling.counters(module)
    count = len(begins.bodies)
    again = run(package, begins.counting(address), tmp_path / "none.onnx", address, count, tmp_path)
    assert again["answer"] == whole["answer"]
    entered = {place for place, byte in enumerate(base64.b64decode(again["entered"])) if byte}
    assert 100 < len(entered) < 1000
    # Cut to that it still answers, and reading what it reads is noted while it does.
    stays = entered | wasm_image.replaced(module, names) | {count - 1}
    assert (
        run(package, wasm_image.shipped(begins, stays, FLAG), tmp_path / "none.onnx", 0, 0, tmp_path)["answer"]
        == whole["answer"]
    )
    noting = wasm_code.reading(begins, sorted(entered - wasm_image.replaced(module, names) - {count - 1}), address)
    noted = run(package, noting.encoded({}), tmp_path / "none.onnx", address, len(taken.kinds), tmp_path)
    assert noted["answer"] == whole["answer"]
    read = base64.b64decode(noted["entered"])
    assert set(read) == {0, 1}
    assert 200 < sum(read) < 0.1 * sum(kind > 0 for kind in taken.kinds)
