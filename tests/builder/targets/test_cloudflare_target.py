"""cloudflare:PROJECT by the real wrangler, into what stands for Cloudflare's API."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pages_api
import pytest
import shipped
from edgeweb import cli
from edgeweb.targets import shipment, whole

# The folders of wrangler and of a Node that it runs on, as PATH has them; `make test-hosts` makes them.
WRANGLER = os.environ.get("EDGEWEB_WRANGLER", "")
Deploy = Callable[..., int]

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(not WRANGLER, reason="EDGEWEB_WRANGLER names no folders of wrangler and Node"),
]


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> Iterator[pages_api.Pages]:
    with pages_api.Pages() as server:
        own = {"API_BASE_URL": f"{server.url}/api", "API_TOKEN": pages_api.TOKEN, "ACCOUNT_ID": pages_api.ACCOUNT}
        for name, value in own.items():
            monkeypatch.setenv(f"CLOUDFLARE_{name}", value)
        monkeypatch.setenv("PATH", os.pathsep.join((WRANGLER, os.environ["PATH"])))
        yield server
        server.shutdown()


@pytest.fixture
def deploy(pages: pages_api.Pages, tmp_path: Path) -> Deploy:
    config = tmp_path / "edgeweb.toml"
    config.write_text(f'[deploy.live]\ntarget = "cloudflare:birds"\nurl = "{pages.url}/"\n')
    return lambda site, *words: cli.main(["deploy", str(site), "live", "--config", str(config), "--no-doctor", *words])


def test_one_release_after_the_other(sites: tuple[Path, Path], pages: pages_api.Pages, deploy: Deploy) -> None:
    assert deploy(sites[0], "--dry-run") == 0
    assert not pages.sets
    assert deploy(sites[0]) == 0
    first = len(pages.uploads)
    assert deploy(sites[1]) == 0
    # Only what changed went up.
    assert len(pages.uploads) - first < first / 2
    found = pages.sets[-1]
    assert found["_headers"] == (sites[1] / "_headers").read_bytes()
    for path in whole.entries(shipment.shipment(sites[1])):
        assert found[path] == (sites[1] / path).read_bytes()
    for path in shipped.assets(sites[0]):
        assert path.endswith((".br", ".gz")) or found[path] == (sites[0] / path).read_bytes()


def test_refused_or_crossed_it_is_said_without_the_token(
    sites: tuple[Path, Path], pages: pages_api.Pages, deploy: Deploy, capfd: pytest.CaptureFixture[str]
) -> None:
    pages.refuse = "deployments"
    assert deploy(sites[0]) == 2
    assert not pages.sets
    pages.refuse = ""
    pages.meanwhile = lambda: pages.sets.append({})
    assert deploy(sites[0]) == 2
    said = "".join(capfd.readouterr())
    assert "may not" in said
    assert "two releases at once" in said
    assert pages_api.TOKEN not in said


def test_a_project_that_is_not_there(
    sites: tuple[Path, Path], pages: pages_api.Pages, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["deploy", str(sites[0]), "cloudflare:nosuch"]) == 2
    assert "wrangler pages project create nosuch" in capsys.readouterr().err
    assert not pages.sets
