"""The form of a model with the fewest bytes on the wire that still gives the original's answers, found by measuring."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import onnx

from edgeweb.coding import parts
from edgeweb.coding.grid import Grid
from edgeweb.compress import blockwise, fp16, int8_dynamic, int8_static, layers, rounding, stored, unpacked
from edgeweb.compress.calibration import Calibration
from edgeweb.compress.layers import Layer, Probe
from edgeweb.config import Precision
from edgeweb.errors import EdgewebError
from edgeweb.files.table import SHARD_BYTES, wire_size
from edgeweb.machine import session
from edgeweb.machine.parallel import Workers
from edgeweb.machine.progress import Progress
from edgeweb.read.model import Model, Result, to_bytes
from edgeweb.samples.samples import Samples
from edgeweb.search import based, draft_form, judging, reduced, weight_coding
from edgeweb.search.candidate import UNTIMED, Base, Candidate, DraftForm, Found, Goal, Point
from edgeweb.search.judging import Judge

# Sensitivities are means: more inputs than this change them hardly, and each costs a run for each layer.
_MEASURED_ON = 16
# Multiply-adds that measuring may take.
_MEASURING_WORK = 1_000_000_000_000
# Every form but the stored one is there to be compared with; on a large model that would take many minutes.
_COMPARED_BYTES = 64 << 20
# Rounding what flows through a model fits the inputs that it was seen on; made-up inputs, or a handful, tell little.
_UNSEEN = "for comparison only: made-up inputs, or so few, cannot tell how it does on others"
# Explicit precisions keep weights of this many bits, a scale a row.
_BITS: Mapping[Precision, int] = {"int8": 8, "int4": 4}


def smallest(
    original: Model,
    shipped: bytes,
    samples: Samples,
    goal: Goal,
    on_step: Callable[[str], None] = lambda _: None,
    workers: Workers | None = None,
) -> Found:
    """Try every form and choose.

    Args:
        original: what the others must agree with.
        shipped: the ONNX file, optimised, that forms are made from; it is one of them.
        samples: inputs; without any nothing lossy can be judged, so nothing lossy is made.
    """
    proto = layers.hoisted(unpacked.step(onnx.load_from_string(shipped)))
    found = layers.coded(proto)
    judge = judging.judge_of(original, samples, goal, found)
    if isinstance(judge, str):
        return as_it_is(shipped, samples, judge)
    tried = list(_exact(shipped))
    points: list[Point] = []
    made: list[draft_form.Whole] = []
    why: list[tuple[str, str]] = []
    if goal.base is not None:
        kept = "fp16 was asked for" if goal.precision == "fp16" else _on_base(proto, found, goal.base, judge, on_step)
        if isinstance(kept, Candidate):
            forms = (*tried, kept)
            return Found(min(forms, key=lambda each: each.wire), forms, (), (), samples.source)
        why = [("base", kept)]
    if goal.precision != "fp16":
        stores = _Stored(proto, found, judge, on_step, workers or Workers())
        lossy, points = stores.best()
        model = Model(original.path, proto, original.file_bytes)
        smaller, others, not_reduced = _reduced(model, judge, on_step, workers or Workers())
        tried, made, why = [*tried, lossy, *smaller], stores.made + others, why + not_reduced
    more, declined = _compared(original, judge, on_step)
    tried += more
    chosen = min((each for each in tried if each.refused is None), key=lambda each: each.wire)
    result = Found(chosen, tuple(tried), (*declined, *why), tuple(points), samples.source)
    whole = next((each for each in made if each.form is chosen), None)
    return result if whole is None else _in_two(result, draft_form.find(whole, judge, on_step))


def _on_base(
    proto: onnx.ModelProto, found: Sequence[Layer], base: Base, judge: Judge, on_step: Callable[[str], None]
) -> Candidate | str:
    on_step("trying the steps of the base")
    bits = _BITS.get(judge.goal.precision)
    return based.form(proto, found, base, "stored" if bits is None else f"stored int{bits}", judge)


def _in_two(found: Found, draft: DraftForm | str) -> Found:
    """With the draft ahead of the rest, or with the reason why there is none."""
    if isinstance(draft, str):
        return replace(found, declined=(*found.declined, ("draft", draft)))
    whole = replace(found.chosen, parts=(*draft.parts, *draft.rests), wire=draft.whole)
    tried = tuple(whole if each is found.chosen else each for each in found.tried)
    return replace(found, chosen=whole, tried=tried, draft=draft)


def as_it_is(shipped: bytes, samples: Samples, why: str) -> Found:
    """Only the exact forms, and why there is no other."""
    exact = tuple(_exact(shipped))
    return Found(min(exact, key=lambda each: each.wire), exact, (("stored", why),), (), samples.source)


def _exact(shipped: bytes) -> Iterator[Candidate]:
    yield Candidate("as it is", shipped, None, wire_size(shipped), None)
    coded = tuple(parts.pack(shipped, {}, SHARD_BYTES))
    yield Candidate("byte planes", shipped, coded, sum(map(len, coded)), None)


class _Stored:
    """Finds the coarsest steps whose outputs pass."""

    def __init__(
        self,
        proto: onnx.ModelProto,
        found: Sequence[Layer],
        judge: Judge,
        on_step: Callable[[str], None],
        workers: Workers,
        name: str = "stored",
        how: str = "",
    ) -> None:
        self.workers, self.name, self.how = workers, name, how
        self.proto, self.layers, self.judge, self.on_step = proto, found, judge, on_step
        self.probe = Probe(proto, found)
        self.consumers = rounding.consumers(proto.graph, found)
        # Rounding by the data fits the data: made-up inputs, or a handful, would teach it what real ones deny.
        if judge.few:
            self.consumers = {}
        moments = rounding.moments(proto, self.consumers, judge.calibration.feeds)
        self.factors = {name: rounding.factor_of(moment) for name, moment in moments.items()}
        self.points: list[Point] = []
        self.made: list[draft_form.Whole] = []

    def best(self) -> tuple[Candidate, list[Point]]:
        bits = _BITS.get(self.judge.goal.precision)
        if bits is not None:
            return self._candidate(f"stored int{bits}", self._fixed(bits)), self.points
        even = stored.Steps({layer.name: 1.0 for layer in self.layers}, 1.0)
        if self.judge.few:
            # As coarse as is allowed at all: where that passes, nothing has to be measured.
            even = replace(even, most=stored.careful(self.layers))
            found = self._candidate(self.name, self._coarsest(even))
            if found.refused is None and not self.points[1:]:
                return found, self.points
        feeds = self.judge.calibration.feeds[:_MEASURED_ON]
        ways = [even]
        if self.judge.goal.work * len(feeds) * len(self.layers) <= _MEASURING_WORK:
            told = Progress(self.on_step, "measuring how much each layer matters", len(self.layers))
            by_error = stored.measure(self.probe, feeds, self.workers.each, told)
            ways = [replace(each, most={**by_error.most, **even.most}) for each in (by_error, even)]
        self.on_step("looking for the fewest bits that agree")
        tried = [self._candidate(self.name, self._coarsest(steps)) for steps in ways]
        return min(tried, key=lambda each: (each.refused is not None, each.wire)), self.points

    def _coarsest(self, steps: stored.Steps) -> dict[str, Grid]:
        best: dict[str, Grid] = {}
        agreed = False

        def passes(scale: float) -> bool:
            nonlocal best, agreed
            chosen = {layer.name: steps.of(layer, scale) for layer in self.layers}
            grids = self._rounded({name: own for name, own in chosen.items() if own is not None})
            outputs = self.probe.run(self.judge.judging.feeds, stored.values_of(grids))
            judgement = self.judge.judge(outputs)
            passed = self.judge.passes(judgement, outputs)
            self.points.append(Point(stored.mean_bits(self.layers, grids), judgement.agreement, judgement.sqnr, passed))
            # Where nothing passes the finest trial is told of, which is the last.
            if passed or not agreed:
                best, agreed = grids, agreed or passed
            return passed

        stored.coarsest(passes)
        return best

    def _fixed(self, bits: int) -> dict[str, Grid]:
        return self._rounded({layer.name: stored.fixed(layer, bits) for layer in self.layers})

    def _rounded(self, steps: Mapping[str, Any]) -> dict[str, Grid]:
        found = {}
        for name, own in steps.items():
            layer, consumer = self.probe.layers[name], self.consumers.get(name)
            if consumer is None:
                found[layer.name] = stored.nearest(layer, own)
            else:
                found[layer.name] = rounding.rounded(layer, own, consumer, self.factors[layer.name])
        return found

    def _candidate(self, name: str, grids: Mapping[str, Grid]) -> Candidate:
        made, places = weight_coding.form(name, self.proto, self.layers, grids, self.judge, self.how)
        self.made.append(draft_form.Whole(made, places, self.proto, grids, self.probe))
        return made


def _reduced(
    model: Model, judge: Judge, on_step: Callable[[str], None], workers: Workers
) -> tuple[list[Candidate], list[draft_form.Whole], list[tuple[str, str]]]:
    """Forms with another graph, what drafts can be made of, and reasons: real inputs show what may be left out."""
    if judge.few or judge.goal.precision != "auto":
        refused = "there are too few inputs" if judge.few else "a precision was asked for"
        return [], [], [("distilled", refused)] if judge.goal.distill else []
    options = Calibration(tuple(dict(feed) for feed in judge.calibration.feeds))
    tried, made = [], []
    smaller, notes, declined = reduced.untaught(model, options)
    if smaller is not None and (found := layers.coded(smaller.proto)):
        on_step("looking for the fewest bits without what does nothing")
        stores = _Stored(smaller.proto, found, judge, on_step, workers, "reduced", "; ".join(notes))
        tried, made = [stores.best()[0]], stores.made
    if judge.goal.distill:

        def trained(name: str, proto: onnx.ModelProto, grids: Mapping[str, Grid], how: str) -> Candidate:
            return weight_coding.form(name, proto, layers.find(proto), grids, judge, how, trained=True)[0]

        more, why = reduced.taught(model, options, judge.goal.work, trained, on_step)
        return tried + more, made, declined + why
    return tried, made, declined


def _compared(
    model: Model, judge: Judge, on_step: Callable[[str], None]
) -> tuple[list[Candidate], list[tuple[str, str]]]:
    """Forms that calculate with other numbers, judged alike. How fast they are, only a browser can tell."""
    options = Calibration(tuple(dict(feed) for feed in judge.calibration.feeds))
    steps: list[tuple[str, Precision, Callable[[], Result]]] = [
        ("fp16", "fp16", lambda: fp16.step(model, options)),
        ("int8 dynamic", "int8", lambda: int8_dynamic.step(model, options)),
        ("int8 static", "int8", lambda: int8_static.step(model, options)),
        ("int8 blocks", "int8", lambda: blockwise.step(model, options, bits=8)),
        ("int4 blocks", "int4", lambda: blockwise.step(model, options, bits=4)),
    ]
    tried, declined = [], []
    for name, precision, step in steps:
        if judge.goal.precision not in ("auto", precision):
            continue
        if model.file_bytes > _COMPARED_BYTES or judge.goal.work * len(judge.judging.feeds) > _MEASURING_WORK:
            declined.append((name, "the model is so large that trying it would take minutes"))
            continue
        on_step(f"trying {name}")
        result = step()
        if not result.changed:
            declined.append((name, "; ".join(result.notes)))
            continue
        try:
            judgement = judge.judge(session.run(data := to_bytes(result.model.proto), judge.judging.feeds))
        except EdgewebError as error:
            declined.append((name, f"what the library made does not run: {error.why}"))
            continue
        refused, asked = judge.verdict(judgement), judge.goal.precision == precision
        waits = refused is None and not asked and not judge.few
        if refused is None and not asked:
            refused = UNTIMED if waits else _UNSEEN
        form = Candidate(name, data, None, wire_size(data), judgement, refused, "; ".join(result.notes))
        tried.append(replace(form, computes=True, waits=waits, wasm_only=waits or name != "fp16"))
    return tried, declined
