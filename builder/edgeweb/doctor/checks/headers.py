"""The headers of headers.json that isolate the page, close it to frames, and keep browsers from guessing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from edgeweb.doctor import rules
from edgeweb.doctor.common import Check, Finding, listed, several
from edgeweb.doctor.visit import Visit, grouped

_ISOLATION = "The page runs with one thread on the first visit; from the second on its service worker adds the header"
_SNIFFING = "Browsers may guess another type for a file than the host says, and run it"
_FRAMES = "Other sites may show this one in a frame, and lay something over it"
_OTHERS = {
    "referrer-policy": "Links that visitors follow tell where they came from",
    "permissions-policy": "Scripts of the page may ask for more of the device than the site needs",
    "x-dns-prefetch-control": "Browsers may look up host names that the page mentions",
    "origin-agent-cluster": "The page may share its process with others of the same domain",
}
_OF_OTHERS = "The page is less closed than it was built"


def _isolation(visit: Visit) -> Iterator[Finding]:
    yield from _compared(visit, rules.ISOLATION, lambda _: _ISOLATION)


def _sniffing(visit: Visit) -> Iterator[Finding]:
    yield from _compared(visit, (rules.SNIFFING,), lambda _: _SNIFFING)


def _frames(visit: Visit) -> Iterator[Finding]:
    yield from _compared(visit, (rules.FRAMES,), lambda _: _FRAMES)


def _others(visit: Visit) -> Iterator[Finding]:
    if visit.rules is not None:
        names = [name for name in visit.rules.names if name not in rules.APART]
        yield from _compared(visit, names, lambda name: _OTHERS.get(name, _OF_OTHERS))


def _compared(visit: Visit, names: Iterable[str], why: Callable[[str], str]) -> Iterator[Finding]:
    if visit.rules is None:
        yield Finding("skipped", "headers.json did not arrive as it was built")
        return
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for name in names:
        for said, paths in grouped(_wrong(visit, name)).items():
            alike.setdefault((said, tuple(paths)), []).append(name)
    for (said, where), wrong in alike.items():
        written = [visit.rules.names.get(name, name) for name in wrong]
        what = f"{listed(written)} {'is' if len(written) == 1 else 'are'} {said} on {several(where)}"
        consequences = dict.fromkeys(map(why, wrong))
        mend = visit.header(where[0].lstrip("/"), wrong[0])
        yield Finding(visit.weight(wrong[0]), what, ". ".join(consequences), mend)


def _wrong(visit: Visit, name: str) -> Iterator[tuple[str, str]]:
    for path in visit.files:
        answer, wanted = visit.plain(path), visit.rules.at(_url(path)).get(name) if visit.rules else None
        if answer.status != 200 or wanted is None:
            continue
        sent = answer.all(name)
        if not sent:
            yield "missing", _url(path) or "/"
        elif {_plain(value) for value in sent} != {_plain(wanted)}:
            yield f"{', '.join(dict.fromkeys(sent))}, not {wanted},", _url(path) or "/"


def _plain(value: str) -> str:
    return "".join(value.lower().split())


def _url(path: str) -> str:
    """Where a file is visited."""
    return "" if path == "index.html" else path


CHECKS = (
    Check("isolation", "the page is cross-origin isolated from the first visit on, so threads are allowed", _isolation),
    Check("sniffing", "browsers are told not to guess types", _sniffing),
    Check("frames", "no other site can show this one in a frame", _frames),
    Check("headers", "the other headers of headers.json are there", _others),
)
