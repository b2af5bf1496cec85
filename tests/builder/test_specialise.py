"""Which runtime ships where nothing can be measured: cut to what models like it enter, or the whole one and why."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tiny
from edgeweb import recipe
from edgeweb.files import webdist
from edgeweb.files.table import FileTable
from edgeweb.runtime import profiling, restored, specialise, tiers
from edgeweb.runtime.tiers import Needs, Tier
from edgeweb.runtime.wasm import Module
from edgeweb.runtime.wasm_code import GRANULE
from edgeweb.schema.model import GoldenInput
from edgeweb.schema.types import TensorInfo
from edgeweb.site import runtimes

NEEDS = Needs(frozenset({"Gemm", "Relu"}), frozenset({"FLOAT"}))


def tier(name: str, *operators: str, types: tuple[str, ...] = ("FLOAT",)) -> Tier:
    return Tier(name, list(operators), list(types), "")


def never(*_: object) -> tuple[FileTable, object]:
    raise AssertionError("nothing is measured without a browser")


@pytest.mark.parametrize(
    ("known", "wanted"),
    [
        ([], None),
        ([tier("less", "Gemm")], None),
        ([tier("other types", "Gemm", "Relu", types=("DOUBLE",))], None),
        ([tier("less", "Gemm"), tier("any", "Gemm", "Relu", "Conv")], "any"),
        ([tier("less", "Gemm"), tier("one", "Gemm", "Relu"), tier("any", "Gemm", "Relu", "Conv")], "one"),
        ([tier("one", "Gemm", "Relu"), tier("two", "Gemm", "Relu"), tier("any", "Gemm", "Relu", "Conv")], "any"),
    ],
)
def test_a_kind_serves_that_has_every_operator_and_type(known: list[Tier], wanted: str | None) -> None:
    found = tiers.covering(known, NEEDS)
    assert (found and found.name) == wanted


def test_what_graphs_need() -> None:
    found = runtimes.needs([tiny.linear(), tiny.convolution()])
    assert {"Conv", "Gemm"} & found.operators
    assert "FLOAT" in found.types


def test_the_profiles_are_of_the_runtime_that_ships() -> None:
    whole = specialise._whole(webdist.find())
    known = tiers.profiles(whole.sha256)
    assert known is not None, "another ONNX Runtime Web was pinned: run `make profiles`"
    count = len(Module.parse(whole.data).bodies)
    for each in (known.base, *(each.entered for each in known.tiers)):
        kept = specialise._joined([specialise.b64decode(each)])
        assert 0.1 * count < sum(byte.bit_count() for byte in kept) < 0.4 * count
        assert count <= 8 * len(kept) < count + 8


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


@pytest.mark.parametrize(
    ("shape", "sizes", "dims"),
    [
        ([1, 4], {"n": 5}, [1, 4]),
        (["n", 4], {}, [3, 4]),
        (["n", 4], {"n": 17}, [17, 4]),
        (["n", "m"], {"m": 2}, [3, 2]),
        ([None, None], {"x 1": 5}, [3, 5]),
        (None, {"n": 5}, [3, 4]),
    ],
)
def test_feeds_of_other_sizes(shape: list[int | str | None] | None, sizes: dict[str, int], dims: list[int]) -> None:
    given = GoldenInput(name="x", type="float32", dims=[3, 4], seed=1, low=-1.0, high=2.0)
    info = TensorInfo(name="x", type="float32", shape=shape)
    assert profiling._feed(info, given, sizes, 10) == {"type": "float32", "dims": dims, "low": -10.0, "high": 20.0}
    assert set(sizes) <= {*profiling._open([info]), "n"}


def prepared(backends: list[str], multiply_adds: int | None, draft: object = None) -> Any:
    return SimpleNamespace(multiply_adds=multiply_adds, shipped=[SimpleNamespace(backends=backends, draft=draft)])


@pytest.mark.parametrize(
    ("models", "operators", "why"),
    [
        ([prepared(["wasm"], None)], {"Gemm", "ai.onnx.ml.Scaler"}, ""),
        ([prepared(["wasm", "webgpu"], 19_999_999)], {"Conv"}, ""),
        ([prepared(["wasm", "webgpu"], 20_000_000)], {"Conv"}, "the model has work for several threads"),
        ([prepared(["wasm", "webgpu"], None)], {"Conv"}, "the model has work for several threads"),
        ([prepared(["wasm"], None, object())], {"Gemm"}, "it has room for one model, in one piece"),
        ([prepared(["wasm"], None)] * 2, {"Gemm"}, "it has room for one model, in one piece"),
        (
            [prepared(["wasm"], None)],
            {"Gemm", "RandomNormalLike"},
            "RandomNormalLike would draw the same numbers at every visit",
        ),
    ],
)
def test_whose_start_is_stored(models: list[Any], operators: set[str], why: str) -> None:
    assert runtimes.unsuited(models, operators) == why


def test_sentences_and_names_go_and_tables_stay() -> None:
    table = bytes(range(32, 127)) * 2
    digits = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ\0\0"
    texts = b"the shape of input 0 is not what it should be\0onnxruntime/core/providers/cpu/math/gemm.cc\0"
    data = (table + digits + texts).ljust(448, b"\0")
    granules = np.frombuffer(data, np.uint8).reshape(-1, GRANULE)
    open_to = np.ones(len(granules), np.bool_)
    kept = restored._wordless(granules, open_to).tobytes()
    assert kept == (table + digits).ljust(448, b"\0")
    open_to[4] = False
    assert restored._wordless(granules, open_to).tobytes()[4 * GRANULE : 5 * GRANULE] == data[4 * GRANULE : 5 * GRANULE]
