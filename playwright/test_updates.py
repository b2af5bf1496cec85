"""A new release, the way back, a broken one, and the end of a site: each page is one release, each switch one step."""

from __future__ import annotations

from pathlib import Path

import faults
import pytest
from hosts import Host, settle
from offline import ENTRIES, UPDATES, Releases, again, asked, differing, installed, on_the_device, until, updates
from playwright.sync_api import Browser
from visits import begin, fresh, outcome

pytest_plugins = ("site_fixtures", "offline_fixtures")

# Neither a registration nor a cache.
GONE = "Promise.all([navigator.serviceWorker.getRegistrations(), caches.keys()]).then((all) => all.flat().length === 0)"


def test_an_update_fetches_what_changed_and_comes_with_the_next_page(
    browser: Browser, three: Releases, host: Host
) -> None:
    server = host(three[0])
    with fresh(browser) as context:
        page = installed(context, server)
        old = outcome(page)
        report = begin(context, f"{server.url}report/")
        settle(report, server)
        server.reset(three[1])
        assert updates(page, "check()") is True
        assert asked(server) == {"edgeweb.json", "channels.json", "sw.js"} | differing(*three[:2])
        assert outcome(page).outputs == old.outputs
        fresh_tab = begin(context, server.url)
        new = outcome(fresh_tab, sealed=True)
        assert (new.title, new.ready) == ("Times 3", True)
        assert new.outputs != old.outputs
        # A page that opened before keeps its release for whatever it asks for.
        pinned = "fetch('../edgeweb.json').then((response) => response.json()).then(({ release }) => release)"
        assert report.evaluate(pinned) == old.release
        assert again(page).outputs == new.outputs
        server.close()
        assert again(page).outputs == new.outputs


@pytest.mark.alike
def test_a_visitor_goes_back_and_is_left_alone(browser: Browser, three: Releases, host: Host) -> None:
    server = host(three[0])
    with fresh(browser) as context:
        page = installed(context, server)
        server.reset(three[1])
        assert updates(page, "check()") is True
        assert again(page).title == "Times 3"
        until(page, f"{UPDATES}?.state.previous")
        with page.expect_navigation():
            updates(page, "rollBack()")
        assert outcome(page, sealed=True).title == "Times 2"
        for _ in range(2):
            settle(page, server)
            assert again(page).title == "Times 2"
        assert updates(page, "check()") is False
        server.reset(three[2])
        assert updates(page, "check()") is True
        assert again(page).title == "Times 4"


@pytest.mark.alike
def test_the_host_can_go_back(browser: Browser, three: Releases, host: Host) -> None:
    server = host(three[1])
    with fresh(browser) as context:
        page = installed(context, server)
        server.reset(three[0])
        assert updates(page, "check()") is True
        assert again(page).title == "Times 2"


@pytest.mark.alike
def test_a_release_that_is_not_whole_is_never_offered(browser: Browser, three: Releases, host: Host) -> None:
    server = host(three[0])
    with fresh(browser) as context:
        page = installed(context, server)
        wrong = sorted(differing(*three[:2]))
        # One file after the other becomes right; what has come meanwhile is kept.
        for number in range(len(wrong)):
            for fault in (faults.flip(40), faults.cut(30), faults.status(503)):
                server.reset(three[1])
                for path in wrong[number:]:
                    server.inject(path, fault)
                assert updates(page, "check()") is False, (wrong[number:], fault)
                server.inject("edgeweb.json", fault)
                assert updates(page, "check()") is False, ("edgeweb.json", fault)
        assert again(page).title == "Times 2"
        server.reset(three[1])
        assert updates(page, "check()") is True
        assert again(page).title == "Times 3"


def test_no_room_for_a_second_release_leaves_the_first(chromium: Browser, three: Releases, host: Host) -> None:
    server = host(three[0])
    with fresh(chromium) as context:
        page = installed(context, server)
        used = page.evaluate("navigator.storage.estimate().then(({ usage }) => usage)")
        quota = {"origin": server.url.rstrip("/"), "quotaSize": used + 1000}
        session = context.new_cdp_session(page)
        session.send("Storage.overrideQuotaForOrigin", quota)
        server.reset(three[1])
        assert updates(page, "check()") is False
        assert updates(page, "state.offline") == "ready"
        assert again(page).title == "Times 2"
        session.send("Storage.overrideQuotaForOrigin", {"origin": quota["origin"]})
        assert updates(page, "check()") is True
        assert again(page).title == "Times 3"


@pytest.mark.alike
@pytest.mark.parametrize("how", ["410", "off"])
def test_the_kill_switch_takes_one_visit(
    browser: Browser, three: Releases, host: Host, tmp_path: Path, how: str
) -> None:
    (tmp_path / "index.html").write_text("<!doctype html><title>Closed</title>This site has moved.")
    (tmp_path / "edgeweb.json").write_text('{"format": 1, "off": true}')
    server = host(three[0], headers=False)
    with fresh(browser) as context:
        page = installed(context, server)
        other = begin(context, server.url)
        assert outcome(other, sealed=True).ready
        if how == "410":
            # Nothing else is taken from the host: what it still has must not leave anything behind either.
            server.reset()
            server.inject("edgeweb.json", faults.status(410))
        else:
            server.reset(tmp_path)
        page.reload(wait_until="commit")
        for each in (page, other):
            # As functions: a bare expression is evaluated at each look, which the site's policy forbids.
            ended = (
                "() => document.title === 'Closed'" if how == "off" else "() => globalThis.watched?.codes.length > 0"
            )
            each.wait_for_function(ended, timeout=60_000)
        for each in (page, other):
            until(each, GONE)
        server.reset(three[1])
        assert again(page).title == "Times 3"
        # It is kept again, although another page of the site that was closed is still open.
        on_the_device(page)
        assert page.evaluate(ENTRIES)


@pytest.mark.alike
@pytest.mark.parametrize("fault", [faults.status(404), faults.status(500), faults.instead(b"{}"), faults.stall(-1)])
def test_it_survives_a_host_that_has_lost_it(
    browser: Browser, three: Releases, host: Host, tmp_path: Path, fault: faults.Fault
) -> None:
    server = host(three[0], headers=False)
    with fresh(browser) as context:
        page = installed(context, server)
        server.reset(tmp_path)
        server.inject("edgeweb.json", fault)
        for _ in range(2):
            assert again(page).ready
