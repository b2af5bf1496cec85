"""What the host answers for files that are not there."""

from __future__ import annotations

from collections.abc import Iterator

from edgeweb.doctor.asking import LATE, Answer, Ask
from edgeweb.doctor.checks import caching
from edgeweb.doctor.common import Check, Finding
from edgeweb.doctor.visit import Visit

_LONG, _DAY = 600, 86400


def _asked(visit: Visit) -> Answer:
    # A name that no build gives.
    return visit.client.ask(Ask(f"assets/edgeweb-doctor-{visit.manifest.release}.wasm"))


def _missing(visit: Visit) -> Iterator[Finding]:
    found = _asked(visit)
    cached = caching.seconds(found.get("cache-control")) or 0
    if found.status == 200 or found.redirect:
        how = (
            f"redirected to {found.redirect}"
            if found.redirect
            else f"answered with 200 ({found.media_type or 'no type'})"
        )
        kept = ", to be kept for a year" if cached > _DAY else ""
        what = f"a file that is not there is {how}{kept}"
        consequence = "A file that is missing during a deployment comes as a page, and caches may keep it as that file"
        yield Finding("fail", what, consequence, visit.mend("missing"))
    elif found.problem == LATE:
        yield Finding("skipped", LATE)
    elif found.status >= 500 or found.status == 0:
        what = f"a file that is not there is answered with {found.status or found.problem}"
        yield Finding("warn", what, "Visitors wait for what will not come", visit.mend("missing"))


def _kept(visit: Visit) -> Iterator[Finding]:
    found = _asked(visit)
    if found.status not in (403, 404, 410):
        yield Finding("skipped", "the host does not say that a file is missing")
        return
    seconds = caching.seconds(found.get("cache-control")) or 0
    if seconds > _LONG:
        what = f"{found.status} is to be kept: Cache-Control is {found.get('cache-control')}"
        consequence = "Who asks for a new file a moment before it is there does not find it later either"
        yield Finding("fail" if seconds > _DAY else "warn", what, consequence, visit.mend("missing-cached"))


CHECKS = (
    Check("missing", "what is not there is answered with 404", _missing),
    Check("missing-cached", "no cache keeps that a file is missing", _kept),
)
