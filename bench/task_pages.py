"""The two contestants of bench/tasks.py: a site as `edgeweb build FOLDER` makes it, and a page of Transformers.js with the
same files.

Each gives one answer as soon as it can and notes when it was there, then answers again when it is asked.
"""

from __future__ import annotations

import base64
import gzip
import json
import mimetypes
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import brotli
import edgeweb
from cold_start import Page, edgeweb_page

ROOT = Path(__file__).resolve().parent.parent
TRANSFORMERS = ROOT / "bench" / "transformers" / "node_modules"
# What Transformers.js takes for itself in Chromium, whichever device was asked for.
RUNTIME = ("ort-wasm-simd-threaded.asyncify.mjs", "ort-wasm-simd-threaded.asyncify.wasm")
# As edgeweb's own: a minute for this runtime, which is kept for the next run.
_BROTLI, _KEPT_FROM = 11, 1 << 20
# A host sends these as they are.
_PLAIN = (".onnx", ".onnx_data", ".data", ".png", ".wav")

# A file among the inputs comes as text.
_FILES = """
const file = ({ type, base64 }) => new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], { type })
const given = (value) => (value && value.base64 ? file(value) : value)
"""
OURS = (
    "(row) => {"
    + _FILES
    + """
  const input = row.input.base64 || typeof row.input !== 'object' ? given(row.input)
    : Object.fromEntries(Object.entries(row.input).map(([key, value]) => [key, given(value)]))
  document.addEventListener('edge-error', ({ detail }) => { globalThis.answered ??= 'error: ' + (detail?.message ?? detail) }, true)
  document.addEventListener('edge-ready', async ({ detail: model }) => {
    try {
      globalThis.once = async (maxTokens) => {
        let tokens = 0
        const result = await model.predict(input, { ...row.ours, ...(maxTokens ? { maxTokens } : {}), onText: (told) => { tokens = told.tokens } })
        if (result.task !== row.form) throw new Error(`the answer is ${result.task}, and not ${row.form}`)
        return Math.max(tokens, result.tokens ?? 0)
      }
      await globalThis.once(row.first)
      globalThis.answered = performance.now()
    } catch (error) { globalThis.answered = 'error: ' + (error?.message ?? error) }
  }, true)
}"""
)
THEIRS = "(row) => { globalThis.row = row }"
THEIR_PAGE = (
    """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Transformers.js</title><link rel="icon" href="data:,"></head>
<body><p id="result">loading</p>
<script type="module">
// As its documentation says for one's own host: no other one is asked.
import { env, pipeline, TextStreamer } from './transformers.min.js'
"""
    + _FILES
    + """
env.allowRemoteModels = false
env.allowLocalModels = true
env.localModelPath = '/models/'
const at = (name) => new URL(name, location.href).href
env.backends.onnx.wasm.wasmPaths = { mjs: at('RUNTIME_0'), wasm: at('RUNTIME_1') }
const row = globalThis.row
// It reads pictures and sounds from addresses.
const address = (value) => (value && value.base64 ? URL.createObjectURL(file(value)) : value)
try {
  const pipe = await pipeline(row.pipeline, 'model', { dtype: 'fp32', device: 'wasm' })
  globalThis.once = async (most) => {
    let tokens = 0
    const counts = row.counts ? { streamer: new TextStreamer(pipe.tokenizer, { skip_prompt: true, callback_function: () => {}, token_callback_function: (found) => { tokens += found.length } }) } : {}
    const result = await pipe(...row.arguments.map(address), { ...row.theirs, ...(most ? { max_new_tokens: most } : {}), ...counts })
    document.getElementById('result').textContent = JSON.stringify(result).slice(0, 200)
    return tokens
  }
  await globalThis.once(row.first)
  globalThis.answered = performance.now()
} catch (error) { globalThis.answered = 'error: ' + (error?.message ?? error) }
</script>
</body>
</html>
"""
)


@dataclass(frozen=True)
class Row:
    """A task on a folder. `ours`, `theirs`: options of each; `form`: of our result. `counts`: it writes tokens, whose
    speed is worth telling; `seconds`: of the sound that it hears. `first`: tokens of the first answer.
    """

    task: str
    folder: str
    input: Any
    form: str
    pipeline: str
    arguments: tuple[Any, ...]
    ours: dict[str, Any] = field(default_factory=dict)
    theirs: dict[str, Any] = field(default_factory=dict)
    counts: bool = False
    seconds: float = 0.0
    first: int = 0
    tokens: int = 0

    @property
    def said(self) -> dict[str, Any]:
        """What both pages are told."""
        keys = ("input", "form", "pipeline", "arguments", "ours", "theirs", "counts", "first")
        return {key: getattr(self, key) for key in keys}


def file(path: Path) -> dict[str, str]:
    """A file among the inputs."""
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return {"type": kind, "base64": base64.b64encode(path.read_bytes()).decode()}


def our_page(folder: Path, row: Row, out: Path) -> Page:
    """The site that a build makes of nothing but the folder."""
    site = edgeweb.build(folder, out, force=True)
    if site.manifest.task != row.task:
        raise RuntimeError(f"the site's task is {site.manifest.task}, and not {row.task}")
    page = edgeweb_page(site.path)
    return Page("edgeweb", page.folder, page.codings, page.headers, OURS)


def their_page(folder: Path, out: Path) -> Page:
    """A page of Transformers.js, its runtime and the folder's own files, all on the page's host."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    page = THEIR_PAGE
    for number, name in enumerate(RUNTIME):
        _put(TRANSFORMERS / "onnxruntime-web" / "dist" / name, out / name)
        page = page.replace(f"RUNTIME_{number}", name)
    _put(TRANSFORMERS / "@huggingface" / "transformers" / "dist" / "transformers.min.js", out / "transformers.min.js")
    for source in [*folder.iterdir(), *(folder / "onnx").glob("*")]:
        if source.is_file() and not source.name.startswith("expected"):
            graph = source.suffix == ".onnx" or ".onnx" in source.suffixes
            _put(source, out / "models" / "model" / ("onnx" if graph else "") / source.name)
    (out / "index.html").write_text(page, "utf-8")
    isolated = {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp"}
    rules = {"/*": {"Cache-Control": "public, max-age=3600"}, "/index.html": {"Cache-Control": "no-cache"}}
    headers = {source: {**rule, **isolated} for source, rule in rules.items()}
    return Page("Transformers.js", out, ("br", "gzip"), headers, THEIRS)


def _put(source: Path, target: Path) -> None:
    """A copy, with its compressed forms beside it where a host would send those."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    if target.name.endswith(_PLAIN):
        return
    Path(f"{target}.br").write_bytes(_smallest(source))
    Path(f"{target}.gz").write_bytes(gzip.compress(source.read_bytes(), 6, mtime=0))


def _smallest(source: Path) -> bytes:
    kept = ROOT / ".cache" / "bench" / f"{source.name}-{source.stat().st_size}.br"
    if kept.is_file():
        return kept.read_bytes()
    data = brotli.compress(source.read_bytes(), quality=_BROTLI)
    if source.stat().st_size > _KEPT_FROM:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(data)
    return data


def version() -> str:
    """Of Transformers.js."""
    package = TRANSFORMERS / "@huggingface" / "transformers" / "package.json"
    return str(json.loads(package.read_text("utf-8"))["version"])
