"""Where a site that is checked is read from: a folder, or a host that serves it."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, urlsplit

from edgeweb.errors import SiteError
from edgeweb.trust import whole

if TYPE_CHECKING:
    import httpx2

# Of what is read as text: manifests, signatures and keys.
_MOST_TEXT = 16 << 20
_CHUNK = 1 << 16
_SILENT_S = 30.0
# All of a site, also where a host sends a byte now and then and never ends.
_WHOLE_S = 900.0
_AT_ONCE = 8
_REDIRECTS = 5
_NONE = (404, 410)
_AGAIN = "Try again, or ask whoever runs the host"


class Source(Protocol):
    """`where`: as people call it; `lists`: whether it tells what there is. A name is a path in the site."""

    where: str
    lists: bool

    def read(self, name: str) -> bytes | None:
        """A small file whole; None where it is not there."""

    def digests(self, sizes: dict[str, int]) -> dict[str, str]:
        """The SHA-256 of each of these files that is there; empty for one that is longer than its size here."""

    def below(self, name: str) -> list[str]:
        """What lies in a folder, of what tells that."""


class Folder:
    """A folder of this machine."""

    lists = True

    def __init__(self, path: Path) -> None:
        self.where, self._path = str(path), path

    def read(self, name: str) -> bytes | None:
        """A small file; None where there is none."""
        path = self._path / name
        return path.read_bytes() if _is_inside(name) and path.is_file() else None

    def digests(self, sizes: dict[str, int]) -> dict[str, str]:
        """Of those that are there."""
        there = [name for name in sizes if _is_inside(name) and (self._path / name).is_file()]
        return {name: whole.digest(self._path / name) for name in there}

    def below(self, name: str) -> list[str]:
        """Every file below it."""
        return whole.names(self._path / name)


class Host:
    """A host, asked as a browser asks it: what it sends compressed is checked as it is unpacked."""

    lists = False

    def __init__(self, base: str, client: httpx2.Client) -> None:
        self.where = self._base = f"{base.rstrip('/')}/"
        self._client = client
        self._until = time.monotonic() + _WHOLE_S

    def read(self, name: str) -> bytes | None:
        """A small file; None where there is none."""
        data = bytearray()
        for chunk in self._chunks(name):
            data += chunk
            if len(data) > _MOST_TEXT:
                raise SiteError(f"{self._base}{name} cannot be read", "it is far too long", _AGAIN)
        # Some hosts answer a missing file with a page, and say 200.
        is_page = data[:256].lstrip().lower().startswith((b"<!doctype", b"<html"))
        return None if is_page or not data else bytes(data)

    def digests(self, sizes: dict[str, int]) -> dict[str, str]:
        """Of those that are there."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = dict(zip(sizes, pool.map(self._digest, sizes, sizes.values()), strict=True))
        return {name: digest for name, digest in found.items() if digest is not None}

    def below(self, name: str) -> list[str]:
        """Nothing: no host has to tell."""
        return []

    def _digest(self, name: str, most: int) -> str | None:
        hasher, size, came = hashlib.sha256(), 0, False
        for chunk in self._chunks(name):
            hasher.update(chunk)
            came, size = True, size + len(chunk)
            if size > most:
                return ""
        return hasher.hexdigest() if came or most == 0 else None

    def _chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of a file as a page would see them; none where it is not there."""
        import httpx2

        if not _is_inside(name):
            return
        url = f"{self._base}{quote(name)}"
        try:
            with self._answer(url) as response:
                if response.status_code in _NONE:
                    return
                if response.status_code != 200:
                    raise SiteError(f"{url} cannot be read", f"the host answers {response.status_code}", _AGAIN)
                for chunk in response.iter_bytes(_CHUNK):
                    if time.monotonic() > self._until:
                        raise SiteError(f"{url} cannot be read", f"it has not ended after {_WHOLE_S:.0f} s", _AGAIN)
                    yield chunk
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            why = str(error) or type(error).__name__
            raise SiteError(f"{url} cannot be read", why, "Check the address and the connection") from error

    @contextmanager
    def _answer(self, url: str) -> Iterator[httpx2.Response]:
        """The answer at the end of redirects, which have to stay with the host that is checked."""
        request = self._client.build_request("GET", url)
        for _ in range(_REDIRECTS):
            response = self._client.send(request, stream=True)
            try:
                following = response.next_request
                if following is None:
                    yield response
                    return
            finally:
                response.close()
            if following.url.host != request.url.host:
                why = f"it sends to {following.url.host}, which is another host"
                raise SiteError(f"{url} cannot be checked", why, f"Check that one: edgeweb verify {following.url}")
            request = following
        raise SiteError(f"{url} cannot be read", "it redirects without an end", _AGAIN)


def is_address(where: object) -> bool:
    """Whether this is the address of a host, and no folder."""
    return isinstance(where, str) and re.match(r"https?://", where) is not None


@contextmanager
def opened(where: str | Path) -> Iterator[Source]:
    """A folder, or the host at an address."""
    if not is_address(where):
        yield Folder(Path(where))
        return
    # Here, as it takes longer to import than --help may.
    import httpx2

    parts = urlsplit(str(where))
    base = f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix('index.html')}"
    headers = {"User-Agent": "edgeweb-verify", "Accept": "*/*", "Accept-Encoding": "gzip, br"}
    # As a page fetches: no cookie goes back to whoever set it.
    cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    with httpx2.Client(headers=headers, timeout=_SILENT_S, cookies=cookies) as client:
        yield Host(base, client)


def _is_inside(name: str) -> bool:
    """A manifest from anywhere names files: none outside the site."""
    path = PurePosixPath(name)
    return bool(name) and not path.is_absolute() and ".." not in path.parts and "\\" not in name
