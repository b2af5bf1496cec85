"""A host that damages, cuts and stalls: the visitor gets the right numbers or a sentence, never wrong bytes, never a dead page."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

import faults
import pytest
from faults import Fault, FaultServer
from harness import THOROUGH, some
from hosts import Host, Sample, assert_fair, settle
from playwright.sync_api import Browser
from visits import MARKER, MARKER_PATH, Outcome, begin, fresh, outcome, stored

pytest_plugins = ("site_fixtures",)
SEED = 20261123


def size(sample: Sample, path: str) -> int:
    return (sample.folder / path).stat().st_size


def damages(path: str, length: int) -> list[Fault]:
    """A random flip and a random truncation, the same ones in every run."""
    chance = random.Random(f"{SEED} {path}")
    return [faults.flip(chance.randrange(length), 1 << chance.randrange(8)), faults.truncated(chance.randrange(length))]


def side_by_side(browser: Browser, servers: list[FaultServer], at_once: int = 5, **options: Any) -> list[Outcome]:
    """A stranger's visit to each, some at a time: much of the time of a failing visit is waiting."""
    ended = []
    with fresh(browser) as context:
        for start in range(0, len(servers), at_once):
            pages = [begin(context, server.url) for server in servers[start : start + at_once]]
            ended += [outcome(page, **options) for page in pages]
            for page in pages:
                page.close()
    return ended


def test_whatever_stays_damaged_is_never_used(browser: Browser, sample: Sample, host: Host) -> None:
    """Each file that a page asks for, with a flipped bit and cut off by its host, for as long as the visit lasts."""
    paths = [path for path in sample.paths if path != "index.html"]
    faulty = [
        (path, damages(path, size(sample, path))[(at + turn) % 2]) for at, path in enumerate(paths) for turn in (0, 1)
    ]
    visits = []
    for path, fault in some(faulty, browser):
        server = host(sample.folder)
        server.inject(path, fault)
        visits.append((path, server))
    failed = []
    for (path, server), found in zip(
        visits, side_by_side(browser, [server for _, server in visits], at_once=8, sealed=True), strict=True
    ):
        try:
            assert_fair(found, sample.right, path)
            # The module for other pages is fetched last, when the visit has shown what it had to.
            assert path == "edgeweb.js" or server.hits(path), f"{path} was not asked for"
        except AssertionError as error:
            failed.append(str(error))
    assert failed == []


@pytest.mark.alike
def test_a_damaged_page_is_no_dead_page(browser: Browser, sample: Sample, host: Host) -> None:
    """index.html itself, which nothing can check before it: it runs rightly, or it says that it does not."""
    chance = random.Random(SEED)
    page = (sample.folder / "index.html").read_bytes()
    # Before its first words there is nothing to be shown.
    words = page.index(b"</edge-model>")
    jobs = [faults.flip(chance.randrange(len(page)), 1 << chance.randrange(8)) for _ in range(9)]
    jobs = [*some(jobs, browser), faults.truncated(chance.randrange(words, len(page)))]
    jobs += [faults.truncated(chance.randrange(words))]
    servers = [host(sample.folder) for _ in jobs]
    for server, fault in zip(servers, jobs, strict=True):
        server.inject("index.html", fault)
    *found, cut = side_by_side(browser, servers, at_once=len(jobs), seconds=14)
    for number, visit in enumerate(found):
        assert_fair(visit, sample.right, number)
    assert not cut.marked
    assert not cut.ready


KINDS: dict[str, Callable[[int, random.Random], Fault]] = {
    "flip": lambda length, chance: faults.flip(chance.randrange(length), 1 << chance.randrange(8)),
    "truncated": lambda length, chance: faults.truncated(chance.randrange(length)),
    "short length": lambda length, chance: faults.short_length(chance.randrange(length)),
    "cut": lambda length, chance: faults.cut(chance.randrange(length // 4 + 1)),
    "closed": lambda length, chance: faults.closed(chance.randrange(length)),
    "503": lambda length, chance: faults.status(503),
    "wrong 206": lambda length, chance: faults.wrong_206(1 + chance.randrange(length)),
    "416": lambda length, chance: faults.unsatisfiable(),
}


def test_whatever_is_damaged_once_is_healed(browser: Browser, sample: Sample, host: Host) -> None:
    """Every file of a visit arrives damaged the first time, all in one visit; the second time is asked for, and right."""
    servers, kinds = [], some(list(KINDS), browser)
    for kind in kinds:
        chance = random.Random(f"{SEED} {kind}")
        server = host(sample.folder)
        for path in sample.paths:
            if path != "index.html":
                server.inject(path, KINDS[kind](size(sample, path), chance), count=1)
        servers.append(server)
    found = side_by_side(browser, servers)
    assert not any(visit.marked for visit in found)
    ended = {kind: (visit.codes, visit.told, visit.outputs) for kind, visit in zip(kinds, found, strict=True)}
    assert ended == dict.fromkeys(kinds, ([], "", sample.right.outputs))


@pytest.mark.alike
def test_a_script_with_other_contents_never_runs(browser: Browser, sample: Sample, host: Host) -> None:
    """What would be an attack: whole scripts that do something else, on a host with headers and on one without."""
    scripts = [path for path in sample.paths if path.endswith((".js", ".mjs"))]
    inline = (sample.folder / "index.html").read_bytes()
    start = inline.index(b"<script>") + len(b"<script>")
    replaced = inline[:start] + MARKER.encode() + inline[inline.index(b"</script>", start) :]
    replaced_files = [*scripts, "sw.js", "index.html"]
    jobs = some([(path, (at + turn) % 2 == 0) for at, path in enumerate(replaced_files) for turn in (0, 1)], browser)
    with fresh(browser) as context:
        for start in range(0, len(jobs), 6):
            begun = []
            for path, headers in jobs[start : start + 6]:
                server = host(sample.folder, headers=headers)
                server.inject(path, faults.instead(replaced if path == "index.html" else MARKER.encode()))
                begun.append((path, server, begin(context, server.url)))
            for path, server, page in begun:
                # Nothing else on the page can say so when the very first script is another.
                found = outcome(page, seconds=1 if path == "index.html" else 20, sealed=path == "sw.js")
                # A service worker is looked for when all else is done.
                page.wait_for_timeout(1500 if path == "sw.js" else 200)
                assert not found.marked, path
                assert server.hits(MARKER_PATH) == [], path
                if path != "index.html":
                    assert_fair(found, sample.right, path)
                page.close()


def test_the_service_worker_keeps_nothing_damaged(chromium: Browser, sample: Sample, host: Host) -> None:
    server = host(sample.folder)
    for path in [*sample.paths, *sample.kept]:
        if path not in ("index.html", "sw.js"):
            server.inject(path, damages(path, size(sample, path))[0], first=2 if path in sample.paths else 1)
    with fresh(chromium) as context:
        page = begin(context, server.url)
        assert_fair(outcome(page), sample.right, "the page's own requests were right")
        settle(page, server)
        assert stored(page)["wrong"] == []


def test_a_stall_ends_in_a_message(chromium: Browser, firefox: Browser, sample: Sample, host: Host) -> None:
    """All at once, because each lasts half a minute: one file of each kind begins to arrive, and stops."""
    kinds = {re.sub(r"[0-9a-f-]*\.", ".", path): path for path in [*sample.paths, "sw.js"] if path != "index.html"}
    with fresh(chromium) as first, fresh(firefox) as second:
        begun = []
        for number, path in enumerate(kinds.values()):
            for context in (first, second) if THOROUGH else ((first, second)[number % 2],):
                server = host(sample.folder)
                server.inject(path, faults.stall(size(sample, path) // 8))
                begun.append((path, begin(context, server.url)))
        ended = [(path, outcome(page, seconds=60, sealed=True)) for path, page in begun]
    failed = []
    for path, found in ended:
        try:
            assert_fair(found, sample.right, path)
            assert found.endedAt < 32_000, f"{path}: {found.endedAt:.0f} ms until it ended"
            # Without its interface there is nothing to enter, and the page says so.
            assert found.sealed or found.told, f"{path}: it runs, and its network stays open"
        except AssertionError as error:
            failed.append(str(error))
    assert failed == []
