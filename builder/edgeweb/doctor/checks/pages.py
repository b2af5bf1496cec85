"""The HTML as it was built: hosts that add scripts of their own break the page's policy."""

from __future__ import annotations

import re
from collections.abc import Iterator

from edgeweb.doctor.asking import Answer, Ask
from edgeweb.doctor.checks import manifests
from edgeweb.doctor.common import Check, Finding
from edgeweb.doctor.visit import PAGE, Visit
from edgeweb.errors import printable

_SCRIPT = re.compile(rb"<script[^>]*\bsrc\s*=[^>]*>", re.IGNORECASE)
_LOST = "The page stays empty, or shows something else"


def _pages(visit: Visit) -> Iterator[Finding]:
    for path in visit.files:
        if path.endswith(".html"):
            yield from _page(visit, path)
    yield from _by_name(visit)


def _page(visit: Visit, path: str) -> Iterator[Finding]:
    answer, entry = visit.plain(path), visit.files[path]
    verdict = visit.verdict(path, answer)
    name = "/" if path == PAGE else path
    if verdict in ("right", "elsewhere", "unlabelled", "twice", "broken", "unasked"):
        return
    if verdict in ("missing", "silent"):
        what = f"{name} is answered with {answer.status}" if answer.status else f"{name}: {answer.problem}"
        yield Finding("fail", what, _LOST, visit.mend("upload"))
        return
    body = visit.page.body if path == PAGE else b""
    foreign = manifests.strangers(body, visit.manifest)
    if path == PAGE and foreign is None:
        yield Finding("fail", f"{name} is not the site's page", _LOST, visit.mend("upload"))
    elif not foreign:
        yield _changed(visit, name, answer, entry.bytes, body)


def _by_name(visit: Visit) -> Iterator[Finding]:
    """The service worker asks for the page by its file's name."""
    found = visit.client.ask(Ask(PAGE))
    if found.redirect and (within := visit.within(found.redirect)) is not None:
        found = visit.client.ask(visit.asked(PAGE, "identity", within))
    if found.status not in (0, 200) and not found.redirect and visit.page.status == 200:
        what = f"{PAGE} is answered with {found.status}, and its folder with the page"
        yield Finding("fail", what, "The site cannot be kept for offline", visit.mend("redirect"))


def _changed(visit: Visit, name: str, answer: Answer, built: int, body: bytes) -> Finding:
    more = answer.size - built
    how = f"{abs(more)} bytes {'more' if more > 0 else 'fewer'}" if more else "as many bytes, but others"
    added = [printable(tag.decode("utf-8", "replace"), 160) for tag in _SCRIPT.findall(body)]
    with_it = f", with {added[-1]}" if added else ""
    what = f"the host changes the HTML of {name}: {how} than were built{with_it}"
    consequence = "What was added is refused by the page's policy, or its network; the page cannot be kept for offline"
    return Finding("fail", what, consequence, visit.mend("inject"))


CHECKS = (Check("pages", "the HTML arrives as it was built", _pages),)
