"""Which Python packages hooks ask for: `packages` in edgeweb.toml and the PEP 723 header of the file, merged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from edgeweb.errors import ConfigError
from edgeweb.read import intake

# Pyodide's own.
PYTHON = "3.14.2"
# As PEP 723 gives it.
_BLOCK = re.compile(r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$")


def of(packages: Sequence[str], source: str, file: Path, base: Path) -> tuple[str | Path, ...]:
    """Every requirement once, paths resolved: those of `[hooks] packages`, then those of the header in `source`.

    Args:
        packages: requirements as pip takes them, or paths of folders and wheels, which begin in `base`.
        source: what stands in the hooks `file`; paths in its header begin beside it.

    Raises:
        ConfigError: one of them is no requirement, or the header cannot be read.
    """
    asked = [_parsed(text, "packages of [hooks]", base) for text in packages]
    asked += [_parsed(text, f"the header of {file.name}", file.parent) for text in header(source, file.name)]
    return tuple(dict.fromkeys(asked))


def header(source: str, name: str) -> list[str]:
    """`dependencies` of the `# /// script` block; empty where there is none.

    Raises:
        ConfigError: there are two, it is not TOML, it has dependencies that are no texts, or asks for another Python.
    """
    source = source.replace("\r\n", "\n")
    blocks = [match for match in _BLOCK.finditer(source) if match["type"] == "script"]
    if not blocks:
        return []
    wrong = f"The header of {name} cannot be read"
    if len(blocks) > 1:
        raise ConfigError(wrong, "there are two blocks that begin with # /// script", "Keep one of them")
    text = "".join(line.removeprefix("#").removeprefix(" ") for line in blocks[0]["content"].splitlines(keepends=True))
    try:
        found = intake.toml(text)
    except ValueError as error:
        raise ConfigError(wrong, f"it is not TOML: {error}", "Correct it; PEP 723 says how it is written") from error
    listed: Any = found.get("dependencies", [])
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise ConfigError(wrong, "dependencies is no list of texts", 'Write it like dependencies = ["pydantic"]')
    _check_python(found.get("requires-python", ""), name)
    return listed


def _check_python(wanted: object, name: str) -> None:
    try:
        fits = SpecifierSet(str(wanted)).contains(PYTHON)
    except InvalidSpecifier as error:
        raise ConfigError(f"The header of {name} cannot be read", str(error), "Correct requires-python") from error
    if not fits:
        why = f"The browser's Python is {PYTHON}"
        raise ConfigError(f"{name} asks for Python {wanted}", why, "Correct requires-python in its header")


def _parsed(text: str, place: str, base: Path) -> str | Path:
    if is_path(text):
        return _path(text, place, base)
    try:
        found = Requirement(text)
        if found.marker is not None:
            found.marker.evaluate({"extra": ""})
        return str(found)
    except (InvalidRequirement, UndefinedComparison, UndefinedEnvironmentName) as error:
        why = str(error).splitlines()[0]
        raise ConfigError(
            f'"{text}" in {place} is no requirement', why, 'Write it like "pydantic>=2", or "./folder" for your own'
        ) from error


def _path(text: str, place: str, base: Path) -> Path:
    try:
        found = (base / Path(text).expanduser()).resolve()
        found.exists()
        return found
    except (OSError, RuntimeError, ValueError) as error:
        raise ConfigError(f'"{text}" in {place} is no path', str(error), "Correct the path") from error


def is_path(text: str) -> bool:
    """Whether an entry of `packages` is a folder or a wheel, not a name."""
    return (
        text.startswith((".", "/", "~")) or "\\" in text or ("@" not in text and ("/" in text or text[-4:] == ".whl"))
    )


def check_installed(asked: Iterable[str | Path]) -> None:
    """What hooks import has to be there natively, too: the build runs them before it packs anything.

    Raises:
        ConfigError: one of the packages is not installed beside edgeweb.
    """
    missing = [name for name in _names(asked) if version_here(name) is None]
    if missing:
        names = " ".join(missing)
        raise ConfigError(
            f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not installed here",
            "The build runs hooks natively, with the packages of this Python, before anything is packed",
            f"Run: pip install {names}",
        )


def version_here(name: str) -> str | None:
    """The version of a package that is installed beside edgeweb."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def needs_numpy(asked: Iterable[str | Path]) -> bool:
    """Whether NumPy is among the packages or what they depend on, as far as they are installed here."""
    seen: set[str] = set()
    waiting = _names(asked)
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in seen:
            continue
        seen.add(name)
        try:
            waiting += _names(metadata.requires(name) or [])
        except metadata.PackageNotFoundError:
            continue
    return "numpy" in seen


def _names(asked: Iterable[str | Path]) -> list[str]:
    """The packages by their names, without paths and without what a marker excludes here."""
    parsed = [Requirement(each) for each in asked if isinstance(each, str)]
    return [each.name for each in parsed if each.marker is None or each.marker.evaluate({"extra": ""})]
