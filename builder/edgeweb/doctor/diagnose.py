"""Looks at a site from one end to the other: a folder, or what a host answers for it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from edgeweb.doctor import opening
from edgeweb.doctor.asking import LATE
from edgeweb.doctor.checks.checks import CHECKS
from edgeweb.doctor.common import Checked, Diagnosis, Finding
from edgeweb.doctor.folder import Folder
from edgeweb.doctor.visit import Visit
from edgeweb.errors import UsageError, did_you_mean

_SECONDS = 300.0
_HOST = re.compile(r"[\w-]+(\.[\w-]+)+(:\d+)?(/\S*)?|localhost(:\d+)?(/\S*)?")
Teller = Callable[[str], None]


def doctor(
    where: str | os.PathLike[str],
    *,
    browser: bool = False,
    seconds: float = _SECONDS,
    on_step: Teller = lambda _: None,
) -> Diagnosis:
    """Whether a site is whole and, for an address, whether its host serves it right.

    Args:
        where: a site's folder, or its address.
        browser: open it in a browser of this machine too.
        seconds: after which the host is asked nothing more; what was not looked at by then is said.

    Raises:
        UsageError: it is neither a folder nor an address.
        SiteError: there is no site.
    """
    text = os.fspath(where)
    if not seconds > 0:
        raise UsageError(f"A check cannot take {seconds:g} seconds", "that is no time", "Give a number above 0")
    if "://" in text:
        return _of_host(text, browser, seconds, on_step)
    return _of_folder(Path(text), browser, seconds, on_step)


def _of_host(text: str, browser: bool, seconds: float, on_step: Teller) -> Diagnosis:
    on_step(f"asking {text}")
    try:
        visit = opening.opened(text, seconds)
    except opening.Closed as closed:
        return Diagnosis(text, "", closed.host, list(_closed(closed, browser)))
    try:
        on_step(f"fetching {len(visit.files)} files in each encoding")
        checked = _looked(visit, seconds)
    finally:
        visit.client.close()
    checked += _in_browser(visit.base, seconds, on_step) if browser else []
    return Diagnosis(text, visit.manifest.release, visit.kind.name, checked)


def _looked(visit: Visit, seconds: float) -> list[Checked]:
    visit.fetch()
    checked: list[Checked] = []
    for check in CHECKS:
        if check.host:
            before = visit.client.refused
            found = _named(check.name, check.about, check.host(visit))
            if visit.client.refused > before:
                # What it could not ask for says nothing of the host.
                found = [each for each in found if each.state == "warn"] or [Checked(check.name, "skipped", LATE)]
            checked += found
    if visit.client.refused:
        late = Finding("warn", f"the host took more than {seconds:g} s, and not everything was looked at")
        checked.append(Checked.of("time", late))
    return checked


def _of_folder(path: Path, browser: bool, seconds: float, on_step: Teller) -> Diagnosis:
    if not path.exists():
        raise UsageError(f"{path} is not there", "it is neither a folder nor an address", _meant(str(path)))
    on_step(f"reading {path}")
    folder = Folder.opened(path)
    checked: list[Checked] = []
    for check in CHECKS:
        if check.folder:
            checked += _named(check.name, check.about, check.folder(folder))
        elif check.host:
            checked.append(Checked(check.name, "skipped", "only a host can show it"))
    checked += _served(path, seconds, on_step) if browser else []
    return Diagnosis(str(path), folder.manifest.release, "", checked)


def _meant(text: str) -> str:
    """What somebody may have wanted to type."""
    if _HOST.fullmatch(text):
        return f"Did you mean https://{text.rstrip('/')}/?"
    with suppress(OSError):
        names = [each.name for each in Path().iterdir() if each.is_dir()]
        return did_you_mean(text, names, "Check the path, or write an address with https://")
    return "Check the path"


def _named(name: str, about: str, found: Iterable[Finding]) -> list[Checked]:
    """What a check found; that it passed, where it found nothing."""
    return [Checked.of(name, each) for each in found] or [Checked(name, "pass", about)]


def _closed(closed: opening.Closed, browser: bool) -> Iterator[Checked]:
    why = "nobody can look at the site"
    for check in CHECKS:
        if check.host:
            yield Checked.of(check.name, closed.finding if check.name == closed.check else Finding("skipped", why))
    if browser:
        from edgeweb.doctor.browser import visited

        for name in visited.NAMES:
            yield Checked(name, "skipped", why)


def _served(path: Path, seconds: float, on_step: Teller) -> list[Checked]:
    from edgeweb.doctor.browser import served

    with served.served(path) as url:
        return _in_browser(url, seconds, on_step)


def _in_browser(url: str, seconds: float, on_step: Teller) -> list[Checked]:
    from edgeweb.doctor.browser import visited

    return visited.checked(url, min(seconds, 120.0), on_step)
