"""Parts of files: a wrong one is worse than none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from edgeweb.doctor.asking import LATE
from edgeweb.doctor.common import Check, Finding
from edgeweb.doctor.visit import Visit

_FIRST, _LAST = 8, 39


def _ranges(visit: Visit) -> Iterator[Finding]:
    sizes = {path: entry.bytes for path, entry in visit.files.items() if path.startswith("assets/")}
    whole = [path for path in sizes if visit.verdict(path, visit.plain(path)) == "right" and sizes[path] > _LAST]
    if not whole:
        yield Finding("skipped", "no file of the site is large enough")
        return
    path = max(whole, key=lambda each: sizes[each])
    known = visit.plain(path)
    if known.codings:
        yield Finding("skipped", f"{path} comes encoded to everybody, and parts of that are of no use")
        return
    asked = replace(visit.asked(path, "identity", visit.within(known.url)), part=(_FIRST, _LAST), codings=())
    found = visit.client.ask(asked)
    consequence = "A download that goes on where it was cut is wrong, and begins anew"
    if found.status == 206:
        right = found.head == known.head[_FIRST : _LAST + 1] and found.sent == _LAST + 1 - _FIRST
        said = found.get("content-range")
        if not right or said not in (f"bytes {_FIRST}-{_LAST}/{sizes[path]}", f"bytes {_FIRST}-{_LAST}/*"):
            what = f"{path}: 206 with other bytes than were asked for ({said or 'no Content-Range'})"
            yield Finding("fail", what, consequence, visit.mend("range"))
    elif found.problem == LATE:
        yield Finding("skipped", LATE)
    elif found.status != 200 or found.problem:
        what = f"{path}: a range is answered with {found.status or found.problem}"
        yield Finding("fail", what, consequence, visit.mend("range"))
    elif found.sha256 != known.sha256:
        yield Finding("fail", f"{path}: asked for a range, 200 with other bytes", consequence, visit.mend("range"))


CHECKS = (Check("ranges", "parts of files are the parts that were asked for", _ranges),)
