"""A folder of releases as a host of files has it: the root, the channel file, every release's own files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def place(make_site: Callable[..., Path], tmp_path: Path) -> Path:
    """Two releases, of which the first is at the root; the second has an asset that it alone needs."""
    root = make_site(tmp_path / "releases", {"index.html": b"one", "assets/a.txt": b"shared"})
    for name, page, assets in (("aaaa", b"one", {}), ("bbbb", b"two", {"assets/b.txt": b"its own"})):
        own = make_site(root / "releases" / name, {"index.html": page, "assets/a.txt": b"shared", **assets})
        for asset in assets:
            shutil.copy(own / asset, root / asset)
        shutil.rmtree(own / "assets")
        (own / "edgeweb.sig").write_text("signed")
    (root / "channels.json").write_text(json.dumps({"number": 1}))
    (root / ".edgeweb").mkdir()
    (root / ".edgeweb" / "registry.json").write_text("SECRET")
    return root


def test_every_release_has_its_own_pages_and_shares_the_assets(
    place: Path, client_of: Callable[..., Callable[..., object]]
) -> None:
    get = client_of(place)
    found = {
        "/": b"one", "/releases/aaaa/index.html": b"one", "/releases/bbbb/index.html": b"two",
        "/assets/a.txt": b"shared", "/assets/b.txt": b"its own", "/channels.json": b'{"number": 1}',
        "/releases/bbbb/edgeweb.sig": b"signed",
    }  # fmt: skip
    for path, body in found.items():
        reply = get(path)
        assert (reply.status, reply.body) == (200, body), path
    for path in ("/releases/", "/releases/bbbb/", "/releases/bbbb/assets/b.txt", "/.edgeweb/registry.json"):
        assert get(path).status == 404, path


def test_a_change_shows_without_a_restart(place: Path, client_of: Callable[..., Callable[..., object]]) -> None:
    get = client_of(place)
    assert get("/channels.json").body == b'{"number": 1}'
    (place / "channels.json").write_text(json.dumps({"number": 20}))
    assert get("/channels.json").body == b'{"number": 20}'
    shutil.rmtree(place / "releases" / "bbbb")
    assert get("/releases/bbbb/index.html").status == 404


def test_without_a_channel_file_there_is_one_release(
    place: Path, client_of: Callable[..., Callable[..., object]]
) -> None:
    (place / "channels.json").unlink()
    assert client_of(place)("/releases/bbbb/index.html").status == 404


def test_what_a_deployment_has_left_for_open_pages_is_there(
    make_site: Callable[..., Path], tmp_path: Path, client_of: Callable[..., Callable[..., object]]
) -> None:
    site = make_site(tmp_path / "site", {"index.html": b"page", "assets/new.txt": b"new"})
    (site / "assets" / "old.txt").write_bytes(b"old")
    (site / "secret.txt").write_bytes(b"SECRET")
    files = {
        path: {"bytes": size, "sha256": "0" * 64}
        for path, size in {
            "assets/old.txt": 3,
            "assets/gone.txt": 3,
            "assets/../secret.txt": 6,
            "secret.txt": 6,
        }.items()
    }
    ledger = {"format": 1, "number": 2, "deployments": [{"files": {}}, {"files": {**files, "assets/odd.txt": 7}}]}
    (site / "deployed.json").write_text(json.dumps(ledger))
    get = client_of(site)
    assert get("/assets/old.txt").body == b"old"
    for path in ("/assets/gone.txt", "/secret.txt", "/assets/odd.txt", "/assets/../secret.txt"):
        assert get(path).status == 404, path
    for broken in ("{", "[]", '{"deployments": [null]}', '{"deployments": [{"files": []}]}'):
        (site / "deployed.json").write_text(broken)
        assert client_of(site)("/").body == b"page"
