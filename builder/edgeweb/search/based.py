"""A retrained model on the steps of the one before, so that a visitor who has that needs only the differences."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from edgeweb import manifest
from edgeweb.coding import delta, grid, parts
from edgeweb.coding.grid import Grid
from edgeweb.compress import layers, slim
from edgeweb.compress.layers import Layer
from edgeweb.errors import SiteError
from edgeweb.files.table import SHARD_BYTES
from edgeweb.manifest import Manifest
from edgeweb.schema.model import Variant
from edgeweb.search import weight_coding
from edgeweb.search.candidate import Base, Candidate

# The old parts are held in memory, and so is what they decode to.
_MOST_BYTES = 256 << 20
# Old tables make a first visit longer, by this part at most, if a return gets so many times as much shorter.
_DEARER, _RETURNS = 0.005, 3
# An old multiple may stay if it is this near to a weight, in steps: rounding by data does not take the nearest either.
_LAZY = (2.0, 1.0, 0.5)
# In decibels.
_NEARLY = 0.5


@dataclass(frozen=True)
class OldSite:
    """A site that visitors may have. `models`: by their names, that of the site itself is empty."""

    manifest: Manifest
    models: Mapping[str, Base] = field(default_factory=dict)


def read(folder: Path) -> OldSite:
    """The site in `folder`; SiteError where there is none, or where a file of its model is damaged."""
    found = manifest.read(folder)
    several = {"": found.variants, **{name: part.variants for name, part in found.models.items()}}
    return OldSite(found, {name: _base(folder, found, variants) for name, variants in several.items()})


def _base(folder: Path, site: Manifest, variants: Sequence[Variant]) -> Base:
    coded = next((each for each in variants if each.decoded_bytes is not None and each.lossy), None)
    if coded is None:
        return Base(why="its weights are not stored as multiples of steps")
    if coded.draft is not None:
        return Base(why="its model comes in two deliveries; progressive = false keeps it in one")
    if sum(site.files[path].bytes for path in coded.files) > _MOST_BYTES:
        return Base(why=f"its model has more than {_MOST_BYTES >> 20} MiB")
    return Base(tuple(_checked(folder, path, site.files[path].sha256) for path in coded.files), coded.id)


def _checked(folder: Path, path: str, sha256: str) -> bytes:
    try:
        data = (folder / path).read_bytes()
    except OSError as error:
        raise _damaged(folder, path, f"it cannot be read ({error.strerror})") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise _damaged(folder, path, "its hash is not the one that edgeweb.json names")
    return data


def _damaged(folder: Path, path: str, why: str) -> SiteError:
    return SiteError(
        f"{folder} cannot be the base: its {path} is not as it was built",
        why,
        "Give the folder of the release as it is on its host",
    )


def form(
    proto: onnx.ModelProto, found: Sequence[Layer], base: Base, name: str, judge: weight_coding.Judge
) -> Candidate | str:
    """`proto` on the base's steps, judged like any other form; or why there is none.

    Args:
        found: its layers.
        name: what a form of it would be called.
    """
    if base.why:
        return base.why
    if base.form != name.replace(" ", "-"):
        return f"its form is {base.form}, and {name} is asked for"
    before = _grids(proto, base)
    if isinstance(before, str):
        return before
    tried = []
    for lazy in _LAZY:
        grids = {layer.name: nearest(layer, before[layer.name], lazy) for layer in found if layer.name in before}
        made, places = weight_coding.form(name, proto, found, grids, judge, "on the steps of the base", trained=True)
        tried.append((made, {at: grids[layer] for layer, at in places.items()}))
    good = [each for each in tried if each[0].refused is None]
    if not good:
        return f"on its steps {tried[-1][0].refused}"
    # Old multiples must tell as much of the new weights as the nearest do: agreeing alone, they could be the old model.
    least = _sqnr(good[-1][0]) - _NEARLY
    return _on_old_tables(*next(each for each in good if _sqnr(each[0]) >= least), base)


def _sqnr(form: Candidate) -> float:
    return form.judgement.sqnr if form.judgement else 0.0


def nearest(layer: Layer, before: Grid, lazy: float) -> Grid:
    """A layer as multiples of old steps: the old one where that is within `lazy` steps of a weight, or the nearest."""
    exact = np.asarray(layer.weights, np.float64) / before.steps.astype(np.float64)[:, None]
    kept = np.abs(exact - before.multiples) <= lazy
    return Grid(np.where(kept, before.multiples, grid.nearest(layer.weights, before.steps).multiples), before.steps)


def _grids(proto: onnx.ModelProto, base: Base) -> dict[str, Grid] | str:
    """The base's grids by the initializers of `proto` that are in their places; or what differs."""
    data = parts.unpack(base.parts)
    old, new = onnx.load_from_string(data), slim.slimmed(proto)
    if _without_values(old) != _without_values(new):
        return "the two models are not of one structure"
    raw = {tensor.name: np.frombuffer(tensor.raw_data, "<f4") for tensor in old.graph.initializer if _is_float(tensor)}
    starts = {at: name for name, at in layers.offsets(data, old, raw).items()}
    rows: dict[str, list[Grid]] = {}
    name, end = "", 0
    for at, piece in sorted((each for part in base.parts for each in delta.grids(part)), key=lambda each: each[0]):
        # A large tensor is in several pieces, one after the other.
        name = starts.get(at, name if at == end else "")
        end = at + 4 * piece.multiples.size
        rows.setdefault(name, []).append(piece)
    names = zip(old.graph.initializer, proto.graph.initializer, strict=True)
    same = {before.name: after.name for before, after in names}
    return {same[name]: _joined(several) for name, several in rows.items() if name}


def _joined(pieces: Sequence[Grid]) -> Grid:
    return Grid(np.concatenate([each.multiples for each in pieces]), np.concatenate([each.steps for each in pieces]))


def _is_float(tensor: onnx.TensorProto) -> bool:
    return tensor.data_type == onnx.TensorProto.FLOAT and tensor.HasField("raw_data")


def _without_values(proto: onnx.ModelProto) -> bytes:
    """The graph, with the shapes of its initializers in place of their values."""
    graph = onnx.GraphProto()
    graph.CopyFrom(proto.graph)
    for tensor in graph.initializer:
        shape, kind, name = list(tensor.dims), tensor.data_type, tensor.name
        tensor.Clear()
        tensor.dims.extend(shape)
        tensor.data_type, tensor.name = kind, name
    made: bytes = graph.SerializeToString(deterministic=True)
    return made


def _on_old_tables(made: Candidate, grids: Mapping[int, Grid], base: Base) -> Candidate:
    """The same coded with the base's tables, where the difference is then so much smaller that it is worth it."""
    if made.parts is None or not isinstance(made.model, bytes) or len(base.parts) != 1 or len(made.parts) != 1:
        return made
    known = delta.frequencies(base.parts[0])
    other = tuple(parts.pack(made.model, grids, SHARD_BYTES, known))
    if len(other) != 1:
        return made
    usual, kept = (delta.make(base.parts, _bytes(each)) for each in (made.parts[0], other[0]))
    if usual is None or kept is None:
        return made
    longer, shorter = len(other[0]) - len(_bytes(made.parts[0])), len(usual[0]) - len(kept[0])
    pays = shorter > _RETURNS * longer and longer <= _DEARER * len(other[0])
    return replace(made, parts=other, wire=len(other[0])) if pays else made


def _bytes(part: Any) -> bytes:
    return bytes(part)
