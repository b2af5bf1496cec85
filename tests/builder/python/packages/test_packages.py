"""Packages for hooks, from what is asked for to what a site carries."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import edgeweb
import numpy as np
import pytest
from edgeweb import cli
from edgeweb.errors import ConfigError
from edgeweb.python.packages import resolve
from edgeweb.python.packages.distribution import Distribution
from packaged import HEADER, USES, Build, orchard, wheel
from tiny import linear, saved


def test_what_is_not_installed_here_is_one_sentence(
    small_web: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = saved(tmp_path, linear())
    (tmp_path / "own.py").write_text(HEADER.replace("tomli_w==1.2.0", "no-such-thing[x]>=1") + USES)
    orchard(tmp_path)
    words = ["build", str(model), "--hooks", str(tmp_path / "own.py"), "-o", str(tmp_path / "dist")]
    assert cli.main(words) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: no-such-thing is not installed here.") and "pip install no-such-thing." in told
    assert not (tmp_path / "dist").exists()


def test_a_site_carries_a_folder_of_modules(build: Build, tmp_path: Path) -> None:
    model = saved(tmp_path, linear(), "linear.onnx")
    orchard(tmp_path)
    (tmp_path / "own.py").write_text(USES)
    (tmp_path / "one.txt").write_text("one")
    table = 'examples = ["one.txt"]\n[hooks]\nfile = "own.py"\ninput = "text"\npackages = ["./orchard"]\n'
    (tmp_path / "edgeweb.toml").write_text(table)
    site = build(model)
    python = site.manifest.python
    assert python is not None
    (found,) = python.packages
    assert (found.name, found.version) == ("orchard", "0") and set(found.files) <= set(python.files)
    with zipfile.ZipFile(site.path / found.files[0]) as packed:
        assert packed.namelist() == ["orchard-0.dist-info/METADATA", "orchard-0.dist-info/WHEEL", "orchard/__init__.py"]
    with zipfile.ZipFile(site.path / python.library) as library:
        assert "email/message.pyc" in library.namelist()
    (row,) = site.report["packages"]
    assert (row["name"], row["version"]) == ("orchard", "0") and row["bytes"] > row["wireBytes"] > 0
    assert '<th scope="row">orchard</th><td>0</td>' in (site.path / "report" / "index.html").read_text()
    # It need not be installed where the site is built.
    assert "own.py ran natively on 1 of your examples" in [step["outcome"] for step in site.report["steps"]]
    assert build(model, tmp_path / "again").manifest == site.manifest


def test_inspect_names_packages(small_web: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = saved(tmp_path, linear())
    orchard(tmp_path)
    (tmp_path / "own.py").write_text(USES)
    (tmp_path / "edgeweb.toml").write_text('[hooks]\nfile = "own.py"\npackages = ["./orchard"]\n')
    assert cli.main(["inspect", str(model)]) == 0
    assert "  packages     orchard 0 (" in capsys.readouterr().out
    assert cli.main(["inspect", str(model), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["packages"]
    assert found["name"] == "orchard" and found["bytes"] > 0 and len(found["sha256"]) == 64


def test_without_an_index_the_packages_are_those_of_the_last_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, data = wheel("orchard")
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf" / name).write_bytes(data)
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "shelf"))
    told: list[str] = []
    distribution = Distribution("1", tmp_path, "http://127.0.0.1:9", tmp_path, told.append)
    (before,) = resolve.resolve(["orchard"], distribution, told.append)
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.delenv("PIP_NO_INDEX")
    for variable in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9/")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    assert resolve.resolve(["orchard"], distribution, told.append) == (before,)
    assert "the package index cannot be reached" in told[-1]
    before.path.write_bytes(b"changed")
    with pytest.raises(ConfigError, match="could not be"):
        resolve.resolve(["orchard"], distribution, told.append)


NUMPY = """# /// script
# dependencies = ["numpy"]
# ///
import numpy as np

def preprocess(value, model):
    assert isinstance(value, np.ndarray), type(value)
    return {"x": value.T[::-1].astype("float32") @ np.ones((2, 4), "float32")}

def postprocess(outputs, model):
    assert isinstance(outputs["y"], np.ndarray)
    outputs["y"] += 1
    return {"y": outputs["y"], "mean": np.float32(outputs["y"].mean())}
"""


def test_arrays_are_numpys_where_it_is_bundled(tmp_path: Path) -> None:
    model = saved(tmp_path, linear(), "linear.onnx")
    (tmp_path / "own.py").write_text(NUMPY)
    value = np.arange(6, dtype=np.float64).reshape(2, 3)
    found = edgeweb.Local(tmp_path / "own.py", model).predict(value)
    plain = "def postprocess(outputs, model):\n    return type(outputs['y']).__name__\n"
    (tmp_path / "plain.py").write_text(plain)
    feeds = {"x": [[1.0, 2.0, 3.0, 4.0]]}
    assert np.shape(found["y"]) == (3, 3) and isinstance(found["mean"], float)
    assert edgeweb.Local(tmp_path / "plain.py", model).predict(feeds) == "Array"
    # edgeweb.toml counts where it names these hooks.
    (tmp_path / "edgeweb.toml").write_text('[hooks]\nfile = "plain.py"\npackages = ["numpy"]\n')
    assert edgeweb.Local(tmp_path / "plain.py", model).predict(feeds) == "ndarray"
