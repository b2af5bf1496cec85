"""Asks a host over HTTP: few connections at once, nothing followed, nothing kept but digests and what is small."""

from __future__ import annotations

import hashlib
import ipaddress
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from edgeweb.doctor import decoding
from edgeweb.doctor.decoding import UndecodableError

if TYPE_CHECKING:
    import httpx2

CONNECTIONS = 4
# What a host may do to one answer: nothing arrives for so long; or it is so much longer than the file.
_SILENT_S = 20.0
# Pages, manifests and the service worker; of anything else the digest does.
_KEPT = 32 << 20
_AGAIN_AFTER_S, _MOST_WAIT_S = 0.5, 5.0
# Of an answer that was never asked for: it says nothing of the host.
LATE = "the time for this check was over"
_BUSY = (429, 502, 503, 504)
# What systems say, each in its own words.
_KNOWN = {
    "refused": "the connection is refused: nothing listens there",
    "name or service": "the host name is not known",
    "name resolution": "the host name is not known",
    "nodename": "the host name is not known",
    "getaddrinfo": "the host name is not known",
    "no address": "the host name is not known",
    "unreachable": "there is no way to it from this network",
}


@dataclass(frozen=True)
class Ask:
    """One request, relative to the site. `accept`: the codings; `part`: a range of bytes, first and last.

    `keep`: whether the body is needed; `most`: bytes after which nobody reads on. `codings`: what to take off, where
    what the answer says of that is not to be believed.
    """

    path: str
    accept: str = "identity"
    part: tuple[int, int] | None = None
    keep: bool = False
    most: int = _KEPT
    codings: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Answer:
    """What came. `status` 0: nothing did, and `problem` says why; or the body was cut or cannot be decoded.

    `sent`: bytes on the wire; `size`, `sha256`: of the decoded ones. `body`: where it was to be kept.
    """

    url: str
    status: int
    fields: tuple[tuple[str, str], ...] = ()
    sent: int = 0
    size: int = 0
    sha256: str = ""
    head: bytes = b""
    body: bytes = b""
    problem: str = ""
    accept: str = "identity"

    def all(self, name: str) -> list[str]:
        """Every field of this name, as it came; `name` is in lower case."""
        return [value for key, value in self.fields if key == name]

    def get(self, name: str) -> str:
        """The same as one list."""
        return ", ".join(self.all(name))

    @property
    def codings(self) -> tuple[str, ...]:
        """What the answer says that its bytes are encoded with."""
        return decoding.named(self.get("content-encoding"))

    @property
    def media_type(self) -> str:
        """Without its parameters."""
        return self.get("content-type").partition(";")[0].strip().lower()

    @property
    def redirect(self) -> str:
        """Where it sends whoever asked, whole; "" where it does not."""
        location = self.get("location")
        if self.status not in (301, 302, 303, 307, 308) or not location:
            return ""
        try:
            found = urljoin(self.url, location)
            return found if urlsplit(found).port != 0 else f"({location})"
        except ValueError:  # No address, such as http://[ is: told as it came, and gone along by nobody.
            return f"({location})"


class Client:
    """Requests to one site, whose answers are remembered.

    Args:
        base: the site's address, with a slash at its end.
        seconds: after which nothing more is asked.
        verify: False where the certificate was found wanting, so that the rest can still be looked at.
    """

    def __init__(self, base: str, seconds: float, verify: bool = True) -> None:
        import httpx2

        self.base = base
        self._until = time.monotonic() + seconds
        host = urlsplit(base).hostname or ""
        self._http = httpx2.Client(
            verify=verify,
            # A proxy of the environment would look for them on its own machine.
            mounts={f"all://{host}": None} if loopback(host) else None,
            timeout=_SILENT_S,
            limits=httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
            headers={"User-Agent": "edgeweb-doctor", "Accept": "*/*"},
            # As a page fetches: no cookie goes back to whoever set it.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        )
        # A host may send a line of an answer's head now and then for ever; nothing else would end that.
        self._end = threading.Timer(seconds, self._http.close)
        self._end.daemon = True
        self._end.start()
        self._known: dict[Ask, Answer] = {}
        self._lock = threading.Lock()
        self.refused = 0

    def close(self) -> None:
        """End its connections."""
        self._end.cancel()
        self._http.close()

    def ask(self, asked: Ask) -> Answer:
        """The answer; one that was given before is not asked for again."""
        with self._lock:
            known = self._known.get(asked)
        if known is not None:
            # Of what a check needs as a whole it has to know that it was not to be had.
            self.refused += asked.keep and known.problem == LATE
            return known
        found = self._asked(asked)
        if found.status in (0, *_BUSY) and time.monotonic() < self._until:
            time.sleep(_pause(found))
            found = self._asked(asked)
        with self._lock:
            return self._known.setdefault(asked, found)

    def all(self, asks: Iterable[Ask]) -> list[Answer]:
        """The same for several, a few at a time."""
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            return list(pool.map(self.ask, list(dict.fromkeys(asks))))

    def _asked(self, asked: Ask) -> Answer:
        import httpx2

        url = urljoin(self.base, asked.path)
        if time.monotonic() > self._until:
            self.refused += 1
            return Answer(url, 0, problem=LATE)
        headers = {"Accept-Encoding": asked.accept}
        if asked.part is not None:
            headers["Range"] = f"bytes={asked.part[0]}-{asked.part[1]}"
        try:
            with self._http.stream("GET", url, headers=headers) as response:
                return self._read(asked, url, response)
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, RuntimeError, OSError) as error:
            if time.monotonic() > self._until:
                self.refused += 1
                return Answer(url, 0, problem=LATE)
            return Answer(url, 0, problem=told(error))

    def _read(self, asked: Ask, url: str, response: httpx2.Response) -> Answer:
        fields = tuple((name.lower(), value) for name, value in response.headers.multi_items())
        found = Answer(url, response.status_code, fields, accept=asked.accept)
        wire, plain = hashlib.sha256(), hashlib.sha256()
        sent = size = 0
        kept = bytearray()
        try:
            chain = decoding.Chain(found.codings if asked.codings is None else asked.codings)
            for chunk in response.iter_raw():
                sent += len(chunk)
                wire.update(chunk)
                for piece in chain.pieces(chunk):
                    size += len(piece)
                    plain.update(piece)
                    kept += piece[: max((_KEPT if asked.keep else 64) - len(kept), 0)]
                if max(sent, size) > asked.most or time.monotonic() > self._until:
                    raise UndecodableError("it is longer than the file, or takes too long")
            chain.close()
        except UndecodableError as error:
            found = replace(found, problem=str(error))
        body = bytes(kept)
        return replace(
            found, sent=sent, size=size, sha256=plain.hexdigest(), head=body[:64], body=body if asked.keep else b""
        )


def loopback(host: str) -> bool:
    """Whether a host name is this machine's own, which browsers trust without TLS."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _pause(found: Answer) -> float:
    """Before it is asked once more."""
    wanted = found.get("retry-after")
    return min(float(wanted), _MOST_WAIT_S) if wanted.isascii() and wanted.isdigit() else _AGAIN_AFTER_S


def told(error: Exception) -> str:
    """Why nothing came, in a few words."""
    import httpx2

    if isinstance(error, httpx2.TimeoutException):
        return f"nothing came for {_SILENT_S:.0f} s"
    if isinstance(error, httpx2.RemoteProtocolError | httpx2.ReadError):
        return "the connection was cut"
    text = str(error)
    known = next((said for word, said in _KNOWN.items() if word in text.lower()), "")
    return known or text or type(error).__name__


def merged(answers: Sequence[Answer]) -> Mapping[str, str]:
    """The fields of several answers, the first that has one."""
    found: dict[str, str] = {}
    for answer in answers:
        for name, value in answer.fields:
            found.setdefault(name, value)
    return found
