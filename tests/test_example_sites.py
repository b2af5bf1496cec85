"""The examples that make their own model: each becomes the site that examples/README.md promises."""

from __future__ import annotations

from pathlib import Path

import edgeweb
import pytest
from make_example import made


@pytest.fixture(autouse=True)
def untimed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEWEB_BROWSER", "none")


def test_a_pipeline_over_a_table_asks_for_each_column(tmp_path: Path) -> None:
    here = made("table", tmp_path)
    site = edgeweb.build(here / "model.onnx", out=tmp_path / "dist", data=here / "rows.csv")
    manifest = site.manifest
    assert (manifest.task, manifest.title) == ("tabular-regression", "How many bicycles will be out?")
    assert [each.name for each in manifest.inputs] == ["temperature", "rain", "hour", "day", "season"]
    assert [each.name for each in manifest.outputs] == ["bicycles"]
    assert manifest.golden and not [each for each in manifest.evidence if each.source == "assumed"]


@pytest.mark.thorough
def test_a_search_has_its_texts_as_a_gallery(tmp_path: Path) -> None:
    here = made("search", tmp_path)
    site = edgeweb.build(here / "model", out=tmp_path / "dist")
    gallery = site.manifest.gallery
    assert site.manifest.task == "text-embedding" and gallery is not None
    texts = (here / "model" / "texts.txt").read_text("utf-8").splitlines()
    assert gallery.ids == texts and len(texts) > 200
    assert not [each for each in site.manifest.evidence if each.source == "assumed"]
