"""Every file of the manifest, by length and hash."""

from __future__ import annotations

from collections.abc import Iterator

from edgeweb.doctor.asking import Answer
from edgeweb.doctor.common import Check, Finding, several
from edgeweb.doctor.folder import Folder
from edgeweb.doctor.visit import PAGE, WORKER, Verdict, Visit, grouped

# Others have checks of their own.
_OURS: dict[Verdict, str] = {
    "missing": "are not there", "page": "are answered with an HTML page", "short": "end too early",
    "other": "have other bytes than were built", "silent": "gave no answer",
}  # fmt: skip
_LOST = "The page checks what arrives, and does without these files, or does not start; nothing is kept for offline"


def _files(visit: Visit) -> Iterator[Finding]:
    whole = 0
    wrong: list[tuple[str, str]] = []
    for path in visit.files:
        if path == WORKER or path.endswith(".html"):
            continue
        answer = visit.plain(path)
        verdict = visit.verdict(path, answer)
        if verdict in _OURS:
            wrong.append((_said(verdict, answer), path))
        elif verdict == "right":
            whole += 1
    for said, paths in grouped(wrong).items():
        yield Finding("fail", f"{several(paths)}: {said}", _LOST, visit.mend("upload"))
    if not wrong:
        yield Finding("pass", f"{whole} files arrive whole, each with the hash that was built")


def _said(verdict: Verdict, answer: Answer) -> str:
    if verdict == "missing":
        return f"answered with {answer.status}"
    return answer.problem if verdict == "silent" else _OURS[verdict]


def _stored(folder: Folder) -> Iterator[Finding]:
    wrong: list[tuple[str, str]] = []
    for path, entry in folder.manifest.files.items():
        found = folder.stored(path)
        if found.problem:
            wrong.append((found.problem, path))
        elif found.size != entry.bytes:
            wrong.append((f"has {found.size:,} bytes and not {entry.bytes:,}", path))
        elif found.sha256 != entry.sha256:
            wrong.append(("has other bytes than were built", path))
    for said, paths in grouped(wrong).items():
        yield Finding("fail", f"{several(paths)}: {said}", _LOST, "Build the site again, or copy the folder whole")
    if not wrong:
        count = len(folder.manifest.files)
        yield Finding("pass", f"{count} files are there, each with the hash that was built")


CHECKS = (Check("files", f"every file but {PAGE} and {WORKER} arrives whole", _files, _stored),)
