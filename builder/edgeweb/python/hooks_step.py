"""Hooks in a build: the models by name, the native trial, and what the manifest says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edgeweb import config
from edgeweb.config import CompressConfig, Config
from edgeweb.errors import UsageError
from edgeweb.files.table import FileTable
from edgeweb.files.webdist import WebDist
from edgeweb.python import bundle, declared, hookfile, hooks_trial
from edgeweb.python.declared import Declarations
from edgeweb.python.hookfile import HookFile
from edgeweb.python.packages import requirements, resolve, wheels
from edgeweb.python.packages.distribution import Distribution
from edgeweb.python.packages.wheels import Wheel
from edgeweb.read import defaults
from edgeweb.schema.model import Part
from edgeweb.schema.site import HookInput
from edgeweb.schema.steps import Note
from edgeweb.search.prepared import Prepared


@dataclass(frozen=True)
class Own:
    """Hooks that were tried. `model`: the first model's name; `labels`: the first model's; `metadata`: by the models'
    names; `bundled`: the packages that the site gives them; `steps`: what the trial found, for the report."""

    file: HookFile
    model: str
    kind: HookInput
    labels: tuple[str, ...]
    metadata: Mapping[str, Mapping[str, str]]
    bundled: tuple[Wheel, ...]
    steps: tuple[tuple[str, str], ...]


def names(sources: Sequence[Path], settings: Config) -> list[str]:
    """The models' names: the stems of their files.

    Raises:
        UsageError: several models without hooks, or two of one name.
    """
    found = [source.stem for source in sources]
    if len(found) > 1 and settings.hooks.file is None:
        raise UsageError(
            f"{len(found)} models cannot become one site by themselves",
            "Nothing says how they work together",
            "Give --hooks FILE.py, or build one site for each model",
        )
    double = next((name for name in found if found.count(name) > 1), None)
    if double is not None:
        raise UsageError(f'Two models are named "{double}"', "Hooks run them by name", "Rename one of the files")
    return found


def plain(settings: Config) -> Config:
    """The configuration for a further model: what is said of the first one's inputs and labels is not its own."""
    limits = settings.compress
    # A page follows the arrival of one draft, which is the first model's.
    compress = CompressConfig(precision=limits.precision, min_agreement=limits.min_agreement, progressive=False)
    return Config(task="tensors", compress=compress)


def bundled(
    file: HookFile, settings: Config, base: Path, web: WebDist, on_step: Callable[[str], None]
) -> tuple[Wheel, ...]:
    """The packages that the hooks ask for, with all that these need.

    Raises:
        ConfigError: one cannot be had, or not in a form that a browser runs.
    """
    asked = requirements.of(settings.hooks.packages, file.source, file.path, base)
    own = settings.hooks.pyodide_url
    distribution = Distribution(web.python.version, web.pyodide_lock, own, base, on_step)
    return resolve.resolve(asked, distribution, on_step)


def check_native(file: HookFile, settings: Config, base: Path) -> None:
    """Whether the trial will have what the hooks ask for; ConfigError."""
    requirements.check_installed(requirements.of(settings.hooks.packages, file.source, file.path, base))


def compiled(
    file: HookFile | None, found: Sequence[Wheel], settings: Config, *, several: bool
) -> tuple[HookFile | None, Declarations]:
    """The hooks without what they declare, or None where nothing is left of them, and what they declare.

    Args:
        several: the site has further models, which hooks alone can run.

    Raises:
        HookError: they fail while they are imported.
        ConfigError: what they declare cannot be compiled.
    """
    if file is None or not file.declares:
        return file, declared.NOTHING
    said = declared.of(hooks_trial.declared(file, _beside(found), settings.hooks.seconds))
    left = tuple(name for name in file.functions if name not in said.functions)
    if not several and not {"preprocess", "postprocess"} & set(left):
        return None, said
    return replace(file, functions=left), said


def saved(written: HookFile | None, left: HookFile | None, said: Declarations, web: WebDist) -> list[str]:
    """What became of declared hooks, if any are, and the bytes on the wire that a site without Python saves."""
    if written is None or not said.functions:
        return []
    names = " and ".join(said.functions)
    if left is not None:
        return [f"{names} of {written.name} is compiled into the graphs; the rest of it runs in Python"]
    note = f"{names} of {written.name}: compiled into the graphs, so no Python ships"
    if not web.pyodide:
        return [note]
    return [f"{note}, which saves {bundle.add(FileTable(), web, written.source, ()).wire_bytes:,} bytes"]


def _beside(found: Sequence[Wheel]) -> list[Path]:
    """Wheels of one's own, which need not be installed."""
    return [wheel.path for wheel in found if wheel.origin == wheels.OWN and wheels.is_pure(wheel.path)]


def try_out(
    file: HookFile | None,
    found: Sequence[Wheel],
    prepared: Mapping[str, Prepared],
    settings: Config,
    base: Path,
    on_step: Callable[[str], None],
) -> Own | None:
    """Run the hooks, if there are any, natively around the models as they ship; `found`: the packages that the site
    bundles.

    Raises:
        HookError: they fail, or take too long.
        ConfigError: they do not fit the model or the configuration.
    """
    if file is None:
        return None
    first, *_ = prepared.values()
    name, *_ = prepared
    kind = hookfile.input_kind(file, settings.hooks, first.plan, first.info.inputs)
    on_step(f"running {file.name} on this machine")
    # The task without an interface of its own has none; hooks may know what they name.
    labels = tuple(first.plan.labels or config.labels(settings, base)[0])
    models = {each: _whole(one) for each, one in prepared.items()}
    said = {each: dict(one.metadata) for each, one in prepared.items() if one.metadata and file.reads("metadata")}
    hookfile.check_metadata(file, said)
    case = first.cases[0].inputs if first.cases else []
    examples = [base / example for example in settings.examples]
    numpy = any(wheel.name == "numpy" for wheel in found)
    given = hooks_trial.Given(kind, examples, case, said, numpy, _beside(found))
    described = _described(found)
    for other in (note for note in described if ";" in note):
        on_step(Note(other))
    notes = [*described, *hooks_trial.run(file, models, labels, given, settings.hooks.seconds)]
    return Own(file, name, kind, labels, said, tuple(found), tuple(("hooks", note) for note in notes))


def _whole(prepared: Prepared) -> bytes | Path:
    """The model that ships, with the defaults of inputs that hooks do not feed."""
    model = prepared.found.chosen.model
    return defaults.restored(model, prepared.info.optional) if isinstance(model, bytes) else model


def _described(found: Sequence[Wheel]) -> list[str]:
    """A sentence on each package, with the version that the trial runs on where it is another."""
    notes = []
    for wheel in found:
        here = requirements.version_here(wheel.name)
        other = f"; the trial here runs on {here}" if here and here != wheel.version else ""
        notes.append(f"{wheel.name} {wheel.version} is bundled, from {wheel.origin}{other}")
    return notes


def add(table: FileTable, web: WebDist, own: Own, parts: Mapping[str, Part], settings: Config) -> dict[str, Any]:
    """Put Python and the hooks into the site: the manifest's keys for them."""
    entry = bundle.hooks_entry(table, own.file, own.model, own.kind, settings.hooks, own.metadata)
    return {
        "hooks": entry,
        "labels": list(own.labels),
        "python": bundle.add(table, web, own.file.source, own.bundled),
        "models": dict(parts),
    }
