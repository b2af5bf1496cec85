"""A package of the user's own as a wheel: from a wheel, a project, or a plain folder of modules."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

from edgeweb.errors import ConfigError
from edgeweb.read import intake

_C_SOURCES = {".c", ".cc", ".cpp", ".cxx", ".pyx", ".rs", ".f90"}
_NOT_ITS_OWN = {"node_modules", "__pycache__", "build", "dist", "site-packages"}
# 1980, the oldest date that a zip can say: the same wheel for the same sources.
_DATE, _EPOCH = (1980, 1, 1, 0, 0, 0), "315532800"
_MAX_BYTES = 512 << 20
_SECONDS, _COMPILER_SECONDS = 300, 1800


def wheel(path: Path, scratch: Path) -> Path:
    """The .whl of the package at `path`; one that has to be built goes to `scratch`, and the folder stays as it is.

    Raises:
        ConfigError: there is nothing there, it has C code, is no package, or does not build.
    """
    if path.is_file() and path.suffix == ".whl":
        # Before pip reads it, which unpacks what it needs.
        intake.check_zip(path, "Give a .whl file", _MAX_BYTES)
        return path
    if not path.is_dir():
        raise ConfigError(
            f"{path} in packages is not there",
            "A path names a folder with a Python package, or a .whl file",
            "Correct the path; names of packages are written without a slash",
        )
    _check(path)
    source = next((each for each in _files(path) if each.suffix in _C_SOURCES), None)
    if source is not None:
        return _compiled(path, source, scratch)
    if (path / "pyproject.toml").is_file() or (path / "setup.py").is_file():
        return _project(path, scratch)
    if (path / "__init__.py").is_file() and path.name.isidentifier():
        return _modules(path, scratch)
    raise ConfigError(
        f"{path} in packages is no Python package",
        "It has neither pyproject.toml nor __init__.py",
        "Name the folder that has one of them",
    )


def _check(path: Path) -> None:
    """ConfigError where something in it lies outside, which would be published, or never ends."""
    left = _MAX_BYTES
    for file in _files(path):
        info = intake.inside(file, path, "packages").stat()
        left -= info.st_size
        if not stat.S_ISREG(info.st_mode) or left < 0:
            why = "its folder is larger than 512 MB" if left < 0 else "it is a pipe, a socket or a device"
            raise ConfigError(f"{file} cannot be in a package", why, "Leave it out")


def _files(folder: Path) -> list[Path]:
    """Every file of it, in order, but for what tools have put there."""
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _NOT_ITS_OWN and not name.startswith("."))
        found += [Path(place) / name for name in sorted(names)]
    return found


def _project(path: Path, scratch: Path) -> Path:
    """Build it as pip does."""
    command = [sys.executable, "-P", "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-input", "--no-color"]
    command += ["--disable-pip-version-check", "--wheel-dir"]
    return _built(path, scratch, command, _SECONDS, f"Make this work first: pip wheel {path}")


def _compiled(path: Path, source: Path, scratch: Path) -> Path:
    """Build it for the browser with pyodide-build, where that is installed: it brings compiler and headers itself."""
    tool = shutil.which("pyodide")
    if tool is None:
        raise ConfigError(
            f"{path} has code that must be compiled, {source.relative_to(path)}",
            "pyodide-build, which does that for browsers, is not installed",
            "On Python 3.12 or later: pip install 'edgeweb[native]'; or name a .whl file that it made elsewhere",
        )
    hint = f"Make this work first: pyodide build {path}; its compiler needs the network once"
    return _built(path, scratch, [tool, "build", "--outdir"], _COMPILER_SECONDS, hint)


def _built(path: Path, scratch: Path, tool: list[str], seconds: int, hint: str) -> Path:
    """The wheel that `tool OUT SOURCE` makes, from a copy: what builds leave does not belong in the user's folder."""
    copy, made = scratch / "source" / path.name, scratch / "made"
    try:
        shutil.copytree(path, copy, symlinks=True, ignore=shutil.ignore_patterns(*_NOT_ITS_OWN, ".venv"))
    except shutil.Error as error:
        # It lists (from, to, why).
        why = str(error.args[0][0][2])
        raise _unbuilt(path, why, "Give a folder of files") from error
    command = [*tool, str(made), str(copy)]
    env = {**os.environ, "SOURCE_DATE_EPOCH": _EPOCH, "PYTHONIOENCODING": "utf-8"}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            encoding="utf-8",
            env=env,
            stdin=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _unbuilt(path, f"it took more than {seconds} s", hint) from error
    found = sorted(made.glob("*.whl"))
    if done.returncode or not found:
        raise _unbuilt(path, _last_error(done.stderr) or f"{Path(tool[0]).name} made nothing of it", hint)
    return found[0]


def _unbuilt(path: Path, why: str, hint: str) -> ConfigError:
    return ConfigError(f"{path} could not be built into a wheel", why, hint)


def _last_error(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    raised = [line for line in lines if re.match(r"[\w.]*(Error|Exception)\b", line)]
    return (raised or lines or [""])[-1]


def _modules(path: Path, scratch: Path) -> Path:
    """A plain folder of modules, which has no version of its own."""
    made = scratch / f"{path.name}-0-py3-none-any.whl"
    about = {
        "METADATA": f"Metadata-Version: 2.1\nName: {path.name}\nVersion: 0\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: edgeweb\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "",
    }
    made.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(made, "w") as target:
        for file in _files(path):
            place = f"{path.name}/{file.relative_to(path).as_posix()}"
            target.writestr(zipfile.ZipInfo(place, _DATE), intake.data(file, "Leave it out", _MAX_BYTES))
        for name, text in about.items():
            target.writestr(zipfile.ZipInfo(f"{path.name}-0.dist-info/{name}", _DATE), text)
    return made
