"""Which Python reads a file: this one, the user's, or an environment that edgeweb keeps for a format."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from edgeweb.convert import process
from edgeweb.convert.common import Format, How, Interpreter, Library
from edgeweb.errors import ConfigError, UsageError
from edgeweb.machine import cache, scratch
from edgeweb.machine.child import Program

_INSTALL_S = 1800.0
_QUIET = ["--quiet", "--no-input", "--no-color", "--disable-pip-version-check", "--retries", "2"]
_OFFLINE = re.compile(
    r"ConnectionError|NewConnection|Timeout|timed out|name resolution|Max retries|Connection (?:refused|reset)|"
    r"ProxyError|SSLError|Network is unreachable"
)


def find(source: Path, form: Format, how: How, on_step: Callable[[str], None]) -> Interpreter:
    """An interpreter that has all the libraries of a format.

    Raises:
        UsageError: one is missing, or the interpreter is none.
        ConfigError: `with_deps`, and they cannot be installed.
    """
    asked = how.python or Path(sys.executable)
    if how.python is not None and (found := shutil.which(str(asked))) is None:
        raise process.no_python(asked, "there is no program of this name")
    if how.python is not None:
        # Not resolved: an environment's interpreter is a link to another, and knows by its own path where it is.
        asked = Path(found or asked).absolute()
    seen = looked(asked, (*form.libraries, *form.instead))
    several = filter(None, (form.libraries, form.instead))
    lacks = min(([each for each in some if each.module not in seen.versions] for some in several), key=len)
    if not lacks:
        return seen
    if not how.with_deps:
        raise missing(source, form, lacks, how)
    return kept(asked, form, on_step)


def looked(python: Path, libraries: Sequence[Library]) -> Interpreter:
    """What of the libraries an interpreter has."""
    asked = [{"module": each.module, "names": [each.install, *each.others]} for each in libraries]
    with scratch.folder() as room:
        found = process.look(python, asked, room)
    versions = {name: str(version) for name, version in found["versions"].items() if version is not None}
    return Interpreter(python, str(found["python"]), versions)


def missing(source: Path, form: Format, lacks: Sequence[Library], how: How) -> UsageError:
    """What to type."""
    names = [each.install for each in lacks]
    where = f" in {how.python}" if how.python else ""
    listed = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    verb = "is" if len(names) == 1 else "are"
    pip = f"{how.python} -m pip install" if how.python else "pip install"
    return UsageError(
        f"{source} is {form.called}",
        f"converting it needs {listed}, which {verb} not installed{where}",
        f"Run: {pip} {' '.join(names)}, or add --with-deps",
    )


def kept(python: Path, form: Format, on_step: Callable[[str], None]) -> Interpreter:
    """The environment that edgeweb keeps for a format, made when it is first needed.

    Raises:
        ConfigError: it cannot be made.
    """
    pins = [pin for each in form.libraries for pin in each.pin.split()]
    own = looked(python, ())
    name = hashlib.sha256("\n".join([str(python), own.version, *pins]).encode()).hexdigest()[:16]
    home = cache.folder("environments") / f"{form.key}-{name}"
    inside = Path("Scripts/python.exe") if sys.platform == "win32" else Path("bin/python")
    if not (home / "complete").is_file():
        on_step(f"installing {', '.join(pins)} into an environment of edgeweb's own")
        _make(python, home, inside, pins)
    found = looked(home / inside, form.libraries)
    lacks = [each.install for each in form.libraries if each.module not in found.versions]
    if lacks:
        raise ConfigError(f"{home} is damaged", f"it lacks {', '.join(lacks)}", "Remove that folder, and build again")
    return found


def _make(python: Path, home: Path, inside: Path, pins: Sequence[str]) -> None:
    """Beside first: one that is not complete is never used."""
    part = home.with_name(f"{home.name}.{os.getpid()}")
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir(parents=True)
        _done([str(python), "-m", "venv", str(part)], "an environment", "Install the module venv of this Python")
        said = [str(part / inside), "-m", "pip", "install", *_QUIET, *pins]
        _done(said, ", ".join(pins), f"Run: {python} -m pip install {' '.join(pins)}")
        (part / "complete").write_text("\n".join(pins), "utf-8")
        shutil.rmtree(home, ignore_errors=True)
        part.replace(home)
    except OSError as error:
        raise ConfigError(f"{home} cannot be made", error.strerror or str(error), "Make room there") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _done(words: Sequence[str], what: str, hint: str) -> None:
    """Run pip or venv with the user's own settings."""
    said, limit = [], time.monotonic() + _INSTALL_S
    own = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    own.pop("PYTHONPATH", None)
    with Program(words, own, complaints=True) as child:
        try:
            while (line := child.line(limit)) is not None:
                said.append(line)
        except TimeoutError:
            said.append(f"ERROR: it took more than {_INSTALL_S:.0f} s")
        if (said and said[-1].startswith("ERROR: it took")) or child.code != 0:
            told = "".join(said)
            errors = [line.removeprefix("ERROR: ").strip() for line in said if line.startswith("ERROR: ")]
            why = (
                "the package index cannot be reached"
                if _OFFLINE.search(told)
                else (errors or said or ["it failed"])[-1]
            )
            raise ConfigError(f"{what} could not be installed", why, hint)
