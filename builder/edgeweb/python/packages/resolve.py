"""Resolves what hooks ask for into wheels that run in a browser, with pip and with Pyodide's distribution."""

from __future__ import annotations

import hashlib
import re
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from edgeweb.errors import ConfigError
from edgeweb.machine import cache, scratch
from edgeweb.machine.child import Child
from edgeweb.python.packages import own as own_package
from edgeweb.python.packages import wheels
from edgeweb.python.packages.distribution import Distribution
from edgeweb.python.packages.wheels import Wheel
from edgeweb.schema.steps import Note

_SECONDS = 600
_TARGET = [
    "--only-binary", ":all:", "--platform", wheels.PLATFORM, "--implementation", "cp", "--abi", wheels.ABI,
    "--python-version", "3.14",
]  # fmt: skip
_QUIET = ["--no-input", "--no-color", "--disable-pip-version-check", "--retries", "2"]
_NONE_FOUND = re.compile(r"No matching distribution found for (.+)")
_DEPENDS = re.compile(r"depends on (.+)")
_OFFLINE = re.compile(
    r"ConnectionError|NewConnection|Timeout|timed out|name resolution|Max retries|Connection (?:refused|reset)|"
    r"ProxyError|SSLError|Network is unreachable"
)


class _Kept(msgspec.Struct, frozen=True):
    """A wheel of an earlier resolution."""

    file: str
    sha256: str
    origin: str


def resolve(
    asked: Sequence[str | Path], distribution: Distribution, on_step: Callable[[str], None]
) -> tuple[Wheel, ...]:
    """Wheels for `asked` and all that they depend on, by name, in the user's cache.

    Where the index cannot be reached, the wheels of the last time are taken.

    Raises:
        ConfigError: something is not to be had, does not fit the rest, or has no form that a browser runs.
    """
    if not asked:
        return ()
    with scratch.folder() as room:
        own = [_built(path, room / str(number)) for number, path in enumerate(asked) if isinstance(path, Path)]
        wanted = [*map(str, own), *(each for each in asked if isinstance(each, str))]
        on_step(f"resolving {', '.join(each for each in asked if isinstance(each, str)) or 'your own packages'}")
        key = _key([*(wheels.read(path, "").sha256 for path in own), *wanted[len(own) :], distribution.url])
        found = _resolved(wanted, key, distribution, room, on_step)
        return _kept(key, found)


def _built(path: Path, room: Path) -> Path:
    made = own_package.wheel(path, room)
    wheels.read(made, "")
    return made


def _resolved(
    wanted: Sequence[str], key: str, distribution: Distribution, room: Path, on_step: Callable[[str], None]
) -> list[Wheel]:
    """pip resolves; what it misses and the distribution has is laid beside, and pip begins again."""
    links, target = room / "links", room / "found"
    links.mkdir()
    while True:
        target.mkdir()
        said = _pip(["download", *_QUIET, *_TARGET, "--find-links", str(links), "--dest", str(target), *wanted])
        if said is None:
            break
        if _OFFLINE.search(said) and (before := _remembered(key)):
            on_step(Note("the package index cannot be reached: the packages are those of the last time"))
            return before
        laid = {str(canonicalize_name(path.name.partition("-")[0])) for path in links.iterdir()}
        missing = filter(None, map(_parsed, _NONE_FOUND.findall(said) or _DEPENDS.findall(said)))
        further = {distribution.wheel(each) for each in missing if canonicalize_name(each.name) not in laid} - {None}
        if not further:
            raise _failure(said, distribution, laid)
        for path in filter(None, further):
            shutil.copy(path, links)
        shutil.rmtree(target)
    own = {Path(each).name for each in wanted if each.endswith(".whl")}
    return [wheels.read(path, _origin(path, own, links)) for path in sorted(target.iterdir())]


def _origin(path: Path, own: set[str], links: Path) -> str:
    if path.name in own:
        return wheels.OWN
    return "Pyodide's distribution" if (links / path.name).exists() else "the package index"


def _parsed(said: str) -> Requirement | None:
    """What pip means with "name>=1 (from other)"."""
    try:
        return Requirement(said.split(" (from")[0])
    except InvalidRequirement:
        return None


def _pip(arguments: Sequence[str]) -> str | None:
    """None when pip did as it was told, else what it said."""
    said, limit = [], time.monotonic() + _SECONDS
    with Child(
        "python.packages.pip_child", *arguments, complaints=True, PYTHONIOENCODING="utf-8", LC_ALL="C.UTF-8"
    ) as pip:
        try:
            while (line := pip.line(limit)) is not None:
                said.append(line)
        except TimeoutError:
            return f"ERROR: timed out after {_SECONDS} s"
        return None if pip.code == 0 else "".join(said)


def _failure(said: str, distribution: Distribution, laid: set[str]) -> ConfigError:
    """What pip could not do, in a sentence."""
    found = _NONE_FOUND.search(said)
    missing = found[1].split(" (from")[0].strip() if found else ""
    parsed = _parsed(missing)
    if "No module named 'pip" in said:
        return ConfigError(
            "pip is missing from this Python", "It finds the packages that hooks ask for", "Run: python -m ensurepip"
        )
    lines = [line.removeprefix("ERROR: ").strip() for line in said.splitlines() if line.startswith("ERROR: ")]
    what = f"{missing or 'The packages of the hooks'} could not be resolved"
    if _OFFLINE.search(said):
        return ConfigError(what, "the package index cannot be reached", "Connect this machine, and build again")
    if parsed and canonicalize_name(parsed.name) not in laid:
        return ConfigError(
            f"{missing} has no wheel that runs in a browser",
            f"neither the package index nor {distribution.url} has a pure Python one or one for {wheels.PLATFORM}",
            "Check its name and version, leave it out of packages, or name a folder or a .whl file of your own",
        )
    causes = [line.strip() for line in said.splitlines() if " depends on " in line or "requested " in line]
    return ConfigError(what, "; ".join(causes[:3]) or (lines or ["pip failed"])[-1], "Correct the versions in packages")


def _key(parts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join([wheels.PLATFORM, *parts]).encode()).hexdigest()[:32]


def _kept(key: str, found: Sequence[Wheel]) -> tuple[Wheel, ...]:
    """The same wheels in the cache, where they outlive this build, and what they answer."""
    room = cache.folder("packages")
    kept = []
    try:
        for wheel in sorted(found, key=lambda each: each.name):
            path = room / wheel.sha256 / wheel.path.name
            if path != wheel.path:
                cache.write(path, wheel.path.read_bytes())
            kept.append(Wheel(wheel.name, wheel.version, path, wheel.sha256, wheel.origin))
        listed = [_Kept(wheel.path.name, wheel.sha256, wheel.origin) for wheel in kept]
        cache.write(room / f"{key}.json", msgspec.json.encode(listed))
    except OSError as error:
        raise ConfigError(
            f"{room} cannot be written", error.strerror or str(error), "Make room there, or set XDG_CACHE_HOME"
        ) from error
    return tuple(kept)


def _remembered(key: str) -> list[Wheel]:
    """The wheels of the last time, if all of them are still what they were; else none."""
    room = cache.folder("packages")
    try:
        listed = msgspec.json.decode((room / f"{key}.json").read_bytes(), type=list[_Kept])
        found = [wheels.read(room / each.sha256 / each.file, each.origin) for each in listed]
    except (OSError, msgspec.DecodeError, ConfigError):
        return []
    whole = all(wheel.sha256 == each.sha256 for wheel, each in zip(found, listed, strict=True))
    return found if whole else []
