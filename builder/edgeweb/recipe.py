"""build(): a model file through every step, in order, into a site."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edgeweb import contents, opened, options, original
from edgeweb.config import Config
from edgeweb.convert import objects
from edgeweb.convert.taken import Taken, taken
from edgeweb.errors import ConfigError, EdgewebError, printable, printable_line
from edgeweb.files import webdist
from edgeweb.machine import scratch
from edgeweb.machine.parallel import Workers
from edgeweb.manifest import Manifest
from edgeweb.opened import Asked, Opened
from edgeweb.options import Options
from edgeweb.prepare import prepare, runner, tried, untried
from edgeweb.python import hooks_step
from edgeweb.read import decoders, folder, model
from edgeweb.read.model import Model
from edgeweb.read.probe import ModelInfo
from edgeweb.search import based, candidate
from edgeweb.search.candidate import Base
from edgeweb.search.prepared import Prepared
from edgeweb.site import swap
from edgeweb.site.report import claims, document, hints
from edgeweb.tasks.plan import Plan
from edgeweb.trial import effort

Teller = Callable[[str], None]


@dataclass(frozen=True)
class Site:
    """A built site: its folder, its manifest and the content of report.json."""

    path: Path
    manifest: Manifest
    report: dict[str, Any]

    def __repr__(self) -> str:
        """As the command line ends: what it is, what was assumed, how to look at it."""
        told = claims.told(self.report["evidence"], "edgeweb.init")
        more = hints.hints(self.manifest, self.report["evidence"])
        lines = [
            f"Site({str(self.path)!r}): {printable(self.manifest.title)}, {self.manifest.task},"
            f" first visit {document.size(self.report['cost']['firstVisitBytes'])}",
            *(["  assumed, as nothing says it:"] if told else []),
            *(f"    {printable_line(line)}" for line in told),
            *(["  it can say more, by edgeweb.toml or arguments of build:"] if more else []),
            *(f"    {printable_line(line)}" for line in more),
            f"  to look at it: edgeweb.preview(site), or type edgeweb serve {printable(self.path)}",
        ]
        return "\n".join(lines)


def build(
    path: Any,
    out: str | Path = "dist",
    *,
    on_step: Teller = lambda _: None,
    **given: Any,
) -> Site:
    """Turn a model into a site in the folder `out`: a file, a folder, `hf://org/name`, or an estimator of scikit-learn,
    XGBoost, LightGBM or CatBoost; several need hooks, which run them by name.

    Keyword arguments are those of `Options`, named as on the command line; `data` may be a frame of pandas or polars.
    `on_step` is told what is being done.

    Raises:
        ModelError, UnsupportedError, ConfigError, HookError, UsageError, OutputError: exit code 2 on the command line.
        LimitError: a stated limit was missed. For a size, or what is assumed where that is forbidden (`strict`),
            nothing was written; for an agreement that no smaller form reaches the site was, with the model as it is.
    """
    with objects.handed(path, given) as (paths, said):
        return _built(paths, Path(out), options.options(said), on_step)


def _built(paths: Sequence[str | Path], target: Path, wanted: Options, on_step: Teller) -> Site:
    scratch.sweep()
    several = [taken(each, wanted.how, on_step) for each in paths]
    sources, graphs = [each.source for each in several], _beside([each.place for each in several])
    asked = opened.ask(sources, wanted, on_step, builds=True, graphs=graphs, beside=several[0].beside)
    own_files = options.own_files(sources[0], wanted, asked.settings, asked.base)
    swap.check(target, [*sources[1:], *own_files], force=wanted.force)
    webdist.find()
    old = None if wanted.base is None else based.read(wanted.base)
    (workers := Workers(wanted.dask)).check()
    with scratch.folder() as room:
        models = _prepared(several, asked, wanted, room, workers, on_step, {} if old is None else old.models)
        own = hooks_step.try_out(asked.left, asked.packages, models, asked.settings, asked.base, on_step)
        site = contents.gather(
            models, own, asked.examples, asked.settings, sources[0], asked.base, on_step, plain=wanted.quick, old=old
        )
        on_step(f"writing {target}")
        site.write(target)
    if not wanted.quick:
        if asked.settings.compress.min_agreement is not None:
            on_step("holding it against the agreement that was asked for")
        candidate.check(next(iter(models.values())).found, asked.settings.compress)
    return Site(target, site.manifest, site.report)


def _prepared(
    several: Sequence[Taken],
    asked: Asked,
    wanted: Options,
    rooms: Path,
    workers: Workers,
    on_step: Teller,
    bases: Mapping[str, Base],
) -> dict[str, Prepared]:
    """Each model up to the bytes that ship, by its name; those of large ones stay in `rooms`. `wanted.strict`:
    LimitError where the page of the first would claim what is only assumed.
    """
    models: dict[str, Prepared] = {}
    for number, ((name, source), each) in enumerate(zip(asked.sources.items(), several, strict=True)):
        room = rooms / str(number)
        room.mkdir()
        on_step(f"reading {source}")
        loaded = each.load(room)
        if number:
            found = opened.read(loaded, hooks_step.plain(asked.settings), source.parent)
        else:
            parts = _loaded(asked.graphs, room)
            found = opened.read(loaded, asked.settings, asked.base, asked.said, asked.origins, asked.left, parts=parts)
        found = replace(found, name=each.name, notes=(*each.notes, *found.notes))
        on_step("running it here, for the numbers that every browser must reproduce")
        run = tried(found, ships=True)
        if wanted.strict and number == 0:
            claims.check(run.plan.evidence, source)
        same = None
        if each.converted is not None and not wanted.quick:
            on_step(f"asking {each.converted.framework} for the same answers")
            same = original.proven(each.converted, run, asked.base)
        made = prepare(found, run, workers, on_step, quick=wanted.quick, base=bases.get(name if number else ""))
        models[name] = replace(made, original=same)
        models |= {} if number else _further(models[name], found, workers, on_step, wanted.quick, bases)
    if any(each.lacks_gpu and each.accelerate for each in models.values()):
        on_step(effort.lacking())
    first = next(iter(models))
    noted = hooks_step.saved(asked.file, asked.left, asked.said, webdist.find())
    models[first] = replace(models[first], steps=(*models[first].steps, *(("hooks", note) for note in noted)))
    return models


def _further(
    lead: Prepared, found: Opened, workers: Workers, on_step: Teller, quick: bool, bases: Mapping[str, Base]
) -> dict[str, Prepared]:
    """The further graphs that the task needs, by their roles."""
    models: dict[str, Prepared] = {}
    for name in lead.plan.parts:
        part = found.parts[name]
        on_step(f"running {part.path.name} here, on what the task feeds to it")
        steps = lead.plan.kind.further(lead.plan, name, lead.cases[0].inputs if lead.cases else (), runner(lead, part))
        read = opened.read(part, hooks_step.plain(found.settings), found.base)
        run = tried(read, ships=True, steps=steps)
        models[name] = prepare(read, run, workers, on_step, quick=quick, base=bases.get(name))
    return models


def _beside(paths: Sequence[Path]) -> dict[str, Path]:
    """What lies in the one folder that was given besides the graph that takes the visitor's input, by its role."""
    if len(paths) != 1 or not paths[0].is_dir():
        return {}
    lead, *others = folder.opened(paths[0]).graphs.items()
    left = decoders.left(dict(others))
    return {role: path for role, path in left.items() if lead[0] not in decoders.ROLES or role not in decoders.ROLES}


def _loaded(graphs: Mapping[str, Path], room: Path | None) -> dict[str, Model]:
    """The further graphs, two halves of a decoder as one."""
    found: dict[str, Model] = {}
    for role, path in graphs.items():
        own = None if room is None else room / role
        if own is not None:
            own.mkdir()
        found[role] = model.load(path, own)
    return decoders.joined(found)


def inspect(path: Any, **given: Any) -> ModelInfo:
    """What a model is, and why no browser could run it, without running it; see `probe.ModelInfo`.

    Keyword arguments say how a file that is not ONNX may be read: `python`, `with_deps`, `trust_pickle`.
    """
    with objects.handed(path, given) as (paths, said):
        found = taken(paths[0], options.options(said).how)
        return opened.read(found.load(), Config(), found.source.parent, check=False).info


def inspected(
    path: str | Path, given: Options = options.NOTHING, on_step: Teller = lambda _: None
) -> document.Inspected:
    """`inspect`, the task that `build` would choose after the same run, and the packages that hooks would bring along.

    Hooks are asked what they declare; a model that no browser can run is served as "tensors".
    """
    with scratch.folder() as room:
        found, asked = _opened(path, given, on_step, room)
        info, failed = found.info, None
        if not info.blockers:
            on_step("running it once, to see what it gives")
            try:
                return document.Inspected(info, tried(found, ships=False).plan, asked.packages)
            except ConfigError:
                raise
            except EdgewebError as error:
                failed = error
        return document.Inspected(info, untried(found), asked.packages, failed)


def detect(path: str | Path, given: Options = options.NOTHING) -> tuple[ModelInfo, Plan]:
    """`inspect`, and the task as far as it can be told without a run."""
    found, _ = _opened(path, given, lambda _: None)
    return found.info, untried(found)


def _opened(path: str | Path, given: Options, on_step: Teller, room: Path | None = None) -> tuple[Opened, Asked]:
    # First, as the others say something of it: beside a file that is none nothing is opened.
    place = taken(path, given.how, on_step)
    source, graphs = place.source, _beside([place.place])
    loaded, parts = place.load(room), _loaded(graphs, room)
    asked = opened.ask([source], given, on_step, builds=False, graphs=graphs, beside=place.beside)
    found = opened.read(
        loaded, asked.settings, asked.base, asked.said, asked.origins, asked.left, check=False, parts=parts
    )
    return replace(found, name=place.name, notes=(*place.notes, *found.notes)), asked
