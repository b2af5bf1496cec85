"""Resolves what hooks ask for into wheels that run in a browser, with pip and with Pyodide's distribution."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from edgeweb import cache, own_package, wheels
from edgeweb.distribution import Distribution
from edgeweb.errors import ConfigError
from edgeweb.wheels import Wheel

_SECONDS = 600
_TARGET = [
    "--only-binary", ":all:", "--platform", wheels.PLATFORM, "--implementation", "cp", "--abi", wheels.ABI,
    "--python-version", "3.14",
]  # fmt: skip
_QUIET = ["--quiet", "--no-input", "--no-color", "--disable-pip-version-check", "--retries", "2"]
_NONE_FOUND = re.compile(r"No matching distribution found for (.+)")
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
    with tempfile.TemporaryDirectory(prefix="edgeweb-", ignore_cleanup_errors=True) as scratch:
        own = [_built(path, Path(scratch) / str(number)) for number, path in enumerate(asked) if isinstance(path, Path)]
        wanted = [*map(str, own), *(each for each in asked if isinstance(each, str))]
        on_step(f"resolving {', '.join(each for each in asked if isinstance(each, str)) or 'your own packages'}")
        key = _key([*(wheels.read(path, "").sha256 for path in own), *wanted[len(own) :], distribution.url])
        try:
            found = _resolved(wanted, distribution, Path(scratch))
        except _UnreachableError as error:
            found = _remembered(key)
            if not found:
                raise ConfigError(*error.words) from error
            on_step("the package index cannot be reached: its packages are those of the last time")
        return _kept(key, found)


def _built(path: Path, scratch: Path) -> Path:
    made = own_package.wheel(path, scratch)
    wheels.read(made, "")
    return made


class _UnreachableError(Exception):
    def __init__(self, *words: str) -> None:
        self.words = words
        super().__init__(*words)


def _resolved(wanted: Sequence[str], distribution: Distribution, scratch: Path) -> list[Wheel]:
    """pip resolves; what it misses and the distribution has is laid beside, and pip begins again."""
    links, target = scratch / "links", scratch / "found"
    links.mkdir()
    while True:
        target.mkdir()
        said = _pip(["download", *_QUIET, *_TARGET, "--find-links", str(links), "--dest", str(target), *wanted])
        if said is None:
            break
        found = _NONE_FOUND.search(said)
        name = _name(found[1]) if found else ""
        laid = {str(canonicalize_name(path.name.partition("-")[0])) for path in links.iterdir()}
        wheel = distribution.wheel(name) if name and name not in laid else None
        if wheel is None:
            raise _failure(said, found[1].strip() if found else "", distribution, laid)
        shutil.copy(wheel, links)
        shutil.rmtree(target)
    own = {Path(each).name for each in wanted if each.endswith(".whl")}
    return [wheels.read(path, _origin(path, own, links, distribution)) for path in sorted(target.iterdir())]


def _origin(path: Path, own: set[str], links: Path, distribution: Distribution) -> str:
    if path.name in own:
        return wheels.OWN
    return distribution.url if (links / path.name).exists() else "the package index"


def _name(requirement: str) -> str:
    """The package in pip's "name>=1 (from other)"."""
    try:
        return canonicalize_name(Requirement(requirement.split(" (from")[0]).name)
    except InvalidRequirement:
        return ""


def _pip(arguments: Sequence[str]) -> str | None:
    """None when pip did as it was told, else what it said."""
    here = str(Path(__file__).parent.parent)
    search = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))
    env = {**os.environ, "PYTHONPATH": search, "PYTHONIOENCODING": "utf-8", "LC_ALL": "C.UTF-8"}
    command = [sys.executable, "-P", "-m", "edgeweb.pip_child", *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", env=env, stdin=subprocess.DEVNULL,
            timeout=_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"ERROR: timed out after {_SECONDS} s"
    return None if done.returncode == 0 else done.stderr or done.stdout


def _failure(said: str, missing: str, distribution: Distribution, laid: set[str]) -> Exception:
    """What pip could not do, in a sentence."""
    if "No module named 'pip" in said:
        return ConfigError(
            "pip is missing from this Python", "It finds the packages that hooks ask for", "Run: python -m ensurepip"
        )
    lines = [line.removeprefix("ERROR: ").strip() for line in said.splitlines() if line.startswith("ERROR: ")]
    what = f"{missing or 'The packages of the hooks'} could not be resolved"
    if _OFFLINE.search(said):
        return _UnreachableError(what, "the package index cannot be reached", "Connect this machine, and build again")
    if missing and _name(missing) not in laid:
        return ConfigError(
            f"{missing} has no wheel that runs in a browser",
            f"the package index has neither a pure Python one nor one for {wheels.PLATFORM}, and {distribution.url} none",
            "Check its name and version, leave it out of packages, or name a folder or a .whl file of your own",
        )
    why = next((line for line in lines if "conflict" in line.lower()), lines[-1] if lines else "pip failed")
    return ConfigError(what, why, "Correct the versions in packages")


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
