"""Which runtime ships where nothing can be measured: cut to what models like it enter, or the whole one and why."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiny
from edgeweb import recipe
from edgeweb.files import webdist
from edgeweb.files.table import FileTable
from edgeweb.runtime import specialise, tiers
from edgeweb.runtime.tiers import Needs

NEEDS = Needs(frozenset({"Gemm", "Relu"}), frozenset({"FLOAT"}))


def never(*_: object) -> tuple[FileTable, object]:
    raise AssertionError("nothing is measured without a browser")


def refused(needs: Needs, wanted: bool = True) -> str:
    with pytest.raises(specialise.Refused) as error:
        specialise.cutout(webdist.find(), wanted, needs, "", never, lambda _: None)  # type: ignore[arg-type]
    return str(error.value)


def test_the_whole_runtime_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(NEEDS, wanted=False) == "the whole runtime ships, as asked for"
    strange = Needs(frozenset({"NobodyKnowsIt"}), frozenset({"FLOAT"}))
    assert "could not be measured (EDGEWEB_BROWSER says so), and models like it are not known" in refused(strange)
    monkeypatch.setattr(tiers, "profiles", lambda _: None)
    assert "models like it are not known" in refused(NEEDS)


def test_one_that_is_hardly_smaller_is_not_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(specialise, "_WORTH", 0.01)
    assert refused(NEEDS).startswith("the whole runtime ships: cut to the model it would have ")


def test_a_site_without_a_browser(tmp_path: Path) -> None:
    site = recipe.build(tiny.saved(tmp_path, tiny.linear()), tmp_path / "site", precision="fp32")
    cut = site.manifest.runtimes["wasm"].cut
    assert cut is not None
    assert cut.by.startswith("what models like it enter (")
    assert site.manifest.runtimes["full"].cut is None
    (less,), (whole,) = (site.manifest.runtimes[name].wasm for name in ("wasm", "full"))
    assert site.manifest.files[less].bytes < 0.5 * site.manifest.files[whole].bytes
