"""Deltas of weights: the new part comes back bit for bit, whatever has changed, and the browser's vectors are these."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from edgeweb.coding import delta, grid, parts
from edgeweb.coding.grid import Grid
from numpy.typing import NDArray

# web/test/shared/weights/delta.test.ts applies it. When the encoder changed: python tests/builder/coding/test_delta.py
VECTORS = Path(__file__).parents[2] / "golden" / "deltas.json"
WHOLE = 1 << 40
Weights = list[NDArray[np.float64]]


def trained(seed: int = 0) -> Weights:
    """Weights as of a network of three layers, rows of different spread, two of them too large for a table."""
    rng = np.random.default_rng(seed)
    found = [
        rng.laplace(scale=0.05, size=(rows, columns)) * rng.uniform(0.2, 3, (rows, 1))
        for rows, columns in ((96, 67), (40, 96), (10, 40))
    ]
    found[0][3, 5], found[1][7, 1] = 90.0, -700.0
    return found


def moved(weights: Weights, share: float, layers: range) -> Weights:
    rng = np.random.default_rng(9)
    return [
        each + rng.normal(scale=share * 0.05, size=each.shape) if number in layers else each
        for number, each in enumerate(weights)
    ]


def file_of(weights: Weights, steps: list[NDArray[np.float32]], label: bytes) -> tuple[bytes, dict[int, Grid]]:
    """A file like an ONNX graph with these weights, each between bytes of its own."""
    data, grids = bytearray(), {}
    for number, (each, own) in enumerate(zip(weights, steps, strict=True)):
        data += b"layer %d of some graph " % number * 3 + label
        grids[len(data)] = grid.nearest(each, own)
        data += grids[len(data)].values().tobytes()
    return bytes(data) + label * 40, grids


STEPS = [grid.rounded_steps(np.abs(each).mean(axis=1) / 10) for each in trained()]
CHANGES = {
    "the head": moved(trained(), 1, range(2, 3)),
    "all by 1 %": moved(trained(), 0.01, range(3)),
    "all by 10 %": moved(trained(), 0.1, range(3)),
    "another training": trained(1),
}


def coded(weights: Weights, limit: int = WHOLE, label: bytes = b"v1") -> list[bytes]:
    return parts.pack(*file_of(weights, STEPS, label), limit)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("label", [b"v1", b"v2"])
def test_the_new_part_comes_back_bit_for_bit(change: str, label: bytes) -> None:
    old, (new,) = coded(trained()), coded(CHANGES[change], label=label)
    made = delta.make(old, new)
    assert made is not None and made[1] == [0]
    assert delta.apply(old, made[0]) == new


def test_the_less_has_changed_the_fewer_bytes_it_takes() -> None:
    old = coded(trained())
    sizes = []
    for change in CHANGES.values():
        made = delta.make(old, coded(change)[0])
        assert made is not None
        sizes.append(len(made[0]))
    assert sizes == sorted(sizes)
    assert sizes[0] < 0.5 * sizes[2] < len(old[0])


@pytest.mark.parametrize("change", ["the head", "all by 10 %"])
def test_each_of_several_parts_comes_from_those_that_hold_its_grids(change: str) -> None:
    old, new = coded(trained(), 3000), coded(CHANGES[change], 5000)
    assert len(old) > len(new) > 1
    for part in new:
        made = delta.make(old, part)
        assert made is not None
        assert delta.apply([old[number] for number in made[1]], made[0]) == part
        assert made[1] == sorted(set(made[1]))


def test_the_tables_of_the_old_part_are_the_first_of_the_new_one() -> None:
    (old,) = coded(trained())
    data, grids = file_of(CHANGES["all by 10 %"], STEPS, b"v1")
    (new,) = parts.pack(data, grids, WHOLE, known := delta.frequencies(old))
    assert parts.unpack([new]) == data
    np.testing.assert_array_equal(delta.frequencies(new)[: len(known)], known)
    made = delta.make([old], new)
    assert made is not None and delta.apply([old], made[0]) == new


def test_symbols_that_no_old_table_has_get_a_table() -> None:
    old = coded([each * 0 + 0.05 for each in trained()])
    data, grids = file_of(trained(), STEPS, b"v1")
    assert parts.unpack(parts.pack(data, grids, WHOLE, delta.frequencies(old[0]))) == data


def test_the_grids_are_found_again() -> None:
    data, grids = file_of(trained(), STEPS, b"v1")
    found = dict(each for part in parts.pack(data, grids, 3000) for each in delta.grids(part))
    assert found.keys() == grids.keys()
    for at, each in found.items():
        np.testing.assert_array_equal(each.multiples, grids[at].multiples)
        np.testing.assert_array_equal(each.steps, grids[at].steps)


def test_without_grids_in_common_there_is_no_delta() -> None:
    old = coded(trained())
    elsewhere = parts.pack(*file_of(trained(), STEPS, b"longer"), WHOLE)[0]
    assert delta.make(old, elsewhere) is None
    assert delta.make(old, parts.pack(b"no grids" * 20, {}, WHOLE)[0]) is None
    data, grids = file_of(trained(), STEPS, b"v1")
    rests = parts.pack_rests(len(data), {at: (each, 3) for at, each in grids.items()}, WHOLE)
    assert delta.make(rests, old[0]) is None


def test_what_is_no_delta_is_refused() -> None:
    old = coded(trained())
    with pytest.raises(ValueError, match="not a part"):
        delta.apply(old, old[0])


def vectors() -> dict[str, Any]:
    """Two old parts, and a new one that takes both, with everything in it that a delta can hold."""
    old, (new,) = coded(trained(), 5000), coded(CHANGES["all by 10 %"], label=b"v2")
    made = delta.make(old, new)
    assert made is not None and len(made[1]) > 1
    texts = [base64.b64encode(old[number]).decode() for number in made[1]]
    text = base64.b64encode(made[0]).decode()
    return {"old": texts, "delta": text, "bytes": len(new), "sha256": hashlib.sha256(new).hexdigest()}


def test_the_browsers_vectors_are_what_the_encoder_gives() -> None:
    assert json.loads(VECTORS.read_text("utf-8")) == vectors()


if __name__ == "__main__":
    VECTORS.write_text(json.dumps(vectors(), indent=1) + "\n", "utf-8")
