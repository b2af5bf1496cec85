"""build(): a model file through every step, in order, into a site."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edgeweb import contents, opened, options
from edgeweb.config import Config
from edgeweb.files import webdist
from edgeweb.machine import scratch
from edgeweb.machine.parallel import Workers
from edgeweb.manifest import Manifest
from edgeweb.opened import Asked
from edgeweb.options import Options
from edgeweb.prepare import prepare
from edgeweb.python import hooks_step
from edgeweb.python.packages.wheels import Wheel
from edgeweb.read import model, probe
from edgeweb.read.probe import ModelInfo
from edgeweb.search import candidate
from edgeweb.search.prepared import Prepared
from edgeweb.site import swap
from edgeweb.tasks import choose
from edgeweb.tasks.plan import Plan

Teller = Callable[[str], None]


@dataclass(frozen=True)
class Site:
    """A built site: its folder, its manifest and the content of report.json."""

    path: Path
    manifest: Manifest
    report: dict[str, Any]


def build(
    path: str | Path | Sequence[str | Path],
    out: str | Path = "dist",
    *,
    on_step: Teller = lambda _: None,
    **given: Any,
) -> Site:
    """Turn the model file at `path` into a site in the folder `out`; several files need hooks, which run them by name.

    Keyword arguments are those of `Options`, named as on the command line. `on_step` is told what is being done.

    Raises:
        ModelError, UnsupportedError, ConfigError, HookError, UsageError, OutputError: exit code 2 on the command line.
        LimitError: a stated limit was missed. For a size nothing was written; for an agreement that no smaller form
            reaches the site was, with the model as it is.
    """
    wanted, target = options.options(given), Path(out)
    sources = [Path(path)] if isinstance(path, (str, Path)) else [Path(each) for each in path]
    scratch.sweep()
    asked = opened.ask(sources, wanted, on_step, builds=True)
    own_files = options.own_files(sources[0], wanted, asked.settings, asked.base)
    swap.check(target, [*sources[1:], *own_files], force=wanted.force)
    webdist.find()
    (workers := Workers(wanted.dask)).check()
    with scratch.folder() as folder:
        models = _prepared(asked, folder, workers, on_step)
        own = hooks_step.try_out(asked.left, asked.packages, models, asked.settings, asked.base, on_step)
        site = contents.gather(models, own, asked.examples, asked.settings, sources[0], asked.base, on_step)
        on_step(f"writing {target}")
        site.write(target)
    candidate.check(next(iter(models.values())).found, asked.settings.compress)
    return Site(target, site.manifest, site.report)


def _prepared(asked: Asked, folder: Path, workers: Workers, on_step: Teller) -> dict[str, Prepared]:
    """Each model up to the bytes that ship, by its name; those of large ones stay in `folder`."""
    models: dict[str, Prepared] = {}
    for number, (name, source) in enumerate(asked.sources.items()):
        room = folder / str(number)
        room.mkdir()
        on_step(f"reading {source}")
        loaded = model.load(source, room)
        if number == 0:
            found = opened.read(loaded, asked.settings, asked.base, asked.said, asked.origins)
        else:
            found = opened.read(loaded, hooks_step.plain(asked.settings), source.parent)
        models[name] = prepare(found, workers, on_step)
    first = next(iter(models))
    noted = hooks_step.saved(asked.file, asked.left, asked.said, webdist.find())
    models[first] = replace(models[first], steps=(*models[first].steps, *(("hooks", note) for note in noted)))
    return models


def inspect(path: str | Path) -> ModelInfo:
    """What a model file is, and why no browser could run it, without running it; see `probe.ModelInfo`."""
    return opened.read(model.load(path), Config(), Path(path).parent, check=False).info


def inspected(
    path: str | Path, given: Options = options.NOTHING, on_step: Teller = lambda _: None
) -> tuple[ModelInfo, Plan, tuple[Wheel, ...]]:
    """`inspect`, the task that `build` would choose, and the packages that the hooks would bring along.

    Hooks are asked what they declare; a model that no browser can run is served as "tensors".
    """
    # First, as the others say something of it: beside a file that is none nothing is opened.
    loaded = model.load(path)
    asked = opened.ask([Path(path)], given, on_step, builds=False)
    found = opened.read(loaded, asked.settings, asked.base, asked.said, asked.origins, check=False)
    known = opened.describe(found, found.model, probe.inspect_model(found.model))
    return found.info, choose.choose(known.seen, known.settings), asked.packages


def detect(path: str | Path, given: Options = options.NOTHING) -> tuple[ModelInfo, Plan]:
    """`inspected`, without the packages."""
    return inspected(path, given)[:2]
