"""Pyodide's own distribution: the packages that no index has for the browser, checked against its lock file."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from edgeweb.errors import ConfigError
from edgeweb.machine import cache
from edgeweb.python.packages.requirements import PYTHON
from edgeweb.python.packages.wheels import PLATFORM
from edgeweb.schema.types import Sha256

_PUBLISHED = "https://cdn.jsdelivr.net/pyodide/v{version}/full/"
_SETTING = "EDGEWEB_PYODIDE_URL"
_LOCK = "pyodide-lock.json"
_SECONDS = 60
# What arrives damaged once may be whole the next time.
_MAX_BYTES = 512 << 20
_ATTEMPTS = 2
_WAYS_OUT = f"a mirror or a folder of Pyodide's full distribution in {_SETTING} or pyodide-url of [hooks]"


class _Entry(msgspec.Struct, frozen=True):
    """A package in the lock file, whose other keys do not matter here."""

    name: str
    version: str
    file_name: str
    sha256: Sha256
    depends: list[str] = []
    package_type: str = "package"


class Distribution:
    """Where the distribution is, and what it has.

    Args:
        version: of Pyodide.
        shipped: the lock file that came with it.
        elsewhere: another place than the published one, which then has a lock file of its own: a URL, or a folder
            in `base`.
    """

    def __init__(
        self, version: str, shipped: Path, elsewhere: str | None, base: Path, on_step: Callable[[str], None]
    ) -> None:
        said = os.environ.get(_SETTING) or elsewhere
        self.url = _address(said, base) if said else _PUBLISHED.format(version=version)
        self._shipped = None if said else shipped
        self._on_step = on_step
        self._entries: Mapping[str, _Entry] | None = None

    def wheel(self, wanted: Requirement) -> Path | None:
        """The checked wheel of a package, from the cache where it is there; None: no such package, or no such version.

        Raises:
            ConfigError: it cannot be fetched, is not what the lock file says, or needs what edgeweb does not bundle.
        """
        name = wanted.name
        if self._entries is None:
            self._entries = self._read(name)
        entry = self._entries.get(canonicalize_name(name))
        if entry is None or not wanted.specifier.contains(entry.version, prereleases=True):
            return None
        libraries = [each for each in entry.depends if self._type_of(each) == "shared_library"]
        if libraries or not entry.file_name.endswith(".whl") or "/" in entry.file_name or "\\" in entry.file_name:
            raise ConfigError(
                f"{name} cannot be bundled",
                f"in {self.url} it comes with {libraries[0] if libraries else entry.file_name}, which is no wheel",
                f"Leave {name} out of packages",
            )
        kept = cache.folder("packages") / entry.sha256 / entry.file_name
        if not (kept.is_file() and _sha256(kept.read_bytes()) == entry.sha256):
            self._keep(kept, self._fetched(entry))
        return kept

    def _keep(self, path: Path, data: bytes) -> None:
        try:
            cache.write(path, data)
        except OSError as error:
            raise ConfigError(
                f"{path} cannot be written", error.strerror or str(error), "Make room there, or set XDG_CACHE_HOME"
            ) from error

    def _type_of(self, name: str) -> str:
        entry = (self._entries or {}).get(canonicalize_name(name))
        return entry.package_type if entry else ""

    def _read(self, name: str) -> Mapping[str, _Entry]:
        """The lock file; `name`: the package that it is wanted for."""
        data = self._shipped.read_bytes() if self._shipped else self._got(_LOCK, name)
        try:
            found = json.loads(data)
            about: Mapping[str, Any] = found["info"]
            entries = msgspec.convert(found["packages"], dict[str, _Entry])
        except (ValueError, KeyError, TypeError, msgspec.ValidationError) as error:
            raise ConfigError(
                f"{self.url}{_LOCK} is no lock file of Pyodide", str(error), f"Name {_WAYS_OUT}"
            ) from error
        made_for = f"pyemscripten_{about.get('abi_version')}_{about.get('arch')}"
        if made_for != PLATFORM or str(about.get("python", "")).split(".")[:2] != PYTHON.split(".")[:2]:
            why = f"it is for Python {about.get('python')} and {made_for}, not {PYTHON} and {PLATFORM}"
            raise ConfigError(f"{self.url}{_LOCK} is of another Pyodide", why, f"Name {_WAYS_OUT}")
        return {canonicalize_name(key): entry for key, entry in entries.items()}

    def _fetched(self, entry: _Entry) -> bytes:
        self._on_step(f"fetching {entry.name} {entry.version} from {self.url}")
        data = b""
        for _ in range(_ATTEMPTS):
            data = self._got(entry.file_name, entry.name)
            if _sha256(data) == entry.sha256:
                return data
        raise ConfigError(
            f"{entry.name} from {self.url}{entry.file_name} is not what the lock file names",
            f"its {len(data):,} bytes have the SHA-256 {_sha256(data)[:16]}…, not {entry.sha256[:16]}…",
            f"Try again, or name {_WAYS_OUT}",
        )

    def _got(self, file: str, name: str) -> bytes:
        """A file's bytes; `name`: the package that it is wanted for."""
        try:
            # The user's own setting, or the published address: https, http or file, as _address has checked.
            with urllib.request.urlopen(self.url + file, timeout=_SECONDS) as answer:  # noqa: S310
                size = answer.headers.get("Content-Length") or "0"
                if size.isdecimal() and int(size) > _MAX_BYTES:
                    raise OSError(f"it promises {size} bytes")
                data: bytes = answer.read()
                return data
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()
            raise ConfigError(
                f"{name} could not be fetched from {self.url}{file}",
                _reason(error),
                f"Connect this machine to it, name {_WAYS_OUT}, or leave {name} out of packages",
            ) from error


def _address(said: str, base: Path) -> str:
    """A URL that file names can be put behind."""
    scheme, separator, _ = said.partition("://")
    if not separator:
        return f"{(base / Path(said).expanduser()).resolve().as_uri()}/"
    if scheme not in ("http", "https", "file"):
        raise ConfigError(
            f"{said} cannot be Pyodide's distribution", f"{scheme} is no way to fetch files", f"Name {_WAYS_OUT}"
        )
    return said if said.endswith("/") else f"{said}/"


def _reason(error: Exception) -> str:
    if isinstance(error, http.client.IncompleteRead):
        return f"it was cut off after {len(error.partial):,} bytes"
    code = getattr(error, "code", None)
    if code:
        return f"the server answered {code}"
    cause = getattr(error, "reason", error)
    return str(getattr(cause, "strerror", None) or cause) or type(error).__name__


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
