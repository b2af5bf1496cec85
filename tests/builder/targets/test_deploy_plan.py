"""What a deployment sends, keeps and deletes, whatever a host says of itself, and what is refused before that."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import shipped
from edgeweb import cli
from edgeweb.errors import SiteError, UsageError
from edgeweb.targets import claims, common, ledger, secrets
from edgeweb.targets import plan as plans
from edgeweb.targets.ledger import Begun, Deployment, Entry, Ledger
from edgeweb.targets.plan import Plan
from edgeweb.targets.shipment import Shipment, shipment

AT = datetime(2026, 12, 1, 3, tzinfo=UTC)
PAGES = ("index.html", "edgeweb.json")


def site(release: str, *assets: str, channels: int | None = None, **more: str) -> Shipment:
    """Of made-up contents: what is in a file is its name, or of pages the release's."""
    own = {name: Entry(3, release.encode().hex().ljust(64, "0")) for name in (*PAGES, *more)}
    if channels is not None:
        own["channels.json"] = Entry(9, f"{channels}".rjust(64, "0"))
    shared = {f"assets/{name}": Entry(5, name.encode().hex().ljust(64, "0")) for name in assets}
    about: Any = msgspec.defstruct("About", [("release", str)])(release)
    return Shipment(Path("dist"), about, {}, {**own, **shared}, channels)


def naming(path: str) -> bytes:
    """A ledger that only the name of its file makes none."""
    good = Deployment(release="r", at="2026-12-01T03:00:00Z", files={"x/y": Entry(1, "0" * 64)})
    data = ledger.encode(Ledger(format=1, number=1, deployments=[good]))
    assert ledger.decode(data)
    return data.replace(b'"x/y"', json.dumps(path).encode())


def after(*days_and_sites: tuple[float, Shipment]) -> tuple[Plan, Ledger]:
    """The last deployment of a row, and what it leaves as ledger."""
    known: Ledger | None = None
    found = None
    for day, each in days_and_sites:
        found = plans.plan(each, known, AT + timedelta(days=day), 7)
        known = ledger.decode(ledger.encode(found.ledger))
        assert known == found.ledger
    assert found is not None
    assert known is not None
    return found, known


def test_the_first_time_everything_goes_up_in_its_order() -> None:
    found, known = after((0, site("r1", "a", "b", channels=3, report="")))
    assert [set(each) for each in found.phases] == [
        {"assets/a", "assets/b"},
        {"index.html", "report"},
        {"edgeweb.json"},
        {"channels.json"},
    ]
    assert list(found.phases[1])[-1] == "index.html"
    assert (found.kept, found.deleted, known.number, known.channels) == ({}, {}, 1, 3)


def test_only_what_changed_goes_up_and_old_assets_stay_for_some_days() -> None:
    rows = [(0.0, site("r1", "a", "old")), (1.0, site("r2", "a", "new"))]
    found, known = after(*rows)
    assert found.sent.keys() == {"assets/new", *PAGES}
    assert found.same.keys() == {"assets/a"}
    assert (found.kept.keys(), found.deleted) == ({"assets/old"}, {})
    assert [each.release for each in known.deployments] == ["r2", "r1"]
    assert known.deployments[1].files.keys() == {"assets/old"}
    # From when it was replaced, however often the other is deployed again.
    again = [(float(day), site("r2", "a", "new")) for day in range(2, 8)]
    assert after(*rows, *again)[0].kept.keys() == {"assets/old"}
    late, known = after(*rows, *again, (8.5, site("r2", "a", "new")))
    assert (late.kept, late.deleted.keys()) == ({}, {"assets/old"})
    assert [each.release for each in known.deployments] == ["r2"]


def test_going_back_sends_what_went_and_nothing_else() -> None:
    first, second = site("r1", "a", "old"), site("r2", "a", "new")
    found, _ = after((0, first), (1, second), (2, first))
    assert found.sent.keys() == set(PAGES)
    assert found.kept.keys() == {"assets/new"}


def test_what_a_cut_deployment_may_have_replaced_goes_up_again() -> None:
    first, second = site("r1", "a"), site("r2", "a", "new")
    _, known = after((0, first))
    planned = plans.plan(second, known, AT, 7)
    cut = claims.begun(planned, known, "0" * 32)
    back = plans.plan(first, cut, AT, 7)
    assert back.sent.keys() == set(PAGES)
    assert back.deleted.keys() == {"assets/new"}
    # And so it is when that one, too, is cut.
    assert claims.begun(back, cut, "1" * 32).begun.files.keys() == {*PAGES, "assets/new"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "data",
    [
        b"", b"<html>", b"[]", b"{}", b'{"format":2,"number":1}', b"[" * 100_000,
        naming("../x"), naming("/etc/x"), naming("a/../../x"), naming("a\nrm b"), naming("a\\b"), naming("a//b"),
    ],
)  # fmt: skip
def test_what_is_no_ledger_counts_as_none(data: bytes) -> None:
    assert ledger.decode(data) is None
    found = plans.plan(site("r1", "a"), None, AT, 7)
    assert len(found.sent) == 3
    assert not found.deleted


def test_a_lower_number_of_channels_is_refused_and_so_is_a_site_without() -> None:
    _, known = after((0, site("r1", channels=12)))
    for lower in (site("r2", channels=11), site("r2")):
        with pytest.raises(UsageError, match="12"):
            plans.plan(lower, known, AT, 7)
    plans.plan(site("r2", channels=12), known, AT, 7)
    # What a cut deployment may have shown counts, too.
    cut = claims.begun(plans.plan(site("r2", channels=13), known, AT, 7), known, "0" * 32)
    with pytest.raises(UsageError, match="13"):
        plans.plan(site("r2", channels=12), cut, AT, 7)


def test_a_claim_counts_until_it_ends_and_says_whose_it_is() -> None:
    begun = Begun(release="r9", at="2026-12-01T02:58:00Z", until="2026-12-01T03:10:00Z", token="0" * 32)
    with pytest.raises(UsageError, match=r"Release r9 is being deployed there since 2026-12-01T02:58:00Z"):
        claims.check("x", Ledger(format=1, number=0, begun=begun), common.Wanted(at=AT))
    claims.check("x", Ledger(format=1, number=0, begun=begun), common.Wanted(at=AT + timedelta(minutes=11)))
    claims.check("x", Ledger(format=1, number=0, begun=begun), common.Wanted(at=AT, force=True))


def test_a_claim_of_a_process_of_this_machine_ends_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    planned = plans.plan(site("r1"), None, AT, 7)
    with pytest.raises(ZeroDivisionError), claims.token() as token:
        known = claims.begun(planned, None, token)
        with pytest.raises(UsageError):
            claims.check("x", known, common.Wanted())
        raise ZeroDivisionError
    claims.check("x", known, common.Wanted())


def test_secrets_are_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "planted/secret+1")
    monkeypatch.setenv("MY_TOKEN", "ghp_planted2")
    said = (
        "key planted/secret+1, https://me:planted3@host/x?sig=planted4&a=1, Authorization: Basic planted5, ghp_planted2"
    )
    assert "planted" not in secrets.hidden(said)
    assert "host/x" in secrets.hidden(said)


def test_a_folder_of_releases_is_sent_whole(tmp_path: Path, sites: tuple[Path, Path]) -> None:
    root = tmp_path / "releases"
    for each in sites:
        assert cli.main(["release", "add", str(each), "-R", str(root)]) == 0
    second = shipment(sites[1]).manifest.release
    assert cli.main(["release", "promote", second, "--channel", "canary", "--percent", "5", "-R", str(root)]) == 0
    found = shipment(root)
    assert found.manifest.release == shipment(sites[0]).manifest.release
    assert found.channels == json.loads((root / "channels.json").read_bytes())["number"]
    assert (root / ".edgeweb").is_dir()
    assert not [path for path in found.files if ".edgeweb/" in path]
    assert ".nojekyll" in found.files
    planned = plans.plan(found, None, AT, 7)
    assert list(planned.phases[-1]) == ["channels.json"]
    # A live release without one of its files is no folder of releases.
    (root / "releases" / second / "sw.js").unlink()
    with pytest.raises(SiteError, match="missing"):
        shipment(root)


def test_names_of_targets(tmp_path: Path, sites: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    first = sites[0]
    monkeypatch.chdir(tmp_path)
    Path("edgeweb.toml").write_text(
        f'[deploy.home]\ntarget = "folder:{tmp_path}/www"\nurl = "https://birds.example"\nkeep-days = 2\n'
    )
    done = shipped.sent(first, "home")
    assert (done.where, done.url) == (str(tmp_path / "www"), "https://birds.example/")
    shipped.shown(shipped.content(tmp_path / "www"), first)
    with pytest.raises(UsageError, match="Did you mean home"):
        shipped.sent(first, "hone")
    assert cli.main(["deploy", str(first), "home", "--config", "other.toml"]) == 2
