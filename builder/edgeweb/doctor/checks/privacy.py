"""What a host adds of its own that tells somebody of a visitor."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin

from edgeweb.doctor.common import Check, Finding
from edgeweb.doctor.visit import Visit

_REPORTS = ("nel", "report-to", "reporting-endpoints", "content-security-policy-report-only")


def _privacy(visit: Visit) -> Iterator[Finding]:
    answers = [visit.page, *(visit.plain(path) for path in visit.files)]
    mend = visit.mend("cookie")
    cookies = sorted({value.partition("=")[0] for answer in answers for value in answer.all("set-cookie")})
    if cookies:
        consequence = "Visitors can be told apart, which the site promises not to do"
        yield Finding("warn", f"the host sets a cookie: {', '.join(cookies)}", consequence, mend)
    reports = [name for name in _REPORTS if any(_asks(name, each.get(name)) for each in answers)]
    if reports:
        consequence = "Browsers tell somebody else, past the page and its rules, when and how the site was visited"
        yield Finding("warn", f"the host asks browsers to send reports: {', '.join(reports)}", consequence, mend)
    links = {urljoin(visit.base, link) for answer in answers for link in _links(answer.get("link"))}
    foreign = sorted(link for link in links if visit.within(link) is None)
    if foreign:
        consequence = "Browsers may connect to it before the page is there"
        yield Finding("warn", f"the host adds a Link header to {foreign[0]}", consequence, mend)


def _asks(name: str, value: str) -> bool:
    return bool(value) if name == "nel" else "://" in value


def _links(value: str) -> list[str]:
    return [part.partition(">")[0] for part in value.split("<")[1:]]


CHECKS = (Check("privacy", "the host adds no cookie and no reports", _privacy),)
