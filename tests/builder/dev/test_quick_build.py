"""A quick build: the same site and the same answers, without the search, the cut runtime and anything compressed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import tiny
from edgeweb.recipe import Site
from edgeweb.search import latency, search_child

Build = Callable[..., Site]


def test_nothing_is_searched_cut_or_compressed(build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = tiny.saved(tmp_path / "owls", tiny.picture())
    (tmp_path / "owls" / "edgeweb.toml").write_text('[compress]\nmax-size = "10B"\nmin-agreement = 1.0\n')

    def never(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(search_child, "smallest", never)
    monkeypatch.setattr(latency, "judged", never)
    site = build(picture, quick=True)
    assert not [path for path in site.path.rglob("*") if path.suffix in (".br", ".gz")]
    assert all(not entry.encodings for entry in site.manifest.files.values())
    assert site.manifest.runtimes["wasm"].cut is None
    form = site.manifest.variants[0]
    assert [Path(name).suffix for name in form.files] == [".onnx"]
    assert form.wire_bytes == sum((site.path / name).stat().st_size for name in form.files)
    assert "edgeweb dev" in str(site.report["compression"]["declined"])


def test_the_pages_and_the_golden_numbers_are_those_of_the_whole_build(build: Build, tmp_path: Path) -> None:
    table = tiny.saved(tmp_path / "iris", tiny.linear())
    quick = build(table, tmp_path / "quick", quick=True)
    whole = build(table, tmp_path / "whole")
    assert quick.manifest.golden == whole.manifest.golden
    assert quick.manifest.tabular == whole.manifest.tabular
    assert quick.manifest.evidence == whole.manifest.evidence
    for name in ("headers.json", "sw.js", quick.manifest.script, quick.manifest.interface):
        assert (quick.path / name).read_bytes() == (whole.path / name).read_bytes()


def test_a_site_with_python_of_its_own_has_nothing_compressed_either(build: Build, tmp_path: Path) -> None:
    table = tiny.saved(tmp_path / "iris", tiny.linear())
    (tmp_path / "own.py").write_text("def postprocess(outputs, model):\n    return {'tensors': 1}\n")
    site = build(table, hooks=tmp_path / "own.py", quick=True)
    assert site.manifest.hooks is not None and site.manifest.python is not None
    assert not [path for path in site.path.rglob("*") if path.suffix in (".br", ".gz")]
