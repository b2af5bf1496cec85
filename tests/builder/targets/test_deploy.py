"""edgeweb deploy: what is refused before anything is sent, and a site logged into a real MLflow store."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import tiny
from edgeweb import cli, recipe
from edgeweb.errors import SiteError, UsageError
from edgeweb.targets import deploy as targets

PYTHON = os.environ.get("EDGEWEB_MLFLOW", "")
with_mlflow = pytest.mark.skipif(not PYTHON, reason="EDGEWEB_MLFLOW names no Python with mlflow-skinny")
LOG = """
import mlflow, mlflow.onnx, onnx
mlflow.set_tracking_uri("sqlite:///mlflow.db")
mlflow.set_experiment("flowers")
with mlflow.start_run():
    mlflow.onnx.log_model(onnx.load("model.onnx"), name="model", registered_model_name="iris")
"""
LOOK = """
import json, sys
from mlflow import MlflowClient
client = MlflowClient("sqlite:///mlflow.db")
run = client.get_run(sys.argv[1])
below = [each.path for each in client.list_artifacts(run.info.run_id, sys.argv[2])]
tags = client.get_model_version("iris", "1").tags
print(json.dumps({"run": run.data.tags, "status": run.info.status, "below": below, "version": tags}))
"""


def _asked(folder: Path, code: str, *words: str) -> str:
    own = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"}
    done = subprocess.run([PYTHON, "-c", code, *words], cwd=folder, check=True, capture_output=True, text=True, env=own)
    return done.stdout


@pytest.fixture
def site(tmp_path: Path, small_web: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    tiny.saved(tmp_path, tiny.linear())
    return recipe.build("model.onnx", "dist", quick=True).path


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("mflow:birds", "Did you mean mlflow?"),
        ("birds", "edgeweb deploys to folder:PATH, "),
        ("netlify:a/b", "Write netlify:SITE"),
        ("vercel:a/b", "Write vercel:PROJECT"),
        ("mlflow:", "Write mlflow:NAME"),
        ("mlflow:models:/birds", "Write mlflow:NAME"),
    ],
)
def test_other_targets_are_one_sentence(target: str, says: str, site: Path) -> None:
    with pytest.raises(UsageError) as error:
        targets.deploy(site, target)
    assert says in str(error.value)


def test_a_damaged_site_is_not_sent(site: Path) -> None:
    name = next(path for path in (site / "assets").iterdir() if path.suffix == ".onnx")
    name.write_bytes(name.read_bytes()[:-1])
    with pytest.raises(SiteError, match="is damaged"):
        targets.deploy(site, "mlflow:birds", dry_run=True)


def test_a_dry_run_makes_no_store(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(Path().iterdir())
    assert cli.main(["deploy", str(site), "mlflow:birds", "--dry-run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["sent"], told["new"], told["experiment"]) == (False, True, "birds")
    assert told["files"] == sum(path.is_file() for path in site.rglob("*"))
    assert sorted(Path().iterdir()) == before


@with_mlflow
def test_a_site_of_no_run_gets_a_new_one(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _asked(Path(), LOG)
    assert cli.main(["deploy", str(site), "mlflow:birds", "--python", PYTHON, "--json", "-q"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["new"], told["experiment"], told["version"]) == (True, "birds", "")
    seen = json.loads(_asked(Path(), LOOK, told["run"], told["below"]))
    assert {Path(each).name for each in seen["below"]} == {path.name for path in site.iterdir()}
    assert seen["status"] == "FINISHED"
    assert seen["run"]["edgeweb.release"] == told["release"]
    assert seen["version"] == {}


@with_mlflow
@pytest.mark.parametrize("name", ["iris", "flowers"])
def test_a_site_of_a_version_goes_into_its_run(name: str, site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _asked(Path(), LOG)
    shutil.rmtree(site)
    built = recipe.build("models:/iris/1", "dist", quick=True, python=PYTHON)
    assert built.report["source"]["model"] == "models:/iris/1"
    assert cli.main(["deploy", "dist", f"mlflow:{name}", "--python", PYTHON, "--json", "-q"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["run"], told["new"], told["version"]) == (built.report["source"]["run"], False, "1")
    seen = json.loads(_asked(Path(), LOOK, told["run"], told["below"]))
    tags = {"edgeweb.release": built.manifest.release, "edgeweb.task": built.manifest.task}
    assert tags.items() <= seen["run"].items()
    assert tags.items() <= seen["version"].items()
    assert len(seen["below"]) == len(list(Path("dist").iterdir()))
