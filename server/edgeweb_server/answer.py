"""What a request is answered with, decided without touching the disk: status, headers, and which bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from starlette.types import Scope

from edgeweb_server import listing
from edgeweb_server.negotiate import (
    IDENTITY,
    byte_range,
    choose_coding,
    not_modified,
    precondition_failed,
    range_allowed,
)
from edgeweb_server.releases import Releases
from edgeweb_server.site import File, Form, Site
from edgeweb_server.words import words

_METHODS = ("GET", "HEAD")

# For answers that belong to no site, so that headers.json has no word on them: the strictest there is.
BARE_HEADERS = {
    "cache-control": "no-cache",
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


@dataclass(frozen=True, slots=True)
class Ask:
    """A request: method, path relative to the application, and headers.

    Attributes:
        headers: all values of a header as one list, by its name in lower case.
    """

    method: str
    path: str
    headers: Mapping[str, str]

    @classmethod
    def of(cls, scope: Scope) -> Ask:
        """The request in an ASGI scope."""
        return cls(scope["method"], _path(scope), joined(scope["headers"]))


def joined(fields: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The fields of a request, those of one name as one list; names are in lower case."""
    found: dict[str, str] = {}
    for name, value in fields:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: `body`, or the bytes `part` of the stored `form`. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    form: Form | None = None
    part: range = field(default=range(0))


def _path(scope: Scope) -> str:
    """The path to look up, without the prefix that the application is mounted at.

    A path that arrived percent-encoded is looked up as it arrived: no path of a manifest needs encoding, so it is
    not found, and `%2e%2e`, `%2f`, `%5c` and `%00` have nothing to act on.
    """
    path: str = scope["path"]
    root: str = scope.get("root_path", "").rstrip("/")
    if root and path.startswith(root):
        path = path[len(root) :]
    raw: bytes | None = scope.get("raw_path")
    return path if raw is None or raw.endswith(path.encode("utf-8", "replace")) else raw.decode("latin-1")


def answer(place: Site | Releases, ask: Ask) -> Answer:
    """The answer of a site, or of a folder of sites, to a request."""
    if isinstance(place, Site):
        return _of_site(place, ask)
    name, slash, rest = ask.path.removeprefix("/").partition("/")
    site = place.sites.get(name)
    if site is not None and slash:
        return _of_site(site, Ask(ask.method, "/" + rest, ask.headers))
    if ask.method not in _METHODS:
        return _method_refused(BARE_HEADERS)
    if ask.path == "/":
        page = place.page(words(ask.headers.get("accept-language", ""))).encode()
        own = {"content-type": "text/html; charset=utf-8", "content-length": str(len(page))}
        own |= {"content-security-policy": listing.POLICY, "vary": "Accept-Language"}
        return Answer(200, {**BARE_HEADERS, **own}, page)
    return problem(404, "There is no such site.", BARE_HEADERS) if site is None else _redirect(name, BARE_HEADERS)


def _of_site(site: Site, ask: Ask) -> Answer:
    headers = site.rules.at(ask.path)
    if ask.method not in _METHODS:
        return _method_refused(headers)
    file = site.files.get(ask.path)
    if file is not None:
        return _of_file(file, ask, headers)
    if ask.path in site.redirects:
        return _redirect(ask.path.rpartition("/")[2], headers)
    return problem(404, "There is no such file in this site.", headers)


def _of_file(file: File, ask: Ask, headers: Mapping[str, str]) -> Answer:
    """A stored file: 200, 206, 304, 406, 412 or 416."""
    asked_range = ask.headers.get("range")
    headers = {"content-type": file.media_type, **headers, "accept-ranges": "bytes"}
    if len(file.forms) > 1:
        headers["vary"] = ", ".join(filter(None, (headers.get("vary"), "Accept-Encoding")))
    # A range counts bytes of the plain file; a range of compressed bytes would be taken for one (see Starlette #3420).
    sizes = {coding: form.size for coding, form in file.forms.items()}
    coding = IDENTITY if asked_range is not None else choose_coding(ask.headers.get("accept-encoding"), sizes)
    if coding is None:
        return problem(406, "This file is not stored in an encoding that the request accepts.", headers)
    form = file.forms[coding]
    headers["etag"] = form.etag
    if coding != IDENTITY:
        headers["content-encoding"] = coding
    sent = ask.headers.get
    if precondition_failed(sent("if-match"), sent("if-unmodified-since"), form.etag, form.modified):
        changed = "This file is not the one that the request is about."
        return problem(412, changed, _without(headers, "content-encoding"))
    if not_modified(ask.headers.get("if-none-match"), form.etag):
        return Answer(304, _without(headers, "content-type", "content-encoding"))
    part = None
    # Ranges are defined for GET alone (RFC 9110, 14.2).
    if asked_range is not None and ask.method == "GET" and range_allowed(ask.headers.get("if-range"), form.etag):
        part = byte_range(asked_range, form.size)
    if part is None:
        return Answer(200, {**headers, "content-length": str(form.size)}, form=form, part=range(form.size))
    if not part:
        headers["content-range"] = f"bytes */{form.size}"
        return problem(416, f"This file has {form.size} bytes.", _without(headers, "etag"))
    headers["content-range"] = f"bytes {part.start}-{part.stop - 1}/{form.size}"
    return Answer(206, {**headers, "content-length": str(len(part))}, form=form, part=part)


def problem(status: int, sentence: str, headers: Mapping[str, str]) -> Answer:
    """An answer that says what is wrong, under the headers of the path.

    It is never stored: a file that is missing in the middle of an upload must not stay missing for the year that
    its own `immutable` would allow.
    """
    body = f"{sentence}\n".encode()
    own = {"cache-control": "no-store", "content-type": "text/plain; charset=utf-8", "content-length": str(len(body))}
    return Answer(status, {**headers, **own}, body)


def _method_refused(headers: Mapping[str, str]) -> Answer:
    return problem(405, "Only GET and HEAD are answered.", {**headers, "allow": ", ".join(_METHODS)})


def _redirect(name: str, headers: Mapping[str, str]) -> Answer:
    """To the same address with a slash; a relative one, so that it holds behind any proxy."""
    return problem(307, "The page is at this address with a slash.", {**headers, "location": f"{name}/"})


def _without(headers: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in names}
