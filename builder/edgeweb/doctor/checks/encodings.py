"""Compressed forms: that they decode to the file, and what it costs where there are none."""

from __future__ import annotations

from collections.abc import Iterator

from edgeweb.doctor.common import Check, Finding, several
from edgeweb.doctor.folder import ENDINGS, Folder
from edgeweb.doctor.visit import Verdict, Visit, grouped

_CODINGS = ("identity", "br", "gzip")
_SAID: dict[Verdict, str] = {
    "unlabelled": "compressed bytes without Content-Encoding",
    "twice": "compressed twice, and labelled once",
    "broken": "cannot be decoded as its Content-Encoding says",
}
_LOST = "Browsers that ask for this encoding get no file: the page does not start"
# Below it compression is not worth a word.
_LEAST_SAVED = 1000


def _encodings(visit: Visit) -> Iterator[Finding]:
    wrong: list[tuple[str, str]] = []
    forced: list[str] = []
    for path in visit.files:
        plain = visit.verdict(path, visit.plain(path))
        forced += [path] if plain == "right" and visit.plain(path).codings else []
        for coding in _CODINGS:
            found = visit.coded(path, coding)
            verdict = visit.verdict(path, found)
            if verdict in _SAID:
                wrong.append((_SAID[verdict], path))
                break
            if plain == "right" and verdict not in ("right", "unasked"):
                why = found.problem or (f"answered with {found.status}" if found.status != 200 else "other bytes")
                wrong.append((f"with Accept-Encoding: {coding}: {why}", path))
                break
    for said, paths in grouped(wrong).items():
        yield Finding("fail", f"{several(paths)}: {said}", _LOST, visit.mend("encoding"))
    if forced:
        coding = ", ".join(visit.plain(forced[0]).codings)
        what = f"{several(forced)}: sent with {coding} to those who do not ask for it too"
        consequence = "Browsers take it; programs that do not, such as older downloaders, get bytes they cannot read"
        yield Finding("warn", what, consequence, visit.mend("encoding"))


def _compression(visit: Visit) -> Iterator[Finding]:
    costs: dict[str, int] = {}
    for path, entry in visit.files.items():
        best = min(entry.encodings.values(), default=entry.bytes)
        got = min(
            (visit.coded(path, coding).sent for coding in ("br", "gzip") if _right(visit, path, coding)), default=0
        )
        if got >= entry.bytes and entry.bytes - best > 0:
            costs[path] = entry.bytes - best
    total = sum(costs.values())
    if total >= _LEAST_SAVED:
        named = several(sorted(costs, key=lambda path: -costs[path]), ranked=True)
        what = f"{named}: not compressed, {total:,} bytes more than with the site's own .br files"
        yield Finding("warn", what, f"Visitors load up to {total / 1e6:.1f} MB more", visit.mend("compress"))


def _right(visit: Visit, path: str, coding: str) -> bool:
    return visit.verdict(path, visit.coded(path, coding)) == "right"


def _sidecars(folder: Folder) -> Iterator[Finding]:
    wrong: list[tuple[str, str]] = []
    for path, entry in folder.manifest.files.items():
        for coding, size in entry.encodings.items():
            name = path + ENDINGS[coding]
            found = folder.stored(name, coding)
            if found.problem:
                wrong.append((found.problem, name))
            elif found.sha256 != entry.sha256:
                wrong.append(("does not decode to the file beside it", name))
            elif folder.present.get(name) != size:
                wrong.append(("has another length than was built", name))
    for said, paths in grouped(wrong).items():
        yield Finding("fail", f"{several(paths)}: {said}", _LOST, "Build the site again, or copy the folder whole")


CHECKS = (
    Check("encodings", "br and gzip decode to the files that were built", _encodings, _sidecars),
    Check("compression", "text and wasm arrive compressed", _compression),
)
