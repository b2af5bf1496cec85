"""The examples: each becomes the site that examples/README.md promises."""

from __future__ import annotations

from pathlib import Path

import edgeweb
import pytest
from make_example import ROOT, made

SHARED = ROOT.parent / "shared"


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


@pytest.mark.thorough
def test_pictures_in_folders_say_what_a_smaller_model_costs(tmp_path: Path) -> None:
    here = made("pictures", tmp_path)
    site = edgeweb.build(here / "model.onnx", out=tmp_path / "dist", data=here / "pictures")
    manifest = site.manifest
    assert manifest.task == "image-classification" and manifest.image is not None
    assert (
        manifest.image.pad == "black-on-white" and manifest.labels == (here / "labels.txt").read_text().split("\n")[:-1]
    )
    assert manifest.variants[0].wire_bytes < (here / "model.onnx").stat().st_size / 5
    assert not [each for each in manifest.evidence if each.source == "assumed"]
    assert "accuracy" in (site.path / "report.json").read_text("utf-8")


@pytest.mark.thorough
def test_a_gallery_has_its_paintings_as_vectors(tmp_path: Path) -> None:
    here = made("gallery", tmp_path)
    site = edgeweb.build(here / "model.onnx", out=tmp_path / "dist")
    gallery = site.manifest.gallery
    assert site.manifest.task == "image-embedding" and gallery is not None and gallery.width == 64
    assert gallery.ids == sorted(path.stem for path in (here / "paintings").iterdir())
    assert len(gallery.sizes) == len(gallery.ids) == 72
    assert not [each for each in site.manifest.evidence if each.source == "assumed"]


def published(*way: str) -> Path:
    """A model of the collection, as its makers publish it."""
    found = SHARED.joinpath(*way)
    if not found.exists():
        pytest.skip(f"{found} is absent")
    return found


def test_a_vowel_is_heard_from_what_the_configuration_says(tmp_path: Path) -> None:
    # Of so few sounds it learns little, but the same model.
    here = made("speech", tmp_path, "24")
    site = edgeweb.build(here / "model.onnx", out=tmp_path / "dist")
    manifest = site.manifest
    assert (manifest.task, manifest.title) == ("audio-classification", "Which vowel do you say?")
    assert manifest.labels and len(manifest.labels) == 5 and manifest.labels[-1] == "no vowel"
    assert not [each for each in manifest.evidence if each.source == "assumed"]


@pytest.mark.thorough
def test_a_drawing_is_made_of_a_picture_as_a_whole(tmp_path: Path) -> None:
    here = made("style", tmp_path, "2")
    site = edgeweb.build(here / "model.onnx", out=tmp_path / "dist", precision="fp32")
    manifest = site.manifest
    assert (manifest.task, len(manifest.examples or [])) == ("image-to-image", 2)
    assert manifest.image is not None and (manifest.image.height, manifest.image.width) == (240, 320)
    assert not [each for each in manifest.evidence if each.source == "assumed"]


@pytest.mark.thorough
def test_a_published_detector_has_the_names_of_what_it_finds(tmp_path: Path) -> None:
    model = published("models", "yolox-nano-coco", "model.onnx")
    config = ROOT / "examples" / "detector" / "edgeweb.toml"
    site = edgeweb.build(model, out=tmp_path / "dist", config=config, precision="fp32")
    assert site.manifest.task == "object-detection" and len(site.manifest.labels or []) == 80
    assert not [each for each in site.manifest.evidence if each.source == "assumed"]


@pytest.mark.thorough
def test_a_folder_of_whisper_writes_what_is_said(tmp_path: Path) -> None:
    folder = published("hub", "whisper")
    config = ROOT / "examples" / "dictation" / "edgeweb.toml"
    site = edgeweb.build(folder, out=tmp_path / "dist", config=config, precision="fp32")
    assert (site.manifest.task, site.manifest.title) == ("automatic-speech-recognition", "Write down what is said")
