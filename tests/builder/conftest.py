"""A browser half of a few bytes, so that a build in a test takes as long as its model."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import brotli
import pytest
from edgeweb import recipe
from edgeweb.files import webdist
from edgeweb.recipe import Site
from edgeweb.search import search_child

# A standard library of four modules: which imports which, and that every site has `os`.
MODULES = {"os": ["stat"], "stat": [], "email": [], "email.message": ["email"]}


def _library() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as target:
        for name in MODULES:
            target.writestr(zipfile.ZipInfo(f"{name.replace('.', '/')}.pyc"), name * 100)
    return archive.getvalue()


ASSETS = {
    "edgeweb-1.js": b"export const load = 1\n" * 20,
    "ui-image-1.js": b"export const a = 1\n" * 20,
    "ui-values-1.js": b"export const v = 1\n" * 20,
    "ui-tabular-1.js": b"export const b = 1\n" * 20,
    "ui-tensors-1.js": b"export const c = 1\n" * 20,
    "worker-wasm-1.js": b"self.onmessage = null\n" * 20,
    "ort-wasm-1.wasm": bytes(5000),
    "ort-wasm-1.mjs": b"export default null\n" * 20,
    "worker-jspi-1.js": b"self.onmessage = 1\n" * 20,
    "ort-jspi-1.wasm": bytes(6000),
    "ort-jspi-1.mjs": b"export default 1\n" * 20,
    "worker-asyncify-1.js": b"self.onmessage = 2\n" * 20,
    "ort-asyncify-1.wasm": bytes(7000),
    "ort-asyncify-2.wasm": b"1" * 7000,
    "ort-asyncify-1.mjs": b"export default 2\n" * 20,
    "ui-text-1.js": b"export const e = 1\n" * 20,
    "text-1.js": b"export const open = 1\n" * 20,
    "ui-hooks-1.js": b"export const d = 1\n" * 20,
    "worker-python-1.js": b"self.onmessage = 3\n" * 20,
    "pyodide-1.mjs": b"export default 3\n" * 20,
    "python-1.mjs": b"export default 4\n" * 20,
    "pyodide-1.wasm": bytes(8000),
    "library-1.zip": _library(),
}


@pytest.fixture(scope="session")
def web(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like web/dist."""
    folder = tmp_path_factory.mktemp("web")
    (folder / "assets").mkdir()
    for name, data in ASSETS.items():
        (folder / "assets" / name).write_bytes(data)
        (folder / "assets" / f"{name}.br").write_bytes(brotli.compress(data))
        (folder / "assets" / f"{name}.gz").write_bytes(gzip.compress(data, mtime=0))
    (folder / "inline.js").write_text("const begun = 1")
    (folder / "inline.css").write_text("body{margin:0}")
    (folder / "edgeweb.d.ts").write_text("export {}\n")
    for suffix, data in (("", b"MIT\n"), (".br", brotli.compress(b"MIT\n")), (".gz", gzip.compress(b"MIT\n", mtime=0))):
        (folder / f"THIRD_PARTY_NOTICES.txt{suffix}").write_bytes(data)
    modules = {name: {"file": f"{name.replace('.', '/')}.pyc", "imports": found} for name, found in MODULES.items()}
    (folder / "library.json").write_text(json.dumps({"modules": modules, "used": ["os"]}))
    (folder / "sw.js").write_text("self.oninstall = null\n")
    shutil.copytree(Path(__file__).parents[2] / "web" / "strings", folder / "strings")
    runtimes = {
        name: {
            "version": "1.30.0",
            "worker": f"worker-{name}-1.js",
            "glue": f"ort-{name}-1.mjs",
            "wasm": [asset for asset in sorted(ASSETS) if asset.startswith(f"ort-{name}") and asset.endswith(".wasm")],
        }
        for name in ("wasm", "jspi", "asyncify")
    }
    whole = {
        "edgeweb": "edgeweb-1.js",
        "interfaces": {kind: f"ui-{kind}-1.js" for kind in ("image", "values", "tabular", "text", "tensors", "hooks")},
        "runtimes": runtimes,
        "text": "text-1.js",
        "python": {
            "version": "314.0.7",
            "worker": "worker-python-1.js",
            "glue": "python-1.mjs",
            "linking": "pyodide-1.mjs",
            "wasm": ["pyodide-1.wasm"],
            "library": "library-1.zip",
        },
        "assets": sorted(ASSETS),
    }
    (folder / "index.json").write_text(json.dumps(whole))
    return folder


@pytest.fixture(autouse=True)
def untimed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Builds in tests start no browser, unless a test asks for one: what ships must not depend on the machine."""
    monkeypatch.setenv("EDGEWEB_BROWSER", "none")


@pytest.fixture
def small_web(web: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Builds in this process take the small browser half."""
    monkeypatch.setattr(webdist, "find", lambda: webdist.read(web))


def _built(path: Path, out: Path, **options: Any) -> Site:
    site = recipe.build(path, out, **options)
    assert search_child.DEFECT not in str(site.report["compression"]["declined"])
    return site


@pytest.fixture
def build(small_web: None, tmp_path: Path) -> Callable[..., Site]:
    """`recipe.build` into a folder of the test's own, unless it names one; a defect in the search fails here."""
    return lambda path, out=None, **options: _built(path, out or tmp_path / "dist", **options)


@pytest.fixture(scope="session")
def build_once(web: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Site]:
    """The same for sites that several tests read, and none changes."""

    def run(path: Path, out: Path | None = None, **options: Any) -> Site:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("EDGEWEB_BROWSER", "none")
            patch.setattr(webdist, "find", lambda: webdist.read(web))
            return _built(path, out or tmp_path_factory.mktemp("built") / "dist", **options)

    return run
