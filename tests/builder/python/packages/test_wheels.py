"""Wheels for the browser's Python: their tags, and what of them a site carries."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest
from edgeweb.errors import ConfigError
from edgeweb.python.packages import requirements, wheels
from packaged import resolved, wheel
from tiny import ROOT


def test_a_wheel_becomes_what_stands_in_site_packages(tmp_path: Path) -> None:
    name, data = wheel("orchard")
    (tmp_path / name).write_bytes(data)
    found = wheels.read(tmp_path / name, "")
    assert (found.name, found.version, found.sha256) == ("orchard", "1.0", hashlib.sha256(data).hexdigest())
    archive = wheels.archive(found)
    assert archive == wheels.archive(found)
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        assert packed.namelist() == [
            "orchard-1.0.dist-info/METADATA", "orchard-1.0.dist-info/WHEEL", "orchard/__init__.py",
            "orchard/tests/test_x.py", "orchard_more.py",
        ]  # fmt: skip
    assert wheels.imported([archive]) == {"email.message"}


@pytest.mark.parametrize(
    "tag", ["cp314-cp314-manylinux_2_28_x86_64", "cp313-cp313-pyemscripten_2025_0_wasm32", "py2-none-any"]
)
def test_wheels_of_other_systems_are_refused(tmp_path: Path, tag: str) -> None:
    name, data = wheel("orchard", tag=tag)
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ConfigError, match="does not run in a browser"):
        resolved(None, tmp_path / name)


def test_the_shipped_lock_is_of_the_python_that_wheels_are_for() -> None:
    lock = ROOT / "web" / "dist" / "pyodide-lock.json"
    found = json.loads(lock.read_text())
    assert f"pyemscripten_{found['info']['abi_version']}_{found['info']['arch']}" == wheels.PLATFORM
    assert found["info"]["python"] == requirements.PYTHON
    assert {"numpy", "pillow", "scikit-learn"} <= set(found["packages"])
