"""The value that flows through the steps: a parsed model, complete in memory, and how it is read safely from a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import onnx
from google.protobuf.message import EncodeError  # type: ignore[import-untyped]

from edgeweb.errors import ModelError, UnsupportedError
from edgeweb.read import folder, intake, tensors
from edgeweb.read.formats import formats
from edgeweb.read.formats.common import File
from edgeweb.schema.types import Default


@dataclass(frozen=True)
class Model:
    """A model; `file_bytes` counts its file and its external data.

    All its weights are in `proto`. Only of a large one they are in the file `weights`, see `weights_file`. `optional`:
    inputs of `proto` that need not be fed, whose defaults are no longer in it.
    """

    path: Path
    proto: onnx.ModelProto
    file_bytes: int
    weights: Path | None = None
    optional: tuple[Default, ...] = ()


@dataclass(frozen=True)
class Result:
    """What a step returns: the model, whether it is another one, and what was done or why nothing was."""

    model: Model
    changed: bool
    notes: tuple[str, ...] = ()


def load(path: str | Path, scratch: Path | None = None) -> Model:
    """Read a model file and the external data beside it; nothing outside its folder is opened. Of a folder the graph
    that takes the visitor's input.

    Args:
        scratch: a folder for the weights of a large model; None: only look at it, which leaves them where they are.

    Raises:
        ModelError: not there, not readable, another format, damaged, or pointing outside its folder.
        UnsupportedError: more than a browser can hold.
    """
    file = _read(Path(path))
    return Model(file.path, *formats.read(file, scratch))


def to_bytes(proto: onnx.ModelProto) -> bytes:
    """The model as bytes, the same for the same content.

    Raises:
        UnsupportedError: it is over 2 GiB, which no ONNX file can be.
    """
    try:
        data: bytes = proto.SerializeToString(deterministic=True)
        return data
    except (EncodeError, ValueError) as error:
        raise UnsupportedError("The model cannot be written", str(error), "Use a form of it under 2 GiB") from error


def _read(path: Path) -> File:
    """All bytes of a regular file; a pipe or a device would never end, so those are refused before reading."""
    try:
        if path.is_dir():
            path = folder.opened(path).lead
        file, info = intake.open_regular(path)
    except intake.UnreadableError as error:
        if error.__cause__ is None:
            raise ModelError(f"{path} is not a file", str(error), "Give the path of an .onnx file") from error
        raise _unreadable(path, error.__cause__) from error
    except OSError as error:
        raise _unreadable(path, error) from error
    with file:
        if info.st_size > tensors.MAX_BYTES:
            why = f"{info.st_size} bytes, and a browser's ONNX Runtime takes at most {tensors.MAX_BYTES}"
            raise UnsupportedError(f"{path} is too large", why, "Use a smaller or a quantised form of the model")
        try:
            return File(path, info, file.read(info.st_size))
        except OSError as error:
            raise _unreadable(path, error) from error


def _unreadable(path: Path, error: BaseException) -> ModelError:
    if isinstance(error, FileNotFoundError):
        return ModelError(f"{path} is not there", "no file has this name", "Check the path")
    if isinstance(error, PermissionError):
        return ModelError(f"{path} cannot be read", "permission denied", f"Run: chmod +r {path}")
    why = getattr(error, "strerror", None) or str(error)
    return ModelError(f"{path} cannot be read", why, "Check the path and the disk")
