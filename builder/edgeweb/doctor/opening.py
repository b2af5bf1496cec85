"""From what was typed to a site behind an address: or why there is none, or why nobody can look at it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import SplitResult, urlsplit

from edgeweb import manifest
from edgeweb.doctor import mends, tls
from edgeweb.doctor.asking import Answer, Ask, Client, merged
from edgeweb.doctor.common import Finding
from edgeweb.doctor.hosts import kind_of
from edgeweb.doctor.visit import MANIFEST, Visit
from edgeweb.errors import SiteError, UsageError, printable

_HOPS = 4
_LOGINS = ("login", "signin", "sign-in", "sso", "auth", "oauth", "account", "password")


@dataclass(frozen=True)
class Closed(Exception):
    """There is a site, or there was, which nobody can look at: the check that says so, and the host."""

    check: str
    finding: Finding
    host: str


def address(where: str) -> str:
    """The site's address, with a slash at its end.

    Raises:
        UsageError: it is none.
    """
    try:
        found = urlsplit(where.strip())
        usable = found.scheme in ("http", "https") and found.hostname and (found.port is None or found.port > 0)
    except ValueError:
        usable, found = False, urlsplit("")
    if not usable:
        why = "an address begins with https:// or http:// and a host name"
        raise UsageError(f"{where} is not an address", why, "Give a folder, or such as https://example.com/birds/")
    if found.username is not None or found.password is not None:
        why = "a site that asks for a password does not work: what the page fetches carries none"
        raise UsageError("The address has a user name in it", why, "Give the address that visitors open")
    path = found.path.removesuffix("index.html")
    return f"{found.scheme}://{found.netloc}{path}{'' if path.endswith('/') else '/'}"


def opened(where: str, seconds: float) -> Visit:
    """The site at an address; its client is the caller's to close.

    Raises:
        UsageError: it is no address.
        SiteError: nothing answers there, or not a site.
        Closed: a login, a redirect to elsewhere, or the site is switched off.
    """
    base, now = address(where), datetime.now(UTC)
    moved: list[tuple[str, str]] = []
    for _ in range(_HOPS):
        secured = _secured(base, now)
        client = Client(base, seconds, verify=not any(each.state == "fail" for each in secured))
        try:
            first = client.ask(Ask(MANIFEST, keep=True))
            following = _following(base, first)
            if following is None:
                return _visit(client, first, tuple(moved), secured, now)
        except BaseException:
            client.close()
            raise
        client.close()
        moved.append((base, following))
        base = following
    raise SiteError(f"{where} cannot be opened", "it redirects in a circle", "Look into the host's redirects")


def _secured(base: str, now: datetime) -> tuple[Finding, ...]:
    found = urlsplit(base)
    if found.scheme != "https" or found.hostname is None:
        return ()
    return tls.look(found.hostname, found.port or 443, mends.mend("", "certificate"), now)


def _following(base: str, first: Answer) -> str | None:
    """The same site at a better address: with https, with or without www.; None where it is to be looked at here."""
    target = first.redirect
    if not target.endswith(f"/{MANIFEST}"):
        return None
    old, new = urlsplit(base), urlsplit(target)
    better = (old.scheme == "http" and new.scheme == "https") or old.scheme == new.scheme
    return target.removesuffix(MANIFEST) if better and _bare(old) == _bare(new) else None


def _bare(found: SplitResult) -> tuple[str, str]:
    return (found.hostname or "").removeprefix("www."), found.path.removesuffix(MANIFEST)


def _visit(
    client: Client, first: Answer, moved: tuple[tuple[str, str], ...], secured: tuple[Finding, ...], now: datetime
) -> Visit:
    base = client.base
    if first.status == 0:
        why = next((each.what for each in secured if each.state == "fail"), first.problem)
        raise SiteError(f"{base} cannot be reached", printable(why, 200), "Check the address, and that the host runs")
    page = client.ask(Ask("", keep=True))
    kind = kind_of(merged([first, page]), urlsplit(base).hostname or "", page.sha256, page.get("etag"))
    _refuse(base, first, kind.key, kind.name)
    found = manifest.decode(first.body, f"{base}{MANIFEST}")
    return Visit(client, found, first.body, first, kind, moved, secured, now)


def _refuse(base: str, first: Answer, host: str, name: str) -> None:
    if first.redirect or first.status in (401, 403, 407):
        raise Closed("redirects", elsewhere(first, MANIFEST, host), name)
    if first.status == 410 or _is_off(first.body):
        how = "410" if first.status == 410 else '"off"'
        what = f"{MANIFEST} is answered with {how}: the site is switched off"
        consequence = "Browsers that know the site delete what they keep of it, and nobody can use it"
        raise Closed("manifest", Finding("fail", what, consequence, mends.mend(host, "switched-off")), name)
    if first.status != 200 or first.media_type == "text/html":
        came = f"answered with {first.status}" if first.status != 200 else "an HTML page"
        hint = "Give the address of the folder that has edgeweb.json, or publish the site there"
        raise SiteError(f"{base} is not a site of edgeweb", f"{base}{MANIFEST} is {came}", hint)


def elsewhere(answer: Answer, path: str, host: str) -> Finding:
    """What it means that a file sends whoever asks to another place, or to a login."""
    name = path or "/"
    target = answer.redirect
    asks = answer.status in (401, 403, 407) or any(word in target.lower() for word in _LOGINS)
    if asks:
        what = f"{name} asks for a login" + (f", at {printable(target, 120)}" if target else f" ({answer.status})")
        consequence = "The page loads nothing: what it fetches carries no cookie and no password"
        return Finding("fail", what, consequence, mends.mend(host, "login"))
    what = f"{name} redirects to {printable(target, 160)}"
    consequence = "The page's own rules forbid it to fetch from another origin, so it stays empty"
    return Finding("fail", what, consequence, mends.mend(host, "redirect"))


def _is_off(body: bytes) -> bool:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("format") == 1 and found.get("off") is True
