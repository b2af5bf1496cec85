"""A model through trial, task, search and timing: everything up to the bytes that ship."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np

from edgeweb import opened, options
from edgeweb.config import CompressConfig, Config
from edgeweb.errors import ConfigError, ModelError
from edgeweb.files import webdist
from edgeweb.inputs import arrays, golden
from edgeweb.inputs.arrays import Feed
from edgeweb.inputs.golden import Array
from edgeweb.machine import session
from edgeweb.machine.parallel import Workers
from edgeweb.opened import Described, Opened
from edgeweb.python.hookfile import Function
from edgeweb.read import defaults, probe
from edgeweb.read.model import Model, to_bytes
from edgeweb.read.probe import ModelInfo
from edgeweb.samples import sources
from edgeweb.schema.evidence import Claim
from edgeweb.schema.model import Backend
from edgeweb.schema.steps import within
from edgeweb.schema.types import TensorInfo
from edgeweb.search import candidate, latency, search_child, variants
from edgeweb.search.candidate import Found
from edgeweb.search.prepared import Prepared
from edgeweb.tasks import choose, evidence
from edgeweb.tasks.evidence import Said
from edgeweb.tasks.further import Further, Run, Steps
from edgeweb.tasks.plan import Plan, Seen
from edgeweb.trial import effort, first_run, native, optimise
from edgeweb.trial.native import Examined

# A large model takes its time for each run.
_FEW_LOOKS, _LOOKED_BYTES = 4, 400 << 20

# What a hook decides instead of the page.
_OWN: Mapping[Function, tuple[Claim, ...]] = {
    "preprocess": ("preprocessing", "columns", "rate"),
    "postprocess": ("task", "answer", "labels", "probabilities", "boxes"),
}

# Named as a file is, such as config.json.
_FILE = re.compile(r"\w\.\w")

Teller = Callable[[str], None]


@dataclass(frozen=True)
class Tried:
    """A model that has run, and the `plan` that this led to. `known`: what was known before; `outputs`: as declared,
    completed by the run.

    `accelerate`: a run is so much work that a page should try a GPU without being asked. `notes`: by the step.
    """

    plan: Plan
    model: Model
    info: ModelInfo
    known: Described
    examined: Examined
    outputs: tuple[TensorInfo, ...]
    backends: list[Backend]
    accelerate: bool
    notes: Mapping[str, Sequence[str]]


def prepare(
    found: Opened,
    tried: Tried,
    workers: Workers,
    on_step: Teller,
    *,
    quick: bool = False,
    base: candidate.Base | None = None,
) -> Prepared:
    """All steps after the first run, in order; see the exceptions of `recipe.build`. `quick`: without the search."""
    settings, plan = tried.known.settings, tried.plan
    chosen = optimise.choose(tried.model, tried.examined, candidate.minimum(settings.compress))
    forms = _smallest(tried, chosen, found.base, workers, on_step, quick, base)
    backends, lacking = effort.available(tried.backends, webdist.find())
    shipped = variants.shipped(
        forms,
        backends,
        lambda form: first_run.own_case(tried.examined, form, tried.outputs),
        options.size_limit(settings),
    )
    own = {entry.key: entry.value for entry in found.loaded.proto.metadata_props}
    notes = {"optimise": (*tried.notes["optimise"], *chosen.notes), "trial": tried.notes["trial"]}
    notes |= {"effort": lacking or tried.notes["effort"], "task": (*tried.known.notes, *plan.reasons)}
    notes |= {"data": tried.known.learnt if plan.kind.row(plan) else ()}
    steps = [*found.notes, *((step, note) for step, several in notes.items() for note in several)]
    steps += candidate.notes(forms)
    done = Prepared(
        tried.info, chosen, forms, plan, tried.outputs, shipped, tried.accelerate, tuple(steps), own,
        tried.examined.multiply_adds, bool(lacking),
    )  # fmt: skip
    public = sources.published(_data(settings, found.base), tried.examined.case) if done.cases else []
    return replace(done, steps=(*done.steps, *public))


def tried(found: Opened, *, ships: bool, steps: Steps | None = None) -> Tried:
    """What a native run gives, of the user's data or of what such a model usually gets, and the task that it shows.

    Args:
        ships: whether the optimised graph is wanted as well.
        steps: of a further graph of a task what that feeds to it.

    Raises:
        ModelError, UnsupportedError: it cannot run.
        ConfigError: the settings do not fit it.
    """
    neutral = optimise.step(found.model)
    model, info = neutral.model, probe.inspect_model(neutral.model)
    known = opened.describe(found, model, info) if steps is None else opened.part(found, model, info, steps)
    backends, weights = effort.backends(info.operators, model.proto), effort.weight_bytes(model.proto)
    examined = first_run.run(
        model, info.inputs, info.operators, texts=known.strings, data=_data(known.settings, found.base),
        optimise=ships, measure=ships and effort.needs_shapes(backends, weights), cases=known.cases,
        looks=arrays.spread(known.looks, max(_FEW_LOOKS, _LOOKED_BYTES // max(1, weights))),
        optional=info.optional,
    )  # fmt: skip
    if known.wrong is not None and not any(examined.case[: len(case)] == case for case in known.cases):
        raise known.wrong
    _check_numbers(found.model.path, examined, known)
    accelerate, work = effort.decide(backends, weights, examined.multiply_adds)
    outputs = first_run.outputs(info.outputs, examined)
    notes = {"optimise": neutral.notes, "trial": examined.notes, "effort": work}
    if steps is None:
        plan = _chosen(_seen(known.seen, outputs, examined), known.settings, found)
        _check_fed(plan, known, examined, found)
    else:
        plan = Plan("tensors", ("a further graph of the task",), Further(steps))
    return Tried(plan, model, info, known, examined, outputs, backends, accelerate, notes)


def _check_numbers(path: Path, examined: Examined, known: Described) -> None:
    """ModelError where nothing but NaN comes of inputs that make sense: damaged weights give such."""
    given = {name: array for name, array in examined.reference.items() if array.dtype.kind == "f" and array.size}
    if known.cases and examined.case and given and all(bool(np.isnan(array).all()) for array in given.values()):
        why = f"every value of {next(iter(given))} is NaN, so its weights are damaged"
        raise ModelError(f"{path} gives no numbers", why, "Download or export the file again")


def _check_fed(plan: Plan, known: Described, examined: Examined, found: Opened) -> None:
    """ConfigError where the model runs on nothing that a file beside it, or the user, says of what goes in."""
    said = evidence.about(plan.evidence, "preprocessing")
    fed = [given for given in examined.case if given.name in {each.name for case in known.cases for each in case}]
    ran = not known.cases or any(all(each in fed for each in case) for case in known.cases)
    if ran or plan.task == "tensors" or said is None or said.source == "assumed" or _data(known.settings, found.base):
        return
    raise ConfigError(
        f"{said.origin} does not fit {found.model.path.name}",
        f"the model does not run on what it says goes in: {said.value}",
        "Put the file of this model there, or correct it",
    )


def runner(lead: Prepared, part: Model) -> Run:
    """Runs the site's own model, which has run before; or a further graph, which has not: in a child with limits."""
    whole, info = to_bytes(part.proto), probe.inspect_model(part)
    probe.check(info)
    endless = any(name.rsplit(".", 1)[-1] == "Loop" for name in info.operators)

    def run(name: str, feeds: Sequence[Feed]) -> list[Mapping[str, Array]]:
        answers: list[Mapping[str, Array]] = []
        if not name:
            answers += session.run(lead.chosen.data, feeds)
            return answers
        for feed in feeds:
            case = [golden.stored_input(each.name, each.type, feed[each.name]) for each in info.inputs]
            found = native.examine(
                part.path, whole, [case], endless=endless, random=False, optimise=False, weights=part.weights
            )
            if not found.reference:
                why = found.notes[0] if found.notes else "it does not run on what the task feeds to it"
                raise ModelError(f"{part.path} does not fit", why, "Export the folder's graphs together")
            answers.append(found.reference)
        return answers

    return run


def untried(found: Opened) -> Plan:
    """The task as far as it can be told without a run; ConfigError as above."""
    known = opened.describe(found, found.model, probe.inspect_model(found.model))
    return _chosen(known.seen, known.settings, found)


def _chosen(seen: Seen, settings: Config, found: Opened) -> Plan:
    """The task, without claims that the user's own functions make of no account: what they do nobody else knows.

    What the converted graph says its file says, from which it was made.
    """
    plan = choose.choose(seen, settings)
    own = {claim for function in found.hooks for claim in _OWN.get(function, ())}
    kept = tuple(_signed(said, found.name) for said in plan.evidence if said.claim not in own)
    task = (Said("task", plan.task, "user", "the hooks"),) if "task" in own else ()
    return replace(plan, evidence=evidence.ordered((*kept, *task)))


def _signed(said: Said, name: str) -> Said:
    graph = name and said.source == "file" and not _FILE.search(said.origin)
    return replace(said, origin=f"{name}: {said.origin}") if graph else said


def _seen(before: Seen, outputs: tuple[TensorInfo, ...], examined: Examined) -> Seen:
    fed = {given.name: given.dims for given in examined.case}
    return replace(before, outputs=outputs, fed=fed, gave=examined.reference, looks=examined.looks)


def _smallest(
    tried: Tried,
    chosen: optimise.Chosen,
    base: Path,
    workers: Workers,
    on_step: Teller,
    quick: bool,
    before: candidate.Base | None,
) -> Found:
    """The forms of the model that are worth shipping, judged on samples and timed; `quick`: the model as it is.

    `before`: the model of the old site.
    """
    settings, examined, info, plan = tried.known.settings, tried.examined, tried.info, tried.plan
    if plan.parts:
        # A page follows the arrival of one draft, and the others would be waited for anyway.
        settings = msgspec.structs.replace(
            settings, compress=msgspec.structs.replace(settings.compress, progressive=False)
        )
    offered = [base / name for name in settings.examples]
    # Where nothing is judged, the user's samples need not be read.
    data = None if quick else _data(settings, base)
    samples = sources.inputs(data, offered, info.inputs, plan, examined.case)
    samples = replace(samples, feeds=tuple({**feed, **defaults.arrays(info.optional)} for feed in samples.feeds))
    if quick:
        return search_child.unsearched(tried.model, chosen.data, samples, workers, on_step)
    candidate.check_asked(settings.compress, tried.model, samples)
    work = examined.multiply_adds or info.parameters
    goal = _goal(settings.compress, plan.kind.scores(plan, tried.outputs), work)
    goal = replace(goal, writes=plan.kind.writes(plan), told=plan.kind.told(plan), base=before)
    on_step("looking for the smallest form that answers alike")
    found = search_child.smallest(tried.model, chosen.data, samples, goal, workers, within(on_step))
    web = webdist.find()
    runtime = [web.path(name) for name in web.runtimes["wasm"].all]
    steady = [output for output in tried.outputs if output.name in examined.reference]
    kind, operators = chosen.graph_optimization, info.operators
    inputs = [*info.inputs, *(each.info for each in info.optional)]
    scene = latency.Scene(runtime, chosen.data, kind, operators, inputs, steady, samples.feeds)
    return latency.judged(found, scene, within(on_step))


def _data(settings: Config, base: Path) -> Path | None:
    """The user's samples."""
    return None if settings.data is None else base / settings.data


def _goal(limits: CompressConfig, scores: str | None, multiply_adds: int) -> candidate.Goal:
    """What the search looks for. `scores`: the output whose best class counts."""
    minimum, draft = candidate.minimum(limits), candidate.draft_minimum(limits)
    return candidate.Goal(limits.precision, minimum, scores, multiply_adds, limits.progressive, draft, limits.distill)
