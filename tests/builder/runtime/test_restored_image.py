"""A runtime that begins with its sessions made: what of the memory is kept, and when there is none."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import wasm_made
from edgeweb import manifest
from edgeweb.manifest import Manifest
from edgeweb.runtime import profiling, restored, wasm
from edgeweb.runtime.restored import Declined, Restored, Taken
from edgeweb.runtime.wasm import Module
from edgeweb.runtime.wasm_code import GRANULE
from edgeweb.runtime.wasm_image import KEPT, LOST, ZERO
from tiny import ROOT

SITE = manifest.decode((ROOT / "tests" / "golden" / "manifest.json").read_bytes())
# Four granules above the end of a stack that begins 12 granules above address 0.
TOP, BOTTOM = (5 << 20) + 4 * GRANULE, 4 * GRANULE
NAMES = {"constructors": "made", "initialise": "made", "create": "made"}


def runtime(*bodies: bytes, top: int = TOP) -> Module:
    """Functions () -> (), of which the first is exported; the stack's pointer begins at `top`."""
    return Module.parse(
        b"\0asm\1\0\0\0"
        + wasm_made.section(1, b"\x60\0\0")
        + wasm_made.section(3, *[b"\0"] * len(bodies))
        + wasm_made.section(6, b"\x7f\1\x41" + wasm.encoded(top) + b"\x0b")
        + wasm_made.section(7, wasm_made.name("made") + b"\0\0")
        + wasm_made.section(10, *bodies)
    )


def told(kinds: Sequence[int], pointer: int, data: bytes | None = None) -> dict[str, Any]:
    if data is None:
        data = b"".join(bytes((place + 1,)) * GRANULE for place, kind in enumerate(kinds) if kind)
    return {
        "kinds": b64encode(bytes(kinds)).decode(), "data": b64encode(data).decode(), "globals": [["0", str(pointer)]],
        "sessions": ["77", 78.0], "pages": 3,
    }  # fmt: skip


def making(module: Module, often: set[int] = frozenset()) -> restored._Making:  # type: ignore[assignment]
    return restored._Making(Path(), {}, SITE, module, NAMES, profiling.Entered("", "", []), often)


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


@pytest.mark.parametrize(
    ("text", "goes"),
    [
        (b"sixteen in words", True),
        (b"fifteen a words", False),
        (b"one wordtwentyletter", True),
        (b"one wordtwentyoneabcd", False),
        (b"providers/cpu/gemm.cc", True),
        (b"std::vector<float>::at", True),
        (b"providers/cpu/gemm.", False),
        (b"A/B/C/D/E/F/G/H/I/J/K/L/M", False),
    ],
)
def test_what_is_a_sentence(text: bytes, goes: bool) -> None:
    granule = np.frombuffer(text.ljust(GRANULE, b"\0"), np.uint8).reshape(1, GRANULE)
    left = restored._wordless(granule, np.array([True])).tobytes().rstrip(b"\0")
    assert left == (b"" if goes else text)


def test_what_ended_calls_have_left_below_the_stacks_pointer_is_nothing() -> None:
    found = Taken.of(told([1, 0, 2, 1, 1, 2, 1], pointer=6 * GRANULE), runtime(wasm_made.body()))
    assert found.kinds.tolist() == [1, 0, 2, 1, ZERO, ZERO, 1], "from the end of the stack up to its pointer"
    assert found.data[:, 0].tolist() == [1, 0, 3, 4, 0, 0, 7]
    assert (found.globals, found.sessions, found.pages) == ({0: 6 * GRANULE}, (77, 78), 3)


def test_an_image_holds_what_is_kept_and_no_zeros_behind_it() -> None:
    taken = Taken.of(told([1, 0, 2, 0], pointer=BOTTOM), runtime(wasm_made.body()))
    assert (taken.everything.kinds, len(taken.everything.data)) == (bytes((KEPT, ZERO, KEPT)), 2 * GRANULE)
    some = taken.image(np.array([ZERO, ZERO, KEPT, LOST], np.uint8))
    assert (some.kinds, some.data) == (bytes((ZERO, ZERO, KEPT, LOST)), b"\3" * GRANULE)
    assert (some.globals, some.sessions, some.pages) == (taken.globals, taken.sessions, 3)


def test_what_no_session_brought_and_nobody_reads_is_lost_above_the_stack_alone() -> None:
    """Kinds: 1 came with the sessions, 2 is what any session leaves. The heap begins at the second granule."""
    module = runtime(wasm_made.body(), top=GRANULE)
    kinds = np.array([2, 2, 2, 1, 0, 1], np.uint8)
    data = np.ones((6, GRANULE), np.uint8)
    data[4:] = 0
    taken = Taken(kinds, data, {0: 0}, (1,), 1)
    read = np.array([False, False, True, False, False, False])
    assert making(module).chosen(taken, read).tolist() == [KEPT, LOST, KEPT, KEPT, ZERO, ZERO]


def calling(*numbers: int, size: int = 0) -> bytes:
    """A function that calls these, of at least `size` bytes."""
    return wasm_made.body(*(byte for number in numbers for byte in (0x10, number)), *[0x01] * size)


@pytest.mark.parametrize(
    ("bodies", "ran", "often", "kept"),
    [
        # The first has another body anyway.
        ([calling(), calling(0), calling()], {0, 1}, set(), {1}),
        ([calling(), calling(2), calling(3), calling()], {1}, set(), {1, 2, 3}),
        ([calling(), calling(2), calling(size=197)], {1}, set(), {1, 2}),
        ([calling(), calling(2), calling(size=198)], {1}, set(), {1}),
        ([calling(), calling(2), calling(size=1997)], {1}, {2}, {1, 2}),
        ([calling(), calling(2), calling(size=1998)], {1}, {2}, {1}),
        # Counters beyond the functions are those of memory.
        ([calling(), calling()], {1, 9}, set(), {1}),
    ],
)
def test_what_ran_stays_and_what_is_small_or_often_entered_behind_it(
    bodies: list[bytes], ran: set[int], often: set[int], kept: set[int]
) -> None:
    assert making(runtime(*bodies), often).reached(ran) == kept


@pytest.mark.parametrize(
    ("before", "now", "milliseconds", "why"),
    [
        (["a", "b"], ["a", "b"], 40.0, None),
        (["a", "b"], ["a"], None, None),
        (["a", "late"], ["a", "c"], None, None),
        (["a", "b"], ["a", "c"], None, "answered otherwise"),
        (["late"], ["a"], None, "answered otherwise"),
        ([], [], None, "answered otherwise"),
        (["a"], ["a"], 40.6, "a run takes 41 ms"),
    ],
)
def test_whether_a_stored_start_is_proven(before: Any, now: Any, milliseconds: float | None, why: str | None) -> None:
    if why is None:
        restored._check(before, now, milliseconds)
    else:
        with pytest.raises(Declined, match=why):
            restored._check(before, now, milliseconds)


def changed(**over: Any) -> Manifest:
    (first, *others) = SITE.variants
    first = msgspec.structs.replace(first, decoded_bytes=over.pop("decoded", 1))
    return msgspec.structs.replace(SITE, variants=[first, *others], **over)


@pytest.mark.parametrize(
    ("site", "why"),
    [
        (changed(golden=[]), "no golden case"),
        (changed(decoded=1_000_001), "more than a megabyte"),
        (changed(decoded=1_000_000), "glue names no constructors"),
    ],
)
def test_sites_whose_start_is_not_stored(site: Manifest, why: str) -> None:
    contents = {site.runtimes["wasm"].glue: b"export default null"}
    known = profiling.Entered("", "")
    with pytest.raises(Declined, match=why):
        restored.taken_and_cut(Path("nobody"), contents, site, runtime(wasm_made.body()), known, b"")


def test_the_graphs_around_a_model_in_the_workers_order() -> None:
    assert SITE.image and SITE.audio
    bare = msgspec.structs.replace(SITE, image=None, tabular=None, text=None, audio=None, series=None)
    for before, after, graphs in (("a", "b", ["a", "b"]), ("a", "a", ["a"]), ("a", None, ["a"])):
        image = msgspec.structs.replace(SITE.image, preprocess=before, postprocess=after)
        assert restored.small_graphs(msgspec.structs.replace(bare, image=image)) == graphs
    assert restored.small_graphs(bare) == []


def test_what_is_kept_is_found_again_unless_it_is_damaged(tmp_path: Path) -> None:
    place = restored.beside(tmp_path / "site.json", b"\1")
    assert place.parent == tmp_path and place.name.startswith("site-") and place.suffix == ".start"
    assert place == restored.beside(tmp_path / "site.json", b"\1") != restored.beside(tmp_path / "site.json", b"\2")
    assert restored.recall(place) is None
    kept = Restored(b"wasm", 2, b"\x05")
    place.write_bytes(msgspec.msgpack.encode(kept))
    assert restored.recall(place) == kept
    place.write_bytes(place.read_bytes()[:-1])
    assert restored.recall(place) is None


def test_functions_are_counted_in_bits() -> None:
    assert restored._bits({0, 9}, 10) == b"\x01\x02" and restored._numbers(b"\x01\x02") == {0, 9}


def test_the_script_that_takes_the_memory_is_told_what_it_needs() -> None:
    script = restored.taking({"create": "x"}, ["graph"])
    (line,) = [line for line in script.splitlines() if '"granule"' in line]
    said = json.loads(line.partition(" = ")[2])
    assert (said["names"], said["graphs"], said["granule"]) == ({"create": "x"}, ["graph"], GRANULE)
