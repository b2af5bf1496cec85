"""Hosts that are broken on purpose, one fault each: every one is named, and nothing beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from broken_host import Fault, Reply, hosted
from edgeweb.doctor.common import Diagnosis
from edgeweb.doctor.diagnose import doctor
from one_fault import CASES, Headers, bare, round_trip


def bad(found: Diagnosis) -> dict[str, set[str]]:
    """The checks that did not pass, with their states."""
    states: dict[str, set[str]] = {}
    for each in found.checks:
        if each.state in ("warn", "fail"):
            states.setdefault(each.name, set()).add(each.state)
    return states


def test_nothing_is_said_against_a_good_host(site: Path) -> None:
    with hosted(site) as host:
        found = doctor(host.url)
    assert (bad(found), found.passed) == ({}, True), [each for each in found.checks if each.consequence]
    assert len(found.of("pass")) > 18
    assert 1 < host.most <= 4
    # What would be asked twice is remembered.
    assert host.asked.count("/edgeweb.json") == 1


@pytest.mark.parametrize("name", CASES)
def test_a_fault_is_named_and_nothing_else(name: str, site: Path) -> None:
    fault, check, state, words = CASES[name]
    with hosted(site, fault) as host:
        found = doctor(host.url)
    assert bad(found) == {check: {state}}, [(each.name, each.what) for each in found.checks if each.consequence]
    said = [each for each in found.checks if each.name == check and each.state == state]
    assert any(words in each.what for each in said), said
    assert all(each.consequence and each.mend for each in said), said
    assert "<" not in "".join(each.mend for each in said), "a gap in a mend was left open"
    assert found.passed == (state == "warn")


def test_a_deployment_that_was_cut_is_told_from_damage(site: Path, next_site: Path) -> None:
    page = (next_site / "index.html").read_bytes()

    def half(path: str, asked: Headers, reply: Reply) -> None:
        if path == "":
            reply.headers.pop("content-encoding", None)
            reply.body = page

    with hosted(site, half) as host:
        found = doctor(host.url)
    assert bad(found) == {"release": {"fail"}}
    assert "two releases" in found.of("fail")[0].what
    # With the copy of its manifest beside it, the page helps itself.
    (copy,) = (next_site / "assets").glob("manifest-*.json")
    with hosted(site, half, extra={f"assets/{copy.name}": copy.read_bytes()}) as host:
        assert bad(doctor(host.url)) == {"release": {"warn"}}


def test_the_copy_that_a_page_helps_itself_with_is_missed(site: Path) -> None:
    def gone(path: str, asked: Headers, reply: Reply) -> None:
        if path.startswith("assets/manifest-"):
            reply.status, reply.body, reply.headers = 404, b"", {}

    with hosted(site, gone) as host:
        assert bad(doctor(host.url)) == {"release": {"warn"}}


def test_a_round_trip_within_the_site_is_a_warning(site: Path) -> None:
    script = (site / "edgeweb.js").read_bytes()

    def moved(path: str, asked: Headers, reply: Reply) -> None:
        if path == "moved/edgeweb.js":
            reply.headers |= {"content-type": "text/javascript", "cache-control": "no-cache"}

    with hosted(site, round_trip, moved, extra={"moved/edgeweb.js": script}) as host:
        found = doctor(host.url)
    assert bad(found) == {"redirects": {"warn"}}


@pytest.mark.parametrize(
    ("server", "named"), [("GitHub.com", "GitHub Pages"), ("SimpleHTTP/0.6 Python/3.11", "Python's")]
)
def test_what_nobody_can_set_is_a_warning(server: str, named: str, site: Path) -> None:
    with hosted(site, bare(server)) as host:
        found = doctor(host.url)
    assert named in found.host
    warned = {"isolation", "policy", "allowlist", "headers", "sniffing", "frames", "caching", "caching-assets"}
    assert bad(found) == {name: {"warn"} for name in warned}
    assert found.passed


def test_the_same_is_a_failure_where_it_can_be_set_and_the_mend_is_that_hosts(site: Path) -> None:
    with hosted(site, bare("nginx/1.22.1")) as host:
        found = doctor(host.url)
    assert found.host == "nginx"
    failed = {"isolation", "policy", "allowlist", "headers", "sniffing", "frames"}
    assert {each.name for each in found.of("fail")} == failed
    mends = [each.mend for each in found.of("fail") if each.name == "isolation"]
    assert mends and all("add_header Cross-Origin-Opener-Policy" in mend and "nginx.conf" in mend for mend in mends)


def slash_kept(path: str, asked: Headers, reply: Reply) -> None:
    if path == "/birds":
        reply.status, reply.body, reply.headers = 200, b"<!doctype html>", {"content-type": "text/html"}


def slash_unknown(path: str, asked: Headers, reply: Reply) -> None:
    if path == "/birds":
        reply.status, reply.headers = 404, {}


@pytest.mark.parametrize(
    ("faults", "expected"),
    [((), {}), ((slash_kept,), {"slash": {"fail"}}), ((slash_unknown,), {"slash": {"warn"}})],
)
def test_a_site_in_a_folder_needs_its_last_slash(
    faults: tuple[Fault, ...], expected: dict[str, set[str]], site: Path
) -> None:
    with hosted(site, *faults, below="/birds/") as host:
        found = doctor(host.url)
        short = doctor(f"{host.url}index.html")
    assert bad(found) == bad(short) == expected


def test_plain_http_is_for_this_machine_alone(site: Path) -> None:
    with hosted(site, name="0.0.0.0") as host:
        found = doctor(host.url)
    assert bad(found) == {"https": {"fail"}}
    assert "threads" in found.of("fail")[0].consequence or "One thread" in found.of("fail")[0].consequence
