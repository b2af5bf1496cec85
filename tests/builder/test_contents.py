"""What a site calls itself, from the name of the model's file or its folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from edgeweb import contents


@pytest.mark.parametrize(
    ("path", "title", "slug"),
    [
        ("birds/finder.onnx", "Finder", "finder"),
        ("birds/bird-finder_v2.1.onnx", "Bird finder v2 1", "bird-finder-v2-1"),
        ("birds/ÉtéModel.onnx", "ÉtéModel", "t-model"),
        # A name that says nothing: that of the folder, in the Hub's layout of the one around it.
        ("bird finder/model.onnx", "Bird finder", "bird-finder"),
        ("bird finder/MODEL.onnx", "Bird finder", "bird-finder"),
        ("bird finder/onnx/model_quantized.onnx", "Bird finder", "bird-finder"),
        ("bird finder/onnx/owl.onnx", "Owl", "owl"),
        ("birds/models.onnx", "Models", "models"),
        ("---/model.onnx", "Model", "model"),
        ("birds/???.onnx", "???", "model"),
        ("birds/a\x07b\udcff.onnx", "A b", "a-b"),
        (f"birds/{'x' * 70}.onnx", "X" + "x" * 69, "x" * 60),
    ],
)
def test_titles_and_names(path: str, title: str, slug: str, tmp_path: Path) -> None:
    found = contents.title_of(tmp_path / path)
    assert found == title
    assert contents._slug(found) == slug
