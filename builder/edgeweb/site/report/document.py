"""What the build did, what it cost and what it gained: report.json, and the printed tables of build and inspect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from edgeweb.convert.proof import Proof
from edgeweb.errors import EdgewebError, printable
from edgeweb.files.table import FileTable
from edgeweb.manifest import Manifest
from edgeweb.python.packages.wheels import Wheel
from edgeweb.read.handed import Origin
from edgeweb.read.probe import ModelInfo
from edgeweb.schema.model import Variant
from edgeweb.schema.site import Package
from edgeweb.site.report import claims, compression, plain
from edgeweb.site.report.compression import Searched
from edgeweb.site.returning import Returning
from edgeweb.tasks.evidence import Said
from edgeweb.tasks.plan import Plan

MAX_BLOCKERS = 10
_CROWD = 1000
# Sizes that differ by less are the same to people.
_SAME = 1.05

_KINDS = {
    "runtime": "ONNX Runtime Web",
    "model": "model",
    "python": "Python",
    "page": "page and scripts",
    "worker": "compute worker",
    "icon": "icons",
    "example": "examples",
}
_INSPECTED = (
    "file_bytes", "ir_version", "opsets", "producer", "graph_name", "inputs", "outputs", "defaults", "optional",
    "operators", "nodes", "parameters", "metadata",
)  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """Collected on the way through the recipe. `steps`: (step, what it did or why not). `runtime`: how it was cut.
    `source`: where the model was fetched from. `beside`: the bytes of the further graphs
    of the task, by their roles. `original`: how the model compares with what it was converted from.
    """

    title: str
    source_bytes: int
    parameters: int
    task: str
    reasons: tuple[str, ...]
    evidence: tuple[Said, ...]
    steps: tuple[tuple[str, str], ...]
    agreement: float
    proven: bool
    searched: Searched
    runtime: Mapping[str, Any] | None = None
    source: Origin | None = None
    beside: Mapping[str, int] = field(default_factory=dict)
    original: Proof | None = None


@dataclass(frozen=True)
class Inspected:
    """A model as `edgeweb inspect` tells of it. `packages`: what the hooks beside it ask for; `failed`: why it does not
    run here, so that the task was told without a run; None where it has run, or was not tried as no browser could.
    """

    info: ModelInfo
    plan: Plan
    packages: tuple[Wheel, ...] = ()
    failed: EdgewebError | None = None


def document(
    facts: Facts,
    table: FileTable,
    first_visit: Sequence[str],
    packages: Sequence[Package] = (),
    back: Returning | None = None,
) -> dict[str, Any]:
    """report.json: plain values only, in a stable order. Bytes on the wire are those of a browser that takes brotli.

    `back`: what somebody downloads who has the site before.
    """
    rows = _rows(facts, table, first_visit)
    wire = sum(row["wireBytes"] for row in rows)
    return {
        "title": facts.title,
        "source": dict(facts.source.document) if facts.source else None,
        "original": facts.original.document if facts.original else None,
        "task": facts.task,
        "reasons": list(facts.reasons),
        "evidence": claims.rows(facts.evidence),
        "sourceBytes": facts.source_bytes,
        "beside": [{"name": name, "sourceBytes": size_of} for name, size_of in facts.beside.items()],
        "parameters": facts.parameters,
        "agreement": facts.agreement,
        "proven": facts.proven,
        "steps": [{"step": step, "outcome": outcome} for step, outcome in facts.steps],
        "firstVisit": {
            "bytes": sum(row["bytes"] for row in rows),
            "wireBytes": wire,
            "parts": rows,
        },
        "packages": [
            {
                "name": each.name,
                "version": each.version,
                "bytes": sum(table.entries[path].bytes for path in each.files),
                "wireBytes": table.wire_bytes(each.files),
            }
            for each in packages
        ],
        "returning": None if back is None else back.document,
        "runtime": facts.runtime,
        "compression": compression.document(facts.searched),
        # The browser keeps all of these files: a repeat visit asks at most whether there is a new release.
        "cost": {"firstVisitBytes": wire, "repeatVisitBytes": 0, "thousandUsersBytes": _CROWD * wire},
    }


def _rows(facts: Facts, table: FileTable, first_visit: Sequence[str]) -> list[dict[str, Any]]:
    """What a first visit downloads, by kinds of files."""
    rows: list[dict[str, Any]] = []
    within = facts.runtime is not None and facts.runtime.get("restores", 0) > 0
    for role, kind in _KINDS.items():
        paths = [path for path in first_visit if table.entries.get(path) and table.entries[path].role == role]
        if paths:
            rows.append(
                {
                    "kind": f"{kind}, with the model in it" if role == "runtime" and within else kind,
                    "files": len(paths),
                    "bytes": sum(table.entries[p].bytes for p in paths),
                    "wireBytes": table.wire_bytes(paths),
                }
            )
    return rows


def size(count: int) -> str:
    """Bytes for people: 3 digits, decimal units as browsers and hosts count."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if count >= factor:
            value = count / factor
            return (
                f"{value:.2f} {unit}" if value < 10 else f"{value:.1f} {unit}" if value < 100 else f"{value:.0f} {unit}"
            )
    return f"{count} bytes"


def build_rows(
    path: Path, site: Manifest, document: Mapping[str, Any], seconds: float, *, details: bool = False
) -> list[tuple[str, str]]:
    """What `edgeweb build` prints, as (name, value); `document` is report.json, of which `details` has more."""
    visit = document["firstVisit"]
    parts = ", ".join(f"{size(part['wireBytes'])} {part['kind']}" for part in visit["parts"] if part["kind"] != "icons")
    packages = [f"{each['name']} {each['version']} ({size(each['wireBytes'])})" for each in document["packages"]]
    once = "the browser keeps it for later visits"
    proven = "yes: every visitor's browser first repeats a known answer"
    return [
        ("site", f"{path}, release {site.release}" if details else str(path)),
        ("task", f"{site.task}: {document['reasons'][0]}"),
        *([("from", _from(of))] if (of := document["source"]) else []),
        ("model", _model(document, site.variants[0], details)),
        *(("beside it", _beside(each, site.models[each["name"]].variants[0])) for each in document["beside"]),
        ("first visit", f"{size(visit['wireBytes'])}{f': {parts}' if details else ''}; {once}"),
        *([("returning", _returning(back))] if (back := document["returning"]) else []),
        *([("packages", ", ".join(packages))] if packages else []),
        *([("original", same["sentence"])] if (same := document["original"]) else []),
        ("proven", proven if site.golden else f"no: {_unproven(document)}"),
        *((step["step"], step["outcome"]) for step in document["steps"] if step["step"] in ("files", "data", "public")),
        ("built in", f"{seconds:.1f} s; the details are in {path / 'report' / 'index.html'}"),
    ]


def _returning(back: Mapping[str, Any]) -> str:
    """What a visitor downloads who has the site before."""
    if not back["files"]:
        return "a visitor who has the old site downloads nothing"
    total = f"a visitor who has the old site downloads {size(back['wireBytes'])} instead of {size(back['wholeBytes'])}"
    ways = [(how, [each for each in back["files"] if each["how"] == how]) for how in ("delta", "new")]
    named = {"delta": "as differences", "new": "anew"}
    told = [f"{size(sum(each['wireBytes'] for each in several))} {named[how]}" for how, several in ways if several]
    return f"{total}: {', '.join(told)}"


def _from(of: Mapping[str, str]) -> str:
    if "repository" in of:
        return f"{of['repository']} at {of['commit']}"
    return f"{of['model']} of run {of['run']}" if of["run"] else of["model"]


def _model(document: Mapping[str, Any], variant: Variant, details: bool) -> str:
    """How small it became, how alike it answers, and how fast."""
    searched, times = document["compression"], smaller(document["sourceBytes"], variant.wire_bytes)
    form = next(each for each in searched["forms"] if each["shipped"])
    bits = compression.bits_a_weight(searched)
    name = form["form"] if bits is None else f"{form['form']}, {bits:.1f} bits a weight"
    own = f" ({name}, agreement {compression.share(variant.agreement)})" if details else ""
    answers = compression.answers(form, searched["samples"], searched["seeded"])
    latency = form["latency"]
    speed = "" if latency is None else f"; {compression.speed(latency['ratio'])} in {searched['timing']}"
    return f"{size(variant.wire_bytes)}, {times}{own}; {answers}{speed}"


def smaller(before: int, after: int) -> str:
    """What became of the size of a file."""
    times = before / max(1, after)
    if times < _SAME:
        return "as large as its file"
    return f"{times:.1f} times smaller than its file" if times < 10 else f"{times:.0f} times smaller than its file"


def _beside(told: Mapping[str, Any], variant: Variant) -> str:
    """The same in short of a further graph."""
    times = smaller(told["sourceBytes"], variant.wire_bytes)
    return f"{told['name']}: {size(variant.wire_bytes)}, {times}; agreement {compression.share(variant.agreement)}"


def _unproven(document: Mapping[str, Any]) -> str:
    """Why there is no golden case: what the trial noted, or what to do."""
    notes = [
        item["outcome"] for item in document["steps"] if item["step"] == "trial" and "not proven" in item["outcome"]
    ]
    return notes[0] if notes else "give inputs with --data"


def plain_rows(found: Inspected) -> list[tuple[str, str]]:
    """What `edgeweb inspect` prints first, in plain words, as (name, value); the last one is what stands in the way."""
    runs = f"cannot run: {found.failed}" if found.failed else "it runs: tried here, and it needs nothing that they lack"
    verdict = "cannot run:" if found.info.blockers else runs
    return plain.rows(found.plan.task, claims.rows(found.plan.evidence), size(found.info.file_bytes), verdict)


def inspect_rows(found: Inspected) -> list[tuple[str, str]]:
    """What `edgeweb inspect` prints below that, in the words of the field, as (name, value)."""
    info, plan = found.info, found.plan
    sets = ", ".join(f"{name or 'ai.onnx'} {number}" for name, number in info.opsets.items())
    rows = [
        ("size", f"{size(info.file_bytes)}, {info.parameters:,} parameters, {info.nodes:,} nodes"),
        ("made by", f"{info.producer or 'unknown'}; IR {info.ir_version}, opset {sets}"),
    ]
    for kind, tensors in (("inputs", info.inputs), ("outputs", info.outputs)):
        for number, tensor in enumerate(tensors):
            text = f"{printable(tensor.name, 60)}: {tensor.type} {_shape(tensor.shape)}"
            rows.append((kind if not number else "", text))
    for number, each in enumerate(info.optional):
        text = f"{printable(each.name, 60)}: {each.type} {_shape(each.shape)}, need not be fed"
        rows.append(("optional" if not number else "", text))
    frozen = len(info.defaults) - len(info.optional)
    if frozen:
        rows.append(("constants", f"{frozen} inputs have weights of their own and cannot be fed"))
    top = sorted(info.operators.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{printable(name, 60)} {count}" for name, count in top[:12])
    return [
        *rows,
        ("operators", f"{shown}{' …' if len(top) > 12 else ''}"),
        ("task", f"{plan.task}: {'; '.join(plan.reasons)}"),
        *_claimed(plan),
        *([("packages", ", ".join(_wheel(each) for each in found.packages))] if found.packages else []),
    ]


def _claimed(plan: Plan) -> list[tuple[str, str]]:
    """A row for each claim that the site would make: its value, and where that is from."""
    found = claims.rows(plan.evidence)
    names = [f"{row['claim']} of {row['about']}" if row.get("about") else str(row["claim"]) for row in found]
    told = [
        f"{printable(name, 60)}: {claims.short(row['value'])} ({claims.known(row)})"
        for name, row in zip(names, found, strict=True)
    ]
    return [("" if number else "evidence", text) for number, text in enumerate(told)]


def _wheel(found: Wheel) -> str:
    return f"{found.name} {found.version} ({size(found.path.stat().st_size)})"


def _shape(shape: Sequence[int | str | None] | None) -> str:
    """A dynamic axis shows its name, or ? when it has none."""
    return "(any rank)" if shape is None else f"[{', '.join('?' if d is None else printable(d, 40) for d in shape)}]"


def inspect_document(found: Inspected) -> dict[str, Any]:
    """What `edgeweb inspect --json` prints."""
    info, plan = found.info, found.plan
    return {
        "path": str(info.path),
        **{name: msgspec.to_builtins(getattr(info, name)) for name in _INSPECTED},
        "task": plan.task,
        "reasons": list(plan.reasons),
        "evidence": claims.rows(plan.evidence),
        "blockers": [str(blocker) for blocker in info.blockers],
        "trial": "failed" if found.failed else "none" if info.blockers else "passed",
        "failed": str(found.failed) if found.failed else None,
        "packages": [
            {"name": each.name, "version": each.version, "bytes": each.path.stat().st_size, "sha256": each.sha256}
            for each in found.packages
        ],
    }
