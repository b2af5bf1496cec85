"""Fixtures of the tests that need hosts of their own: `pytest_plugins = ("site_fixtures",)`. Nobody imports this file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from edgeweb.manifest import read
from faults import FaultServer
from hosts import Host, Sample
from loopback import Loop
from made import Made
from offline import installed
from playwright.sync_api import Browser
from visits import begin, fresh, running


@pytest.fixture(scope="session")
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture(scope="session")
def host(loop: Loop) -> Iterator[Host]:
    """Origins of their own, so that visits do not meet in a cache."""
    servers: list[FaultServer] = []

    def start(folder: Path, **options: Any) -> FaultServer:
        servers.append(FaultServer(loop, folder, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture(params=["chromium", "firefox"])
def browser(request: pytest.FixtureRequest) -> Browser:
    found: Browser = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def sample(made: Made, chromium: Browser, host: Host) -> Sample:
    folder = made("digits")
    alone, whole = host(folder), host(folder)
    with fresh(chromium, service_workers="block") as context:
        right = running(begin(context, alone.url))
        assert right.ready, right.told
    with fresh(chromium) as context:
        assert running(installed(context, whole)).outputs == right.outputs
    # What the runtime was cut from is for the day when it lacks something: a page that has no service worker fetches it as well.
    # And a site that is its folder's only one has no channel file.
    later = [*read(folder).runtimes["full"].wasm, "channels.json"]
    paths = [path for path in alone.paths() if path not in later]
    return Sample(folder, right, paths, [path for path in whole.paths() if path not in paths and path not in later])
