"""A runtime that begins with its sessions made: what of the memory is kept, and when there is none."""

from __future__ import annotations

import numpy as np
from edgeweb import restored
from edgeweb.wasm_code import GRANULE


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
