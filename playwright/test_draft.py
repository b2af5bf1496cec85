"""A draft of the model answers first and better weights take its place: on slow, broken and fast lines, each byte once."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import faults
import models
import numpy as np
import pytest
from faults import FaultServer
from hosts import Host, built
from offline import complete, on_the_device, until
from playwright.sync_api import Browser, Page, expect
from visits import begin, fresh, stored

pytest_plugins = ("site_fixtures",)

# Bytes a second: so slow that the rest takes seconds, and a draft pays.
SLOW = 40_000
# What a visit saw, in order: which form was ready, what it answered to the golden input, and how the upgrade ended.
WATCH = """(() => {
  globalThis.seen = { phases: [], results: 0, codes: [] }
  const answer = async (model) => {
    const [{ name, type, dims, data }] = model.manifest.golden[0].inputs
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0))
    const { scores } = await model.run({ [name]: { type, dims, data: new Float32Array(bytes.buffer) } })
    const { draft, parity, why } = model.backend
    return { draft, parity, why, scores: Array.from(scores.data) }
  }
  document.addEventListener('edge-ready', async ({ detail: model }) => {
    seen.model = model
    seen.ready = { draft: model.backend.draft, sealed: document.documentElement.dataset.edgeweb === 'sealed' }
    model.upgraded.then(() => { seen.upgrade = 'done' }, (error) => { seen.upgrade = error.code })
    seen.first = await answer(model)
    seen.firstSealed = document.documentElement.dataset.edgeweb === 'sealed'
    await model.upgraded.catch(() => undefined)
    seen.last = await answer(model)
  }, true)
  document.addEventListener('edge-progress', ({ detail }) => seen.phases.push(detail.phase), true)
  document.addEventListener('edge-result', () => { seen.results++ }, true)
  document.addEventListener('edge-error', ({ detail }) => seen.codes.push(detail.code), true)
})()"""


class Site:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: dict[str, Any] = json.loads((folder / "edgeweb.json").read_text("utf-8"))
        (variant,) = self.manifest["variants"]
        count = variant["draft"]["files"]
        self.first, self.rest = variant["files"][:count], variant["files"][count:]
        self.draft_scores = _numbers(variant["draft"]["golden"][0][0])
        self.whole_scores = _numbers(self.manifest["golden"][0]["outputs"][0])


def _numbers(output: dict[str, Any]) -> list[float]:
    assert output["stride"] == 1
    return [float(each) for each in np.frombuffer(base64.b64decode(output["data"]), "<f4")]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("wide")
    (folder / "edgeweb.toml").write_text('[compress]\nprogressive = true\nprecision = "int8"\n', "utf-8")
    model = models.wide(folder / "wide.onnx")
    return Site(built(model, folder / "site", "--data", model.with_suffix(".npz")))


def slowed(host: Host, site: Site, rate: float = SLOW) -> FaultServer:
    server = host(site.folder)
    for path in site.rest:
        server.inject(path, faults.slow(rate))
    return server


def ended(page: Page) -> dict[str, Any]:
    """What the visit saw, once the upgrade has ended and the page has closed its network."""
    until(page, "globalThis.seen?.last && document.documentElement.dataset.edgeweb === 'sealed'")
    found: dict[str, Any] = page.evaluate("(() => { const { model, ...rest } = seen; return rest })()")
    return found


def assert_near(found: list[float], expected: list[float]) -> None:
    assert found == pytest.approx(expected, rel=1e-3, abs=1e-4)


@pytest.mark.alike
def test_the_draft_answers_first_and_the_whole_model_after_it(browser: Browser, site: Site, host: Host) -> None:
    server = slowed(host, site, SLOW / 4)  # time enough to press the button, on any machine
    with fresh(browser) as context:
        context.add_init_script(WATCH)
        page = begin(context, server.url)
        expect(page.get_by_text("a draft; full model")).to_be_visible(timeout=30_000)
        expect(page.get_by_text("Once it is loaded, this page closes its network.")).to_be_visible()
        page.get_by_role("button", name="Run").first.click()
        until(page, "seen.results === 1")
        expect(page.get_by_text("the full model", exact=True)).to_be_visible(timeout=30_000)
        seen = ended(page)
        assert seen["ready"] == {"draft": True, "sealed": False}
        assert (seen["first"]["draft"], seen["last"]["draft"]) == (True, False)
        assert (seen["first"]["parity"], seen["last"]["parity"]) == ("passed", "passed")
        assert seen["last"]["why"] == [], "what ends the draft's session was cut away"
        assert not seen["firstSealed"], "the rest has still to come"
        assert_near(seen["first"]["scores"], site.draft_scores)
        assert_near(seen["last"]["scores"], site.whole_scores)
        assert site.draft_scores != pytest.approx(site.whole_scores, rel=1e-2, abs=1e-3)
        assert (seen["upgrade"], seen["codes"]) == ("done", [])
        assert seen["results"] == 2, "what was shown was not asked for again"
        assert seen["phases"].index("ready") < seen["phases"].index("upgrade")
        assert seen["phases"][-1] == "upgraded"
        on_the_device(page)
        complete(page, server)
        assets = [path for path in server.paths() if path.startswith("assets/")]
        assert {path: len(server.hits(path)) for path in assets} == dict.fromkeys(assets, 1)
        assert stored(page)["wrong"] == []

        before = len(server.log)
        page.reload()
        again = ended(page)
        assert again["ready"]["draft"] is False, "every byte was there"
        assert_near(again["first"]["scores"], site.whole_scores)
        assert [hit.path for hit in server.log[before:] if hit.path.startswith("assets/")] == []


@pytest.mark.alike
@pytest.mark.parametrize("fault", ["cut", "flip", "gone"])
def test_a_rest_that_does_not_come_leaves_the_draft_at_work(
    fault: str, browser: Browser, site: Site, host: Host
) -> None:
    kinds = {
        "cut": (faults.cut(9000), "network"),
        "flip": (faults.flip(70_000), "integrity"),
        "gone": (faults.status(404), "network"),
    }
    how, code = kinds[fault]
    server = host(site.folder)
    server.inject(site.rest[0], how)
    with fresh(browser) as context:
        context.add_init_script(WATCH)
        page = begin(context, server.url)
        seen = ended(page)
        assert (seen["ready"]["draft"], seen["upgrade"], seen["codes"]) == (True, code, [code])
        assert seen["last"]["draft"] is True
        assert_near(seen["last"]["scores"], site.draft_scores)
        expect(page.get_by_text("a draft; reload for the full model")).to_be_visible()
        server.heal()
        page.reload()
        until(page, "globalThis.seen?.upgrade === 'done'")
        assert_near(ended(page)["last"]["scores"], site.whole_scores)


@pytest.mark.alike
def test_a_fast_line_needs_no_draft(browser: Browser, site: Site, host: Host) -> None:
    server = host(site.folder)
    with fresh(browser) as context:
        context.add_init_script(WATCH)
        seen = ended(begin(context, server.url))
        assert (seen["ready"]["draft"], seen["upgrade"]) == (False, "done")
        assert_near(seen["first"]["scores"], site.whole_scores)
        assert "upgrade" not in seen["phases"]


@pytest.mark.alike
def test_a_call_that_is_stopped_meanwhile_changes_nothing(browser: Browser, site: Site, host: Host) -> None:
    """Stopping replaces the worker, and with it the draft that was to be refined."""
    server = slowed(host, site)
    with fresh(browser) as context:
        context.add_init_script(WATCH)
        page = begin(context, server.url)
        until(page, "globalThis.seen?.first")
        code = page.evaluate("""async () => {
          const stop = new AbortController()
          const row = { type: 'float32', dims: [1, 300], data: new Float32Array(300) }
          const running = seen.model.run({ row }, { signal: stop.signal }).catch((error) => error.code)
          setTimeout(() => stop.abort())
          return running
        }""")
        seen = ended(page)
        assert code == "aborted" or "scores" in code
        assert (seen["upgrade"], seen["last"]["draft"]) == ("done", False)
        assert_near(seen["last"]["scores"], site.whole_scores)
        on_the_device(page)
        assert [len(server.hits(path)) for path in (*site.first, *site.rest)] == [1, 1]
