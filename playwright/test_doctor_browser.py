"""`edgeweb doctor --browser`: what a real browser makes of good sites, and of hosts that break them."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from edgeweb.doctor.common import Checked
from edgeweb.doctor.diagnose import doctor
from faults import instead
from harness import edgeweb
from hosts import Host
from made import Made

pytest_plugins = ("site_fixtures",)
NAMES = ("ready", "isolated", "parity", "foreign", "offline")


@pytest.fixture(autouse=True)
def a_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEWEB_BROWSER", shutil.which("chromium") or "chromium")


def states(checks: list[Checked]) -> dict[str, str]:
    return {each.name: each.state for each in checks if each.name in NAMES}


def test_a_folder_is_served_opened_and_opened_again_without_a_network(made: Made) -> None:
    done = edgeweb("doctor", made("times 2"), "--browser", "--json")
    assert done.returncode == 0, done.stdout
    found = {each["name"]: each for each in json.loads(done.stdout)["checks"]}
    assert {found[name]["state"] for name in NAMES} == {"pass"}
    assert "wasm" in found["ready"]["what"]
    assert re.fullmatch(r"\d+ requests, all of the site itself", found["foreign"]["what"])
    assert "isolated" in found["offline"]["what"]


@pytest.mark.thorough
def test_a_host_without_headers_isolates_nobody_at_first(made: Made, host: Host) -> None:
    server = host(made("times 2"), headers=False)
    found = doctor(server.url, browser=True)
    assert states(list(found.checks)) == {**dict.fromkeys(NAMES, "pass"), "isolated": "warn"}
    assert "isolation" in {each.name for each in found.of("fail")}


@pytest.mark.thorough
def test_a_page_that_cannot_start_says_why(made: Made, host: Host) -> None:
    folder = made("times 2")
    server = host(folder)
    worker = next(path for path in (folder / "assets").glob("worker-wasm-*.js"))
    server.inject(f"assets/{worker.name}", instead(b"throw 1"))
    found = doctor(server.url, browser=True)
    failed = states(found.of("fail"))
    assert {*failed} == {"ready", "offline"} and "files" in {each.name for each in found.of("fail")}
    (ready,) = [each for each in found.checks if each.name == "ready"]
    assert "does not become ready in Chromium: " in ready.what and ready.consequence


@pytest.mark.thorough
def test_what_a_host_adds_is_seen_when_it_asks_somebody_else(
    made: Made, host: Host, origin_sink: tuple[str, list[str]]
) -> None:
    sink, _ = origin_sink
    folder = made("times 2")
    page = (folder / "index.html").read_bytes()
    open_page = re.sub(rb'<meta http-equiv="Content-Security-Policy"[^>]*>', b"", page)
    picture = f'<img src="{sink}/seen.png" alt=""></body>'.encode()
    for html, state in ((open_page, "fail"), (page, "pass")):
        server = host(folder, headers=False)
        server.inject("index.html", instead(html.replace(b"</body>", picture)))
        found = doctor(server.url, browser=True)
        (foreign,) = [each for each in found.checks if each.name == "foreign"]
        assert foreign.state == state, foreign
        assert (sink in foreign.what) == (state == "fail")
