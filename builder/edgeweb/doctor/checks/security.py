"""TLS, the certificate, HSTS and the clock: what a browser wants of a host before it trusts a page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from edgeweb.doctor.asking import Ask, Client
from edgeweb.doctor.common import Check, Finding
from edgeweb.doctor.visit import Visit

_OFF, _WRONG = timedelta(minutes=5), timedelta(days=1)


def _https(visit: Visit) -> Iterator[Finding]:
    if urlsplit(visit.base).scheme == "http" and not visit.local:
        what = "the site is served over plain http"
        consequence = (
            "One thread, files unchecked, nothing kept for offline, and anybody on the way can change the page"
        )
        yield Finding("fail", what, consequence, visit.mend("https"))
    elif visit.local:
        yield Finding("pass", "on this machine, where browsers want no TLS")


def _certificate(visit: Visit) -> Iterator[Finding]:
    if urlsplit(visit.base).scheme == "http":
        yield Finding("skipped", "plain http has none")
    for found in visit.tls:
        mend = visit.mend("certificate") if found.mend else ""
        yield Finding(found.state, found.what, found.consequence, mend)


def _to_https(visit: Visit) -> Iterator[Finding]:
    parts = urlsplit(visit.base)
    if parts.scheme == "http" or parts.port not in (None, 443):
        yield Finding("skipped", "only an https address at its usual port has a plain one beside it")
        return
    client = Client(f"http://{parts.hostname}{parts.path}", 20)
    try:
        found = client.ask(Ask(""))
    finally:
        client.close()
    if found.status == 200:
        what = "the same address with http answers too, and does not send visitors to https"
        consequence = "Who types the address without https gets a page with one thread and unchecked files"
        yield Finding("warn", what, consequence, visit.mend("to-https"))


def _hsts(visit: Visit) -> Iterator[Finding]:
    if urlsplit(visit.base).scheme == "http":
        yield Finding("skipped", "it means nothing over http")
    elif not visit.page.get("strict-transport-security"):
        value = "max-age=31536000"
        mend = visit.mend("header", path="/*", name="Strict-Transport-Security", value=value)
        consequence = "The first request of somebody who types the address without https can be caught on the way"
        yield Finding("warn", "Strict-Transport-Security is missing", consequence, mend)


def _clock(visit: Visit) -> Iterator[Finding]:
    try:
        date = parsedate_to_datetime(visit.first.get("date")).astimezone(UTC)
    except (ValueError, OverflowError):
        yield Finding("skipped", "the host says no date")
        return
    off = abs(date - visit.now)
    if off > _OFF:
        way = "ahead of" if date > visit.now else "behind"
        what = f"the host's clock is {_span(off)} {way} this machine's"
        consequence = "What has an expiry, such as channels.json and the certificate, ends too early or too late"
        yield Finding(
            "fail" if off > _WRONG else "warn", what, consequence, "Set the clock by NTP: the host's, or this one's"
        )


def _span(off: timedelta) -> str:
    return f"{off.days} days" if off.days > 1 else f"{off.total_seconds() / 60:,.0f} minutes"


CHECKS = (
    Check("https", "served over https", _https),
    Check("certificate", "the certificate is trusted", _certificate),
    Check("http", "plain http leads to https", _to_https),
    Check("hsts", "browsers are told to come by https alone", _hsts),
    Check("clock", "the host's clock agrees with this machine's", _clock),
)
