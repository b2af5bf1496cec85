"""A site behind an address, as the checks look at it: what its manifest says, and what the host answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Literal
from urllib.parse import urlsplit

from edgeweb.doctor import mends, rules
from edgeweb.doctor.asking import LATE, Answer, Ask, Client, loopback
from edgeweb.doctor.common import Finding, State
from edgeweb.doctor.hosts import Kind
from edgeweb.doctor.rules import Rules
from edgeweb.manifest import Manifest
from edgeweb.schema.site import FileEntry

PAGE, WORKER, MANIFEST, HEADERS = "index.html", "sw.js", "edgeweb.json", "headers.json"
# What one answer may have more than its file, before nobody reads on: error pages.
_SLACK = 1 << 20
_HOPS = 3
# How an answer relates to the file that it should be.
Verdict = Literal[
    "right", "missing", "page", "elsewhere", "short", "other", "unlabelled", "twice", "broken", "silent", "unasked"
]


@dataclass(frozen=True)
class Visit:
    """One look at a host.

    `text`: of edgeweb.json, as it came; `moved`: what was redirected on the way to `client.base`; `tls`: what is wrong
    with the certificate, and when it ends; `now`: this machine's time.
    """

    client: Client
    manifest: Manifest
    text: bytes
    first: Answer
    kind: Kind
    moved: tuple[tuple[str, str], ...] = ()
    tls: tuple[Finding, ...] = ()
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def base(self) -> str:
        """The site's address."""
        return self.client.base

    @property
    def local(self) -> bool:
        """Whether browsers trust it without TLS."""
        return loopback(urlsplit(self.base).hostname or "")

    @property
    def files(self) -> Mapping[str, FileEntry]:
        """Of the manifest."""
        return self.manifest.files

    @cached_property
    def page(self) -> Answer:
        """What a visitor gets first."""
        return self.client.ask(Ask("", keep=True))

    @cached_property
    def rules(self) -> Rules | None:
        """What headers.json says; None where it is not as it was built."""
        entry, found = self.files.get(HEADERS), self.plain(HEADERS)
        return rules.parsed(found.body) if entry and found.sha256 == entry.sha256 else None

    def plain(self, path: str) -> Answer:
        """A file of the manifest as it comes to whoever takes no encoding."""
        return self.coded(path, "identity")

    def coded(self, path: str, coding: str) -> Answer:
        """A file as it comes to whoever takes this encoding alone; redirects within the site are gone along."""
        found = self.client.ask(self.asked(path, coding))
        for _ in range(_HOPS):
            within = self.within(found.redirect)
            if within is None:
                break
            found = self.client.ask(self.asked(path, coding, within))
        return found

    def asked(self, path: str, coding: str, at: str | None = None) -> Ask:
        """The request for a file. The page is visited at its folder."""
        entry = self.files.get(path)
        where = ("" if path == PAGE else path) if at is None else at
        most = (entry.bytes if entry else 0) * 2 + _SLACK
        return Ask(where, coding, keep=path in (PAGE, WORKER, HEADERS), most=most)

    def within(self, url: str) -> str | None:
        """An address relative to the site; None where it is not in it."""
        return url[len(self.base) :] if url.startswith(self.base) else None

    def verdict(self, path: str, answer: Answer) -> Verdict:
        """How an answer relates to a file of the manifest."""
        return self.judged(answer, self.files[path], path)

    def judged(self, answer: Answer, entry: FileEntry, path: str) -> Verdict:
        """The same for a file of another release."""
        if answer.redirect:
            return "elsewhere"
        if answer.status == 0:
            return "unasked" if answer.problem == LATE else "silent"
        # Hosts that answer it for what is missing may call it missing itself.
        if answer.status != 200 and (path != "404.html" or answer.status != 404):
            return "missing"
        if not answer.problem and answer.sha256 == entry.sha256:
            return "right"
        if self._stands_for(answer, entry, path):
            return "unlabelled" if not answer.codings else "twice"
        if answer.problem:
            return "broken" if answer.codings else "other"
        if answer.media_type == "text/html" and not path.endswith(".html"):
            return "page"
        return "short" if answer.size < entry.bytes else "other"

    def _stands_for(self, answer: Answer, entry: FileEntry, path: str) -> bool:
        """Whether the bytes are the file after one more encoding is taken off than the answer says."""
        guesses = [coding for coding, size in entry.encodings.items() if answer.size == size]
        guesses += ["gzip"] if answer.head[:2] == b"\x1f\x8b" and "gzip" not in guesses else []
        for guess in guesses:
            coding = "gzip" if guess == "gzip" else "br"
            asked = self.asked(path, answer.accept)
            where = self.within(answer.url)
            again = Ask(
                asked.path if where is None else where, asked.accept, most=asked.most, codings=(coding, *answer.codings)
            )
            found = self.client.ask(again)
            if not found.problem and found.sha256 == entry.sha256:
                return True
        return False

    def mend(self, topic: str, **words: str) -> str:
        """What to do on this very host."""
        return mends.mend(self.kind.key, topic, **words)

    def header(self, path: str, name: str) -> str:
        """How a header of a path is set on this host."""
        found = self.rules
        value = found.at(path).get(name, "") if found else ""
        written = found.names.get(name, name) if found else name
        return self.mend("header", path=_source(path), name=written, value=value)

    def weight(self, header: str) -> State:
        """How bad it is that a header is wrong: where the host lets nobody set it, nobody can mend it there."""
        return "fail" if self.kind.sets(header) else "warn"

    def fetch(self) -> None:
        """Ask for all files in all forms, a few at a time; the checks then read what came."""
        self.client.all(self.asked(path, coding) for path in self.files for coding in ("identity", "br", "gzip"))


def _source(path: str) -> str:
    """The rule that a path falls under, in words of headers.json."""
    for prefix in ("assets/", "report/"):
        if path.startswith(prefix):
            return f"/{prefix}*"
    return f"/{path}"


def grouped(found: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Paths by what is wrong with them."""
    groups: dict[str, list[str]] = {}
    for what, path in found:
        groups.setdefault(what, []).append(path)
    return groups
