"""The service worker: browsers refuse one that is redirected, of another type, or elsewhere than its site."""

from __future__ import annotations

from collections.abc import Iterator

from edgeweb.doctor.asking import LATE, Ask
from edgeweb.doctor.common import Check, Finding
from edgeweb.doctor.visit import WORKER, Visit

_SCRIPTS = ("text/javascript", "application/javascript", "application/x-javascript")
_LOST = "Browsers do not install it: nothing works offline, and where the host sends no headers the page has one thread"


def _worker(visit: Visit) -> Iterator[Finding]:
    answer = visit.client.ask(Ask(WORKER, keep=True))
    if answer.redirect:
        what = f"{WORKER} is redirected to {answer.redirect}, which browsers refuse for a service worker"
        yield Finding("fail", what, _LOST, visit.mend("redirect"))
    elif answer.problem == LATE:
        yield Finding("skipped", LATE)
    elif answer.status != 200:
        what = f"{WORKER} is answered with {answer.status or answer.problem}"
        yield Finding("fail", what, _LOST, visit.mend("upload"))
    elif WORKER in visit.files and visit.verdict(WORKER, visit.plain(WORKER)) in ("short", "other", "page", "silent"):
        what = f"{WORKER} has other bytes than were built"
        consequence = "An older or a foreign worker decides what visitors get, also after the next release"
        yield Finding("fail", what, consequence, visit.mend("upload"))


CHECKS = (Check("service-worker", "it is served from the site's own folder, whole and without a redirect", _worker),)
