"""Releases that somebody signs: who gets one onto a device that has the one before."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import faults
import pytest
from edgeweb.release import folder as releases
from edgeweb.trust import site as trust
from hosts import Host
from offline import EVICT, Releases, after, again, installed, updates
from playwright.sync_api import Browser
from visits import fresh, outcome

pytest_plugins = ("site_fixtures", "offline_fixtures")


@pytest.fixture
def signed(three: Releases, tmp_path: Path) -> tuple[Path, Path, list[str]]:
    """A folder of releases that a key has signed, the first one stable; the key, and the releases."""
    key = tmp_path / "key.pem"
    openssl = ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key]
    subprocess.run(openssl, check=True, capture_output=True)
    place, ids = tmp_path / "releases", []
    for number, site in enumerate(three):
        copy = shutil.copytree(site, tmp_path / f"site {number}")
        ids.append(trust.sign(copy, key).release)
        releases.add(copy, place, key=str(key))
    return place, key, ids


def test_only_who_is_named_gets_a_release_onto_the_device(
    browser: Browser, signed: tuple[Path, Path, list[str]], host: Host, three: Releases, tmp_path: Path
) -> None:
    place, key, (_, b, c) = signed
    server = host(place)
    other = tmp_path / "other.pem"
    other.write_bytes(
        subprocess.run(
            ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            check=True,
            capture_output=True,
        ).stdout
    )
    with fresh(browser) as context:
        page = installed(context, server)
        assert outcome(page).title == "Times 2"
        releases.promote(b, place, key=str(key))
        good = (place / "channels.json").read_bytes()
        bundle = place / "releases" / b / "edgeweb.sig"
        right = bundle.read_bytes()
        foreign = shutil.copytree(three[1], tmp_path / "foreign")
        trust.sign(foreign, other)
        wrong = [right[:-40] + b"A" * 4 + right[-36:], (foreign / "edgeweb.sig").read_bytes(), b"{}", b""]
        for data in wrong:
            bundle.write_bytes(data)
            (place / "edgeweb.sig").write_bytes(data)
            assert updates(page, "check()") is False
        bundle.write_bytes(right)
        # Not the channel file without its signature, of a foreign key, or with a word changed.
        text = json.loads(good)
        for each in (
            good.replace(b'"number": 2', b'"number": 3'),
            json.dumps({**text, "signature": ""}).encode(),
            good[:-10],
        ):
            (place / "channels.json").write_bytes(each)
            assert updates(page, "check()") is False
        # Nor what is at the root in its place: an unsigned site, or no channel file at all.
        server.inject("channels.json", faults.status(404))
        assert updates(page, "check()") is False
        server.reset(three[2])
        assert updates(page, "check()") is False
        assert again(page).title == "Times 2"
        server.reset(place)
        (place / "channels.json").write_bytes(good)
        assert updates(page, "check()") is True
        assert again(page).title == "Times 3"
        assert (
            after(lambda: releases.promote(c, place, "canary", 100, key=str(key)), page, "Times 4")["channel"]
            == "canary"
        )


@pytest.mark.alike
def test_who_may_sign_is_known_without_the_manifest(
    browser: Browser, signed: tuple[Path, Path, list[str]], host: Host, three: Releases
) -> None:
    place, key, (a, b, _) = signed
    server = host(place)
    with fresh(browser) as context:
        page = installed(context, server)
        page.evaluate(EVICT, [f"release-{a}", "delete"])
        server.reset(three[2])
        assert updates(page, "check()") is False
        page.evaluate(EVICT, [f"release-{a}", "delete"])
        releases.promote(b, place, key=str(key))
        server.reset(place)
        assert updates(page, "check()") is True
