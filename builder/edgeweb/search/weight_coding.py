"""A model with its weights on grids as a form: coded, and judged as what it decodes to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

import onnx

from edgeweb.coding import parts
from edgeweb.coding.grid import Grid
from edgeweb.compress import layers, slim, stored
from edgeweb.compress.layers import Layer
from edgeweb.files.table import SHARD_BYTES
from edgeweb.inputs.golden import Array
from edgeweb.machine import session
from edgeweb.samples.samples import Samples
from edgeweb.search.candidate import Candidate, LayerBits
from edgeweb.search.likeness import Judgement

Outputs = Sequence[Mapping[str, Array]]


class Judge(Protocol):
    """Compares answers to the judging samples with the original's, and says why a form may not be shipped."""

    judging: Samples

    def judge(self, outputs: Outputs) -> Judgement:
        """How alike they are."""

    def verdict(self, judgement: Judgement) -> str | None:
        """None when the form may be shipped, otherwise why not."""

    def holds(self, judgement: Judgement, outputs: Outputs) -> bool:
        """Whether the margins of the answers, too, tell that they agree."""


def form(
    name: str,
    proto: onnx.ModelProto,
    found: Sequence[Layer],
    grids: Mapping[str, Grid],
    judge: Judge,
    how: str = "",
    trained: bool = False,
) -> tuple[Candidate, dict[str, int]]:
    """The form, and where in its file each grid's values lie.

    Args:
        found: the layers of `proto`, on `grids` or as they are.
        how: what was done before, for people.
        trained: its weights are not the original's, so its margins have to agree as well.
    """
    values = stored.values_of(grids)
    model = slim.shipped(proto, values)
    places = layers.offsets(model, proto, values)
    coded = tuple(parts.pack(model, {at: grids[layer] for layer, at in places.items()}, SHARD_BYTES))
    outputs = session.run(model, judge.judging.feeds)
    judgement = judge.judge(outputs)
    kept = tuple(_bits(layer, grids[layer.name]) for layer in found if layer.name in grids)
    mean = f"{stored.mean_bits(found, grids):.2f} bits a weight in {len(found)} layers"
    exact = f" ({len(found) - len(kept)} of them as they are)" if len(kept) < len(found) else ""
    note = f"{mean}{exact}, expanded to float32 before the model starts"
    refused = judge.verdict(judgement)
    if trained and refused is None and not judge.holds(judgement, outputs):
        refused = "it agrees on these inputs by so little that on others it may not"
    note = "; ".join(filter(None, (how, note)))
    return Candidate(name, model, coded, sum(map(len, coded)), judgement, refused, note, kept), places


def _bits(layer: Layer, grid: Grid) -> LayerBits:
    count = layer.weights.size
    step = math.sqrt(float((grid.steps.astype(float) ** 2).mean())) / layer.spread
    return LayerBits(layer.name, count, stored.bits([grid]) / count, step)
