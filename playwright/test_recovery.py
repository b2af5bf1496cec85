"""After a cut, a lost or damaged entry, a full device, a deploy: the next visit runs, with one release and little fetched again."""

from __future__ import annotations

import json
from pathlib import Path

import faults
import models
import pytest
from harness import THOROUGH, some
from hosts import Host, Sample, built
from made import Made
from offline import installed, on_the_device
from playwright.sync_api import Browser, expect
from visits import Outcome, begin, fresh, go, outcome, running, stored, visit

pytest_plugins = ("site_fixtures",)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site whose model comes in several shards, as it is."""
    folder = tmp_path_factory.mktemp("rows")
    return built(models.rows(folder / "rows.onnx"), folder / "site", "--precision", "fp32")


@pytest.fixture(scope="module")
def releases(made: Made) -> tuple[Path, Path]:
    """Two releases of one site, whose titles and numbers differ."""
    return made("times 2"), made("times 3")


def shards(folder: Path) -> list[str]:
    (variant,) = json.loads((folder / "edgeweb.json").read_text())["variants"]
    return sorted(variant["files"])


def halfway(folder: Path, path: str) -> faults.Fault:
    return faults.cut((folder / path).stat().st_size // 2)


def test_a_cut_costs_no_more_than_the_shard_that_it_cut(browser: Browser, rows: Path, host: Host) -> None:
    parts = shards(rows)
    assert len(parts) >= 2
    server = host(rows, headers=False)
    middle = sorted(parts)[1]
    server.inject(middle, halfway(rows, middle), count=1)
    assert visit(browser, server.url).ready
    assert {part: len(server.hits(part)) for part in parts} == {part: 1 + (part == middle) for part in parts}


def test_after_a_cut_a_reload_goes_on_where_it_was(browser: Browser, rows: Path, host: Host) -> None:
    parts = shards(rows)
    server = host(rows, headers=False)
    server.inject(parts[1], halfway(rows, parts[1]))
    with fresh(browser) as context:
        page = begin(context, server.url)
        found = outcome(page)
        # Firefox takes a body that was cut off for a whole one.
        assert (found.ready, found.codes) in [(False, ["network"]), (False, ["integrity"])]
        server.heal()
        before = {part: len(server.hits(part)) for part in parts}
        page.goto(server.url, wait_until="commit")
        assert outcome(page).ready
    again = {part: len(server.hits(part)) - before[part] for part in parts}
    assert sum(again.values()) <= 1, again


def test_two_tabs_share_one_store(browser: Browser, sample: Sample, host: Host) -> None:
    for _ in range(3 if THOROUGH else 1):
        server = host(sample.folder)
        with fresh(browser) as context:
            tabs = [begin(context, server.url) for _ in range(2)]
            for page in tabs:
                found = running(page)
                assert (found.ready, found.outputs) == (True, sample.right.outputs), found
                on_the_device(page)
            kept = stored(tabs[0])
            assert kept["wrong"] == []
            assert len(kept["files"]) == len(set(kept["files"])) > 5


EVICT = """async ([hash, change]) => {
  for (const name of await caches.keys()) {
    const cache = await caches.open(name)
    for (const request of await cache.keys()) {
      if (!request.url.endsWith(hash)) continue
      const found = await cache.match(request)
      const bytes = new Uint8Array(await found.arrayBuffer())
      if (change === 'delete') await cache.delete(request)
      if (change === 'flip') bytes[bytes.length >> 1] ^= 1
      if (change !== 'delete') await cache.put(request, new Response(change === 'flip' ? bytes : bytes.slice(0, -1), { headers: found.headers }))
    }
  }
}"""


def test_every_kept_file_can_go_missing_or_bad(browser: Browser, sample: Sample, host: Host) -> None:
    """Entries are evicted, have a flipped bit, or end early, three at a time: the next visit runs, and heals what it reads."""
    server = host(sample.folder)
    paths = {
        entry["sha256"]: path
        for path, entry in json.loads((sample.folder / "edgeweb.json").read_text())["files"].items()
    }
    with fresh(browser) as context:
        page = installed(context, server)
        kept = sorted(stored(page)["files"])
        assert {paths[key] for key in kept} >= {"index.html", "manifest.webmanifest", *shards(sample.folder)}
        for start in some(range(0, len(kept), 3), browser):
            hit = kept[start : start + 3]
            for key, change in zip(hit, ("delete", "flip", "truncate"), strict=False):
                page.evaluate(EVICT, [key, change])
            go(page, server.url)
            found = running(page)
            assert (found.ready, found.outputs) == (True, sample.right.outputs), ([paths[key] for key in hit], found)
        # What no visit reads, as the icons of the installed app, is healed when somebody does.
        wrong = [paths[key] for key in stored(page)["wrong"]]
        page.goto(server.url + "report/")
        page.evaluate(
            "(paths) => Promise.all(paths.map((path) => fetch(`/${path}`).then((found) => found.blob())))", wrong
        )
        assert stored(page)["wrong"] == []


def test_without_room_it_runs_and_says_so(chromium: Browser, sample: Sample, host: Host) -> None:
    server = host(sample.folder)
    with fresh(chromium) as context:
        page = context.new_page()
        quota = {"origin": server.url.rstrip("/"), "quotaSize": 200_000}
        context.new_cdp_session(page).send("Storage.overrideQuotaForOrigin", quota)
        page.goto(server.url, wait_until="commit")
        found = outcome(page, sealed=True)
        assert (found.ready, found.outputs) == (True, sample.right.outputs)
        expect(page.get_by_text("Too little storage").first).to_be_attached(timeout=20_000)
        assert stored(page)["wrong"] == []


def one_release(found: Outcome, known: dict[str, tuple[str, list[list[str]]]], what: object) -> bool:
    """Whether it runs; and if so, that title, release and numbers are of one release."""
    assert not found.marked
    if not found.ready:
        assert found.told, f"a dead page: {what}"
        return False
    assert found.release in known, what
    assert (found.title, found.outputs) == known[found.release], what
    return True


@pytest.mark.alike
def test_a_deploy_in_mid_load_never_mixes_releases(browser: Browser, releases: tuple[Path, Path], host: Host) -> None:
    """The folder becomes another release with the first request, the second, the third, and so on."""
    known: dict[str, tuple[str, list[list[str]]]] = {}
    count = 0
    for folder in releases:
        server = host(folder)
        right = visit(browser, server.url, sealed=True)
        assert right.ready
        assert right.release is not None
        known[right.release] = right.title, right.outputs
        count = len(server.log)
    assert len({title for title, _ in known.values()}) == len({str(outputs) for _, outputs in known.values()}) == 2
    with fresh(browser) as context:
        # `make test` takes some: a visit for each of two dozen requests is long.
        step = 1 if THOROUGH else 4 if browser.browser_type.name == "firefox" else 2
        for number in range(2, count + 2, step):
            server = host(releases[0])
            server.deploy(releases[1], at_request=number)
            page = begin(context, server.url)
            if not one_release(outcome(page), known, f"deploy at request {number}"):
                go(page, server.url)
                assert one_release(outcome(page), known, f"reload after a deploy at request {number}"), number
            page.close()


@pytest.mark.alike
def test_a_cache_between_that_is_behind(browser: Browser, releases: tuple[Path, Path], host: Host) -> None:
    """The page of one release beside the files of the other, and the manifest of one beside the page of the other."""
    rights = {folder: visit(browser, host(folder).url) for folder in releases}
    for path in ("index.html", "edgeweb.json"):
        for old, new in (releases, releases[::-1]):
            server = host(new)
            server.inject(path, faults.stale(old))
            found, right = visit(browser, server.url), rights[new]
            assert not found.marked
            assert found.told or (found.title, found.release, found.outputs) == (
                right.title,
                right.release,
                right.outputs,
            )
