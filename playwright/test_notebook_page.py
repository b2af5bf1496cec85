"""preview() in a real JupyterLab: a cell builds and shows, the page in its frame answers, and ends with the kernel.

JupyterLab is no dependency of the tests; the variable EDGEWEB_JUPYTER names a Python that has it.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy
import pytest
from harness import ROOT, environment
from playwright.sync_api import Browser, Page, expect
from visits import fresh

PYTHON = os.environ.get("EDGEWEB_JUPYTER", "")
SAMPLE = ROOT / "builder" / "edgeweb" / "sample"
# The kernel is the other Python's, and has what edgeweb needs from this one.
CELL = """import os, sys
sys.path += {places!r}
os.environ["PYTHONPATH"] = os.pathsep.join({places!r})
import edgeweb
site = edgeweb.build("model/model.onnx", precision="fp32")
edgeweb.preview(site)"""
WITHIN_S = 60.0


def notebook(folder: Path) -> Path:
    places = [str(ROOT / "builder"), str(ROOT / "server"), str(Path(numpy.__file__).parents[1])]
    lines = CELL.format(places=places)
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": lines, "outputs": [], "execution_count": None}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = {"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path = folder / "birds.ipynb"
    path.write_text(json.dumps(content))
    return path


def reached(url: str) -> bytes | None:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return bytes(answer.read())
    except (urllib.error.URLError, ConnectionError):
        return None


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """The address of a JupyterLab over a folder with a notebook and a model."""
    if not PYTHON:
        pytest.skip("EDGEWEB_JUPYTER names no Python with JupyterLab")
    shutil.copytree(SAMPLE, tmp_path / "work" / "model")
    notebook(tmp_path / "work")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {name: str(tmp_path / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")}
    plain = {name: value for name, value in environment().items() if name != "PYTHONPATH"}
    words = [PYTHON, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}", "--IdentityProvider.token="]
    words += ["--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(words, cwd=tmp_path / "work", env={**plain, **own}, stdout=log, stderr=log)
    try:
        limit = time.monotonic() + WITHIN_S
        while reached(f"http://localhost:{port}/api") is None:
            assert time.monotonic() < limit and process.poll() is None, (tmp_path / "log").read_text()
            time.sleep(0.2)
        yield f"http://localhost:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def run_cell(page: Page, lab: str) -> str:
    """The address of what the cell shows."""
    page.goto(f"{lab}/lab/tree/birds.ipynb")
    # Before that a cell that is run is not.
    expect(page.get_by_role("button", name="| Idle")).to_be_visible(timeout=WITHIN_S * 1000)
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.press("Shift+Enter")
    shown = page.locator(".jp-OutputArea-output iframe")
    expect(shown).to_be_visible(timeout=WITHIN_S * 1000)
    return shown.get_attribute("src") or ""


@pytest.mark.thorough
def test_a_cell_shows_a_page_that_answers_and_ends_with_the_kernel(chromium: Browser, lab: str, tmp_path: Path) -> None:
    with fresh(chromium) as context:
        page = context.new_page()
        page.set_viewport_size({"width": 1280, "height": 1000})
        url = run_cell(page, lab)
        site = page.frame_locator(".jp-OutputArea-output iframe")
        picture = SAMPLE / "examples" / "example-3.png"
        site.locator("input[type=file]").first.set_input_files(picture, timeout=WITHIN_S * 1000)
        expect(site.locator("edgeweb-image .winner").first).to_be_visible(timeout=WITHIN_S * 1000)
        frame = next(each for each in page.frames if each.url.startswith(url))
        assert frame.evaluate("crossOriginIsolated") is False
        page.screenshot(path=tmp_path / "notebook.png")
        kernel = json.loads(reached(f"{lab}/api/kernels") or b"[]")[0]["id"]
        token = next(each["value"] for each in context.cookies(lab) if each["name"] == "_xsrf")
        done = context.request.delete(f"{lab}/api/kernels/{kernel}", headers={"X-XSRFToken": token})
        assert done.status == 204 and reached(url) is None
