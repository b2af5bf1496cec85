"""Brings in the tensors that a model keeps in other files, reading only plain files inside the model's folder."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from edgeweb.errors import ConfigError, ModelError, printable
from edgeweb.read import hub_cache, intake, tensors, visit

_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
_DRIVE = re.compile(r"[A-Za-z]:")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*://|(data|blob|file|https?|ftp|s3|gs|javascript):)", re.I)
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_BINARY = getattr(os, "O_BINARY", 0)
_DIRECTORY = getattr(os, "O_DIRECTORY", 0)

_KEEP_INSIDE = "Keep the weights in the model's folder and save the model again with a plain file name as location"
_COPY = "Replace the link by a copy of the file, for example with cp -L"
# What is read of a file at a time, where it need not be whole.
CHUNK = 16 << 20
_SAVE_AGAIN = "Export or download the model and its data file again"


@dataclass(frozen=True)
class _Range:
    """A tensor and the bytes of it in another file."""

    owner: str
    tensor: onnx.TensorProto
    parts: tuple[str, ...]
    offset: int
    size: int


# Reads some of a tensor's bytes: (from, how many), counted from its first one.
Reader = Callable[[int, int], bytes]
Take = Callable[[onnx.TensorProto, Reader, int], None]


def size(proto: onnx.ModelProto, path: Path) -> int:
    """The bytes of all tensors that are kept in other files; raises as `read` does."""
    return sum(item.size for item in _wanted(proto, path))


def files(path: Path) -> dict[str, int | None]:
    """The other files that an ONNX file names, with their bytes; None where one is not there. OSError.

    Only a look: what is wrong with them is said when they are read.
    """
    proto = onnx.ModelProto()
    with suppress(DecodeError, RuntimeError, ValueError, ConfigError):
        proto.ParseFromString(intake.data(path, ""))
    found: dict[str, int | None] = {}
    for _, tensor in visit.tensors(proto):
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            for entry in tensor.external_data:
                if visit.text(entry.key) == "location":
                    found.setdefault(visit.text(entry.value), None)
    for name in found:
        with suppress(OSError, ValueError):
            found[name] = (path.parent / name).stat().st_size
    return found


def inline(proto: onnx.ModelProto, path: Path, model_file: os.stat_result) -> int:
    """Replace every reference to another file by the bytes it stands for, in place; otherwise as `read`."""
    return read(proto, path, model_file, fill)


def leave(tensor: onnx.TensorProto, reader: Reader, length: int) -> None:
    """Only see that the bytes are there."""
    reader(max(0, length - 1), min(1, length))


def read(proto: onnx.ModelProto, path: Path, model_file: os.stat_result, take: Take) -> int:
    """Give `take` every tensor that is kept in another file, with a way to read its bytes.

    Args:
        proto: the parsed model.
        path: where it was read from; other files are looked for in the same folder.
        model_file: what fstat said of it, to refuse a model that points into itself.

    Returns:
        The size in bytes of the other files together.

    Raises:
        ModelError: a location that is missing or leaves the folder, or bytes that do not fit the tensor.
        UnsupportedError: more than a browser can hold.
    """
    wanted = list(_wanted(proto, path))
    total = model_file.st_size + sum(w.size for w in wanted)
    tensors.check_total(f"{path} is too large with its external data", total)
    with ExitStack() as stack:
        opened: dict[tuple[str, ...], tuple[int, os.stat_result]] = {}
        for item in wanted:
            if item.parts not in opened:
                descriptor = _open_plain(path, item)
                stack.callback(os.close, descriptor)
                opened[item.parts] = descriptor, _checked(path, item, descriptor, model_file)
            _check_end(path, item, opened[item.parts][1])
            take(item.tensor, _reader(path, item, opened[item.parts][0]), item.size)
        return sum(info.st_size for _, info in opened.values())


def _wanted(proto: onnx.ModelProto, path: Path) -> Iterator[_Range]:
    for owner, tensor in visit.tensors(proto):
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            yield _range(path, owner, tensor)


def _range(path: Path, owner: str, tensor: onnx.TensorProto) -> _Range:
    entries: dict[str, str] = {}
    for entry in tensor.external_data:
        key = visit.text(entry.key)
        if key in entries:
            raise _bad(path, owner, f"gives its {printable(key, 30)} twice", _SAVE_AGAIN)
        entries[key] = visit.text(entry.value)
    parts = _parts(path, owner, entries.get("location"))
    try:
        size = tensors.byte_size(tensor)
    except tensors.MismatchError as error:
        raise _bad(path, owner, str(error), _SAVE_AGAIN) from error
    offset = _number(path, owner, "offset", entries.get("offset", "0"))
    length = _number(path, owner, "length", entries.get("length", str(size)))
    if length != size:
        shape = f"its shape {list(tensor.dims)[:8]} needs {size}"
        why = f"claims {length} bytes of {visit.short('/'.join(parts))}, but {shape}"
        raise _bad(path, owner, why, _SAVE_AGAIN)
    return _Range(owner, tensor, parts, offset, size)


def _parts(path: Path, owner: str, location: str | None) -> tuple[str, ...]:
    """A location as names from the model's folder down; refused unless it is plainly a path inside it."""
    if not location:
        raise _bad(path, owner, "says that it is in another file but not in which one (no location)", _SAVE_AGAIN)
    named = f"is kept in {visit.short(location)}"
    if _DRIVE.match(location) or location.startswith(("/", "\\", "~")):
        raise _bad(path, owner, f"{named}, an absolute path", _KEEP_INSIDE)
    if _SCHEME.match(location):
        raise _bad(path, owner, f"{named}, a URL; nothing is fetched", _KEEP_INSIDE)
    if "\\" in location or not location.isprintable():
        raise _bad(path, owner, f"{named}, which has a backslash or control characters", _KEEP_INSIDE)
    parts = tuple(p for p in location.split("/") if p not in ("", "."))
    if ".." in parts or not parts:
        raise _bad(path, owner, f"{named}, which leaves the model's folder or goes in and out of it", _KEEP_INSIDE)
    return parts


def _number(path: Path, owner: str, key: str, value: str) -> int:
    if not _NUMBER.fullmatch(value):
        raise _bad(path, owner, f"has the {key} {visit.short(value)}, not a whole number from 0 up", _SAVE_AGAIN)
    return int(value)


def _open_plain(path: Path, item: _Range) -> int:
    """Open a file below the model's folder, one name at a time, so that no link at any level is followed: but for
    the Hub's cache, which keeps every file as a link.
    """
    try:
        if (cached := hub_cache.linked(path.parent.joinpath(*item.parts))) is not None:
            return os.open(cached, os.O_RDONLY | _NO_FOLLOW | _BINARY)
        if os.open not in os.supports_dir_fd:
            return _open_without_dir_fd(path, item)
        above = os.open(path.parent, os.O_RDONLY | _DIRECTORY)
        for depth, name in enumerate(item.parts):
            try:
                names = os.listdir(above)  # noqa: PTH208 (a Path cannot list an open folder)
                _check_entry(path, item, names, name, os.stat(name, dir_fd=above, follow_symlinks=False))
                last = depth == len(item.parts) - 1
                inner = os.open(name, os.O_RDONLY | _NO_FOLLOW | (0 if last else _DIRECTORY), dir_fd=above)
            finally:
                os.close(above)
            above = inner
        return above
    except OSError as error:
        raise _unreadable(path, item, error) from error


def _open_without_dir_fd(path: Path, item: _Range) -> int:
    """The same on Windows, which cannot open relative to a folder."""
    at, info = path.parent, os.lstat(path.parent)
    for name in item.parts:
        info = os.lstat(at / name)
        _check_entry(path, item, [p.name for p in at.iterdir()], name, info)
        at /= name
    descriptor = os.open(at, os.O_RDONLY | _NO_FOLLOW | _BINARY)
    if not os.path.samestat(os.fstat(descriptor), info):
        os.close(descriptor)
        raise OSError("it was replaced while being read")
    return descriptor


def _check_entry(path: Path, item: _Range, names: list[str], name: str, info: os.stat_result) -> None:
    # A file system may find "W.BIN" for "w.bin"; the browser and other machines will not.
    if name not in names:
        raise FileNotFoundError(2, "No such file")
    if stat.S_ISLNK(info.st_mode):
        raise _bad(path, item.owner, f"is kept in {_named(item)}, where {visit.short(name)} is a symbolic link", _COPY)


def _checked(path: Path, item: _Range, descriptor: int, model_file: os.stat_result) -> os.stat_result:
    """What fstat says of an open data file, once that is known to be an ordinary one."""
    info = os.fstat(descriptor)
    if not stat.S_ISREG(info.st_mode):
        raise _bad(path, item.owner, f"is kept in {_named(item)}, which is not a regular file", _KEEP_INSIDE)
    if os.path.samestat(info, model_file):
        raise _bad(path, item.owner, f"is kept in {_named(item)}, which is the model file itself", _SAVE_AGAIN)
    if info.st_nlink > 1:
        raise _bad(path, item.owner, f"is kept in {_named(item)}, which is a hard link ({info.st_nlink} names)", _COPY)
    if intake.is_pointer(path.parent.joinpath(*item.parts)):
        raise _bad(path, item.owner, f"is kept in {_named(item)}, a Git LFS pointer", "Run: git lfs pull")
    return info


def _check_end(path: Path, item: _Range, info: os.stat_result) -> None:
    end = item.offset + item.size
    if end > info.st_size:
        why = f"needs bytes {item.offset} to {end} of {_named(item)}, which has {info.st_size}"
        raise _bad(path, item.owner, why, _SAVE_AGAIN)


def _reader(path: Path, item: _Range, descriptor: int) -> Reader:
    def reader(at: int, length: int) -> bytes:
        try:
            data = _read(descriptor, item.offset + at, length)
        except OSError as error:
            raise _unreadable(path, item, error) from error
        if len(data) != length:
            why = f"needs {item.size} bytes of {_named(item)}, which became shorter"
            raise _bad(path, item.owner, why, _SAVE_AGAIN)
        return data

    return reader


def fill(tensor: onnx.TensorProto, reader: Reader, length: int) -> None:
    """Put the bytes into the tensor."""
    tensor.raw_data = reader(0, length)
    tensor.ClearField("external_data")
    tensor.ClearField("data_location")


def _read(descriptor: int, offset: int, size: int) -> bytes:
    os.lseek(descriptor, offset, os.SEEK_SET)
    chunks: list[bytes] = []
    while size > 0:
        chunk = os.read(descriptor, min(size, 1 << 28))
        if not chunk:
            break
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks) if len(chunks) != 1 else chunks[0]


def _unreadable(path: Path, item: _Range, error: OSError) -> ModelError:
    if not isinstance(error, FileNotFoundError):
        why = f"is kept in {_named(item)}, which cannot be read ({error.strerror or error})"
        return _bad(path, item.owner, why, f"Make it an ordinary, readable file beside {printable(path.name, 60)}")
    try:
        near = [p.name for p in path.parent.iterdir() if p.name.casefold() == item.parts[0].casefold()]
    except OSError:
        near = []
    hint = f"Put {printable('/'.join(item.parts), 60)} into the model's folder"
    if near and near[0] != item.parts[0]:
        hint = f"Rename {printable(near[0], 60)} to {printable(item.parts[0], 60)}"
    return _bad(path, item.owner, f"is kept in {_named(item)}, which is not there", hint)


def _named(item: _Range) -> str:
    return visit.short("/".join(item.parts))


def _bad(path: Path, owner: str, why: str, hint: str) -> ModelError:
    return ModelError(f"{path} has unusable external data", f"{owner} {why}", hint)
