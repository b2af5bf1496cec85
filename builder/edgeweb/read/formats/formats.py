"""The formats that a model can be handed in."""

from __future__ import annotations

from pathlib import Path

from edgeweb.read.formats import onnx
from edgeweb.read.formats.common import Content, File, Format

# The first that recognises a file reads it. ONNX is the last: it recognises all.
FORMATS: tuple[Format, ...] = (onnx,)


def read(file: File, scratch: Path | None) -> Content:
    """The model in a file; see `Format.read`."""
    return next(each for each in FORMATS if each.recognises(file)).read(file, scratch)
