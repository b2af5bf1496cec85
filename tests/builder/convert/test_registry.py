"""Models of a real MLflow registry in a local database, from their names to what edgeweb knows of them.

MLflow is no dependency of the tests, as it takes 150 MB; EDGEWEB_MLFLOW names a Python that has mlflow-skinny,
sqlalchemy, alembic, scikit-learn, skl2onnx, onnxmltools, xgboost, skops and pandas (`make mlflow` makes one).
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from edgeweb import cli, contents, recipe
from edgeweb.errors import ModelError, UsageError
from edgeweb.options import Options
from edgeweb.read import handed

PYTHON = os.environ.get("EDGEWEB_MLFLOW", "")
PAGE = Path(__file__).parents[3] / "docs" / "registries.md"
with_mlflow = pytest.mark.skipif(not PYTHON, reason="EDGEWEB_MLFLOW names no Python with mlflow-skinny")
HOW = Options(python=Path(PYTHON))
FURTHER = """
import mlflow, skl2onnx, sklearn.linear_model, mlflow.onnx, mlflow.sklearn
from sklearn.datasets import load_iris
mlflow.set_tracking_uri("sqlite:///mlflow.db")
data = load_iris(as_frame=True)
model = sklearn.linear_model.LogisticRegression(max_iter=500).fit(data.data, data.target)
signature = mlflow.models.infer_signature(data.data, model.predict(data.data))
made = skl2onnx.to_onnx(model, data.data[:1].to_numpy("float32"), options={"zipmap": False})
with mlflow.start_run() as run:
    mlflow.onnx.log_model(made, name="iris", signature=signature)
    mlflow.sklearn.log_model(model, name="pickled", serialization_format="cloudpickle")
print(run.info.run_id)
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder with the registry of the recipe in docs/registries.md, and a run of two further models."""
    folder = tmp_path_factory.mktemp("registry")
    found = re.search(r"```python\n(.+?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    own = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"}
    subprocess.run([PYTHON, "-c", found[1]], cwd=folder, check=True, capture_output=True, env=own)
    told = subprocess.run([PYTHON, "-c", FURTHER], cwd=folder, check=True, capture_output=True, text=True, env=own)
    yield folder, told.stdout.split()[-1]


@pytest.fixture(autouse=True)
def _apart(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


@with_mlflow
def test_an_alias_is_pinned_to_its_version_and_run(store: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(store[0])
    steps: list[str] = []
    found = recipe.inspected("models:/wine@champion", HOW, steps.append)
    assert found.plan.task == "tabular-classification"
    assert found.plan.spec.columns[0].name == "alcohol"
    assert found.plan.spec.columns[0].value == pytest.approx(14.23)
    origin = handed.origin(found.info.path)
    assert origin is not None
    assert origin.document["model"] == "models:/wine/1"
    assert re.fullmatch("[0-9a-f]{32}", origin.document["run"])
    assert contents.title_of(found.info.path) == "Wine"
    assert any(each.startswith("fetching") for each in steps)
    again: list[str] = []
    recipe.inspected("models:/wine/1", HOW, again.append)
    assert not any(each.startswith(("fetching", "converting")) for each in again)


@with_mlflow
def test_a_run_s_onnx_learns_its_columns_from_the_signature(
    store: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(store[0])
    found = recipe.inspected(f"runs:/{store[1]}/iris", HOW)
    assert found.plan.spec.columns[0].name == "sepal length (cm)"
    (said,) = (each for each in found.plan.evidence if each.claim == "columns")
    assert (said.source, said.origin) == ("file", "MLmodel")


@with_mlflow
def test_a_pickle_of_a_run_needs_trust(store: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(store[0])
    name = f"runs:/{store[1]}/pickled"
    with pytest.raises(UsageError, match=f"^{name}.* is a Python pickle.*--trust-pickle"):
        recipe.inspected(name, HOW)


@with_mlflow
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("models:/wine@nobody", "alias nobody not found"),
        ("models:/beer@champion", "name=beer not found"),
        ("models:/wine/7", "version=7"),
        ("runs:/0123456789abcdef/model", "not found"),
    ],
)
def test_what_the_registry_has_not_is_one_sentence(
    name: str, why: str, store: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(store[0])
    with pytest.raises(ModelError) as error:
        recipe.inspected(name, HOW)
    assert error.value.what.startswith(name)
    assert why in error.value.why


@with_mlflow
def test_a_server_that_is_not_there_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:secret@127.0.0.1:9")
    with pytest.raises(ModelError, match="cannot be reached") as error:
        recipe.inspected("models:/wine/1", HOW)
    assert "secret" not in str(error.value)


def test_no_store_is_made_for_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["inspect", "models:/wine@champion"]) == 2
    assert "MLFLOW_TRACKING_URI is not set" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(importlib.util.find_spec("mlflow") is not None, reason="mlflow is installed here")
def test_without_mlflow_the_line_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    with pytest.raises(UsageError, match=r"Asking it needs mlflow-skinny.*pip install mlflow-skinny"):
        recipe.inspected("models:/wine@champion")
