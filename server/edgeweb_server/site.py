"""A site folder as an immutable map from URL path to file, checked in full before the first request."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

from edgeweb_server import headers, kept, listing
from edgeweb_server.disk import Seen, digest_of, opened, seen_of
from edgeweb_server.errors import ServeError
from edgeweb_server.negotiate import IDENTITY

FORMAT = 1
MANIFEST_FILE = "edgeweb.json"
CHANNELS_FILE = "channels.json"
RELEASES = "releases"

# What changes when anything does that is served.
_TELLING = (MANIFEST_FILE, headers.HEADERS_FILE, CHANNELS_FILE, RELEASES, kept.LEDGER_FILE)
# What stands beside a manifest that does not name it: who signed it, which visitor gets which release, what was
# deployed when; and the copies for a page that was opened in the middle of a deployment.
_UNNAMED = ("edgeweb.sig", CHANNELS_FILE, kept.LEDGER_FILE)
_COPIES = "assets/manifest-*.json"
_SUFFIX_OF_CODING = {"br": ".br", "gzip": ".gz"}
_SITE_PATH = re.compile(r"(?!.*(?:^|/)\.\.?(?:/|$))[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST_BYTES = 64 << 20
_BUILD = "Build the site again: edgeweb build MODEL"

# Fixed here, because `mimetypes` asks the operating system, and Windows is known to answer text/plain for .js.
_BINARY = "application/octet-stream"
_TEXT = "text/plain; charset=utf-8"
_TYPES = {
    ".avif": "image/avif",
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".flac": "audio/flac",
    ".gif": "image/gif",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".md": _TEXT,
    ".mjs": "text/javascript; charset=utf-8",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".png": "image/png",
    ".py": _TEXT,
    ".svg": "image/svg+xml",
    ".toml": _TEXT,
    ".ts": _TEXT,
    ".txt": _TEXT,
    ".wasm": "application/wasm",
    ".wav": "audio/wav",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    "": _TEXT,  # LICENSE, THIRD_PARTY_NOTICES
}

Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Form:
    """One stored form of a file: where it lies (no links left in the path), its bytes, its entity tag and its age.

    Attributes:
        modified: when it was last written, in whole seconds since 1970, as HTTP dates count.
        sha256: of its bytes; for another coding than `identity`, as they were at load.
        seen: what the file looked like on disk at load.
    """

    path: str
    size: int
    etag: str
    modified: int
    sha256: str
    seen: Seen


@dataclass(frozen=True, slots=True)
class File:
    """A file of the site: its media type and its forms by content coding, `identity` always among them."""

    media_type: str
    forms: Mapping[str, Form]


@dataclass(frozen=True, slots=True)
class Site:
    """One site, as it was on disk when it was loaded.

    Attributes:
        files: URL path ("/", "/assets/x.js", "/report/") to file.
        redirects: URL paths of folders that have a page, without their last slash ("/report").
        card: what a list of sites shows of it.
        rules: the response headers of every path.
        seen: what the manifest and the headers looked like on disk before they were read.
    """

    folder: Path
    name: str
    release: str
    card: listing.Card
    files: Mapping[str, File]
    redirects: frozenset[str]
    rules: headers.HeaderRules
    seen: tuple[Stamp | None, ...]

    def fresh(self) -> bool:
        """Whether the site on disk is still the one that was loaded."""
        return _stamps(self.folder) == self.seen


def load(folder: Path) -> Site:
    """The site in `folder`.

    Raises:
        ServeError: the manifest or headers.json is missing or malformed, or a file is missing, has another size
            than the manifest says, or is a link that leads out of the folder.
    """
    seen = _stamps(folder)
    manifest_data = _read(folder, MANIFEST_FILE)
    manifest = _parse(manifest_data, folder / MANIFEST_FILE)
    urls: dict[str, File] = {}
    for path, entry in manifest["files"].items():
        urls.update(dict.fromkeys(_url_paths(path), _file(folder, path, entry)))
    urls["/" + MANIFEST_FILE] = _plain(folder, MANIFEST_FILE, manifest_data)
    redirects = frozenset(url[:-1] for url in urls if url.endswith("/") and url != "/")
    urls = {**_of_releases(folder), **_beside(folder), **urls}
    return Site(
        folder=folder,
        name=manifest["name"],
        release=manifest["release"],
        card=listing.card(manifest),
        files=MappingProxyType(urls),
        redirects=redirects,
        rules=headers.parse(_read(folder, headers.HEADERS_FILE), str(folder / headers.HEADERS_FILE)),
        seen=seen,
    )


def _beside(folder: Path, below: str = "") -> dict[str, File]:
    """What a site's manifest does not name, by URL path."""
    found = [folder / name for name in _UNNAMED] + ([] if below else sorted(folder.glob(_COPIES)))
    names = [path.relative_to(folder).as_posix() for path in found if path.is_file()]
    urls = {f"/{below}{name}": _plain(folder, name, _read(folder, name)) for name in names}
    if kept.LEDGER_FILE in names:
        older = kept.assets(folder, _read(folder, kept.LEDGER_FILE))
        urls |= {f"/{path}": _file(folder, path, entry) for path, entry in older if _problem(path, entry) is None}
    return urls


def _of_releases(folder: Path) -> dict[str, File]:
    """The releases of a folder of several, by URL path: they share its assets, and each has a folder for the rest."""
    urls: dict[str, File] = {}
    if not (folder / CHANNELS_FILE).is_file():
        return urls
    for place in sorted(folder.glob(f"{RELEASES}/*/{MANIFEST_FILE}")):
        own, below = place.parent, f"{RELEASES}/{place.parent.name}/"
        data = _read(own, MANIFEST_FILE)
        urls |= {f"/{below}{MANIFEST_FILE}": _plain(own, MANIFEST_FILE, data), **_beside(own, below)}
        for path, entry in _parse(data, place)["files"].items():
            shared = path.startswith("assets/")
            urls[f"/{path}" if shared else f"/{below}{path}"] = _file(folder if shared else own, path, entry)
    return urls


def _plain(folder: Path, name: str, data: bytes) -> File:
    """A file in one form, whose bytes have just been read."""
    form = _form(folder, name, len(data), _digest(data))
    return File(_media_type(name), MappingProxyType({IDENTITY: form}))


def _stamps(folder: Path) -> tuple[Stamp | None, ...]:
    # Asked before every answer, and a Path costs more than the system call.
    return tuple(stamp(f"{folder}/{name}") for name in _TELLING)


def stamp(path: str | Path) -> Stamp | None:
    """What changes when `path` is written or replaced; None when it is not there."""
    try:
        found = os.stat(path)  # noqa: PTH116 - as above
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


def _read(folder: Path, name: str) -> bytes:
    """A file that says what the others are; one that never ends, or is none of a build's by its size, is refused."""
    try:
        path = _inside(folder, name)
        if path.exists() and not path.is_file():
            raise ServeError(f"{folder / name} cannot be read", "It is a folder, a pipe or a device", _BUILD)
        if path.stat().st_size > _MOST_BYTES:
            raise ServeError(f"{folder / name} cannot be read", f"It has {path.stat().st_size:,} bytes", _BUILD)
        return path.read_bytes()
    except OSError as error:
        raise ServeError(f"{folder / name} cannot be read", error.strerror or str(error), _BUILD) from error


def _parse(data: bytes, source: Path) -> dict[str, Any]:
    """The manifest, with the keys that the server reads checked; the builder and the page check the others."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ServeError(f"{source} is not a valid manifest", f"It is not JSON: {error}", _BUILD) from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        number = found.get("format") if isinstance(found, dict) else None
        raise ServeError(
            f"{source} has format {number!r}", f"This server reads format {FORMAT}", f"Upgrade edgeweb, or: {_BUILD}"
        )
    if not all(_is_text(found.get(key, "")) for key in ("name", "release", "title")) or not (
        "name" in found and "release" in found
    ):
        raise ServeError(f"{source} is not a valid manifest", "Its name, title and release must be texts", _BUILD)
    if not isinstance(found.get("files"), dict):
        raise ServeError(f"{source} is not a valid manifest", "It has no table of files", _BUILD)
    return found


def _url_paths(path: str) -> list[str]:
    """The URL paths of a file: its own, and for an index page its folder's as well."""
    url = "/" + path
    return [url, url.removesuffix("index.html")] if url.endswith("/index.html") else [url]


def _file(folder: Path, path: str, entry: Any) -> File:
    problem = _problem(path, entry)
    if problem:
        raise ServeError(f"{folder / MANIFEST_FILE} is not a valid manifest", problem, _BUILD)
    forms = {IDENTITY: _form(folder, path, entry["bytes"], entry["sha256"])}
    for coding, size in entry.get("encodings", {}).items():
        forms[coding] = _form(folder, path + _SUFFIX_OF_CODING[coding], size, entry["sha256"], coding)
    return File(_media_type(path), MappingProxyType(forms))


def _problem(path: str, entry: Any) -> str | None:
    """What is wrong with an entry of the file table, or None."""
    if not _SITE_PATH.fullmatch(path):
        return f"{path!r} is not a path inside a site"
    if not isinstance(entry, dict) or not _is_size(entry.get("bytes")):
        return f"The file {path!r} has no number of bytes"
    if not isinstance(entry.get("sha256"), str) or not _SHA256.fullmatch(entry["sha256"]):
        return f"The file {path!r} has no SHA-256"
    encodings = entry.get("encodings", {})
    if not isinstance(encodings, dict) or not all(_is_size(size) for size in encodings.values()):
        return f"The encodings of {path!r} are not a table of bytes"
    unknown = sorted(encodings.keys() - _SUFFIX_OF_CODING.keys())
    return f"The file {path!r} has the encoding {unknown[0]!r}, known are br and gzip" if unknown else None


def _is_text(value: Any) -> bool:
    """Whether it can be sent; JSON can hold half a character ("\\ud800"), UTF-8 cannot."""
    return isinstance(value, str) and not any("\ud800" <= character <= "\udfff" for character in value)


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _form(folder: Path, path: str, size: int, sha256: str, coding: str = IDENTITY) -> Form:
    """A form whose plain bytes have this SHA-256."""
    real = _inside(folder, path)
    try:
        found = real.stat() if real.is_file() else None
    except OSError:
        found = None
    if found is None or found.st_size != size:
        state = "It is missing or not a plain file" if found is None else f"It has {found.st_size} bytes"
        raise ServeError(f"{folder / path} is not what the manifest says", f"{state}, not {size} bytes", _BUILD)
    # Another coding is another sequence of bytes, so it needs another strong tag (RFC 9110, 8.8.3.3).
    tag, own = (sha256, sha256) if coding == IDENTITY else (f"{sha256}-{coding}", _digest_now(folder / path, real))
    return Form(str(real), size, f'"{tag}"', int(found.st_mtime), own, seen_of(found))


def _digest_now(path: Path, real: Path) -> str:
    """What a later state of a file is compared with where the manifest has no digest of it."""
    try:
        with opened(str(real)) as file:
            return digest_of(file)
    except OSError as error:
        raise ServeError(f"{path} cannot be read", error.strerror or str(error), _BUILD) from error


def _inside(folder: Path, path: str) -> Path:
    """The real path of a file of the site, links followed.

    Raises:
        ServeError: a link in it leads out of the site.
    """
    try:
        root, real = folder.resolve(), (folder / path).resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links
        raise ServeError(f"{folder / path} cannot be found", str(error), _BUILD) from error
    if not real.is_relative_to(root):
        raise ServeError(f"{folder / path} leads out of the site", f"It is a link to {real}", "Copy the file there")
    return real


def _media_type(path: str) -> str:
    return _TYPES.get(PurePosixPath(path).suffix.lower(), _BINARY)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
