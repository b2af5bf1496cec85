"""Folders of the Hub with one file damaged, missing, or of another folder; and what is said of each."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import onnx
from onnx import numpy_helper

HUB = Path(__file__).parents[3] / "shared" / "hub"
# Whose files stand in for a folder's own: of other inputs, heads and sizes.
OTHERS = (
    "bert-cls", "bert-ner", "bert-qa", "bert-mlm", "roberta-cls", "gpt2", "t5", "bart", "vit", "detr5", "segformer",
    "dpt", "swin2sr", "clip", "whisper", "wav2vec2-ctc", "wav2vec2-cls", "ast", "trocr", "vits",
)  # fmt: skip
# Of no use to a build.
_LEFT = ("expected.json", "expected_pairs.json", "expected.npz", "README.md")


@dataclass(frozen=True)
class Fault:
    """One file of a folder, and what was done to it."""

    folder: str
    file: str
    what: str
    make: Callable[[Path], object]

    def __str__(self) -> str:
        return f"{self.folder}/{self.file} {self.what}"


def copied(name: str, target: Path) -> Path:
    """A folder whose files may be changed: links to all of them, which are replaced and never written to."""
    for file in files(name):
        place = target / file
        place.parent.mkdir(parents=True, exist_ok=True)
        # Weights that lie outside are taken of no link.
        shutil.copy(HUB / name / file, place) if file.endswith("data") else place.symlink_to(HUB / name / file)
    return target


def files(name: str) -> list[str]:
    """What a build may read."""
    home = HUB / name
    found = (file for file in sorted(home.rglob("*")) if file.is_file() and file.name not in _LEFT)
    return [str(file.relative_to(home)) for file in found]


def swapped(name: str, file: str, other: str) -> Fault:
    """A file of another folder in its place."""
    return next(each for each in _swapped(name, file, (other,)))


def faults(name: str, others: tuple[str, ...] = OTHERS) -> Iterator[Fault]:
    """Everything that may be wrong with one file."""
    for file in files(name):
        yield from _damaged(name, file)
        yield from _swapped(name, file, others)


def _damaged(name: str, file: str) -> Iterator[Fault]:
    source = HUB / name / file
    whole = source.read_bytes()
    yield Fault(name, file, "missing", lambda path: path.unlink())
    yield Fault(name, file, "empty", lambda path: _put(path, b""))
    yield Fault(name, file, "truncated", lambda path: _put(path, whole[: len(whole) * 2 // 3]))
    yield Fault(name, file, "a folder", lambda path: (path.unlink(), path.mkdir()))
    yield Fault(name, file, "a broken link", lambda path: (path.unlink(), path.symlink_to("gone")))
    if file.endswith(".json"):
        yield Fault(name, file, "a list", lambda path: _put(path, b"[1]"))
        yield Fault(name, file, "an empty object", lambda path: _put(path, b"{}"))
        yield Fault(name, file, "of wrong types", lambda path: _put(path, json.dumps(_odd(json.loads(whole))).encode()))
    if file.endswith(".onnx"):
        yield Fault(name, file, "of NaN", lambda path: _put(path, _of_nan(source)))


def _swapped(name: str, file: str, others: tuple[str, ...]) -> Iterator[Fault]:
    own = (HUB / name / file).read_bytes()
    for other in others:
        source = HUB / other / file
        if other != name and source.is_file() and source.read_bytes() != own:
            yield Fault(name, file, f"of {other}", lambda path, source=source: _put(path, source.read_bytes()))


def _put(path: Path, content: bytes) -> None:
    path.unlink()
    path.write_bytes(content)


def _odd(value: object) -> object:
    """Every value of another type."""
    if isinstance(value, dict):
        return {key: _odd(each) for key, each in value.items()}
    return [value] if isinstance(value, (str, bool)) else "7" if isinstance(value, (int, float)) else value


def _of_nan(source: Path) -> bytes:
    proto = onnx.load(source)
    for tensor in proto.graph.initializer:
        array = numpy_helper.to_array(tensor)
        if array.dtype.kind == "f" and array.size > 1:
            tensor.CopyFrom(numpy_helper.from_array(array * float("nan"), tensor.name))
    return bytes(proto.SerializeToString())
