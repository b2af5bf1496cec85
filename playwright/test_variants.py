"""A site with two variants: a visit fetches the one that its device uses, and takes the other where that is wrong."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import QUIET
from hosts import Host
from made import Made
from playwright.sync_api import Browser, Playwright

pytest_plugins = ("site_fixtures",)

SECOND = "assets/second.weights"
LOAD = """async (backend) => {
  const { load } = await import('../edgeweb.js')
  const model = await load('../', { backend })
  return model.backend
}"""


def two_variants(source: Path, out: Path, change: Callable[[dict[str, Any]], None] = lambda _: None) -> Path:
    """The site with its variant for WebAssembly alone, and a copy of it, in a file of its own, for every backend."""
    shutil.copytree(source, out)
    manifest = json.loads((out / "edgeweb.json").read_text("utf-8"))
    (variant,) = manifest["variants"]
    (path,) = variant["files"]
    shutil.copy(out / path, out / SECOND)
    manifest["files"][SECOND] = manifest["files"][path]
    manifest["variants"] = [
        {**variant, "id": "first", "backends": ["wasm"], "accelerate": False},
        {**variant, "id": "second", "files": [SECOND]},
    ]
    change(manifest)
    text = json.dumps(manifest | {"release": ""}, indent=1)
    release = hashlib.sha256(text.encode()).hexdigest()[:16]
    (out / "edgeweb.json").write_text(text.replace('"release": ""', f'"release": "{release}"'), "utf-8")
    return out


def spoil(manifest: dict[str, Any]) -> None:
    """The first variant is told to give other numbers than it does."""
    (case,) = manifest["golden"]
    # All zeros: what no output of these is.
    outputs = [{**out, "data": b64encode(bytes(len(b64decode(out["data"])))).decode()} for out in case["outputs"]]
    manifest["golden"].append({**case, "outputs": outputs})
    manifest["variants"][0]["golden"] = 1


def visit(browser: Browser, url: str, backend: str) -> tuple[dict[str, Any], list[str]]:
    """The backend that ran, and which files of the model were asked for. Not on the site's own page, which loads by itself."""
    context = browser.new_context(service_workers="block")
    try:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda it: asked.append(it.url))
        page.goto(url + "report/")
        found = page.evaluate(LOAD, backend)
    finally:
        context.close()
    return found, [address for address in asked if re.search(r"\.(weights|onnx)$", address)]


@pytest.fixture(scope="module")
def digits(made: Made) -> Path:
    return made("digits")


@pytest.fixture
def gpu(driver: Playwright) -> Iterator[Browser]:
    """A Chromium whose WebGPU is SwiftShader."""
    args = ["--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"]
    browser = driver.chromium.launch(executable_path=shutil.which("chromium") or "chromium", args=[*QUIET, *args])
    yield browser
    browser.close()


def test_a_visit_fetches_the_one_that_it_uses(
    chromium: Browser, gpu: Browser, digits: Path, host: Host, tmp_path: Path
) -> None:
    server = host(two_variants(digits, tmp_path / "site"))
    found, asked = visit(chromium, server.url, "auto")
    assert (found["name"], found["variant"]) == ("wasm", "first")
    assert len(asked) == 1 and not asked[0].endswith(SECOND)
    found, asked = visit(gpu, server.url, "webgpu")
    assert (found["name"], found["variant"], found["parity"]) == ("webgpu", "second", "passed")
    assert [address.endswith(SECOND) for address in asked] == [True]


def test_what_gives_other_numbers_is_left_for_the_next(
    chromium: Browser, digits: Path, host: Host, tmp_path: Path
) -> None:
    server = host(two_variants(digits, tmp_path / "site", spoil))
    found, _ = visit(chromium, server.url, "auto")
    assert (found["name"], found["variant"], found["parity"]) == ("wasm", "second", "passed")
    assert any(
        why.startswith("first was left out: On this device the model does not give the numbers") for why in found["why"]
    )
