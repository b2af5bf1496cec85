"""The file table: names by content, shards that join again, compressed forms only where they pay."""

from __future__ import annotations

import gzip
import hashlib

import brotli
import numpy as np
import pytest
from edgeweb.files import table as pack
from edgeweb.files.table import SHARD_BYTES, FileTable
from edgeweb.machine import progress
from edgeweb.schema.steps import Detail

TEXT = b"the same line again and again\n" * 200
NOISE = np.random.default_rng(0).bytes(5000)


def test_a_file_is_named_by_its_content() -> None:
    table = FileTable()
    path = table.add_hashed("pre process!", ".onnx", TEXT, "model")
    assert path == f"assets/pre-process-{hashlib.sha256(TEXT).hexdigest()[:16]}.onnx"
    assert table.contents[path] == TEXT
    entry = table.entries[path]
    assert (entry.bytes, entry.sha256, entry.role) == (len(TEXT), hashlib.sha256(TEXT).hexdigest(), "model")
    assert table.add_hashed("../../etc", ".onnx", b"1", "model").startswith("assets/etc-")
    assert table.add_hashed("ß" * 99, ".onnx", b"1", "model").startswith("assets/file-")
    assert len(table.add_hashed("x" * 300, ".onnx", b"1", "model")) < 80


@pytest.mark.parametrize("size", [0, 1, 999, 1000, 1001, 2000, 3500])
def test_shards_join_to_the_same_bytes(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pack, "SHARD_BYTES", 1000)
    data = np.random.default_rng(size).bytes(size)
    table = FileTable()
    paths = table.add_shards("model", ".onnx", data, "model")
    assert b"".join(table.contents[path] for path in paths) == data
    assert all(len(table.contents[path]) <= 1000 for path in paths)
    assert len(paths) == max(1, -(-size // 1000))


def test_equal_shards_are_one_file_named_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pack, "SHARD_BYTES", 1000)
    table = FileTable()
    paths = table.add_shards("model", ".onnx", bytes(2500), "model")
    assert len(paths) == 3
    assert len(table.contents) == 2
    assert b"".join(table.contents[path] for path in paths) == bytes(2500)


def test_no_shard_is_larger_than_any_static_host_takes() -> None:
    assert SHARD_BYTES <= 20 << 20
    table = FileTable()
    paths = table.add_shards("model", ".onnx", bytes(SHARD_BYTES) + b"1", "model")
    assert [len(table.contents[path]) for path in paths] == [SHARD_BYTES, 1]


def test_compressed_forms_and_their_sizes() -> None:
    table = FileTable()
    path = table.add("a.txt", TEXT, "page")
    table.compress()
    assert brotli.decompress(table.sidecars["a.txt.br"]) == TEXT
    assert gzip.decompress(table.sidecars["a.txt.gz"]) == TEXT
    sizes = {"br": len(table.sidecars["a.txt.br"]), "gzip": len(table.sidecars["a.txt.gz"])}
    assert table.entries[path].encodings == sizes
    assert table.wire_bytes([path]) == sizes["br"] < len(TEXT) / 10


def test_what_does_not_shrink_has_no_forms() -> None:
    table = FileTable()
    for path, data in (("noise.onnx", NOISE), ("picture.png", TEXT), ("empty.txt", b"")):
        table.add(path, data, "page")
    # Two percent are not worth a file.
    table.add("nearly.onnx", NOISE + bytes(100), "model")
    table.compress()
    assert table.sidecars == {}
    assert table.wire_bytes(["noise.onnx", "empty.txt"]) == len(NOISE)


def test_forms_that_were_made_before_are_kept() -> None:
    table = FileTable()
    table.add("ort.wasm", TEXT, "runtime", br=b"br", gz=b"gz")
    table.compress()
    assert table.sidecars == {"ort.wasm.br": b"br", "ort.wasm.gz": b"gz"}
    assert table.entries["ort.wasm"].encodings == {"br": 2, "gzip": 2}


def test_the_same_bytes_every_time() -> None:
    tables = [FileTable(), FileTable()]
    for table in tables:
        for number in range(6):
            table.add_hashed("x", ".txt", TEXT + bytes([number]), "page")
        table.compress()
    assert tables[0].sidecars == tables[1].sidecars
    # Bytes 4 to 8 of a gzip file are the time of day, 0 for none.
    assert {form[4:8] for path, form in tables[0].sidecars.items() if path.endswith(".gz")} == {bytes(4)}
    assert list(tables[0].entries) == list(tables[1].entries)


def test_compressing_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_EVERY_S", 0.0)
    told: list[str] = []
    table = FileTable(on_step=told.append)
    for name in ("a", "b"):
        table.add(f"assets/{name}.json", name.encode() * 5000, "page")
    table.compress()
    assert [each.share for each in told if isinstance(each, Detail)] == [0.5, 1.0]
    assert told[0].startswith("compressing: 50%")
