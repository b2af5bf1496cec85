"""Lines of edgeweb.toml: each stands alone, parses to what was meant, and is taken by the configuration."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from edgeweb import config
from edgeweb.tasks import settle

IMAGENET = '[input."pixel values"]\nmean = [0.485, 0.456, 0.406]\nstd = [0.229, 0.224, 0.225]'


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('task = "image-regression"', ['task = "image-regression"']),
        ("[output.y]\nsoftmax = true", ["output.y.softmax = true"]),
        (
            IMAGENET,
            ['input."pixel values" = { mean = [0.485, 0.456, 0.406], std = [0.229, 0.224, 0.225] }'],
        ),
        ('[input."a.b\\"c"]\ncolumns = ["x\\ty", "z"]', ['input."a.b\\"c".columns = ["x\\u0009y", "z"]']),
        ('task = "tensors"\n[detect]\nthreshold = 1e-5', ['task = "tensors"', "detect.threshold = 1e-05"]),
    ],
)
def test_each_line_says_what_the_table_says(text: str, lines: list[str]) -> None:
    assert settle.lines(text) == lines
    assert settle.merged(*(tomllib.loads(line) for line in lines)) == tomllib.loads(text)


def test_the_configuration_takes_a_line_for_every_table(tmp_path: Path) -> None:
    whole = 'labels = ["a"]\n[input.x]\nsize = [4, 4]\nmean = [0.5]\n[output.y]\nsoftmax = true\n[audio]\nrate = 16000'
    for text in (IMAGENET, *whole.split("\n[")):
        for line in settle.lines(text if text.startswith(("[", "labels")) else f"[{text}"):
            file = tmp_path / "edgeweb.toml"
            file.write_text(line, "utf-8")
            assert config.read(file) != config.Config()


@pytest.mark.parametrize("name", ["x", "data:0", 'a"b\\', "é ü", "x\n\u202e\x7f\x1b", "", "\U0001f600\U000e0041"])
def test_whatever_a_model_calls_its_parts_stays_plain_text(name: str) -> None:
    text = settle.toml(("input", name), columns=[name, "n"], crop_from=[1, 2])
    assert tomllib.loads(text) == {"input": {name: {"columns": [name, "n"], "crop-from": [1, 2]}}}
    assert all(line.isprintable() for line in (*text.splitlines(), *settle.lines(text)))
    assert settle.merged(*(tomllib.loads(line) for line in settle.lines(text))) == tomllib.loads(text)


def test_a_file_has_its_comments_above_and_its_tables_last() -> None:
    tree = settle.merged({"input": {"x": {"mean": [0.5]}}}, {"title": "A", "input": {"x": {"mean": [1], "std": [2]}}})
    text = settle.file(tree, {("input", "x", "std"): "why\nso"})
    assert text == 'title = "A"\n\n[input.x]\nmean = [0.5]\n# why so\nstd = [2]'
    assert tomllib.loads(text) == tree
