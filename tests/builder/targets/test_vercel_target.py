"""vercel:PROJECT over real connections, into what stands for Vercel's API: all files or none, and never the token."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import shipped
import vercel_api
from edgeweb import cli
from edgeweb.errors import OutputError, UsageError
from edgeweb.targets import api, vercel
from vercel_api import Vercel


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Vercel]:
    monkeypatch.setattr(api, "PAUSE_S", 0)
    monkeypatch.setattr(vercel, "_LOOK_S", 0)
    monkeypatch.chdir(tmp_path)
    with Vercel() as server:
        Path("edgeweb.toml").write_text(f'[deploy.live]\ntarget = "vercel:birds"\nurl = "{server.url}"\n')
        monkeypatch.setenv("VERCEL_API_URL", server.url)
        monkeypatch.setenv("VERCEL_TOKEN", vercel_api.TOKEN)
        monkeypatch.setenv("VERCEL_ORG_ID", vercel_api.TEAM)
        yield server
        server.shutdown()


def test_one_release_after_the_other_and_the_first_again(sites: tuple[Path, Path], host: Vercel) -> None:
    first, second = sites
    for site, old in ((first, None), (second, first), (first, second)):
        shipped.sent(site, "live")
        shipped.shown(host.shown, site, old, forms=False)
    many = len(host.uploads)
    shipped.sent(second, "live", keep_days=0)
    shipped.shown(host.shown, second, forms=False)
    # Vercel has all but the new ledger.
    assert len(host.uploads) == many + 1


def test_its_address_is_what_vercel_says(sites: tuple[Path, Path], host: Vercel) -> None:
    assert not shipped.sent(sites[0], "vercel:birds", dry_run=True).url
    assert not host.made
    assert shipped.sent(sites[0], "vercel:birds").url == "https://birds.vercel.app/"


@pytest.mark.parametrize(("when", "says"), [("upload", "was left as it is"), ("last", "two releases at once")])
def test_another_deployment_meanwhile_is_noticed(when: str, says: str, sites: tuple[Path, Path], host: Vercel) -> None:
    shipped.sent(sites[0], "live")
    host.meanwhile[when] = lambda: host.publish({"index.html": b"mine"})
    with pytest.raises(UsageError, match=says):
        shipped.sent(sites[1], "live")
    assert (host.shown == {"index.html": b"mine"}) is (when == "upload")


@pytest.mark.parametrize(
    ("given", "refuse", "says"),
    [
        ("refused-token-123", {}, "refuses the token. Not authorized: Bearer ***. Set VERCEL_TOKEN"),
        ("", {}, "VERCEL_TOKEN is not set"),
        (None, {"POST /v13/deployments": (402, {"error": {"message": f"not {vercel_api.TOKEN}"}})}, "Not ***."),
        (None, {"POST /v2/files": (500, {})}, "answers with status 500"),
        (None, {"GET /v9/projects/birds": (200, [])}, "Vercel cannot be understood"),
        (None, {"GET /v9/projects/birds": (404, {})}, "this login sees no project birds"),
    ],
)
def test_refused_it_is_said_without_the_token(
    given: str | None, refuse: dict[str, tuple[int, object]], says: str, sites: tuple[Path, Path], host: Vercel,
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    if given is not None:
        monkeypatch.setenv("VERCEL_TOKEN", given)
    host.refuse = refuse  # type: ignore[assignment]
    assert cli.main(["deploy", str(sites[0]), "live"]) == 2
    said = "".join(capfd.readouterr())
    assert says.lower() in said.lower()
    assert vercel_api.TOKEN not in said
    assert (given or vercel_api.TOKEN) not in said
    assert not host.made


def test_one_that_gets_no_domains_is_said(
    sites: tuple[Path, Path], host: Vercel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a rollback in Vercel, which switches that off."""
    shipped.sent(sites[0], "live")
    monkeypatch.setattr(vercel, "_DOMAINS_S", 0)
    monkeypatch.setattr(host, "look", lambda number: host.states.__setitem__(number, "READY"))
    with pytest.raises(OutputError, match="Promote it in Vercel"):
        shipped.sent(sites[1], "live")
    shipped.shown(host.shown, sites[0], forms=False)


def test_a_cut_leaves_the_old_site(sites: tuple[Path, Path], host: Vercel, monkeypatch: pytest.MonkeyPatch) -> None:
    way = shipped.Cutting(host.server_address[1])
    monkeypatch.setenv("VERCEL_API_URL", f"http://127.0.0.1:{way.port}")
    with Path("edgeweb.toml").open("a") as file:
        file.write("keep-days = 0\n")
    over = shipped.cut_on_the_way(way, "live")

    def deploy(site: Path, part: float) -> None:
        # So that every deployment has files to send.
        host.kept = {sha: host.kept[sha] for sha in (host.made[host.live].values() if host.live >= 0 else ())}
        over(site, part)

    try:
        deploy(sites[1], 2)
        deploy(sites[0], 2)
        for part in (0, 0.1, 0.3, 0.5, 0.8):
            deploy(sites[1], part)
            shipped.shown(host.shown, sites[0], forms=False)
        deploy(sites[1], 2)
        shipped.shown(host.shown, sites[1], forms=False)
    finally:
        way.server_close()
