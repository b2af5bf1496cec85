"""The smallest form of a model too large for many trials: its weights go by in pieces, and it is judged once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from edgeweb.coding import grid, stream
from edgeweb.coding.grid import Counts
from edgeweb.compress import layers, stored
from edgeweb.errors import EdgewebError
from edgeweb.files.table import SHARD_BYTES
from edgeweb.machine import session
from edgeweb.machine.parallel import Workers
from edgeweb.machine.progress import Progress
from edgeweb.read import weights_file
from edgeweb.read.model import Model, to_bytes
from edgeweb.samples.samples import Samples
from edgeweb.search import likeness
from edgeweb.search.candidate import Candidate, Found, Goal, LayerBits
from edgeweb.search.judging import FEW
from edgeweb.search.likeness import Judgement

OnStep = Callable[[str], None]
# Multiply-adds that judging may take, each of two times: a processor does 10 to 20 billion a second.
_JUDGING_WORK = 300_000_000_000
# About nine bits a weight; where errors add up through many layers, eleven.
_STEPS = (stored.CAREFUL, stored.CAREFUL / 4)
_OTHERS = ("fp16", "int8 dynamic", "int8 static")
_WHY_NOT = "the model is so large that trying it would take minutes"
_BITS = {"int8": 8, "int4": 4}


def smallest(original: Model, samples: Samples, goal: Goal, workers: Workers, on_step: OnStep) -> Found:
    """Fixed steps of about nine bits a weight, or as many as are asked for, if the answers agree; otherwise exact.

    Args:
        original: with its weights in a file; forms are written to folders beside that.
        samples: inputs; without any nothing lossy can be judged, so nothing lossy is made.
    """
    declined = [] if goal.precision == "fp32" else [(name, _WHY_NOT) for name in _OTHERS]
    if goal.distill:
        declined.append(("distilled", _WHY_NOT))
    if goal.precision in ("fp32", "fp16"):
        return as_it_is(original, samples, f"{goal.precision} was asked for", workers, on_step)
    if not samples.feeds:
        return as_it_is(original, samples, "there are no inputs to judge it on", workers, on_step)
    tried: list[Candidate] = []
    for step in _STEPS if goal.precision == "auto" else _STEPS[:1]:
        found = _layers(original, goal, step, workers, on_step)
        if not found:
            return as_it_is(original, samples, "it has no large float32 tensor", workers, on_step)
        name = ("stored" if goal.precision == "auto" else f"stored {goal.precision}") + (" finer" if tried else "")
        tried.append(_stored(name, original, found, samples, goal, workers, on_step))
        if tried[-1].refused is None:
            declined = [("byte planes", "the stored form is smaller and agrees"), *declined]
            return Found(tried[-1], tuple(tried), tuple(declined), (), samples.source)
    exact = _exact(original, workers, on_step)
    return Found(exact, (exact, *tried), tuple(declined), (), samples.source)


def as_it_is(original: Model, samples: Samples, why: str, workers: Workers, on_step: OnStep) -> Found:
    """Only the exact form, and why there is no other."""
    exact = _exact(original, workers, on_step)
    return Found(exact, (exact,), (("stored", why),), (), samples.source)


def _file(model: Model) -> Path:
    if model.weights is None:
        raise ValueError("the model has its weights in its graph")
    return model.weights


def _exact(model: Model, workers: Workers, on_step: OnStep) -> Candidate:
    on_step("coding the weights as they are")
    folder, parts_of = _coded(model, "exact", [], Counts({}, {}), workers, on_step)
    return Candidate("byte planes", folder / weights_file.GRAPH, parts_of, _size(parts_of), None)


def _coded(
    model: Model, name: str, rows: Sequence[stream.Rows], found: Counts, workers: Workers, on_step: OnStep
) -> tuple[Path, tuple[Path, ...]]:
    """The folder in which the form lies as an ONNX file can be run, and its coded parts."""
    weights, graph = _file(model), to_bytes(model.proto)
    folder = weights.parent / name
    told = Progress(on_step, "coding the weights", weights.stat().st_size)

    def each(function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        for coded in workers.each(function, items):
            yield coded
            told(len(coded[1]))

    made = stream.pack(graph, weights, rows, found, folder, each, SHARD_BYTES)
    (folder / weights_file.GRAPH).write_bytes(graph)
    return folder, tuple(made)


def _size(parts_of: Sequence[Path]) -> int:
    return sum(path.stat().st_size for path in parts_of)


def _layers(model: Model, goal: Goal, step: float, workers: Workers, on_step: OnStep) -> dict[str, stream.Rows]:
    """The float32 tensors of the file that are finite and not zero throughout, by name, with their steps."""
    places = weights_file.places(model.proto)
    told = Progress(on_step, "reading the weights", sum(length for _, length in places.values()))
    found = {}
    for tensor in model.proto.graph.initializer:
        if tensor.name not in places or tensor.data_type != onnx.TensorProto.FLOAT:
            continue
        at, length = places[tensor.name]
        rows = layers.rows_of(tuple(tensor.dims))
        columns = length // 4 // rows
        whole = stream.Rows(at, rows, columns, np.ones(1, np.float32))
        seen = []
        for each in workers.each(_sizes, stream.pieces(_file(model), [whole], between=False)):
            seen.append(each)
            told(each.shape[1] * columns * 4)
        squares, most = np.concatenate(seen, axis=1)
        if np.isfinite(squares).all() and most.any():
            found[tensor.name] = replace(whole, steps=_steps(squares, most, goal, step))
    return found


def _sizes(piece: stream.Piece) -> NDArray[np.float64]:
    """The mean square and the largest of each row, [2, rows]."""
    weights = np.frombuffer(piece.data, "<f4").reshape(-1, piece.columns)
    with np.errstate(over="ignore", invalid="ignore"):
        squares = np.mean(np.square(weights, dtype=np.float64), axis=1)
    return np.stack([squares, np.abs(weights).max(axis=1).astype(np.float64)])


def _steps(squares: NDArray[np.float64], most: NDArray[np.float64], goal: Goal, step: float) -> NDArray[np.float32]:
    bits = _BITS.get(goal.precision)
    if bits is not None:
        return stored.steps_of(most, bits)
    return stored.shaped_rows(np.sqrt(squares), math.sqrt(float(np.mean(squares))), step, 1.0)


def _stored(
    name: str,
    model: Model,
    found: Mapping[str, stream.Rows],
    samples: Samples,
    goal: Goal,
    workers: Workers,
    on_step: OnStep,
) -> Candidate:
    """Rounded, coded, and judged as what it decodes to."""
    sizes = {name: 4 * rows.rows * rows.columns for name, rows in found.items()}
    told = Progress(on_step, "rounding the weights", sum(sizes.values()))
    counted: dict[str, Counts] = {}
    for layer, rows in found.items():
        several = []
        for each in workers.each(stream.counts, stream.pieces(_file(model), [rows], between=False)):
            several.append(each)
            told(4 * sum(int(counts.sum()) for counts in each.symbols.values()))
        counted[layer] = grid.added(several)
    whole = grid.added(counted.values())
    folder, parts_of = _coded(model, name, list(found.values()), whole, workers, on_step)
    on_step("judging the coded form")
    judgement, refused = _judged(_file(model).parent / "original", model, folder / weights_file.GRAPH, samples, goal)
    kept = tuple(_bits(layer, found[layer], counts) for layer, counts in counted.items())
    weights = sum(layer.weights for layer in kept)
    mean = sum(layer.bits * layer.weights for layer in kept) / weights
    note = f"{mean:.2f} bits a weight in {len(kept)} layers, all with fixed steps, expanded to float32 before it starts"
    return Candidate(name, folder / weights_file.GRAPH, parts_of, _size(parts_of), judgement, refused, note, kept)


def _bits(name: str, rows: stream.Rows, found: Counts) -> LayerBits:
    counts = np.sum(list(found.symbols.values()), axis=0)
    share = counts[counts > 0] / counts.sum()
    step = math.sqrt(float(np.mean(np.square(rows.steps, dtype=np.float64))))
    return LayerBits(name, int(counts.sum()), float(-(share * np.log2(share)).sum()), step)


def _judged(
    folder: Path, model: Model, form: Path, samples: Samples, goal: Goal
) -> tuple[Judgement | None, str | None]:
    """How the form answers beside the original, on as many samples as can be afforded; and why it is refused."""
    affordable = max(1, _JUDGING_WORK // max(1, goal.work))
    _, judging = replace(samples, feeds=samples.feeds[:affordable]).split()
    few = samples.seeded or len(samples.feeds) < FEW
    folder.mkdir(exist_ok=True)
    if not (folder / weights_file.LOCATION).exists():
        weights_file.join(model.weights, folder)
    (folder / weights_file.GRAPH).write_bytes(to_bytes(model.proto))
    try:
        reference, answers = (session.run(path, judging.feeds) for path in (folder / weights_file.GRAPH, form))
    except EdgewebError as error:
        if not samples.seeded:
            raise
        return None, f"it cannot be judged here: {error.why}"
    found = likeness.judge(reference, answers, goal.scores, judging.labels, goal.told, judging.feeds)
    return found, likeness.good_enough(found, goal.minimum, few)
