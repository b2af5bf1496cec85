"""The recipes of docs/formats.md, typed as they stand there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from edgeweb import arguments, options, recipe
from edgeweb.convert import conversion

PAGE = (Path(__file__).parents[3] / "docs" / "formats.md").read_text("utf-8")
BLOCKS = re.compile(r"```python\n(.+?)```\n\n```sh\n(edgeweb build [^\n]+)\n", re.DOTALL)
TITLES: dict[str, str] = dict(re.findall(r"^### (.+?)\n(.+?)(?=^##|\Z)", PAGE, re.DOTALL | re.MULTILINE))
NEEDS = {"CatBoost": ("catboost",), "scikit-learn": ("skops", "pandas"), "PyTorch": ("onnxscript",)}
NEEDS |= {"Keras": ("keras",), "TensorFlow Lite": ("tf2onnx",), "SavedModel": ("tf2onnx",)}
# Another Python, where this one lacks optimum.
OTHER = os.environ.get("EDGEWEB_TRANSFORMERS")
NEEDS |= {} if OTHER else {"transformers": ("optimum",)}
FURTHER = ["Keras", "TensorFlow Lite", "SavedModel", "transformers"]
# Each stands for others of its kind where time matters; the files themselves are in the tests beside this one.
LATER = {"LightGBM", "PyTorch"}
TASKS = {"PyTorch": "image-", "Keras": "image-", "TensorFlow Lite": "image-", "transformers": "text-"}


def test_each_format_has_a_recipe() -> None:
    assert [*TITLES] == ["XGBoost", "LightGBM", "CatBoost", "scikit-learn", "Pickles", "PyTorch", *FURTHER]
    assert all(BLOCKS.search(part) for part in TITLES.values())
    keys = {form.key for form in conversion.FORMATS}
    assert keys >= {"xgboost", "lightgbm", "catboost", "skops", "pickled"}


@pytest.mark.parametrize(
    "title", [pytest.param(each, marks=pytest.mark.thorough) if each in LATER else each for each in TITLES]
)
def test_a_recipe_does_what_it_says(title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in NEEDS.get(title, ()):
        pytest.importorskip(module, reason=f"the recipe needs {module}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    found = BLOCKS.search(TITLES[title])
    assert found is not None
    other = OTHER if title == "transformers" else None
    subprocess.run([other or sys.executable, "-c", found[1]], check=True)
    runs: Any = defaultdict(lambda: None)
    given = arguments.parsed(runs, shlex.split(found[2])[1:])
    (model,) = given.models
    wanted = options.options(
        {name: getattr(given, name) for name in ("data", "trust_pickle", "title")} | {"python": other}
    )
    shown = recipe.inspected(model, wanted)
    assert shown.failed is None
    assert shown.plan.task.startswith(TASKS.get(title, "tabular-"))
    signed = f"{model.name}: " if title != "transformers" else "config.json"
    assert any(said.origin.startswith(signed) for said in shown.plan.evidence)
