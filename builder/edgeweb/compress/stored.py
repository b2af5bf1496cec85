"""Weights stored as multiples of steps, each layer's step by how much the outputs mind: full speed, few bytes.

To first order the outputs' error is the sum over layers of c * step^2. At high rates a weight costs -log2(step) bits,
and the fewest bits for an error are reached where step^2 is proportional to n / c (reverse water-filling; Gray and
Neuhoff, "Quantization", 1998). c is measured, a layer at a time; one number, the scale of all steps, is left to search.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from edgeweb.coding import grid
from edgeweb.coding.grid import Grid
from edgeweb.compress.layers import MIN_ELEMENTS, Layer, Probe
from edgeweb.inputs.golden import Array

Outputs = Sequence[Mapping[str, Array]]
Each = Callable[[Callable[[str], float], Sequence[str]], Iterable[float]]
# Steps lie between these, in units of a layer's spread: 1/2000 is lossless to the eye, 1.5 leaves hardly a bit.
_FINEST, _COARSEST = 5e-4, 1.5
# About nine bits a weight: what is safe where nothing is known of a layer or of the inputs.
CAREFUL = 0.008
# Where nothing is known, layers below this size count as much for the answers as large ones and cost little: finer,
# by up to this factor, and so are biases. Of 17 models' real inputs the worst then differed by 29 dB, not 13.
_SMALL, _FINER = 65536, 16
# A layer's sensitivity is measured at about five bits, where error still grows with the square of the step.
_TRIAL = 0.12
# Rows that are small beside others get finer steps, by this power of their spread.
_SHAPES = (0.0, 0.5, 1.0)
_ROUNDS = 9


@dataclass(frozen=True)
class Steps:
    """How fine each layer is kept: `base` by layer, in units of its spread at scale 1; `shape` as in `_SHAPES`.

    `most`: the coarsest step of layers that have a limit of their own.
    """

    base: Mapping[str, float]
    shape: float
    most: Mapping[str, float] = field(default_factory=dict)

    def of(self, layer: Layer, scale: float) -> NDArray[np.float32] | None:
        """The steps of a layer's rows, or its one step; None: so fine that its weights are better kept as they are."""
        relative = min(self.base[layer.name] * scale, self.most.get(layer.name, _COARSEST))
        return None if relative < _FINEST else shaped(layer, relative, self.shape)


def careful(layers: Sequence[Layer]) -> dict[str, float]:
    """The coarsest step of each layer where nothing is known of the inputs.

    Were every layer's error to count alike, the fewest bits for it would have step^2 in proportion to its weights.
    """
    sizes = np.sort([layer.weights.size for layer in layers])
    half = sizes[np.searchsorted(np.cumsum(sizes), sizes.sum() / 2)]
    enough = min(float(half), _SMALL)

    def limit(layer: Layer) -> float:
        finest = layer.weights.shape[0] == 1 or layer.weights.size < MIN_ELEMENTS
        return max(1 / _FINER, 0.0 if finest else min(1.0, math.sqrt(layer.weights.size / enough)))

    return {layer.name: CAREFUL * limit(layer) for layer in layers}


def shaped(layer: Layer, relative: float, shape: float) -> NDArray[np.float32]:
    """Steps whose root mean square is `relative` of the layer's spread, finer for rows of smaller spread."""
    if shape == 0 or layer.weights.shape[0] == 1:
        return grid.rounded_steps(np.array([layer.spread * relative]))
    rows = np.sqrt(np.mean(np.square(layer.weights, dtype=np.float64), axis=1))
    return shaped_rows(rows, layer.spread, relative, shape)


def shaped_rows(rows: Array, spread: float, relative: float, shape: float) -> NDArray[np.float32]:
    """The same from what is known of a layer's rows: `rows` has the root mean square of each."""
    factor = np.maximum(rows / spread, 1e-3) ** shape
    return grid.rounded_steps(spread * relative * factor / math.sqrt(float(np.mean(factor**2))))


def noise(reference: Outputs, other: Outputs) -> float:
    """The mean square error of outputs in units of their own mean square, averaged over outputs; inf where broken."""
    errors = []
    for name, array in reference[0].items() if reference else ():
        if array.dtype.kind != "f":
            continue
        a = np.concatenate([np.asarray(each[name], np.float64).ravel() for each in reference])
        b = np.concatenate([np.asarray(each[name], np.float64).ravel() for each in other])
        if a.shape != b.shape:
            return math.inf
        known = np.isfinite(a)
        if not np.isfinite(b[known]).all():
            return math.inf
        errors.append(float(np.sum((a[known] - b[known]) ** 2) / max(1e-30, float(np.sum(a[known] ** 2)))))
    return float(np.mean(errors)) if errors else 0.0


@dataclass(frozen=True)
class _Sensitivity:
    """The error of the outputs when one layer alone, given by its name, is rounded."""

    probe: Probe
    feeds: Sequence[Mapping[str, Array]]
    reference: Outputs

    def __call__(self, name: str) -> float:
        layer = self.probe.layers[name]
        trial = grid.nearest(layer.weights, _each(layer, shaped(layer, _TRIAL, 0.0))).values()
        return noise(self.reference, self.probe.run(self.feeds, {name: trial}, watched=True))


def measure(
    probe: Probe, feeds: Sequence[Mapping[str, Array]], each: Each, on_layer: Callable[[], None] = lambda: None
) -> Steps:
    """Each layer's step at scale 1, from what rounding it alone does to the outputs.

    Args:
        each: applies a function to items, in their order; several at once.
        on_layer: told of each layer that is done.
    """
    layers = list(probe.layers.values())
    reference = probe.run(feeds, watched=True)
    relative: dict[str, float] = {}
    idle: set[str] = set()
    errors = each(_Sensitivity(probe, feeds, reference), [layer.name for layer in layers])
    for layer, error in zip(layers, errors, strict=True):
        if error == 0:
            idle.add(layer.name)
        relative[layer.name] = math.sqrt(layer.weights.size / max(error, 1e-12)) if math.isfinite(error) else 0.0
        on_layer()
    known = [math.log(max(value, 1e-9)) for name, value in relative.items() if name not in idle]
    middle = math.exp(float(np.mean(known))) if known else 1.0
    base = {name: 1.0 if name in idle else max(value, 1e-9) / middle for name, value in relative.items()}
    # Layers that no input has exercised, such as another branch's.
    return _best_shape(probe, feeds, reference, Steps(base, 0.0, dict.fromkeys(idle, CAREFUL)))


def _best_shape(probe: Probe, feeds: Sequence[Mapping[str, Array]], reference: Outputs, found: Steps) -> Steps:
    """The power with the least error at equal bits: a quarter of the error is worth one bit a weight."""

    def cost(steps: Steps) -> float:
        grids = quantized(list(probe.layers.values()), steps, _TRIAL)
        error = noise(reference, probe.run(feeds, values_of(grids), watched=True))
        weights = sum(layer.weights.size for layer in probe.layers.values())
        exact = weights - sum(found.multiples.size for found in grids.values())
        return (bits(grids.values()) + 32 * exact) / weights + 0.5 * math.log2(max(error, 1e-12))

    return min((replace(found, shape=shape) for shape in _SHAPES), key=cost)


def _each(layer: Layer, steps: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.repeat(steps, layer.weights.shape[0]) if steps.size == 1 else steps


def quantized(layers: Sequence[Layer], steps: Steps, scale: float) -> dict[str, Grid]:
    """Every layer as the nearest multiples of its steps."""
    chosen = {layer.name: (layer, steps.of(layer, scale)) for layer in layers}
    return {name: nearest(layer, own) for name, (layer, own) in chosen.items() if own is not None}


def nearest(layer: Layer, steps: NDArray[np.float32]) -> Grid:
    """A layer as the nearest multiples of its rows' steps, or of its one step."""
    return Grid(grid.nearest(layer.weights, _each(layer, steps)).multiples, steps)


def fixed(layer: Layer, bits: int) -> NDArray[np.float32]:
    """Steps that give each row's largest weight the largest whole number of `bits` bits."""
    return steps_of(np.abs(layer.weights).max(axis=1), bits)


def steps_of(most: Array, bits: int) -> NDArray[np.float32]:
    """The same from the largest of each row."""
    return grid.rounded_steps(np.maximum(most, 1e-12) / (2 ** (bits - 1) - 1))


def values_of(grids: Mapping[str, Grid]) -> dict[str, Array]:
    """The weights that the grids stand for."""
    return {name: found.values() for name, found in grids.items()}


def bits(grids: Iterable[Grid]) -> float:
    """What coding the grids takes, near enough to compare."""
    total = 0.0
    for each in grids:
        counts = np.bincount(each.symbols)
        share = counts[counts > 0] / each.multiples.size
        total -= float((share * np.log2(share)).sum()) * each.multiples.size
    return total


def mean_bits(found: Sequence[Layer], grids: Mapping[str, Grid]) -> float:
    """Bits a weight of all layers, those without a grid as they are."""
    weights = sum(layer.weights.size for layer in found)
    exact = weights - sum(each.multiples.size for each in grids.values())
    return (bits(grids.values()) + 32 * exact) / weights


def coarsest(passes: Callable[[float], bool]) -> float | None:
    """The largest scale that `passes`, by bisection of its logarithm; None when the finest does not."""
    # Below the finest step a layer is kept as it is: the most sensitive ones first.
    low, high = math.log(_FINEST / 8), math.log(_COARSEST)
    # Where the steps have a limit of their own, the coarsest may well pass.
    if passes(math.exp(high)):
        return math.exp(high)
    if not passes(math.exp(low)):
        return None
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        if passes(math.exp(middle)):
            low = middle
        else:
            high = middle
    return math.exp(low)
