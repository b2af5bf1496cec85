"""netlify:SITE over real connections, into what stands for Netlify's API: all files or none, and never the token."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import netlify_api
import pytest
import shipped
from edgeweb import cli
from edgeweb.errors import EdgewebError, OutputError, UsageError
from edgeweb.targets import api, netlify
from netlify_api import Fault, Netlify

TARGET = "netlify:birds"


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Netlify]:
    monkeypatch.setattr(api, "PAUSE_S", 0)
    monkeypatch.setattr(netlify, "_LOOK_S", 0)
    with Netlify() as server:
        monkeypatch.setenv("NETLIFY_API_URL", server.url)
        monkeypatch.setenv("NETLIFY_AUTH_TOKEN", netlify_api.TOKEN)
        yield server
        server.shutdown()


@pytest.mark.parametrize("at_once", [1_000, 1])
def test_one_release_after_the_other_and_the_first_again(
    sites: tuple[Path, Path], host: Netlify, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(netlify, "_MOST_AT_ONCE", at_once)
    first, second = sites
    for site, old in ((first, None), (second, first), (first, second)):
        assert shipped.sent(site, TARGET).url == f"{host.url}/"
        shipped.shown(host.shown, site, old, forms=False)
        # Without it nothing is shown.
        assert host.uploads[-1] == "deployed.json"
    many = len(host.uploads)
    shipped.sent(second, TARGET, keep_days=0)
    shipped.shown(host.shown, second, forms=False)
    # Netlify has all the others.
    assert len(host.uploads) == many + 1


def test_a_dry_run_makes_no_deploy(sites: tuple[Path, Path], host: Netlify) -> None:
    found = shipped.sent(sites[0], TARGET, dry_run=True)
    assert not host.deploys
    assert found.plan is not None
    assert "index.html" in found.plan.sent


def test_another_deployment_meanwhile_is_noticed_before_anything_is_shown(
    sites: tuple[Path, Path], host: Netlify
) -> None:
    shipped.sent(sites[0], TARGET)
    other = shipped.content(sites[1])
    host.meanwhile["early"] = lambda: host.publish(other)
    with pytest.raises(UsageError, match="was left as it is"):
        shipped.sent(sites[1], TARGET)
    assert host.shown == other
    assert [each.state for each in host.deploys] == ["ready", "error", "ready"]


def test_one_that_crosses_at_the_last_moment_is_said(sites: tuple[Path, Path], host: Netlify) -> None:
    shipped.sent(sites[0], TARGET)
    host.meanwhile["before"] = lambda: host.publish({"index.html": b"mine"})
    with pytest.raises(UsageError, match="this one has taken its place"):
        shipped.sent(sites[1], TARGET)
    shipped.shown(host.shown, sites[1], sites[0], forms=False)


def test_what_somebody_has_locked_stays(sites: tuple[Path, Path], host: Netlify) -> None:
    shipped.sent(sites[0], TARGET)
    host.locked = True
    with pytest.raises(UsageError, match="Start auto publishing"):
        shipped.sent(sites[1], TARGET)
    host.locked = False
    host.meanwhile["before"] = lambda: setattr(host, "locked", True)
    with pytest.raises(OutputError, match="still shows the deploy d1"):
        shipped.sent(sites[1], TARGET)
    shipped.shown(host.shown, sites[0], forms=False)


@pytest.mark.parametrize(
    ("given", "fault", "says"),
    [
        ("refused-token-123", None, "refuses the token. Access Denied: Bearer ***. Set NETLIFY_AUTH_TOKEN"),
        ("", None, "NETLIFY_AUTH_TOKEN is not set"),
        ("two words", None, "NETLIFY_AUTH_TOKEN is no token"),
        (None, Fault("POST /sites", 422, f"no {netlify_api.TOKEN}"), "could not be written. No ***."),
        (None, Fault("PUT ", 500, "oops"), "Oops"),
        (None, Fault("GET /sites", 200, "no site"), "Netlify cannot be understood"),
    ],
)
def test_refused_it_is_said_without_the_token(
    given: str | None, fault: Fault | None, says: str, sites: tuple[Path, Path], host: Netlify,
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    if given is not None:
        monkeypatch.setenv("NETLIFY_AUTH_TOKEN", given)
    if fault is not None:
        host.faults = [fault]
    assert cli.main(["deploy", str(sites[0]), TARGET]) == 2
    said = "".join(capfd.readouterr())
    assert says in said
    assert (given or netlify_api.TOKEN) not in said
    assert netlify_api.TOKEN not in said
    assert not host.shown


def test_a_site_that_is_not_there(sites: tuple[Path, Path], host: Netlify) -> None:
    with pytest.raises(UsageError, match=r"This login sees no nosuch\.netlify\.app"):
        shipped.sent(sites[0], "netlify:nosuch")
    with pytest.raises(UsageError, match="Write netlify:SITE"):
        shipped.sent(sites[0], "netlify:../birds")
    assert not host.deploys


def test_what_passes_is_waited_for(sites: tuple[Path, Path], host: Netlify) -> None:
    soon = {"X-RateLimit-Reset": "0"}
    host.faults = [Fault("PUT ", 503, times=2), Fault("POST /sites", 429, times=1, headers=soon)]
    shipped.sent(sites[0], TARGET)
    shipped.shown(host.shown, sites[0], forms=False)
    assert len(host.deploys) == 1


def test_a_place_of_others_is_taken_only_by_force(sites: tuple[Path, Path], host: Netlify) -> None:
    host.publish({"index.html": b"<h1>Mine</h1>"})
    with pytest.raises(OutputError, match="edgeweb did not make it"):
        shipped.sent(sites[0], TARGET)
    shipped.sent(sites[0], TARGET, force=True)
    shipped.shown(host.shown, sites[0], forms=False)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("http://api.example", "Write https://"),
        ("https://me:secret-of-mine@api.example", "no address"),
        ("ftp://x", "no address"),
    ],
)
def test_the_token_goes_nowhere_open(
    address: str, says: str, sites: tuple[Path, Path], host: Netlify, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETLIFY_API_URL", address)
    with pytest.raises(UsageError, match=says) as error:
        shipped.sent(sites[0], TARGET)
    assert "secret-of-mine" not in str(error.value)


@pytest.fixture
def way(host: Netlify, monkeypatch: pytest.MonkeyPatch) -> Iterator[shipped.Cutting]:
    found = shipped.Cutting(host.server_address[1])
    monkeypatch.setenv("NETLIFY_API_URL", f"http://127.0.0.1:{found.port}")
    yield found
    found.server_close()


def cutting(host: Netlify, way: shipped.Cutting, target: str) -> Callable[[Path, float], None]:
    over = shipped.cut_on_the_way(way, target)

    def deploy(site: Path, part: float) -> None:
        # So that every deployment has files to send.
        host.kept = {sha: host.kept[sha] for sha in (host.live.files.values() if host.live else ())}
        over(site, part)

    return deploy


def test_the_next_deployment_mends_what_was_cut(sites: tuple[Path, Path], host: Netlify, way: shipped.Cutting) -> None:
    assert shipped.cut_anywhere(cutting(host, way, TARGET), lambda: host.shown, sites, forms=False)


def test_a_cut_leaves_the_old_site(
    sites: tuple[Path, Path], host: Netlify, way: shipped.Cutting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("edgeweb.toml").write_text(f'[deploy.live]\ntarget = "{TARGET}"\nkeep-days = 0\n')
    deploy = cutting(host, way, "live")
    deploy(sites[1], 2)
    deploy(sites[0], 2)
    for part in (0, 0.1, 0.3, 0.5, 0.8):
        deploy(sites[1], part)
        shipped.shown(host.shown, sites[0], forms=False)


def test_a_host_that_is_not_there_is_one_sentence(
    sites: tuple[Path, Path], host: Netlify, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETLIFY_API_URL", f"http://127.0.0.1:{shipped.free_port()}")
    with pytest.raises(EdgewebError, match="Netlify cannot be reached") as error:
        shipped.sent(sites[0], TARGET)
    assert netlify_api.TOKEN not in str(error.value)
