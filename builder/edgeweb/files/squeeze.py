"""Brotli at the level that pays; what its slowest level has taken seconds for, this user's next build reads again."""

from __future__ import annotations

import contextlib
import hashlib
import re
from pathlib import Path

import brotli

from edgeweb.machine import cache

# Level 11 takes a second per 0.6 MB and makes weights a percent or two smaller.
SLOW_BYTES = 2 << 20
# For more: of 8 MB of 8-bit weights level 6 makes 5.60 MB in 0.5 s, and level 9 makes 5.65 MB in 21 s.
_FAST, _SLOWEST = 6, 11
# Builds of the runtime for GPUs, as web/build.mjs has them.
_GPU, _LARGE_RUNTIMES = re.compile(r"-(jspi|asyncify)-\w+\.wasm$"), 9
# What compresses in an instant is not kept.
_KEPT_BYTES = 256 << 10


def beside(path: Path) -> tuple[bytes, bytes]:
    """The forms of an asset with brotli and gzip, which lie beside it.

    In a checkout that was set up for `make demo` alone the first may be missing where that takes long: it is made now,
    as web/build.mjs makes it.
    """
    form = Path(f"{path}.br")
    quality = _LARGE_RUNTIMES if _GPU.search(path.name) else _SLOWEST
    br = form.read_bytes() if form.is_file() else _remembered(path.read_bytes(), quality)
    return br, Path(f"{path}.gz").read_bytes()


def brotli_form(data: bytes, *, slowest: bool = False) -> bytes:
    """`data` with brotli, the same bytes every time. `slowest`: however large it is."""
    if not slowest and len(data) > SLOW_BYTES:
        return bytes(brotli.compress(data, quality=_FAST, lgwin=24))
    return _compressed(data) if len(data) < _KEPT_BYTES else _remembered(data)


def _remembered(data: bytes, quality: int = _SLOWEST) -> bytes:
    path = cache.folder("brotli") / f"{hashlib.sha256(data).hexdigest()}-{quality}-{brotli.__version__}"
    form = _kept(path, data)
    if form is None:
        form = _compressed(data, quality)
        # Without room the next build takes as long again.
        with contextlib.suppress(OSError):
            cache.write(path, form)
    return form


def _compressed(data: bytes, quality: int = _SLOWEST) -> bytes:
    # A window larger than the data gains nothing, and takes the browser's memory.
    return bytes(brotli.compress(data, quality=quality, lgwin=22 if len(data) <= 1 << 22 else 24))


def _kept(path: Path, data: bytes) -> bytes | None:
    """The form that an earlier build has left, if it is that of `data`: others may write there."""
    try:
        form = cache.read(path)
        return form if brotli.decompress(form) == data else None
    except (OSError, brotli.error):
        return None
