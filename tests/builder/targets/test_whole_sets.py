"""Hosts whose deployments replace the whole set: older releases are fetched from the live site, and checked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pages_api
import pytest
import shipped
from edgeweb import cli
from edgeweb.errors import OutputError
from edgeweb.manifest import decode
from edgeweb.targets import ledger, shipment, whole
from edgeweb.targets.common import Wanted
from edgeweb.targets.plan import Plan


@pytest.fixture
def pages() -> Iterator[pages_api.Pages]:
    with pages_api.Pages() as server:
        yield server
        server.shutdown()


def laid(pages: pages_api.Pages, site: Path, room: Path, **options: float | bool) -> tuple[Plan, set[str]]:
    """One deployment, by hand instead of by a host's own program."""
    url = f"{pages.url}/" if pages.sets else ""
    found = shipment.shipment(site)
    wanted = Wanted(**options)  # type: ignore[arg-type]
    planned = whole.planned("host:birds", found, url, wanted, lambda _: None)
    done = whole.laid(found, planned, url, room, lambda _: None)
    pages.sets.append(shipped.content(room))
    return done


def test_assets_of_the_last_release_go_there_again(
    sites: tuple[Path, Path], pages: pages_api.Pages, tmp_path: Path
) -> None:
    for turn, (site, old) in enumerate(((sites[0], None), (sites[1], sites[0]), (sites[0], sites[1]))):
        assert not laid(pages, site, tmp_path / str(turn))[1]
        found = pages.sets[-1]
        kept = {path: data for path, data in found.items() if path not in shipment.shipment(site).files}
        kept.pop("deployed.json")
        plain = {path for path in shipped.assets(old) if not path.endswith((".br", ".gz"))} if old else set()
        assert kept.keys() == plain - shipped.assets(site)
        assert all(old and data == (old / path).read_bytes() for path, data in kept.items())
    laid(pages, sites[1], tmp_path / "last", keep_days=0)
    assert set(pages.sets[-1]) == {*whole.entries(shipment.shipment(sites[1])), "deployed.json"}


def test_what_is_damaged_or_gone_is_lost_and_said(
    sites: tuple[Path, Path], pages: pages_api.Pages, tmp_path: Path
) -> None:
    laid(pages, sites[0], tmp_path / "a")
    gone, damaged, *others = sorted(
        path for path in shipped.assets(sites[0]) - shipped.assets(sites[1]) if path in pages.sets[0]
    )
    del pages.sets[0][gone]
    pages.sets[0][damaged] += b" "
    planned, lost = laid(pages, sites[1], tmp_path / "b")
    assert lost == {gone, damaged}
    assert gone in whole.told(lost)[0][1]
    assert set(planned.kept) == set(others)
    found = pages.sets[-1]
    told = ledger.decode(found["deployed.json"])
    assert told is not None
    assert told.files.keys() == found.keys() - {"deployed.json"}


def test_a_site_published_by_hand_is_known_by_its_manifest(
    sites: tuple[Path, Path], pages: pages_api.Pages, tmp_path: Path
) -> None:
    pages.sets.append(shipped.content(sites[0]))
    laid(pages, sites[1], tmp_path / "b")
    needed = decode((sites[0] / "edgeweb.json").read_bytes()).files
    assert all(pages.sets[-1][path] == (sites[0] / path).read_bytes() for path in needed if path.startswith("assets/"))


def test_another_site_and_one_that_cannot_be_asked_are_left_alone(
    sites: tuple[Path, Path], pages: pages_api.Pages, tmp_path: Path
) -> None:
    pages.sets.append({"index.html": b"<h1>Mine</h1>"})
    with pytest.raises(OutputError, match="edgeweb did not make it"):
        laid(pages, sites[0], tmp_path / "a")
    laid(pages, sites[0], tmp_path / "b", force=True)
    pages.socket.close()
    with pytest.raises(OutputError, match="does not answer"):
        whole.planned("host:birds", shipment.shipment(sites[0]), f"{pages.url}/", Wanted(), lambda _: None)


def test_without_wrangler_it_is_said_how_to_get_it(
    sites: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert cli.main(["deploy", str(sites[0]), "cloudflare:birds"]) == 2
    assert "Run: npm install --global wrangler" in capsys.readouterr().err
