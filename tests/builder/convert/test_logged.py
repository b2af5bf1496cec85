"""Folders that MLflow logs, without MLflow: which file is the model, what the MLmodel teaches, and hostile ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tiny
from edgeweb import recipe
from edgeweb.convert import flavors
from edgeweb.errors import ModelError, UsageError
from edgeweb.read import mlmodel, registered

NAMES = ["height", "width", "petals", "age"]
COLUMNS = json.dumps([{"type": "long" if name == "petals" else "double", "name": name} for name in NAMES])
WHOLE = f"""\
flavors:
  onnx:
    data: model.onnx
saved_input_example_info:
  artifact_path: input_example.json
signature:
  inputs: '{COLUMNS}'
"""


def _logged(folder: Path, text: str = WHOLE) -> Path:
    folder.mkdir(exist_ok=True)
    tiny.saved(folder, tiny.linear())
    (folder / "MLmodel").write_text(text)
    (folder / "input_example.json").write_text(json.dumps({"columns": NAMES, "data": [[1.5, 2.0, 5, 0.1]]}))
    return folder


def test_its_signature_and_its_example_teach_the_columns(tmp_path: Path) -> None:
    found = recipe.inspected(_logged(tmp_path / "flowers"))
    columns = found.plan.spec.columns
    assert [column.name for column in columns] == NAMES
    assert [column.value for column in columns] == [1.5, 2.0, 5.0, 0.1]
    assert [column.step for column in columns] == [None, None, 1.0, None]
    (said,) = (each for each in found.plan.evidence if each.claim == "columns")
    assert (said.source, said.origin) == ("file", "MLmodel")


def test_what_the_user_says_counts_for_more(tmp_path: Path) -> None:
    folder = _logged(tmp_path / "flowers")
    (folder / "edgeweb.toml").write_text('[input.x]\ncolumns = ["a", "b", "c", "d"]\n')
    found = recipe.inspected(folder)
    assert [column.name for column in found.plan.spec.columns] == ["a", "b", "c", "d"]
    (said,) = (each for each in found.plan.evidence if each.claim == "columns")
    assert said.source == "user"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "It names no flavors"),
        ("flavors: [onnx]", "It names no flavors"),
        ("flavors: {onnx: {data: model.onnx", "It is no YAML"),
        ("[" * 5000, "It is no YAML"),
        ("flavors: {onnx: {data: ../secret.onnx}}", "It names a file outside: ../secret.onnx"),
        ("flavors: {onnx: {data: /etc/passwd}}", "It names a file outside: /etc/passwd"),
        ("flavors: {onnx: {data: link.onnx}}", "link.onnx is a link that leads outside"),
        ("flavors: {onnx: {data: gone.onnx}}", "Its MLmodel names gone.onnx, which is not there"),
        ("flavors: {spacy: {data: model.spacy}}", "edgeweb reads onnx"),
        ("flavors: {python_function: {loader_module: my.own}}", "edgeweb reads onnx"),
        ("flavors: {pytorch: {model_data: weights}}", "There is nothing in it that edgeweb reads for pytorch"),
    ],
)
def test_what_is_damaged_or_leads_outside_is_one_sentence(tmp_path: Path, text: str, why: str) -> None:
    folder = _logged(tmp_path / "flowers", text)
    (folder / "weights").mkdir()
    tiny.saved(tmp_path, tiny.linear(), "secret.onnx")
    (folder / "link.onnx").symlink_to(tmp_path / "secret.onnx")
    with pytest.raises(ModelError) as error:
        recipe.inspected(folder)
    assert error.value.why.startswith(why)


def test_yaml_makes_no_objects(tmp_path: Path) -> None:
    tag = f"flavors: {{onnx: {{data: !!python/object/apply:os.mkdir ['{tmp_path}/made']}}}}"
    flavors.artefact(_logged(tmp_path / "flowers", tag))
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("inputs", ["{}", "[1]", "no json", '[{"name": "a", "type": "map"}]', "[" * 9000])
def test_a_signature_that_is_no_table_teaches_nothing(tmp_path: Path, inputs: str) -> None:
    text = f"flavors: {{onnx: {{data: model.onnx}}}}\nsignature: {{inputs: '{inputs}'}}\n"
    assert mlmodel.read(_logged(tmp_path / "flowers", text)).columns == ()


def test_a_pickle_in_it_needs_the_same_consent(tmp_path: Path) -> None:
    folder = _logged(tmp_path / "flowers", "flavors: {sklearn: {pickled_model: model.pkl}}")
    (folder / "model.pkl").write_bytes(b"\x80\x04cos\nsystem\n.")
    with pytest.raises(UsageError, match="--trust-pickle"):
        recipe.inspected(folder)


@pytest.mark.parametrize("name", ["models:/birds@best", "models:/birds/3", "models:/birds/latest", "runs:/abc/a/b"])
def test_names_that_are_some(name: str) -> None:
    registered.check(name)


@pytest.mark.parametrize(
    "name",
    ["models:/birds", "models:/birds/Production", "models:/../3", "runs:/abc", "runs:/abc/../../etc", "models:/"],
)
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(UsageError):
        registered.check(name)
