"""Every model gives its known outputs in a real browser, with 1 and 2 threads, and asks nobody else; its smaller form nearly."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from harness import SHARED, Served, Watched, edgeweb
from numpy.typing import NDArray
from onnx import numpy_helper

Array = NDArray[Any]
MODELS = SHARED / "models"
SEARCHED_BYTES, LARGE_BYTES = 20_000, 1_000_000
pytestmark = pytest.mark.skipif(not MODELS.is_dir(), reason=f"the shared models are not at {MODELS}")

# Feeds go in and outputs come back as base64: the page's own calls to run() see plain typed arrays.
READY = """globalThis.pageModel = new Promise((resolve, reject) => {
  document.addEventListener('edge-ready', (event) => resolve(event.detail), true)
  document.addEventListener('edge-error', (event) => reject(event.detail), true)
})"""
RUN = """async ([threads, cases]) => {
  const { load } = await import('./edgeweb.js')
  // The page's own model first; what it chose for this machine need not be loaded again.
  const model = threads === null ? await globalThis.pageModel : await load(undefined, { threads })
  const kinds = { float32: Float32Array, float64: Float64Array, int8: Int8Array, uint8: Uint8Array, int16: Int16Array,
    uint16: Uint16Array, int32: Int32Array, uint32: Uint32Array, int64: BigInt64Array, uint64: BigUint64Array, bool: Uint8Array,
    float16: Uint16Array }
  const array = (type, text) => new kinds[type](Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer)
  const text = (data) => {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    let out = ''
    for (let i = 0; i < bytes.length; i += 0x8000) out += String.fromCharCode(...bytes.subarray(i, i + 0x8000))
    return btoa(out)
  }
  const answers = []
  for (const feeds of cases) {
    const given = Object.fromEntries(Object.entries(feeds).map(([name, { type, dims, data }]) =>
      [name, { type, dims, data: type === 'string' ? data : array(type, data) }]))
    const outputs = await model.run(given)
    answers.push(Object.entries(outputs).map(([name, { type, dims, data }]) =>
      ({ name, type, dims, data: type === 'string' ? data : text(data) })))
  }
  if (threads !== null) await model.close()
  return { backend: model.backend, answers, isolated: crossOriginIsolated }
}"""


@dataclass(frozen=True)
class Case:
    feeds: dict[str, Array]
    expected: dict[str, Array]


def whole_models() -> Iterator[Any]:
    """`make test` leaves out the larger ones, most of which other tests ask on their pages."""
    for meta in sorted(MODELS.glob("*/meta.json")):
        large = json.loads(meta.read_text())["total_weight_bytes"] > LARGE_BYTES
        yield pytest.param(meta.parent.name, marks=[pytest.mark.thorough] if large else [])


def operator_tests() -> list[dict[str, Any]]:
    index = MODELS / "_onnx-node-tests" / "index.json"
    return list(json.loads(index.read_text())["tests"]) if index.is_file() else []


def npz_cases(folder: Path) -> Iterator[Case]:
    for inputs in sorted(folder.glob("inputs*.npz")):
        with np.load(inputs) as feeds, np.load(inputs.with_name(inputs.name.replace("inputs", "expected"))) as expected:
            yield Case(dict(feeds), dict(expected))


def pb_case(folder: Path) -> Case:
    graph = onnx.load(folder / "model.onnx", load_external_data=False).graph

    def read(kind: str, names: list[str]) -> dict[str, Array]:
        found = {}
        for number, name in enumerate(names):
            tensor = onnx.TensorProto.FromString((folder / "test_data_set_0" / f"{kind}_{number}.pb").read_bytes())
            found[name] = numpy_helper.to_array(tensor)
        return found

    return Case(read("input", [v.name for v in graph.input]), read("output", [v.name for v in graph.output]))


def packed(array: Array) -> dict[str, Any]:
    if array.dtype.kind in "OUS":
        texts = [t.decode() if isinstance(t, bytes) else str(t) for t in array.ravel()]
        return {"type": "string", "dims": list(array.shape), "data": texts}
    data = base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
    return {"type": str(array.dtype).replace("bool_", "bool"), "dims": list(array.shape), "data": data}


def unpacked(answer: dict[str, Any]) -> Array:
    if answer["type"] == "string":
        return np.array(answer["data"], dtype=object).reshape(answer["dims"])
    return np.frombuffer(base64.b64decode(answer["data"]), dtype=answer["type"]).reshape(answer["dims"])


def assert_close(expected: Array, actual: Array, rtol: float, atol: float, cosine: float) -> None:
    assert actual.shape == expected.shape
    if expected.dtype.kind in "OUS":
        assert [str(t) for t in actual.ravel()] == [
            t.decode() if isinstance(t, bytes) else str(t) for t in expected.ravel()
        ]
    elif cosine and expected.dtype.kind == "f":
        a, b = expected.astype(float).ravel(), actual.astype(float).ravel()
        assert a @ b / np.sqrt((a @ a) * (b @ b)) >= cosine
    else:
        np.testing.assert_allclose(actual.astype(float), expected.astype(float), rtol=rtol, atol=atol, equal_nan=True)


def check(
    site: Served, watch: Callable[..., Watched], cases: list[Case], tolerance: dict[str, float], cosine: float = 0
) -> None:
    feeds = [{name: packed(array) for name, array in case.feeds.items()} for case in cases]
    watched = watch()
    watched.page.add_init_script(READY)
    watched.page.goto(site.url)
    done: set[int] = set()
    for threads in (None, 1, 2):
        if threads in done:
            continue
        found = watched.page.evaluate(RUN, [threads, feeds])
        assert found["isolated"]
        assert threads in (None, found["backend"]["threads"])
        done.add(found["backend"]["threads"])
        assert found["backend"]["parity"] == "passed"
        for case, answers in zip(cases, found["answers"], strict=True):
            outputs = {answer["name"]: unpacked(answer) for answer in answers}
            for name, expected in case.expected.items():
                assert_close(expected, outputs[name], tolerance["rtol"], tolerance["atol"], cosine)
    assert watched.foreign(site.url) == []
    # Chromium's own word when a page asks for a GPU and there is none.
    quiet: tuple[str, ...] = ("log", "debug", "info", "warning: No available adapters.")
    # Without a browser at the build the runtime is cut to what models like it needed: what this one needs besides traps first.
    if any("cut to the model" in why for why in found["backend"]["why"]):
        quiet += ("error: worker sent an error! wasm://", "pageerror: ")
    assert [line for line in watched.console if not line.startswith(quiet)] == []


@pytest.mark.parametrize("name", list(whole_models()))
def test_whole_model(name: str, tmp_path: Path, serve: Callable[[Path], Served], watch: Callable[..., Watched]) -> None:
    folder = MODELS / name
    meta = json.loads((folder / "meta.json").read_text())
    # As a visitor gets it: without data to judge on, weights keep about nine bits. Of a larger model the search takes minutes.
    small = max(meta["model_bytes"], meta.get("total_weight_bytes", 0)) < SEARCHED_BYTES
    built = edgeweb(
        "build", folder / "model.onnx", "-o", tmp_path / "site", *([] if small else ["--precision", "fp32"])
    )
    assert built.returncode == 0, built.stderr
    (variant,) = json.loads((tmp_path / "site" / "edgeweb.json").read_text())["variants"]
    # Int8 arithmetic differs a little between processors; its embeddings are compared by direction, as their notes say.
    quantized = "DynamicQuantizeLinear" in meta["ops"]
    cosine = 0.98 if quantized else 0.999 if variant["id"] == "stored" else 0
    check(serve(tmp_path / "site"), watch, list(npz_cases(folder)), meta["tolerance"], cosine)


@pytest.mark.parametrize("test", operator_tests(), ids=lambda test: str(test["name"]))
def test_operator(
    test: dict[str, Any], tmp_path: Path, serve: Callable[[Path], Served], watch: Callable[..., Watched]
) -> None:
    folder = MODELS / "_onnx-node-tests" / test["name"]
    # Smaller forms are what whole models are for: to look for one of a single operator takes most of the time.
    built = edgeweb("build", folder / "model.onnx", "-o", tmp_path / "site", "--precision", "fp32")
    if test["web_run"] != "ok":
        assert built.returncode == 2
        assert built.stderr.splitlines()[-1].startswith("error: ")
        assert "sequence" in built.stderr
        assert not (tmp_path / "site").exists()
        return
    assert built.returncode == 0, built.stderr
    check(serve(tmp_path / "site"), watch, [pb_case(folder)], {"rtol": 1e-3, "atol": 1e-4})
