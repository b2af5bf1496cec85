"""What a site of a model of text carries, and the galleries that it cannot have."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from edgeweb.errors import ConfigError
from edgeweb.recipe import Site
from worded import text_models


def test_what_a_site_carries(build: Callable[..., Site], tmp_path: Path) -> None:
    model = text_models.sentiment(tmp_path / "Film mood")
    (tmp_path / "Film mood" / "onnx" / "lines.txt").write_text("good\n\nthe film was bad\n")
    (tmp_path / "Film mood" / "onnx" / "edgeweb.toml").write_text('examples = ["lines.txt", "A great film."]\n')
    site = build(model)
    text = site.manifest.text
    assert (site.manifest.title, site.manifest.labels) == ("Film mood", ["negative", "positive"])
    assert text is not None
    assert text.examples == ["good", "the film was bad", "A great film."]
    words = site.manifest.language
    assert words is not None
    assert site.manifest.files[words.script].role == "worker"
    kept = json.loads((site.path / words.file).read_bytes())
    assert kept["tokenizer"]["model"]["vocab"][:2] == ["[PAD]", "[UNK]"]
    index = (site.path / "index.html").read_text()
    assert words.script in index
    assert words.file in index
    # The proof is a sentence, and what judges smaller forms are sentences too.
    ids = next(each for each in site.manifest.golden[0].inputs if each.name == "input_ids")
    assert np.frombuffer(b64decode(ids.data or ""), np.int64).tolist()[0] == 2
    assert "8 sentences of edgeweb's own" in json.dumps(site.report)


def test_lines_of_text_judge_a_model_of_token_ids(build: Callable[..., Site], tmp_path: Path) -> None:
    (tmp_path / "lines.txt").write_text("good\nthe film was bad\nboring\n")
    site = build(text_models.sentiment(tmp_path / "m"), data=tmp_path / "lines.txt")
    assert "3 lines of lines.txt" in json.dumps(site.report)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("none.txt", b"\n \n", "It holds no text"),
        ("odd.txt", b"\xff\xfe", "not UTF-8"),
        ("head.csv", b"text,id\n", "It holds no text"),
        ("gone.txt", None, "No such file"),
    ],
)
def test_a_gallery_without_texts_is_refused(
    name: str, content: bytes | None, why: str, tmp_path: Path, build: Callable[..., Site]
) -> None:
    model = text_models.vectors(tmp_path / "model")
    if content is not None:
        (model.parent / name).write_bytes(content)
    (model.parent / "edgeweb.toml").write_text(f'gallery = "{name}"')
    with pytest.raises(ConfigError, match=why):
        build(model, precision="fp32")
