"""The browser half in two packages: what is there without the second, and what is said then."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest
from edgeweb.errors import SiteError, UsageError
from edgeweb.files import webdist
from edgeweb.files.webdist import WebDist
from edgeweb.trial import effort

import hatch_build


@pytest.fixture
def split(tmp_path: Path) -> WebDist:
    """Empty files of the same names, where the two wheels have them."""
    whole = webdist.find()
    ours, others = tmp_path / "web_dist", tmp_path / "edgeweb_runtime" / "assets"
    apart = hatch_build.apart(hatch_build.index(whole.folder))
    for name in whole.assets:
        folder = others if name in apart else ours / "assets"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return dataclasses.replace(whole, folder=ours, apart=others)


def test_each_asset_is_found_in_its_package(split: WebDist) -> None:
    assert all(split.path(name).is_file() for name in split.assets)
    assert split.gpu and split.pyodide
    plain = split.runtimes["wasm"]
    assert {split.path(name).parent.parent.name for name in plain.all} == {"web_dist"}


@pytest.mark.parametrize("folder", [None, Path("another/version")])
def test_without_the_second_package_one_line_says_what_to_type(
    folder: Path | None, split: WebDist, monkeypatch: pytest.MonkeyPatch
) -> None:
    lone = dataclasses.replace(split, apart=folder)
    monkeypatch.setattr(webdist, "_apart", lambda: folder)
    why = (
        "edgeweb-runtime is not installed" if folder is None else "the installed edgeweb-runtime is of another version"
    )
    backends, notes = effort.available(["wasm", "webgpu", "webnn"], lone)
    assert backends == ["wasm"]
    assert notes == [f"for processors alone, though a GPU could help: {why}; to add it, {webdist.install()}"]
    assert effort.available(["wasm"], lone) == (["wasm"], [])
    with pytest.raises(UsageError) as raised:
        webdist.check_pyodide(lone, "own.py")
    assert str(raised.value).endswith(f"{why[0].upper() if folder else 'e'}{why[1:]}. Run: {webdist.install()}.")


def test_with_it_nothing_is_left_out(split: WebDist) -> None:
    assert effort.available(["wasm", "webgpu", "webnn"], split) == (["wasm", "webgpu", "webnn"], [])
    webdist.check_pyodide(split, "own.py")


def test_a_browser_half_that_is_not_whole_says_what_to_do(web: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(web, tmp_path / "web")
    (copy / "sw.js").unlink()
    with pytest.raises(SiteError, match=r"not whole.*sw\.js is missing.*Run: make setup"):
        webdist.read(copy)
    (copy / "index.json").write_text("{}")
    with pytest.raises(SiteError, match=r"another version.*Run: make setup"):
        webdist.read(copy)


def test_a_checkout_without_the_browser_half_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(webdist, "__file__", str(tmp_path / "a" / "b" / "c" / "webdist.py"))
    with pytest.raises(SiteError, match="Run: make setup"):
        webdist.find()
