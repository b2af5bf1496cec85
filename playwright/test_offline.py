"""With the host gone or the store damaged: the site opens, says what is wrong, and comes back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from harness import QUIET, THOROUGH
from hosts import Host, settle
from offline import ENTRIES, EVICT, Releases, again, asked, installed, until
from playwright.sync_api import Browser, BrowserContext, Playwright
from visits import WATCH, back, begin, fresh, outcome

pytest_plugins = ("site_fixtures", "offline_fixtures")


def test_it_opens_without_its_host(browser: Browser, three: Releases, host: Host) -> None:
    server = host(three[0])
    with fresh(browser) as context:
        page = installed(context, server)
        first = outcome(page)
        server.close()
        for _ in range(3):
            found = again(page)
            assert (found.ready, found.outputs, found.release) == (True, first.outputs, first.release), found
        other = begin(context, f"{server.url}?utm_source=mail#top")
        assert outcome(other, sealed=True).outputs == first.outputs


# Firefox takes three times as long to start; what it keeps on the disk is the same each time.
RESTARTS = {"chromium": 20, "firefox": 4} if THOROUGH else {"chromium": 5, "firefox": 2}


def restarted(driver: Playwright, name: str, profile: Path) -> BrowserContext:
    """A browser process of its own, with what earlier ones left on the disk."""
    if name == "chromium":
        path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        arguments = [*QUIET, "--no-sandbox"]
        context = driver.chromium.launch_persistent_context(profile, executable_path=path, args=arguments)
    else:
        path = shutil.which("firefox-esr") or shutil.which("firefox")
        context = driver.firefox.launch_persistent_context(profile, executable_path=path, channel="moz-firefox")
    context.add_init_script(WATCH)
    return context


@pytest.mark.parametrize("name", ["chromium", "firefox"])
def test_cold_restarts_without_the_host(
    driver: Playwright, name: str, three: Releases, host: Host, tmp_path: Path
) -> None:
    server = host(three[0])
    context = restarted(driver, name, tmp_path)
    first = outcome(installed(context, server))
    context.close()
    server.close()
    for _ in range(RESTARTS[name]):
        context = restarted(driver, name, tmp_path)
        found = outcome(begin(context, server.url))
        context.close()
        assert (found.ready, found.outputs, found.release) == (True, first.outputs, first.release), found


def test_a_host_without_headers_is_isolated_after_one_reload(browser: Browser, three: Releases, host: Host) -> None:
    server = host(three[0], headers=False)
    with fresh(browser) as context:
        page = installed(context, server)
        assert page.evaluate("crossOriginIsolated") is False
        first = outcome(page)
        server.reset()
        second = again(page)
        assert page.evaluate("crossOriginIsolated") is True
        assert (second.ready, second.outputs) == (True, first.outputs)
        settle(page, server)
        assert asked(server) <= {"edgeweb.json", "channels.json", "sw.js"}


@pytest.mark.alike
def test_what_is_known_of_releases_can_go_missing_or_bad(browser: Browser, three: Releases, host: Host) -> None:
    """Entries that are no files; those are lost one by one in test_recovery.py."""
    server = host(three[0])
    with fresh(browser) as context:
        page = installed(context, server)
        right = outcome(page).outputs
        entries = [entry for entry in page.evaluate(ENTRIES) if len(entry) != 64]
        assert [entry[:7] for entry in entries] == ["pins", "release", "state"]
        for entry in entries:
            for change in ("delete", "flip"):
                page.evaluate(EVICT, [entry, change])
                assert again(page).outputs == right, (entry, change)
                settle(page, server)
                assert page.evaluate(ENTRIES) != [], (entry, change)
        server.close()
        assert again(page).outputs == right


@pytest.mark.alike
def test_without_its_host_a_lost_file_is_said_in_a_sentence(browser: Browser, three: Releases, host: Host) -> None:
    server = host(three[0])
    with fresh(browser) as context:
        page = installed(context, server)
        files = json.loads((three[0] / "edgeweb.json").read_text())["files"]
        server.close()
        page.evaluate(EVICT, [files["index.html"]["sha256"], "delete"])
        page.reload(wait_until="commit")
        until(page, "document.body?.innerText.includes('Check the connection')")


def test_the_page_cannot_send_by_going_somewhere_on_its_own_host(browser: Browser, three: Releases, host: Host) -> None:
    """Navigation is what no policy stops; here the service worker does."""
    server = host(three[0])
    with fresh(browser) as context:
        page = installed(context, server)
        server.reset()
        for address in ("secret-1", "?secret-2", "assets/secret-3", "secret-4/?x", "index.html?secret-5"):
            with page.expect_navigation(wait_until="commit"):
                page.evaluate("(address) => void (location.href = address)", address)
            back(page, server.url)
            assert outcome(page, sealed=True).ready
        settle(page, server)
        assert b"secret" not in server.received()


@pytest.mark.alike
def test_a_neighbour_on_the_same_origin_is_left_alone(
    browser: Browser, three: Releases, host: Host, tmp_path: Path
) -> None:
    """A site at the root of an origin has other sites' folders in its scope."""
    server = host(three[0], headers=False)
    with fresh(browser) as context:
        page = installed(context, server)
        (tmp_path / "other").mkdir()
        (tmp_path / "other" / "page.html").write_text("<!doctype html><title>Other</title><script src=a.js></script>")
        (tmp_path / "other" / "a.js").write_text("document.title += ' runs'")
        server.reset(tmp_path)
        page.close()
        neighbour = begin(context, f"{server.url}other/page.html")
        until(neighbour, "document.title === 'Other runs'")
