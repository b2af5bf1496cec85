"""What the search for a smaller form is asked, and what it finds: values that the steps after it read."""

from __future__ import annotations

import importlib.util
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from edgeweb.config import CompressConfig, Precision, Progressive
from edgeweb.errors import ConfigError, LimitError, ModelError
from edgeweb.inputs import golden
from edgeweb.read import visit, weights_file
from edgeweb.read.model import Model
from edgeweb.samples.samples import Samples
from edgeweb.schema.model import Backend, Optimization, Tolerance
from edgeweb.schema.types import TensorInfo
from edgeweb.search.likeness import Judgement
from edgeweb.tasks.told import Told

DEFAULT_AGREEMENT = 0.99
DRAFT_AGREEMENT = 0.95
# From fewer inputs no agreement can be told, or nothing learnt.
_FEWEST = 4
_FEWEST_LESSONS = 64
# Of a form that agrees and that no browser has timed.
UNTIMED = "for comparison only: how fast it is in browsers is not known"


@dataclass(frozen=True)
class Base:
    """A model of an old site. `parts`: the coded parts of its `form`; without any `why`: what is in their way."""

    parts: tuple[bytes, ...] = ()
    form: str = ""
    why: str = ""


@dataclass(frozen=True)
class Goal:
    """What a form has to reach.

    `scores`: the output that holds class scores, where there is one. `work`: multiply-adds of a run, about.
    `progressive`: whether a draft may go ahead, and `draft` what it has to reach. `distill`:
    whether forms may be trained. `writes`: its answers are fed to it again, so one that differs changes all the rest.
    `told`: what people are told of the outputs. `base`: the model before, whose steps are kept where that agrees.
    """

    precision: Precision
    minimum: float
    scores: str | None
    work: int = 0
    progressive: Progressive = "auto"
    draft: float = DRAFT_AGREEMENT
    distill: bool = False
    writes: bool = False
    told: tuple[Told, ...] = ()
    base: Base | None = None


@dataclass(frozen=True)
class LayerBits:
    """How a layer was kept: mean bits a weight after coding, and its step in units of its spread."""

    name: str
    weights: int
    bits: float
    step: float


@dataclass(frozen=True)
class Latency:
    """What a call took in `browser`: milliseconds of each round's fastest run, of the form and of the original."""

    browser: str
    own: tuple[float, ...]
    original: tuple[float, ...]

    @property
    def milliseconds(self) -> float:
        """The median round."""
        return statistics.median(self.own)

    @property
    def ratios(self) -> tuple[float, ...]:
        """How many times as long as the original it took, in each round."""
        return tuple(own / original for own, original in zip(self.own, self.original, strict=True))

    @property
    def ratio(self) -> float:
        """The median round's."""
        return statistics.median(self.ratios)


@dataclass(frozen=True)
class Candidate:
    """A form of the model. `parts`: its coded parts, where it has them; `refused`: why it is not shipped.

    `model` and `parts` are paths where the model is large: of a graph whose weights lie beside it, see `weights_file`.

    `computes`: it calculates with other numbers, so its speed and its graph are its own. `waits`: it agrees, but it may
    ship only where a browser has shown that it is as fast as the original. `wasm_only`: a GPU has no kernels for it, or
    nobody knows how fast they are.
    """

    name: str
    model: bytes | Path
    parts: tuple[bytes | Path, ...] | None
    wire: int
    judgement: Judgement | None
    refused: str | None = None
    note: str = ""
    layers: tuple[LayerBits, ...] = ()
    computes: bool = False
    waits: bool = False
    wasm_only: bool = False
    latency: Latency | None = None

    @property
    def size(self) -> int:
        """Bytes when it is decoded."""
        if isinstance(self.model, bytes):
            return len(self.model)
        return self.model.stat().st_size + (self.model.parent / weights_file.LOCATION).stat().st_size

    @property
    def lossy(self) -> bool:
        """Whether its weights differ from the original's."""
        return self.judgement is not None


@dataclass(frozen=True)
class DraftForm:
    """What can answer first: `model` is what `parts` give. `rests`, the parts after them, make it the whole one.

    `single`: what the whole takes when it is not delivered in two.
    """

    model: bytes
    parts: tuple[bytes, ...]
    rests: tuple[bytes, ...]
    judgement: Judgement
    single: int

    @property
    def wire(self) -> int:
        """Bytes of the first delivery."""
        return sum(map(len, self.parts))

    @property
    def whole(self) -> int:
        """Bytes of both deliveries."""
        return self.wire + sum(map(len, self.rests))


@dataclass(frozen=True)
class Point:
    """A trial on the way: mean bits a weight and what they gave, for the report's picture."""

    bits: float
    agreement: float
    sqnr: float
    passed: bool


@dataclass(frozen=True)
class Found:
    """The form that ships, all that was tried in order, steps that declined with their reasons, and the trials.

    `untimed`: why no form was timed in a browser, where one might have been.
    """

    chosen: Candidate
    tried: tuple[Candidate, ...]
    declined: tuple[tuple[str, str], ...]
    points: tuple[Point, ...]
    samples: str
    draft: DraftForm | None = None
    untimed: str = ""


def variant_id(found: Candidate, types: Sequence[str]) -> str:
    """The name of a variant in the manifest."""
    if not found.lossy:
        return "fp16" if "float16" in types else "original"
    return found.name.replace(" ", "-")


def shipped(
    found: Found, offered: Sequence[Backend], limit: int | None = None
) -> list[tuple[Candidate, list[Backend]]]:
    """The forms that become variants, each with its backends: the winner, and the best for a GPU that cannot run it.

    The second also serves devices on which the winner does not give the builder's numbers. A visitor fetches one of
    them. `limit`: bytes on the wire that the second may not exceed.
    """
    first = found.chosen
    if not first.wasm_only:
        return [(first, list(offered))]
    others = [each for each in found.tried if each.refused is None and not each.wasm_only]
    second = min(others, key=lambda each: each.wire)
    both: list[tuple[Candidate, list[Backend]]] = [(first, ["wasm"]), (second, list(offered))]
    return both if limit is None or second.wire <= limit else both[:1]


def graph_optimization(form: Candidate, shipped: Optimization) -> Optimization:
    """How a browser is to treat the form's graph: one that was made anew has not been optimised ahead of time."""
    return "all" if form.computes else shipped


def tolerance(form: Candidate, operators: Mapping[str, int], tensors: Sequence[TensorInfo]) -> Tolerance:
    """What a right backend may differ by when it runs this form. `operators`: the original's; `tensors`: in and out."""
    types = [info.type for info in tensors]
    if not form.computes or not isinstance(form.model, bytes):
        return golden.tolerance(operators, types)
    proto = onnx.load_from_string(form.model)
    if any(tensor.data_type == onnx.TensorProto.FLOAT16 for tensor in proto.graph.initializer):
        types.append("float16")
    return golden.tolerance(Counter(node.op_type for node in visit.nodes(proto.graph)), types)


def minimum(limits: CompressConfig) -> float:
    """The agreement that is asked for."""
    return DEFAULT_AGREEMENT if limits.min_agreement is None else limits.min_agreement


def draft_minimum(limits: CompressConfig) -> float:
    """The agreement that a draft has to reach."""
    return DRAFT_AGREEMENT if limits.draft_agreement is None else limits.draft_agreement


def check_asked(limits: CompressConfig, model: Model, samples: Samples) -> None:
    """Refuse what cannot be done.

    Raises:
        ConfigError: an agreement, or training, is asked for on hardly any samples.
        ModelError: other weights are asked for, and those that there are hold a NaN or an infinity.
    """
    count = len(samples.feeds)
    if limits.min_agreement is not None and not samples.seeded and count < _FEWEST:
        raise ConfigError(
            f"An agreement of {limits.min_agreement:g} cannot be told from {samples.source}",
            "so few inputs show little of how the model does on others",
            f"Give at least {_FEWEST}, better a few hundred, or leave --min-agreement out",
        )
    if limits.distill and (samples.seeded or count < _FEWEST_LESSONS):
        raise ConfigError(
            f"Nothing can be learnt from {samples.source}",
            "to distil, the model answers inputs like those that it will meet",
            f"Give at least {_FEWEST_LESSONS}, better 512, with --data; they need no labels",
        )
    broken = _broken(model.proto) if limits.precision in ("fp16", "int8", "int4") else None
    if broken is not None:
        raise ModelError(
            f"{model.path} cannot be made {limits.precision}",
            f"its weight {visit.short(broken)} holds a NaN or an infinity",
            "Export the model again, or use --precision fp32 to ship it as it is",
        )


def check_training(limits: CompressConfig) -> None:
    """ConfigError when forms are to be trained, and PyTorch, which does that, is not installed."""
    if limits.distill and importlib.util.find_spec("torch") is None:
        raise ConfigError("Distillation needs PyTorch", "it is not installed", "Type: pip install 'edgeweb[distill]'")


def _broken(proto: onnx.ModelProto) -> str | None:
    """The first matrix of weights that is not finite; a scalar infinity is an honest mask."""
    for tensor in proto.graph.initializer:
        matrix = (
            tensor.data_type == onnx.TensorProto.FLOAT and len(tensor.dims) > 1 and weights_file.place(tensor) is None
        )
        if matrix and not np.isfinite(numpy_helper.to_array(tensor)).all():
            return str(tensor.name)
    return None


def notes(found: Found) -> list[tuple[str, str]]:
    """What was tried, as lines of the report: (step, outcome)."""
    lines = [("compress", f"judged on {found.samples}")]
    for each in found.tried:
        if each.judgement is not None:
            figures = f"{each.wire:,} bytes, agreement {each.judgement.agreement:.4f}"
            if each.latency is not None:
                figures += f", {each.latency.ratio:.2f} times the original's time in {each.latency.browser}"
            lines.append((each.name, "; ".join(filter(None, (figures, each.note, each.refused)))))
    if found.draft is not None:
        lines.append(("draft", _draft(found.draft)))
    if found.untimed:
        lines.append(("latency", f"no form was timed: {found.untimed}"))
    return lines + [(name, f"declined: {why}") for name, why in found.declined]


def _draft(draft: DraftForm) -> str:
    more = draft.whole - draft.single
    return (
        f"{draft.wire:,} of {draft.whole:,} bytes answer first, agreement {draft.judgement.agreement:.4f}; "
        f"coming in two costs {more:,} bytes"
    )


def check(found: Found, limits: CompressConfig) -> None:
    """LimitError when an agreement was asked for and no smaller form reaches it, though some were made."""
    lossy = [each for each in found.tried if each.judgement is not None]
    if limits.min_agreement is None or not lossy or found.chosen.lossy or limits.precision == "fp32":
        return
    near = ", ".join(f"{each.name} {each.judgement.agreement:.4f}" for each in lossy if each.judgement)
    raise LimitError(
        f"No smaller form of the model agrees by {limits.min_agreement:g}",
        f"they came to: {near}",
        "The site was written with the model as it is; lower --min-agreement, or give more inputs with --data",
    )
