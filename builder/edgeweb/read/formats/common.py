"""What a format is that a model can be handed in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple, Protocol

import onnx

from edgeweb.read.formats.foreign import HEAD, TAIL


class File:
    """A model's file, read whole: its path, what fstat said of it, its first and last bytes, and all of them, once."""

    def __init__(self, path: Path, info: os.stat_result, data: bytes) -> None:
        self.path, self.info = path, info
        self.head, self.tail = data[:HEAD], data[-TAIL:]
        self._data = data

    def take(self) -> bytes:
        """All bytes, which are not kept: what is made of them would stand in the memory beside them."""
        data, self._data = self._data, b""
        return data


class Content(NamedTuple):
    """A model as every format gives it: in ONNX. The fields are those of `model.Model`."""

    proto: onnx.ModelProto
    file_bytes: int
    weights: Path | None = None


class Format(Protocol):
    """A module beside this one, which `formats.py` lists.

    A format that is recognised and not read is a line in `foreign.py`, which says what to do instead. Once there is a
    module for it, that line goes.
    """

    def recognises(self, file: File, /) -> bool:
        """By its first and last bytes, or by its name where those say nothing."""

    def read(self, file: File, scratch: Path | None, /) -> Content:
        """The model, without running it; nothing outside the file's folder is opened.

        Args:
            scratch: a folder for the weights of a large model, see `weights_file`; None: the model is only looked at.

        Raises:
            ModelError: damaged, or pointing outside its folder.
            UnsupportedError: more than a browser can hold.
        """
