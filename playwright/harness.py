"""What browser tests share: where things are, running the command line, and a page under watch."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import kept
import pytest
from edgeweb import cli
from playwright.sync_api import Browser, Page

T = TypeVar("T")

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
# `make test-all`: every case in every browser, where `make test` takes some.
THOROUGH = bool(os.environ.get("EDGEWEB_THOROUGH"))
# Chromium's own connections to its vendor would be noise in tests that count requests.
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


def edgeweb(*words: object) -> Ended:
    """What the command line does, in this process, which need not load ONNX Runtime again; test_cli.py runs it as a user does.

    A site that was built before, from the same in the same way, is not built again; see kept.py.
    """
    said = [str(word) for word in words]
    with pytest.MonkeyPatch.context() as patch:
        # What ships must not depend on how busy this machine is.
        patch.setenv("EDGEWEB_BROWSER", os.environ.get("EDGEWEB_BROWSER", "none"))
        return Ended(*(kept.built(said, _run) if said[0] == "build" else _run(said)))


def _run(words: Sequence[str]) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = cli.main(words)
    return code, out.getvalue(), err.getvalue()


def environment() -> dict[str, str]:
    paths = [str(ROOT / "builder"), str(ROOT / "server")]
    return {"EDGEWEB_BROWSER": "none", **os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def each(cases: Sequence[T], *others: T) -> Sequence[T]:
    """One for each way that a site works; `others`, which go the same ways, only where all are to be seen."""
    return [*cases, *others] if THOROUGH else cases


def some(cases: Sequence[T], browser: Browser) -> Sequence[T]:
    """Every other one in Chromium and those between in Firefox; in `make test-all` all in both."""
    return cases if THOROUGH else cases[browser.browser_type.name != "chromium" :: 2]


@dataclass
class Served:
    """A running `edgeweb serve`."""

    url: str
    folder: Path


@dataclass
class Watched:
    """A page with what it asked for, what left its origin, and what it complained about."""

    page: Page
    requests: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)

    def foreign(self, origin: str) -> list[str]:
        return [url for url in self.requests if not url.startswith((origin, "blob:", "data:"))]
