"""The one beginning of `inspect`, `detect` and `build`: the configuration, the hooks, and the model as they have it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import onnx

from edgeweb import config, options
from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.files import webdist
from edgeweb.inputs.arrays import Feed
from edgeweb.options import Options
from edgeweb.python import declared, hookfile, hooks_step
from edgeweb.python.declared import Declarations
from edgeweb.python.hookfile import Function, HookFile
from edgeweb.python.packages.wheels import Wheel
from edgeweb.read import handed, outputs, probe, published, towers, zipmap
from edgeweb.read.model import Model
from edgeweb.read.probe import ModelInfo
from edgeweb.schema.model import GoldenInput
from edgeweb.site import examples
from edgeweb.site.examples import Example
from edgeweb.tasks.evidence import Origin
from edgeweb.tasks.further import Steps
from edgeweb.tasks.kinds import KINDS
from edgeweb.tasks.language import tokenizer
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.plan import Further, Seen

Notes = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Asked:
    """What a user gave: the models' files by name, the first one the site's own, with the configuration and the hooks.

    `base`: the folder from which the configuration's paths start. `examples`: as they are published. `file`: the hooks
    as written; `left`: what of them has to run in Python; `said`: what they declare; `packages`: what they import.
    `origins`: who said a setting, by its dotted key, where that is not edgeweb.toml. `graphs`: what lies in the folder
    besides the one file of `sources`, by its role.
    """

    sources: Mapping[str, Path]
    settings: Config
    base: Path
    examples: Mapping[str, Example]
    file: HookFile | None
    packages: tuple[Wheel, ...]
    left: HookFile | None
    said: Declarations
    origins: Mapping[str, Origin]
    graphs: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Opened:
    """A model that was read. `loaded`: as handed in, of which `info` tells; `model`: joined with others that the
    configuration names, with tensors for outputs that are none, and with what hooks declare in its graph. `classes`:
    from the file, or beside it, where `classes_from` says. `origins`: as in `Asked`. `hooks`: the functions of those
    that run in Python. `parts`: further graphs of the same folder, by their roles; `head`: of
    two halves, what comes of both. `name`: of the file that the model was converted from.
    """

    loaded: Model
    info: ModelInfo
    model: Model
    settings: Config
    base: Path
    classes: Sequence[str]
    classes_from: str
    notes: Notes
    origins: Mapping[str, Origin]
    hooks: tuple[Function, ...] = ()
    parts: Mapping[str, Model] = field(default_factory=dict)
    head: onnx.ModelProto | None = None
    name: str = ""


@dataclass(frozen=True)
class Described:
    """What is known before the first run, with the settings completed by what is published with the model.

    `strings`, `cases`, `wrong`: what the run should be tried on, see `tasks.kind.Before`; `looks`: what should run
    besides. `learnt`: what was made of the user's samples.
    """

    settings: Config
    seen: Seen
    notes: tuple[str, ...]
    strings: Mapping[str, Sequence[str]]
    cases: tuple[list[GoldenInput], ...]
    looks: tuple[Feed, ...] = ()
    learnt: tuple[str, ...] = ()
    wrong: ConfigError | None = None


def ask(
    sources: Sequence[Path],
    given: Options,
    on_step: Callable[[str], None],
    *,
    builds: bool,
    graphs: Mapping[str, Path] = MappingProxyType({}),
    beside: Sequence[Path] = (),
) -> Asked:
    """Read everything of the user's but the models.

    Args:
        sources: several need hooks, which run them by name.
        graphs: what lies beside the one source in its folder, by its role.
        beside: folders of the user's, where the first source lies in none of them.
        builds: all that a site is made of has to be there, and what the hooks ask for has to be installed here.

    Raises:
        ConfigError, UsageError: something of it cannot be used.
        HookError: the hooks do not compile, or fail while they are imported for what they declare.
    """
    settings, base, origins = options.read(sources[0], given, beside)
    names = hooks_step.names(sources, settings)
    looked: Mapping[str, Example] = {}
    if builds:
        options.check_files(settings, base)
        looked = examples.look(settings, base)
    together = dict(zip(names, sources, strict=True))
    if not settings.hooks.file:
        return Asked(together, settings, base, looked, None, (), None, declared.NOTHING, origins, graphs)
    file = hookfile.read(base / settings.hooks.file)
    if builds:
        hooks_step.check_native(file, settings, base)
    bundled = hooks_step.bundled(file, settings, base, webdist.find(), on_step)
    left, said = hooks_step.compiled(file, bundled, settings, several=len(sources) > 1)
    if builds and left is not None:
        webdist.check_pyodide(webdist.find(), left.name)
    return Asked(together, settings, base, looked, file, bundled, left, said, origins, graphs)


def read(
    loaded: Model,
    settings: Config,
    base: Path,
    said: Declarations = declared.NOTHING,
    origins: Mapping[str, Origin] = MappingProxyType({}),
    left: HookFile | None = None,
    *,
    check: bool = True,
    parts: Mapping[str, Model] = MappingProxyType({}),
) -> Opened:
    """A model with what the configuration and the hooks make of it before it runs.

    Args:
        said: by the hooks.
        origins: who said a setting, where that is not edgeweb.toml.
        left: the hooks without what they declare.
        parts: further graphs of the same folder, by their roles.
        check: whether what no browser can run is an error; where it is not, what hooks declare of it is left out.

    Raises:
        ModelError, UnsupportedError: a model that it is joined with is none, or no browser runs it.
        ConfigError: the configuration or the hooks contradict it.
    """
    halves = towers.apart(loaded, parts)
    whole, parts = halves.model, halves.parts
    own = zipmap.class_labels(loaded.proto)
    classes, classes_from = (own, "the model's list of classes") if own else published.labels(loaded.proto, loaded.path)
    notes = handed.notes(loaded.path)
    for kind in KINDS:
        whole, settings, joined = kind.join(whole, settings, base)
        notes += [("stages", note) for note in joined]
    flat = outputs.step(whole)
    notes += [("outputs", note) for note in flat.notes]
    info = probe.inspect_model(flat.model)
    if check:
        probe.check(info)
    said = declared.NOTHING if info.blockers else said
    settings = declared.configured(settings, flat.model, said)
    around = declared.step(flat.model, said)
    notes += [("hooks", note) for note in around.notes]
    hooks = left.functions if left else ()
    return Opened(
        loaded, info, around.model, settings, base, classes, classes_from, tuple(notes), origins, hooks, parts,
        halves.head,
    )  # fmt: skip


def describe(found: Opened, ready: Model, info: ModelInfo) -> Described:
    """What every kind of model knows of it before it has run. `ready`: the model that will run; `info`: of that.

    Raises:
        ConfigError: what lies beside the model, or the configuration names, cannot be used.
    """
    settings, base, origins = found.settings, found.base, dict(found.origins)

    def seen() -> Seen:
        labels = config.labels(settings, base)
        return Seen(
            ready.proto, info.inputs, info.outputs, info.operators, *labels, found.classes,
            classes_from=found.classes_from, origins=origins, parts=parts, language=language, head=found.head,
        )  # fmt: skip

    parts, language = _parts(found), _language(found)
    notes: list[str] = []
    learnt: list[str] = []
    beside: dict[str, Any] = {}
    strings: dict[str, Sequence[str]] = {}
    cases: list[list[GoldenInput]] = []
    wrong: ConfigError | None = None
    for kind in KINDS:
        before = kind.before(found.loaded, seen(), settings, base)
        settings, beside[kind.key] = before.settings, before.beside
        origins |= {key: Origin("file", name) for key, name in before.origins.items()}
        notes += before.notes
        learnt += before.learnt
        strings |= before.strings
        cases += before.cases
        wrong = wrong or before.wrong
    known = replace(seen(), beside=beside)
    looks = next(filter(None, (kind.looks(known, settings, base) for kind in KINDS)), ())
    return Described(settings, known, tuple(notes), strings, tuple(cases), tuple(looks), tuple(learnt), wrong)


def part(found: Opened, ready: Model, info: ModelInfo, steps: Steps) -> Described:
    """The same of a further graph of a task, which its kind has said all of. Arguments as `describe`."""
    seen = Seen(ready.proto, info.inputs, info.outputs, info.operators, (), "", ())
    return Described(found.settings, seen, (), {}, (steps.case(info.inputs),))


def _parts(found: Opened) -> dict[str, Further]:
    infos = {name: probe.inspect_model(each) for name, each in found.parts.items()}
    return {name: Further(found.parts[name].proto, info.inputs, info.outputs) for name, info in infos.items()}


def _language(found: Opened) -> Language | None:
    """The tokenizer beside a model of several graphs, which a kind may need whatever the first of them takes."""
    try:
        return tokenizer.find(found.loaded.path, found.settings, found.base) if found.parts else None
    except ConfigError:
        # Told by the kind that cannot do without.
        return None
