"""The environment that edgeweb keeps for a format: made once, of pinned packages, and never half."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import made_apart
import numpy as np
import pytest
from edgeweb.convert import conversion, interpreters, xgboost
from edgeweb.convert.common import Format, How, Library
from edgeweb.errors import ConfigError, UsageError
from edgeweb.machine import session

NAME = "edgeweb_made_up"


def wheel(folder: Path) -> Path:
    """A package that no index has."""
    path = folder / f"{NAME}-1.2-py3-none-any.whl"
    told = f"{NAME}-1.2.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{NAME}.py", "")
        archive.writestr(f"{told}/METADATA", f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 1.2\n")
        archive.writestr(f"{told}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{told}/RECORD", f"{NAME}.py,,\n{told}/METADATA,,\n{told}/WHEEL,,\n{told}/RECORD,,\n")
    return path


def form(pin: str) -> Format:
    return Format("made-up", "a made up model", (Library(NAME, NAME, pin),), lambda _: True)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_it_is_made_once_and_kept(tmp_path: Path, own_cache: Path) -> None:
    asked, steps = form(str(wheel(tmp_path))), list[str]()
    with pytest.raises(
        UsageError, match=f"needs {NAME}, which is not installed. Run: pip install {NAME}, or add --with"
    ):
        interpreters.find(Path("m"), asked, How(), steps.append)
    found = interpreters.find(Path("m"), asked, How(with_deps=True), steps.append)
    assert found.versions == {NAME: "1.2"} and own_cache in found.path.parents and len(steps) == 1
    assert interpreters.find(Path("m"), asked, How(with_deps=True), steps.append) == found and len(steps) == 1
    assert len(list((own_cache / "edgeweb" / "environments").iterdir())) == 1


def test_what_cannot_be_installed_leaves_nothing(tmp_path: Path, own_cache: Path) -> None:
    gone = tmp_path / f"{NAME}-9-py3-none-any.whl"
    with pytest.raises(ConfigError, match="could not be installed") as error:
        interpreters.find(Path("m"), form(str(gone)), How(with_deps=True), lambda _: None)
    assert f"-m pip install {gone}" in str(error.value)
    assert list((own_cache / "edgeweb" / "environments").iterdir()) == []


def test_what_is_there_is_not_installed_again() -> None:
    found = interpreters.find(Path("m.ubj"), xgboost.FORMAT, How(with_deps=True), lambda step: pytest.fail(step))
    assert found.path == Path(sys.executable) and {*found.versions} == {"xgboost", "onnxmltools", "skl2onnx"}


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has no library at all."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder / "bin" / "python"


@pytest.mark.thorough
@pytest.mark.parametrize("key", [form.key for form in conversion.FORMATS])
def test_the_pins_go_together(tmp_path: Path, own_cache: Path, bare: Path, key: str) -> None:
    """What --with-deps installs makes a file, reads it, and says what its graph says: minutes, and the index."""
    asked = next(each for each in conversion.FORMATS if each.key == key)
    how = How(python=bare, with_deps=True, trust_pickle=asked.executes)
    found = interpreters.find(Path("m"), asked, how, lambda _: None)
    path, rows, says = made_apart.made(key, found.path, tmp_path)
    made = conversion.converted(path, how)
    assert made is not None and made.interpreter == found
    place = made.place / "model.onnx" if made.place.is_dir() else made.place
    feed = made_apart.feed([*made.said["inputs"]], rows)
    for told in (conversion.answers(made, feed), session.run(place, [feed])[0]):
        (numbers,) = (array for array in told.values() if array.dtype.kind == "f")
        assert np.allclose(numbers, says, atol=1e-5)
    # A gigabyte each.
    shutil.rmtree(own_cache)


def test_other_libraries_do_as_well_and_the_fewest_that_are_missing_are_named() -> None:
    there, gone = Library("json", "json", "json"), Library("edgeweb_gone", "gone", "gone")
    asked = replace(form("none"), instead=(there,))
    assert interpreters.find(Path("m"), asked, How(), lambda _: None).versions == {"json": "unknown"}
    with pytest.raises(UsageError, match=f"needs {NAME}, which is not installed"):
        interpreters.find(Path("m"), replace(asked, instead=(there, gone, gone)), How(), lambda _: None)
    with pytest.raises(UsageError, match="needs gone, which is not installed"):
        both = (*asked.libraries, *asked.libraries)
        interpreters.find(Path("m"), replace(asked, libraries=both, instead=(there, gone)), How(), lambda _: None)
