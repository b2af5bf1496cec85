"""build(): a model file through every step, in order, into a site."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from edgeweb import contents
from edgeweb import options as asked
from edgeweb.config import CompressConfig, Config
from edgeweb.files import webdist
from edgeweb.files.table import FileTable
from edgeweb.machine import scratch
from edgeweb.machine.parallel import Workers
from edgeweb.manifest import Manifest
from edgeweb.options import Options
from edgeweb.python import declared, hookfile, hooks_step
from edgeweb.python.declared import Declarations
from edgeweb.python.packages.wheels import Wheel
from edgeweb.read import model, probe, zipmap
from edgeweb.read.probe import ModelInfo
from edgeweb.samples import sources
from edgeweb.schema.model import GoldenInput
from edgeweb.search import candidate, latency, likeness, search_child, variants
from edgeweb.search.prepared import Prepared
from edgeweb.site import assemble, examples, runtimes, swap
from edgeweb.site.examples import Example
from edgeweb.tasks import choose
from edgeweb.tasks.audio import joined as stages
from edgeweb.tasks.image import published
from edgeweb.tasks.plan import Plan, Seen
from edgeweb.tasks.tabular import detect as rows
from edgeweb.tasks.text import inputs as reading
from edgeweb.trial import effort, first_run, native, optimise

_NOTHING = Options()


@dataclass(frozen=True)
class Site:
    """A built site: its folder, its manifest and the content of report.json."""

    path: Path
    manifest: Manifest
    report: dict[str, Any]


def inspect(path: str | Path) -> ModelInfo:
    """What a model file is, and why no browser could run it, without running it; see `probe.ModelInfo`."""
    return probe.inspect_model(zipmap.step(model.load(path)).model)


def detect(path: str | Path, options: Options = _NOTHING) -> tuple[ModelInfo, Plan]:
    """`inspect` and the task that `build` would choose; a model that no browser can run is served as "tensors"."""
    loaded = model.load(path)
    settings, base = asked.read(loaded.path, options)
    loaded, settings, _ = stages.step(loaded, settings, base)
    flat = zipmap.step(loaded).model
    info = probe.inspect_model(flat)
    classes = zipmap.class_labels(loaded.proto) or published.labels(loaded.proto, loaded.path)
    words, reads = reading.of(info.inputs, info.outputs, loaded.path, settings, base)
    settings, _ = published.configured(settings, info.inputs, loaded.proto, loaded.path)
    seen = Seen(flat.proto, info.inputs, info.outputs, info.operators, *asked.labels(settings, base), classes,
                language=words, reads=reads)  # fmt: skip
    return info, choose.choose(seen, settings)


def packages(
    path: str | Path, options: Options = _NOTHING, on_step: Callable[[str], None] = lambda _: None
) -> tuple[Wheel, ...]:
    """What a site of the model would bundle for the hooks that its configuration names; ConfigError, HookError."""
    settings, base = asked.read(Path(path), options)
    file = hookfile.read(base / settings.hooks.file) if settings.hooks.file else None
    return () if file is None else hooks_step.bundled(file, settings, base, webdist.find(), on_step)


def build(
    path: str | Path | Sequence[str | Path],
    out: str | Path = "dist",
    *,
    on_step: Callable[[str], None] = lambda _: None,
    **options: Any,
) -> Site:
    """Turn the model file at `path` into a site in the folder `out`; several files need hooks, which run them by name.

    Keyword arguments are those of `Options`, named as on the command line. `on_step` is told what is being done.

    Raises:
        ModelError, UnsupportedError, ConfigError, HookError, UsageError, OutputError: exit code 2 on the command line.
        LimitError: a stated limit was missed. For a size nothing was written; for an agreement that no smaller form
            reaches the site was, with the model as it is.
    """
    given = asked.options(options)
    source, *others = [Path(path)] if isinstance(path, (str, Path)) else map(Path, path)
    target = Path(out)
    scratch.sweep()
    settings, base = asked.read(source, given)
    asked.check_files(settings, base)
    looked = examples.look(settings, base)
    names = hooks_step.names([source, *others], settings)
    file = hookfile.read(base / settings.hooks.file) if settings.hooks.file else None
    bundled = _bundled(file, settings, base, on_step)
    written, (file, said) = file, hooks_step.compiled(file, bundled, settings, several=bool(others))
    swap.check(target, [*others, *asked.own_files(source, given, settings, base)], force=given.force)
    webdist.find()
    (workers := Workers(given.dask)).check()
    with scratch.folder() as folder:
        rooms = [folder / str(number) for number in range(len(names))]
        for room in rooms:
            room.mkdir()
        prepared = _prepare(source, settings, base, rooms[0], workers, on_step, said)
        together = {names[0]: prepared}
        for name, other, room in zip(names[1:], others, rooms[1:], strict=True):
            together[name] = _prepare(other, hooks_step.plain(settings), other.parent, room, workers, on_step)
        if written is not None and said.functions:
            noted = tuple(("hooks", note) for note in hooks_step.saved(written, file, said, webdist.find()))
            together[names[0]] = prepared = replace(prepared, steps=(*prepared.steps, *noted))
        own = None if file is None else hooks_step.try_out(file, bundled, together, settings, base, on_step)
        whole, found = _write(together, own, looked, source, target, settings, base, on_step)
    candidate.check(prepared.found, settings.compress)
    return Site(target, whole, found)


def _bundled(
    file: hookfile.HookFile | None, settings: Config, base: Path, on_step: Callable[[str], None]
) -> tuple[Wheel, ...]:
    """The packages of the hooks, before anything that takes long."""
    if file is None:
        return ()
    hooks_step.check_native(file, settings, base)
    return hooks_step.bundled(file, settings, base, webdist.find(), on_step)


def _write(
    together: dict[str, Prepared],
    own: hooks_step.Own | None,
    looked: Mapping[str, Example],
    source: Path,
    target: Path,
    settings: Config,
    base: Path,
    on_step: Callable[[str], None],
) -> tuple[Manifest, dict[str, Any]]:
    """The site's folder; its manifest and report. The first of the models is the site's own."""
    web = webdist.find()
    prepared, *_ = together.values()
    on_step("compressing and packing")
    table = FileTable()
    parts = contents.pack(table, prepared, settings, source, base, own, looked)
    for note in (note for step, note in parts.facts.steps if step == "examples"):
        on_step(f"examples: {note}")
    if own:
        extra = {name: each.part(table) for name, each in [*together.items()][1:]}
        parts.about.update(hooks_step.add(table, web, own, extra, settings))
    parts = runtimes.specialised(table, web, parts, together.values(), settings.specialise, on_step)
    whole = assemble.site(table, web, parts)
    optimise.check_limits(
        [whole.variants, *(part.variants for part in whole.models.values())], asked.size_limit(settings)
    )
    on_step(f"writing {target}")
    assemble.write(target, table, whole, web, settings.base_url)
    return whole, msgspec.json.decode(table.contents["report.json"])


def _prepare(
    source: Path,
    settings: Config,
    base: Path,
    folder: Path,
    workers: Workers,
    on_step: Callable[[str], None],
    said: Declarations = declared.NOTHING,
) -> Prepared:
    """Everything up to the bytes that ship; those of a large model stay in `folder`. `said`: by the hooks."""
    on_step(f"reading {source}")
    loaded = model.load(source, folder)
    classes = zipmap.class_labels(loaded.proto) or published.labels(loaded.proto, loaded.path)
    neutral, settings, early = _neutral(loaded, settings, said, base)
    info = probe.inspect_model(neutral.model)
    settings, noted = published.configured(settings, info.inputs, loaded.proto, loaded.path)
    on_step("running it natively, for the numbers that every browser must reproduce")
    data = None if settings.data is None else base / settings.data
    backends, weights = effort.backends(info.operators, neutral.model.proto), effort.weight_bytes(neutral.model.proto)
    words, reads = reading.of(info.inputs, info.outputs, loaded.path, settings, base)
    cases = reading.cases(reads, words, info.inputs)
    examined = _tried(neutral.model, info, settings, base, cases, measure=effort.needs_shapes(backends, weights))
    accelerate, work = effort.decide(backends, weights, examined.multiply_adds)
    outputs = first_run.outputs(info.outputs, examined)
    seen = Seen(neutral.model.proto, info.inputs, outputs, info.operators, *asked.labels(settings, base), classes,
                {given.name: given.dims for given in examined.case}, examined.reference, words, reads)  # fmt: skip
    plan = choose.choose(seen, settings)
    chosen = optimise.choose(neutral.model, examined, candidate.minimum(settings.compress))
    offered = [base / name for name in settings.examples]
    inputs = sources.inputs(data, offered, info.inputs, plan, examined.case)
    candidate.check_asked(settings.compress, neutral.model, inputs)
    goal = _goal(settings.compress, likeness.scores_output(plan, outputs), examined.multiply_adds or info.parameters)
    found = search_child.smallest(neutral.model, chosen.data, inputs, goal, workers, on_step)
    web = webdist.find()
    runtime = [web.path(name) for name in web.runtimes["wasm"].all]
    steady = [output for output in outputs if output.name in examined.reference]
    kind, operators = chosen.graph_optimization, info.operators
    scene = latency.Scene(runtime, chosen.data, kind, operators, info.inputs, steady, inputs.feeds)
    found = latency.judged(found, scene, on_step)
    noticed = {"optimise": (*neutral.notes, *chosen.notes), "trial": examined.notes, "effort": work}
    noticed["task"] = (*noted, *plan.reasons)
    steps = [*early, *((step, note) for step, notes in noticed.items() for note in notes), *candidate.notes(found)]
    shipped = variants.shipped(
        found, backends, lambda form: first_run.own_case(examined, form, outputs), asked.size_limit(settings)
    )
    own = {entry.key: entry.value for entry in loaded.proto.metadata_props}
    done = Prepared(info, chosen, found, plan, outputs, shipped, accelerate, tuple(steps), own, examined.multiply_adds)
    public = sources.published(data, examined.case) if done.cases else []
    return replace(done, steps=(*done.steps, *public))


def _tried(
    flat: model.Model, info: ModelInfo, settings: Config, base: Path, cases: list[list[GoldenInput]], *, measure: bool
) -> native.Examined:
    """What a native run gives: of the user's data, or of what such a model usually gets."""
    data = None if settings.data is None else base / settings.data
    cases = [*sources.cases(flat, info, settings, asked.labels(settings, base)[0]), *cases]
    texts = {**reading.prose(info.inputs), **rows.texts(flat.proto)}
    return first_run.run(flat, info.inputs, info.operators, texts=texts, data=data, measure=measure, cases=cases)


def _neutral(
    loaded: model.Model, settings: Config, said: Declarations, base: Path
) -> tuple[model.Result, Config, list[tuple[str, str]]]:
    """The model with what hooks declare in its graph, simplified; the settings with the rest of that; notes."""
    loaded, settings, joined = stages.step(loaded, settings, base)
    flat = zipmap.step(loaded)
    probe.check(probe.inspect_model(flat.model))
    settings = declared.configured(settings, flat.model, said)
    around = declared.step(flat.model, said)
    notes = [("stages", note) for note in joined] + [("zipmap", note) for note in flat.notes]
    notes += [("hooks", note) for note in around.notes]
    return optimise.step(around.model), settings, notes


def _goal(limits: CompressConfig, scores: str | None, multiply_adds: int) -> candidate.Goal:
    """What the search looks for. `scores`: the output whose best class counts."""
    minimum, draft = candidate.minimum(limits), candidate.draft_minimum(limits)
    return candidate.Goal(limits.precision, minimum, scores, multiply_adds, limits.progressive, draft, limits.distill)
