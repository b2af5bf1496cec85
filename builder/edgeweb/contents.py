"""What a site says of itself: the manifest's keys, the title and the facts of the report, out of what was prepared."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

import edgeweb
from edgeweb import manifest, options
from edgeweb.config import Config
from edgeweb.files import webdist
from edgeweb.files.table import FileTable
from edgeweb.files.webdist import WebDist
from edgeweb.manifest import Manifest
from edgeweb.python import hooks_step
from edgeweb.read import defaults, folder, handed, intake
from edgeweb.schema.model import Part
from edgeweb.schema.site import Gallery
from edgeweb.schema.steps import Note
from edgeweb.search import candidate
from edgeweb.search.based import OldSite
from edgeweb.search.prepared import Prepared
from edgeweb.site import assemble, deltas, examples, runtimes, wording
from edgeweb.site.examples import Example
from edgeweb.site.papers import sources
from edgeweb.site.papers.papers import Inputs
from edgeweb.site.report import compression, document
from edgeweb.tasks.kind import Kind, Packed
from edgeweb.trial import optimise
from edgeweb.trust.site import KEYS, Signer, named

# Names that say nothing about the model; its folder's name says more.
_GENERIC = {"network", "net", "export", "output", "final", "best", *folder.LEADS}


@dataclass(frozen=True)
class Gathered:
    """Everything that a site consists of, ready to be written."""

    table: FileTable
    manifest: Manifest
    kind: Kind
    web: WebDist
    where: assemble.Where
    signer: Signer | None = None

    @property
    def report(self) -> dict[str, Any]:
        """The content of report.json."""
        found: dict[str, Any] = msgspec.json.decode(self.table.contents["report.json"])
        return found

    def write(self, target: Path) -> None:
        """Put the site into its folder."""
        assemble.write(target, self.table, self.manifest, self.web, self.kind, self.where, self.signer)


def gather(
    models: Mapping[str, Prepared],
    own: hooks_step.Own | None,
    looked: Mapping[str, Example],
    settings: Config,
    source: Path,
    base: Path,
    on_step: Callable[[str], None],
    *,
    plain: bool = False,
    old: OldSite | None = None,
) -> Gathered:
    """Compress and pack everything; the first of the models is the site's own. LimitError when it is too large.

    `plain`: nothing is compressed, and the runtime is whole, since only this machine sees the site.
    `old`: the site before, which visitors may have.
    """
    web, table = webdist.find(), FileTable(plain=plain, on_step=on_step)
    prepared, *_ = models.values()
    on_step("packing" if plain else "compressing and packing")
    told = _pack(table, prepared, settings, source, base, own, looked)
    for note in (note for step, note in told.facts.steps if step == "examples"):
        on_step(Note(f"examples: {note}"))
    extra = {name: each.part(table) for name, each in [*models.items()][1:]}
    if own:
        told.about.update(hooks_step.add(table, web, own, extra, settings))
    elif extra:
        told = _with(told, extra, [*models.items()][1:])
    told = told if old is None else _after(told, old, table, extra)
    told = runtimes.specialised(table, web, told, models.values(), settings.specialise and not plain, on_step)
    # What only this machine sees nobody has to vouch for.
    signer = None if plain else options.signer(settings, base)
    if signer is not None:
        told.about["signers"], pem = named(signer.named)
        table.add(KEYS, pem, "page")
    graphs = [each.info.path for each in models.values()]
    read = {**sources.model(source, graphs), **sources.given(settings, base)}
    told = replace(told, inputs=replace(told.inputs, files=read, options=sources.options(settings)))
    whole = assemble.site(table, web, told)
    # Of the smallest form, which a look is not at.
    limit = None if plain else options.size_limit(settings)
    optimise.check_limits([whole.variants, *(part.variants for part in whole.models.values())], limit)
    return Gathered(table, whole, told.kind, web, assemble.Where(settings.base_url, told.words), signer)


def _with(
    told: assemble.Description, parts: Mapping[str, Part], models: Sequence[tuple[str, Prepared]]
) -> assemble.Description:
    """With the further graphs of the task, and what was done to each."""
    told.about["models"] = dict(parts)
    steps = [(step, f"{name}: {note}") for name, each in models for step, note in each.steps if step != "task"]
    beside = {name: each.info.file_bytes for name, each in models}
    return replace(told, facts=replace(told.facts, steps=(*told.facts.steps, *steps), beside=beside))


def _after(
    told: assemble.Description, old: OldSite, table: FileTable, extra: Mapping[str, Part]
) -> assemble.Description:
    """With what turns the old site's model into this one."""
    models = {"": told.variants, **{name: part.variants for name, part in extra.items()}}
    told.about["deltas"], notes = deltas.add(table, old, models)
    return replace(told, facts=replace(told.facts, steps=(*told.facts.steps, *notes)), old=old.manifest)


def _pack(
    table: FileTable,
    prepared: Prepared,
    settings: Config,
    source: Path,
    base: Path,
    own: hooks_step.Own | None,
    looked: Mapping[str, Example],
) -> assemble.Description:
    """Put the model, its small graphs and the examples into `table`; describe the rest for the manifest."""
    info, plan, described = prepared.info, prepared.plan, prepared.variants(table)
    script = f"assets/{webdist.find().text}"
    texts = examples.texts(settings.examples, base) if plan.kind.example == "text" else ()
    packed = Packed(table, info.inputs, prepared.outputs, script, texts)
    pipelines = plan.kind.pipelines(plan, packed)
    offered, shown = _examples(table, prepared, settings, base, own, looked)
    title = settings.title or title_of(source)
    about: dict[str, Any] = {
        "format": manifest.FORMAT, "name": _slug(title), "title": title, "task": plan.task, "inputs": list(info.inputs),
        "outputs": list(prepared.outputs), "variants": described, "golden": prepared.cases,
        "optional": list(info.optional), "labels": list(plan.labels),
        "evidence": [each.evidence for each in plan.evidence],
        "gallery": _gallery(table, prepared, settings, base), "examples": offered,
        "generator": f"edgeweb {edgeweb.__version__}", **pipelines,
    }  # fmt: skip
    limits, seeded, notes = settings.compress, settings.data is None, own.steps if own else ()
    facts = document.Facts(
        title, info.file_bytes, info.parameters, plan.task, plan.reasons, plan.evidence,
        (*prepared.steps, *notes, *shown), described[0].agreement, bool(prepared.cases),
        compression.Searched(prepared.found, limits.precision, candidate.minimum(limits), seeded, prepared.serves),
        source=handed.origin(source), original=prepared.original,
    )  # fmt: skip
    words, inputs = wording.of(settings, base), Inputs(licence=info.metadata.get("license"))
    return assemble.Description(about, plan.kind, plan.kind.interface(plan), facts, words, inputs=inputs)


def _examples(
    table: FileTable,
    prepared: Prepared,
    settings: Config,
    base: Path,
    own: hooks_step.Own | None,
    looked: Mapping[str, Example],
) -> tuple[list[str], list[tuple[str, str]]]:
    """The files to try, of what hooks or the kind of model take; texts stand in the manifest itself."""
    kind = prepared.plan.kind
    if own is None and kind.example == "text":
        return [], []
    return examples.add(table, settings.examples, base, looked, own.kind if own else kind.example, prepared.plan.task)


def _gallery(table: FileTable, prepared: Prepared, settings: Config, base: Path) -> Gallery | None:
    """What the page compares inputs with, where the configuration names it."""
    if settings.gallery is None:
        return None
    where = base / settings.gallery
    intake.inside(where, base, "gallery")
    plan = prepared.plan
    whole = defaults.restored(prepared.chosen.data, prepared.info.optional)
    return plan.kind.gallery(plan, table, where, prepared.info.inputs, whole)


def title_of(source: Path) -> str:
    """The title of a page that nobody has given one, by the name of the model's file."""
    called, of = folder.role(source)[0].lower(), handed.origin(source)
    stem = of.name if of else folder.home(source).name if called in _GENERIC else source.stem
    stem = stem or source.stem
    # A file's name need not be UTF-8.
    plain = "".join(each if each.isprintable() else " " for each in stem)
    words = re.sub(r"[-_. ]+", " ", plain).strip() or "Model"
    return words[:1].upper() + words[1:]


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60] or "model"
