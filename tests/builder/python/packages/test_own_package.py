"""Packages of the user's own as wheels: from projects, and from plain folders of modules."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest
from edgeweb.errors import ConfigError
from edgeweb.python.packages import own
from packaged import COMPILED, orchard, resolved, wheel


def test_a_project_is_built_from_a_copy(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    name, data = wheel("orchard", ("more; sys_platform == 'win32'",))
    (project / name).write_bytes(data)
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "orchard"\nversion = "1.0"\n'
    )
    (project / "backend.py").write_text(
        f"import pathlib, shutil\npathlib.Path('litter').touch()\n"
        f"def build_wheel(folder, *_):\n    shutil.copy({name!r}, folder)\n    return {name!r}\n"
    )
    assert resolved(None, project) == ["orchard 1.0 your own"]
    assert sorted(path.name for path in project.iterdir()) == ["backend.py", name, "pyproject.toml"]
    (project / "backend.py").write_text("def build_wheel(*_):\n    raise ValueError('no seeds')\n")
    with pytest.raises(ConfigError, match=r"could not be built into a wheel\. .*no seeds"):
        resolved(None, project)


def test_code_that_must_be_compiled_goes_to_the_tool_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in: the tool's compiler cannot be fetched everywhere. What it says when it fails is its last error."""
    project, tools = tmp_path / "native", tmp_path / "bin"
    project.mkdir()
    tools.mkdir()
    for name in ("pyproject.toml", "fast.c"):
        (project / name).touch()
    tool = tools / "pyodide"
    tool.write_text(
        '#!/bin/sh\n[ -f "$4/fast.c" ] && mkdir -p "$3" && : > "$3/fast-1-cp314-cp314-pyemscripten_2026_0_wasm32.whl"\n'
    )
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tools), prepend=os.pathsep)
    assert own.wheel(project, tmp_path / "one").name == f"fast-1-{COMPILED}.whl"
    assert sorted(file.name for file in project.iterdir()) == ["fast.c", "pyproject.toml"]
    tool.write_text("#!/bin/sh\necho 'ConnectionError: no host' >&2\nexit 1\n")
    with pytest.raises(
        ConfigError, match=r"could not be built into a wheel\. ConnectionError: no host\. .*pyodide build"
    ):
        own.wheel(project, tmp_path / "two")


def test_folders_that_are_no_pure_package_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    (tmp_path / "native" / "src").mkdir(parents=True)
    (tmp_path / "native" / "pyproject.toml").touch()
    (tmp_path / "native" / "src" / "fast.pyx").touch()
    (tmp_path / "empty").mkdir()
    for name, words in (("native", "must be compiled, src/fast.pyx"), ("empty", "neither"), ("gone", "is not there")):
        with pytest.raises(ConfigError, match=words):
            own.wheel(tmp_path / name, tmp_path / "scratch")


def test_a_plain_folder_becomes_the_same_wheel_each_time(tmp_path: Path) -> None:
    orchard(tmp_path)
    (tmp_path / "orchard" / ".git").mkdir()
    (tmp_path / "orchard" / ".git" / "config").write_text("secret")
    (tmp_path / "orchard" / "data").mkdir()
    (tmp_path / "orchard" / "data" / "a.txt").write_text("a")
    one, two = (own.wheel(tmp_path / "orchard", tmp_path / name) for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes() and one.name == "orchard-0-py3-none-any.whl"
    with zipfile.ZipFile(one) as packed:
        assert [name for name in packed.namelist() if "dist-info" not in name] == [
            "orchard/__init__.py",
            "orchard/data/a.txt",
        ]


def test_a_folder_has_to_have_a_name_that_can_be_imported(tmp_path: Path) -> None:
    (tmp_path / "my-orchard").mkdir()
    (tmp_path / "my-orchard" / "__init__.py").touch()
    with pytest.raises(ConfigError, match="is no Python package"):
        own.wheel(tmp_path / "my-orchard", tmp_path / "scratch")


def test_what_lies_outside_is_not_published(tmp_path: Path) -> None:
    folder = orchard(tmp_path)
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(ConfigError, match=r"link\.txt"):
        own.wheel(folder, tmp_path / "scratch")
    (folder / "link.txt").unlink()
    os.mkfifo(folder / "pipe")
    with pytest.raises(ConfigError, match=r"pipe cannot be in a package\. It is a pipe"):
        own.wheel(folder, tmp_path / "scratch")


def test_a_folder_may_be_of_512_megabytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = orchard(tmp_path)
    size = (folder / "__init__.py").stat().st_size
    monkeypatch.setattr(own, "_MAX_BYTES", size)
    assert own.wheel(folder, tmp_path / "scratch").is_file()
    monkeypatch.setattr(own, "_MAX_BYTES", size - 1)
    with pytest.raises(ConfigError, match="larger than 512 MB"):
        own.wheel(folder, tmp_path / "scratch")


def test_a_wheel_is_taken_as_it_is_if_it_is_one(tmp_path: Path) -> None:
    name, data = wheel("orchard")
    (tmp_path / name).write_bytes(data)
    assert own.wheel(tmp_path / name, tmp_path / "scratch") == tmp_path / name
    (tmp_path / name).write_bytes(data[:100])
    with pytest.raises(ConfigError, match="is no archive"):
        own.wheel(tmp_path / name, tmp_path / "scratch")


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("a\nValueError: no seeds\n  at b\n", "ValueError: no seeds"),
        ("a\npip.SomeException: x\nTypeError: y\nb\n", "TypeError: y"),
        ("first\n\n  last  \n\n", "last"),
        ("", ""),
    ],
)
def test_what_a_tool_says_last(said: str, error: str) -> None:
    assert own._last_error(said) == error
