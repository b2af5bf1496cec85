"""Wheels for the browser's Python: which tags it takes, and their files as the archive that a site carries."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from edgeweb.errors import ConfigError
from edgeweb.python.packages import stdlib
from edgeweb.read import intake

# Pyodide 314's: CPython 3.14 for PEP 783's platform of that name.
PLATFORM, ABI = "pyemscripten_2026_0_wasm32", "cp314"
# The oldest date that a zip can say.
_DATE = (1980, 1, 1, 0, 0, 0)
# The origin of packages of the user's, which need not be installed where the build runs.
OWN = "your own"
# Of a wheel's data folder, what belongs beside its modules; scripts and headers are of no use in a page.
_ROOTS = ("purelib", "platlib")
_MAX_BYTES = 512 << 20
_HINT = "Give a .whl file, or a folder with a package"


@dataclass(frozen=True)
class Wheel:
    """A package that a site bundles. `name` is canonical; `sha256`: of the wheel at `path`; `origin`: in words."""

    name: str
    version: str
    path: Path
    sha256: str
    origin: str


def read(path: Path, origin: str) -> Wheel:
    """Describe the wheel at `path`.

    Raises:
        ConfigError: its name is none of a wheel's, its tags are for another system, or it cannot be read.
    """
    try:
        name, version, _, tags = parse_wheel_filename(path.name)
    except InvalidWheelFilename as error:
        raise ConfigError(f"{path} is no wheel", str(error), _HINT) from error
    data = intake.data(path, _HINT, _MAX_BYTES)
    if not any(map(_fits, tags)):
        raise ConfigError(
            f"{path.name} does not run in a browser",
            f"it is for {', '.join(sorted({tag.platform for tag in tags}))}, not for {PLATFORM} or any platform",
            "Build it with pyodide-build, and name the new .whl file in packages",
        )
    return Wheel(canonicalize_name(name), str(version), path, hashlib.sha256(data).hexdigest(), origin)


def _fits(tag: Tag) -> bool:
    if tag.platform == "any":
        return tag.abi == "none" and tag.interpreter.startswith(("py3", "cp3"))
    return tag.platform == PLATFORM and tag.abi in (ABI, "abi3", "none")


def is_pure(path: Path) -> bool:
    """Whether a wheel runs everywhere."""
    return all(tag.platform == "any" for tag in parse_wheel_filename(path.name)[3])


def archive(wheel: Wheel) -> bytes:
    """What is unpacked into site-packages: a stored zip, the same bytes for the same wheel.

    The transport compresses it as a whole. Types for checkers and the list of hashes, which the site's own replace,
    are left out.

    Raises:
        ConfigError: the wheel is damaged.
    """
    made = io.BytesIO()
    try:
        with zipfile.ZipFile(wheel.path) as given, zipfile.ZipFile(made, "w") as target:
            intake.check_archive(wheel.path, given, "Leave out what no page needs", _MAX_BYTES)
            places = {_place(name): name for name in given.namelist()}
            for place in sorted(filter(None, places)):
                target.writestr(zipfile.ZipInfo(place, _DATE), given.read(places[place]))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise ConfigError(f"{wheel.path.name} is damaged", str(error), "Build the wheel again") from error
    return made.getvalue()


def _place(name: str) -> str:
    """Where a wheel's file goes, from site-packages; nothing for what stays behind."""
    top, _, rest = name.partition("/")
    if top.endswith(".data"):
        kind, _, name = rest.partition("/")
        if kind not in _ROOTS:
            return ""
    if name.endswith(("/", ".pyi", "/py.typed")) or name.endswith(".dist-info/RECORD"):
        return ""
    return name


def imported(archives: Iterable[bytes]) -> set[str]:
    """Every module that some line of these packages imports, but for their tests; compiled parts keep theirs secret."""
    found: set[str] = set()
    for data in archives:
        with zipfile.ZipFile(io.BytesIO(data)) as given:
            for name in given.namelist():
                if name.endswith(".py") and not {"tests", "test"} & set(name.split("/")):
                    found |= _imports(given.read(name))
    return found


def _imports(data: bytes) -> set[str]:
    try:
        return stdlib.imported(data.decode("utf-8-sig"))
    except (SyntaxError, ValueError, RecursionError):
        # A template, or Python newer than this one; what it imports comes with the whole library when it is asked for.
        return set()
