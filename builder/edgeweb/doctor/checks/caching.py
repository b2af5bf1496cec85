"""Cache-Control: pages and manifests are asked for each time, assets never again."""

from __future__ import annotations

from collections.abc import Iterator

from edgeweb.doctor.asking import Answer, Ask
from edgeweb.doctor.common import Check, Finding, several
from edgeweb.doctor.rules import CACHING
from edgeweb.doctor.visit import MANIFEST, Visit, grouped

_CHANGING = (MANIFEST, "channels.json", "deployed.json")
_DAY, _YEAR = 86400, 31536000
_STALE = "Visitors get an old page, service worker or manifest, which may not fit the files that are there"


def seconds(value: str) -> int | None:
    """For how long a cache may use an answer without asking; None where nothing is said."""
    parts = dict(part.strip().lower().partition("=")[::2] for part in value.split(","))
    if "no-store" in parts or "no-cache" in parts:
        return 0
    age = parts.get("max-age", "").strip('"')
    if age.isascii() and age.isdigit():
        return int(age[:12])
    return _YEAR if "immutable" in parts else None


def _pages(visit: Visit) -> Iterator[Finding]:
    wrong: list[tuple[str, str]] = []
    lasting: list[tuple[str, str]] = []
    for path, answer in _changing(visit):
        value = answer.get(CACHING)
        age = seconds(value)
        if age is None or 0 < age <= _DAY:
            wrong.append((value or "missing", path))
        elif age > _DAY:
            lasting.append((value, path))
    for value, paths in grouped(lasting).items():
        what = f"{several(paths)}: Cache-Control is {value}"
        consequence = "Visitors keep an old page for days, whatever is published, and it asks for files that are gone"
        yield Finding(visit.weight(CACHING), what, consequence, _mend(visit, paths[0]))
    for value, paths in grouped(wrong).items():
        what = f"{several(paths)}: Cache-Control is {value}"
        yield Finding("warn", what, _STALE, _mend(visit, paths[0]))


def _changing(visit: Visit) -> Iterator[tuple[str, Answer]]:
    for path in (*visit.files, *_CHANGING):
        if not path.startswith("assets/"):
            known = path in visit.files
            answer = visit.plain(path) if known else visit.client.ask(Ask(path, keep=True))
            if answer.status == 200 and (known or answer.media_type != "text/html"):
                yield "/" if path == "index.html" else path, answer


def _mend(visit: Visit, path: str) -> str:
    source = path if path.startswith("/") else f"/{path}"
    return visit.mend("object", path=source, name="Cache-Control", value="no-cache")


def _assets(visit: Visit) -> Iterator[Finding]:
    wrong: list[tuple[str, str]] = []
    for path in visit.files:
        answer = visit.plain(path)
        value = answer.get(CACHING)
        if path.startswith("assets/") and answer.status == 200 and ("immutable" not in value or not seconds(value)):
            wrong.append((value or "missing", path))
    for value, paths in grouped(wrong).items():
        what = f"{several(paths)}: Cache-Control is {value}, not immutable"
        mend = visit.mend("object", path="/assets/*", name="Cache-Control", value="public, max-age=31536000, immutable")
        yield Finding("warn", what, "Each later visit asks again for files that never change", mend)


CHECKS = (
    Check("caching", "pages and manifests are asked for each time", _pages),
    Check("caching-assets", "assets are asked for once", _assets),
)
