"""What the tests of failing hosts share: hosts of their own, both browsers, the sample site and how a visit to it should end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from faults import FaultServer
from harness import ROOT, edgeweb
from playwright.sync_api import Page
from visits import Outcome

MODEL = ROOT / "builder" / "edgeweb" / "sample" / "model.onnx"
# What a visit may end in when the host stays as it is.
CODES = {"integrity", "network", "site-invalid", "timeout"}
Host = Callable[..., FaultServer]


@dataclass(frozen=True)
class Sample:
    """The sample site, how a visit without a fault ends, and the files that it asks for: the page, and its service worker besides."""

    folder: Path
    right: Outcome
    paths: list[str]
    kept: list[str]


def built(model: Path | Sequence[Path], out: Path, *options: object) -> Path:
    """A site of a model, or of several that hooks run."""
    models = [model] if isinstance(model, Path) else model
    done = edgeweb("build", *models, "-o", out, *options)
    assert done.returncode == 0, done.stderr
    return out


def settle(page: Page, server: FaultServer) -> None:
    """Until the service worker asks for nothing more: no request for a second."""
    while server.quiet() < 1:
        page.wait_for_timeout(100)


def assert_fair(found: Outcome, right: Outcome, what: object) -> None:
    """The right numbers, or a sentence with a code; nothing else."""
    assert not found.marked, what
    if found.ready:
        assert (found.outputs, found.release) == (right.outputs, right.release), what
    else:
        assert found.told, f"a dead page: {what}"
        assert set(found.codes) <= CODES, (what, found)
