"""Content types: with nosniff, a script or a style of another type is not run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from edgeweb.doctor.common import Check, Finding, several
from edgeweb.doctor.visit import Visit, grouped

_SCRIPTS = ("text/javascript", "application/javascript", "application/x-javascript")
# What browsers take, the best first; the second is what they do otherwise.
_TYPES: dict[str, tuple[tuple[str, ...], str]] = {
    ".html": (("text/html",), "Browsers offer the page as a download, or show its source"),
    ".js": (_SCRIPTS, "Browsers refuse to run it, and the page does not start"),
    ".mjs": (_SCRIPTS, "Browsers refuse to run it, and the page does not start"),
    ".css": (("text/css",), "Browsers refuse the style, and the page has none"),
    ".wasm": (("application/wasm",), "Browsers refuse to compile it while it arrives, so the page starts later"),
}
_LESSER: dict[str, tuple[tuple[str, ...], str]] = {
    ".json": (("application/json",), "Hosts and caches do not compress what they do not know"),
    ".webmanifest": (
        ("application/manifest+json", "application/json"), "Some browsers do not offer to install the page"
    ),
}  # fmt: skip


def _types(visit: Visit) -> Iterator[Finding]:
    wrong: list[tuple[str, str]] = []
    for path in visit.files:
        ending = PurePosixPath(path).suffix
        wanted = (_TYPES | _LESSER).get(ending)
        answers = [visit.coded(path, coding) for coding in ("identity", "br", "gzip")]
        bad = [each for each in answers if wanted and each.status == 200 and each.media_type not in wanted[0]]
        # Another page under this name is another check's.
        if wanted and bad and bad[0].sha256 == visit.files[path].sha256:
            wrong.append((f"{bad[0].media_type or 'no type'} {ending}", path))
    for key, paths in grouped(wrong).items():
        came, _, ending = key.rpartition(" ")
        good, consequence = (_TYPES | _LESSER)[ending]
        mend = visit.mend("type", ending=ending, bare=ending[1:], value=good[0])
        state = visit.weight("content-type") if ending in _TYPES else "warn"
        what = f"{several(paths)}: Content-Type is {came}, not {good[0]}"
        yield Finding(state, what, consequence, mend)


CHECKS = (Check("types", "every kind of file has its content type", _types),)
