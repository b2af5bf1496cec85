"""Several releases on a host that only has files: who gets which, since when, and how one is taken back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import faults
import pytest
from edgeweb.release import files
from edgeweb.release import folder as releases
from harness import THOROUGH, Served
from hosts import Host, settle
from offline import after, again, installed, on_the_device, told, until, updates
from playwright.sync_api import Browser, Error
from visits import begin, fresh, outcome, running

pytest_plugins = ("site_fixtures", "offline_fixtures")

TITLES = ("Times 2", "Times 3", "Times 4")


@pytest.mark.alike
def test_a_canary_comes_with_the_next_visit_and_goes_when_it_ends(
    browser: Browser, several: tuple[Path, str, str, str], host: Host
) -> None:
    place, a, b, _ = several
    server = host(place)
    with fresh(browser) as context:
        page = installed(context, server)
        assert (outcome(page).title, told(page)) == ("Times 2", {"id": a, "channel": "stable"})
        server.reset()
        found = after(lambda: releases.promote(b, place, "canary", 100), page, "Times 3")
        assert found == {"id": b, "channel": "canary"}
        assert not server.hits("index.html")
        assert server.hits(f"releases/{b}/index.html")
        # What is the canary's on the device needs no host.
        server.inject(f"releases/{b}/index.html", faults.status(404))
        assert again(page).title == "Times 3"
        assert after(lambda: releases.stop("canary", place), page, "Times 2") == {"id": a, "channel": "stable"}


@pytest.mark.alike
def test_an_arm_stays_over_restarts_and_growth(
    browser: Browser, several: tuple[Path, str, str, str], host: Host
) -> None:
    place, a, b, c = several
    server = host(place)
    arms = [("A", a), ("B", b), ("C", c)]
    with fresh(browser) as context:
        page = installed(context, server)
        releases.experiment("x", arms, place, 50)
        assert updates(page, "check()") is True
        first = again(page)
        seat = told(page)
        assert (first.title, seat["arm"]) in (("Times 3", "B"), ("Times 4", "C"))
        assert seat["channel"] == "experiment"
        page.close()
        # The same arms, and nobody else's figures: whoever is in stays in.
        for percent in (49, 50):
            releases.experiment("x", arms, place, percent)
            page = begin(context, server.url)
            assert (running(page).title, told(page)) == (first.title, seat)
            settle(page, server)
            page.close()


@pytest.mark.alike
def test_the_arm_that_is_stable_is_told_too(browser: Browser, several: tuple[Path, str, str, str], host: Host) -> None:
    place, a, b, _ = several
    server = host(place)
    with fresh(browser) as context:
        page = installed(context, server)
        releases.experiment("x", [("A", a), ("B", b)], place, 0.0001)
        assert updates(page, "check()") is False
        again(page)
        assert told(page) == {"id": a, "channel": "experiment", "arm": "A"}


def test_a_revoked_release_is_gone_within_one_look(
    browser: Browser, several: tuple[Path, str, str, str], host: Host
) -> None:
    place, _, b, _ = several
    server = host(place)
    with fresh(browser) as context:
        page = installed(context, server)
        after(lambda: releases.promote(b, place), page, "Times 3")
        other = begin(context, server.url)
        assert running(other).title == "Times 3"
        releases.revoke(b, place)
        releases.gc(place)
        with other.expect_navigation(), page.expect_navigation():
            page.evaluate("void document.querySelector('edge-model').firstElementChild.updates.check()")
        assert {running(page).title, running(other).title} == {"Times 2"}
        server.close()
        assert again(page).title == "Times 2"


@pytest.mark.alike
def test_a_page_that_stays_open_looks_once_an_hour(
    browser: Browser, several: tuple[Path, str, str, str], host: Host
) -> None:
    place, _, b, _ = several
    server = host(place)
    with fresh(browser) as context:
        after(lambda: releases.promote(b, place), installed(context, server), "Times 3")
        page = context.new_page()
        page.clock.install()
        page.goto(server.url, wait_until="commit")
        assert running(page).title == "Times 3"
        on_the_device(page)
        releases.revoke(b, place)
        with page.expect_navigation():
            page.clock.fast_forward(3_600_000)
        assert running(page).title == "Times 2"


@pytest.mark.alike
@pytest.mark.parametrize(
    "whole", [pytest.param(True, id="another there"), pytest.param(False, id="no other", marks=pytest.mark.thorough)]
)
def test_a_revoked_release_at_the_root_is_left_once(
    browser: Browser, several: tuple[Path, str, str, str], host: Host, whole: bool
) -> None:
    place, a, b, _ = several
    releases.promote(b, place)
    releases.revoke(a, place)
    # As a copy by hand, or a cache in between, may leave it.
    files.lay_root(place, a)
    if not whole:
        shutil.rmtree(place / "releases" / b)
    server = host(place)
    with fresh(browser) as context:
        page = begin(context, server.url)
        loads: list[str] = []
        page.on("load", lambda each: loads.append(each.url))
        title = "Times 3" if whole else "Times 2"
        for _ in range(3):
            running(page)
            page.wait_for_timeout(800)
            with suppress(Error):  # It may be on its way to another.
                updates(page, "check()")
        assert running(page).title == title
        assert len(loads) == (2 if whole else 1)


@pytest.mark.alike
def test_an_earlier_number_is_not_obeyed(browser: Browser, several: tuple[Path, str, str, str], host: Host) -> None:
    place, _, b, c = several
    server = host(place)
    with fresh(browser) as context:
        page = installed(context, server)
        releases.promote(b, place)
        old = place.with_name("old")
        shutil.copytree(place, old)
        after(lambda: releases.promote(c, place), page, "Times 4")
        server.reset(old)
        assert updates(page, "check()") is False
        assert again(page).title == "Times 4"
        # Nor is the page at the root followed where the channel file is answered by a page, or not at all.
        for fault in (faults.status(503), faults.instead(b"{}")):
            server.reset(old)
            server.inject("channels.json", fault)
            assert updates(page, "check()") is False
        server.reset(old)
        server.inject("channels.json", faults.status(404))
        assert updates(page, "check()") is True


@pytest.mark.alike
def test_an_expired_file_changes_nothing(browser: Browser, several: tuple[Path, str, str, str], host: Host) -> None:
    place, _, b, _ = several
    server = host(place)
    with fresh(browser) as context:
        page = installed(context, server)
        releases.promote(b, place)
        found = json.loads((place / "channels.json").read_text())
        (place / "channels.json").write_text(json.dumps({**found, "expires": "2026-01-01"}))
        assert updates(page, "check()") is False
        assert again(page).title == "Times 2"
        # A stranger gets what is at the root.
    with fresh(browser) as context:
        page = installed(context, server)
        assert outcome(page).title == "Times 3"


@pytest.mark.alike
def test_a_page_and_a_manifest_of_two_releases_are_still_one(browser: Browser, several: Any, host: Host) -> None:
    """As a deployment leaves them that was cut between the two files."""
    place, a, b, _ = several
    for name in ("edgeweb.json", "index.html"):
        server = host(place)
        server.inject(name, faults.stale(place / "releases" / b))
        with fresh(browser) as context:
            page = begin(context, server.url)
            found = outcome(page, sealed=True)
            title, release = ("Times 2", a) if name == "edgeweb.json" else ("Times 3", b)
            assert (found.ready, found.title, found.release) == (True, title, release), found


@pytest.mark.alike
def test_switching_off_is_for_all_of_them(browser: Browser, several: tuple[Path, str, str, str], host: Host) -> None:
    place, _, b, _ = several
    server = host(place)
    with fresh(browser) as context:
        page = installed(context, server)
        after(lambda: releases.promote(b, place, "canary", 100), page, "Times 3")
        server.inject("edgeweb.json", faults.status(410))
        with page.expect_navigation():
            page.evaluate("void document.querySelector('edge-model').firstElementChild.updates.check()")
        until(page, "caches.keys().then((names) => names.length === 0)")


@pytest.mark.alike
def test_promotions_under_load_mix_nothing(browser: Browser, several: Any, host: Host) -> None:
    place, *ids = several
    server = host(place)
    rights: dict[str, set[str]] = {}
    with fresh(browser) as one, fresh(browser) as other:
        pages = [installed(one, server), installed(other, server)]
        for number in range(50 if THOROUGH else 6):
            releases.promote(ids[number % 3], place)
            pages += [begin(one, server.url), begin(other, server.url)]
            with fresh(browser) as stranger:
                pages.append(begin(stranger, server.url))
                for page in pages:
                    found = outcome(page, sealed=True)
                    assert found.ready, found
                    assert TITLES[ids.index(found.release)] == found.title
                    rights.setdefault(found.title, set()).add(str(found.outputs))
            pages.pop()
            for page in pages[2:]:
                page.close()
            del pages[2:]
    assert len(rights) == 3
    assert all(len(outputs) == 1 for outputs in rights.values())


@pytest.mark.alike
def test_the_server_has_them_all(
    browser: Browser, several: tuple[Path, str, str, str], serve: Callable[[Path], Served]
) -> None:
    place, _, b, _ = several
    served = serve(place)
    with fresh(browser) as context:
        page = begin(context, served.url)
        assert running(page).title == "Times 2"
        on_the_device(page)
        assert after(lambda: releases.promote(b, place, "canary", 100), page, "Times 3")["channel"] == "canary"
