"""Which kind of known models a site's graphs belong to, and that the profiles are of the runtime that ships."""

from __future__ import annotations

import pytest
from edgeweb.files import webdist
from edgeweb.runtime import specialise, tiers
from edgeweb.runtime.tiers import Needs, Tier
from edgeweb.runtime.wasm import Module

NEEDS = Needs(frozenset({"Gemm", "Relu"}), frozenset({"FLOAT"}))


def tier(name: str, *operators: str, types: tuple[str, ...] = ("FLOAT",)) -> Tier:
    return Tier(name, list(operators), list(types), "")


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


def test_the_profiles_are_of_the_runtime_that_ships() -> None:
    whole = specialise._whole(webdist.find())
    known = tiers.profiles(whole.sha256)
    assert known is not None, "another ONNX Runtime Web was pinned: run `make profiles`"
    count = len(Module.parse(whole.data).bodies)
    for each in (known.base, *(each.entered for each in known.tiers)):
        kept = specialise._joined([specialise.b64decode(each)])
        assert 0.1 * count < sum(byte.bit_count() for byte in kept) < 0.4 * count
        assert count <= 8 * len(kept) < count + 8
