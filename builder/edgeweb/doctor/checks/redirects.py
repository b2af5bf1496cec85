"""Redirects and logins: a page may fetch from its own origin alone, and carries no cookie."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from edgeweb.doctor import opening
from edgeweb.doctor.asking import Ask, Client
from edgeweb.doctor.common import Check, Finding, several
from edgeweb.doctor.visit import PAGE, WORKER, Visit

_LOGINS = (401, 403, 407)


def _redirects(visit: Visit) -> Iterator[Finding]:
    for old, new in visit.moved:
        yield Finding("pass", f"{old} leads to {new}")
    page = visit.page
    if (page.redirect and visit.within(page.redirect) is None) or page.status in _LOGINS:
        yield opening.elsewhere(page, "", visit.kind.key)
    index = visit.client.ask(Ask(PAGE, keep=False))
    if index.redirect and visit.within(index.redirect) is None:
        yield opening.elsewhere(index, PAGE, visit.kind.key)
    gone = {path: answer for path in visit.files if (answer := visit.plain(path)).redirect and path != PAGE}
    for path, answer in list(gone.items())[:1]:
        found = opening.elsewhere(answer, path, visit.kind.key)
        more = f", and {len(gone) - 1} more files elsewhere" if len(gone) > 1 else ""
        yield Finding(found.state, found.what + more, found.consequence, found.mend)
    yield from _round_trips(visit)


def _round_trips(visit: Visit) -> Iterator[Finding]:
    """Pages lose their index.html on some hosts; anything else should be where its name says."""
    asked = {path: visit.client.ask(visit.asked(path, "identity")) for path in visit.files}
    moved = [
        path
        for path, answer in asked.items()
        if path != WORKER and visit.within(answer.redirect) is not None and not _pretty(visit, path)
    ]
    if moved:
        what = f"{several(moved)} redirect within the site"
        yield Finding("warn", what, "Each costs a visitor one more round trip", visit.mend("redirect"))


def _pretty(visit: Visit, path: str) -> bool:
    target = visit.within(visit.client.ask(visit.asked(path, "identity")).redirect)
    return target is not None and path.endswith(".html") and target in _short(path)


def _short(path: str) -> tuple[str, str, str]:
    bare = path.removesuffix("index.html")
    return bare, bare.rstrip("/"), path.removesuffix(".html")


def _slash(visit: Visit) -> Iterator[Finding]:
    parts = urlsplit(visit.base)
    if parts.path == "/":
        yield Finding("skipped", "the site stands at the root of its host")
        return
    # Relative to its parent: the address without its last slash.
    client = Client(f"{parts.scheme}://{parts.netloc}/", 20, verify=not any(each.state == "fail" for each in visit.tls))
    try:
        found = client.ask(Ask(parts.path.strip("/")))
    finally:
        client.close()
    bare = parts.path.rstrip("/")
    mend = visit.mend("slash", path=bare)
    if found.status == 200:
        what = f"{bare} answers with a page, and does not redirect to {bare}/"
        consequence = "Who types the address without its last slash gets a page that finds none of its files"
        yield Finding("fail", what, consequence, mend)
    elif not found.redirect:
        what = f"{bare} is answered with {found.status}"
        yield Finding("warn", what, "Who types the address without its last slash finds nothing", mend)


CHECKS = (
    Check("redirects", "nothing redirects to elsewhere or asks for a login", _redirects),
    Check("slash", "the address without its last slash leads to the one with it", _slash),
)
