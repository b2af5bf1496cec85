"""`make bench-compress`: the smallest form that edgeweb finds of a model beside what ONNX Runtime's own tools make.

Everybody gets the same inputs. A third of them nobody sees: on these every form is judged against the original, by the
same measure, without graph optimisations. Bytes are those on the wire, with the same brotli for all. edgeweb's search
picks on its own two thirds; the best of today's is picked on the last third, which is to its advantage.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import math
import os
import platform
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from compress_data import CONTESTS, AbsentError, Contest, Data, Feed
from compress_table import table
from compress_today import TOOLS, first_line
from edgeweb.compress import common, fp16
from edgeweb.compress.calibration import Calibration
from edgeweb.errors import EdgewebError
from edgeweb.files import webdist
from edgeweb.files.table import wire_size
from edgeweb.inputs.golden import Array
from edgeweb.machine import session
from edgeweb.read import model, probe, zipmap
from edgeweb.read.model import Model, to_bytes
from edgeweb.samples.samples import Samples
from edgeweb.schema.model import Backend
from edgeweb.search import candidate as forms
from edgeweb.search import latency, likeness, search
from edgeweb.search.candidate import Candidate, Found, Goal
from edgeweb.site.report import compression
from edgeweb.tasks import row
from edgeweb.trial import effort, first_run, optimise

ROOT = Path(__file__).resolve().parent.parent
GOAL = 0.7
PACKAGES = ("onnxruntime", "onnx", "numpy", "brotli", "pillow", "scikit-learn")
Outputs = Sequence[Mapping[str, Array]]
Row = dict[str, Any]


class Jury:
    """Judges forms on the last third."""

    def __init__(self, contest: Contest, source: bytes, data: Data) -> None:
        self.contest = contest
        self.search, self.held = _thirds(data)
        self.reference = session.run(source, self.held.feeds)

    def row(self, by: str, name: str, files: Sequence[bytes], wire: int, form: bytes, note: str = "") -> Row:
        """`files`: what lies on the server; `form`: the ONNX file that runs."""
        try:
            outputs = session.run(form, self.held.feeds)
        except EdgewebError:
            # Some float16 forms load only so, which is how their user would load them.
            outputs = session.run(form, self.held.feeds, optimise=True)
            note = "; ".join(filter(None, (note, "it loads only with graph optimisations")))
        found = likeness.judge(self.reference, outputs, self.contest.scores, self.held.labels)
        size = sum(map(len, files))
        return {
            "by": by,
            "form": name,
            "bytes": size,
            "wireBytes": wire,
            "agreement": found.agreement,
            "measure": found.kind,
            "top1": found.top1,
            "cosine": found.cosine,
            "worst": found.worst,
            "sqnr": found.sqnr if math.isfinite(found.sqnr) else None,
            "accuracy": found.accuracy,
            "referenceAccuracy": found.reference_accuracy,
            "neighbours": self._neighbours(outputs),
            "passes": bool(found.agreement >= forms.DEFAULT_AGREEMENT),
            "exact": found.sqnr == math.inf and found.agreement == 1,
            "note": note or None,
        }

    def _neighbours(self, outputs: Outputs) -> float | None:
        """The share of inputs whose nearest other input is the same."""
        if self.contest.embedding is None:
            return None
        first, second = (
            _nearest(np.stack([each[self.contest.embedding].ravel() for each in given]))
            for given in (self.reference, outputs)
        )
        return float(np.mean(first == second))


def _thirds(data: Data) -> tuple[Samples, Samples]:
    """(the search's two thirds, the last one), interleaved."""
    parts = []
    for held in (False, True):
        places = [i for i in range(len(data.feeds)) if (i % 3 == 2) == held]
        labels = None if data.labels is None else tuple(data.labels[i] for i in places)
        parts.append(Samples(tuple(data.feeds[i] for i in places), labels, data.about, False))
    return parts[0], parts[1]


def _nearest(vectors: Array) -> Array:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    alike = unit @ unit.T
    np.fill_diagonal(alike, -np.inf)
    return np.asarray(alike.argmax(axis=1))


def _failed(by: str, name: str, why: str) -> Row:
    return {"by": by, "form": name, "failed": why}


def _found(path: Path, samples: Samples, scores: str | None) -> tuple[Model, Found, dict[str, list[Backend]]]:
    """What `edgeweb build` does up to the forms that ship, and what each of these serves."""
    flat = zipmap.step(model.load(path))
    neutral = optimise.step(flat.model)
    info = probe.inspect_model(neutral.model)
    texts = row.texts(neutral.model.proto)
    examined = first_run.run(neutral.model, info.inputs, info.operators, texts=texts, data=None)
    chosen = optimise.choose(neutral.model, examined, forms.DEFAULT_AGREEMENT)
    goal = Goal("auto", forms.DEFAULT_AGREEMENT, scores, examined.multiply_adds or info.parameters)
    found = search.smallest(neutral.model, chosen.data, samples, goal)
    web = webdist.find()
    runtime = [web.path(name) for name in web.runtimes["wasm"].all]
    steady = [output for output in first_run.outputs(info.outputs, examined) if output.name in examined.reference]
    kind = chosen.graph_optimization
    scene = latency.Scene(runtime, chosen.data, kind, info.operators, info.inputs, steady, samples.feeds)
    found = latency.judged(found, scene)
    backends = effort.backends(info.operators, neutral.model.proto)
    serves = {form.name: served for form, served in forms.shipped(found, backends)}
    return neutral.model, found, serves


def ours(path: Path, jury: Jury) -> tuple[list[Row], dict[str, Any]]:
    """edgeweb's forms, and what its search saw."""
    neutral, found, serves = _found(path, jury.search, jury.contest.scores)
    told = []
    for form in found.tried:
        row = jury.row("edgeweb", form.name, _files(form), form.wire, form.model, form.note)
        ships = form.name == found.chosen.name
        times = None if form.latency is None else round(form.latency.ratio, 3)
        told.append(row | {"ships": ships, "serves": serves.get(form.name, []), "refused": form.refused, "time": times})
    told += [_failed("edgeweb", name, f"declined: {why}") for name, why in found.declined if name != "fp16"]
    if all(form.name != "fp16" for form in found.tried):
        told.append(_half(neutral, jury))
    searched = compression.Searched(found, "auto", forms.DEFAULT_AGREEMENT, False, serves)
    return told, compression.document(searched)


def _files(candidate: Candidate) -> Sequence[bytes]:
    return (candidate.model,) if candidate.parts is None else candidate.parts


def _half(neutral: Model, jury: Jury) -> Row:
    """Made here: the search leaves it out for large models, and what it was tried on does not change it."""
    result = fp16.step(neutral, Calibration(tuple(dict(feed) for feed in jury.search.feeds[:16])))
    if not result.changed:
        return _failed("edgeweb", "fp16", f"declined: {'; '.join(result.notes)}")
    data = to_bytes(result.model.proto)
    try:
        row = jury.row("edgeweb", "fp16", (data,), wire_size(data), data, "; ".join(result.notes))
    except EdgewebError as error:
        return _failed("edgeweb", "fp16", first_line(error))
    return row | {"ships": False, "serves": [], "refused": None, "time": None}


def todays(path: Path, jury: Jury, say: Any) -> list[Row]:
    """The original file, and what the usual tools make of it."""
    source = path.read_bytes()
    told = [jury.row("today", "the original", (source,), wire_size(source), source)]
    feeds: Sequence[Feed] = [dict(feed) for feed in jury.search.feeds]
    for tool in TOOLS:
        say(tool.name)
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "model.onnx"
            try:
                with common.quiet():
                    note = tool.make(path, target, feeds)
                data = target.read_bytes()
                told.append(jury.row("today", tool.name, (data,), wire_size(data), data, note))
            except Exception as error:  # noqa: BLE001 - what a library cannot do is a result
                told.append(_failed("today", tool.name, first_line(error)))
    return told


def ratio(told: Sequence[Row], minimum: float, key: str = "agreement") -> dict[str, Any]:
    """What edgeweb ships by the best of today's that reaches `minimum` by the measure `key`, on the last third."""
    made = [row for row in told if "failed" not in row]
    shipped = next((row for row in made if row.get("ships")), None)
    passing = [row for row in made if row["by"] == "today" and row[key] is not None and row[key] >= minimum]
    if shipped is None or not passing:
        return {"ratio": None, "met": False}
    best = min(passing, key=lambda row: row["wireBytes"])
    part = shipped["wireBytes"] / best["wireBytes"]
    reaches = shipped[key] is not None and shipped[key] >= minimum
    return {
        "ours": shipped["form"],
        # Of a call in the browser, to the original's; none was measured where every weight ships as it was.
        "time": shipped["time"],
        "against": best["form"],
        "againstExact": best["exact"],
        "ratio": part,
        "oursPasses": bool(reaches),
        "met": bool(reaches and part <= GOAL),
    }


def compare(contest: Contest, count: int) -> dict[str, Any]:
    """Everything about one model."""
    began = time.monotonic()

    def say(what: str) -> None:
        print(f"  {contest.name}: {what} ({time.monotonic() - began:.0f} s)", file=sys.stderr, flush=True)

    path = contest.model()
    data = contest.data(count)
    jury = Jury(contest, path.read_bytes(), data)
    say(f"searching, {len(jury.search.feeds)} inputs")
    told, searched = ours(path, jury)
    told += todays(path, jury, say)
    found = {
        "kind": contest.kind,
        "modelBytes": path.stat().st_size,
        "data": data.about,
        "samples": {"search": len(jury.search.feeds), "held": len(jury.held.feeds)},
        "forms": told,
        "ratio": ratio(told, forms.DEFAULT_AGREEMENT),
        "search": searched,
        "seconds": round(time.monotonic() - began, 1),
    }
    if contest.embedding is not None:
        found["ratioByNeighbours"] = ratio(told, forms.DEFAULT_AGREEMENT, "neighbours")
    say("done")
    return found


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few inputs, and no large models: about two minutes")
    parser.add_argument("--models", nargs="*", choices=[each.name for each in CONTESTS])
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results" / "compress.json")
    given = parser.parse_args()
    found: dict[str, Any] = {
        "machine": platform.platform(),
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "versions": {package: _version(package) for package in PACKAGES},
        "when": time.strftime("%Y-%m-%d"),
        "quick": given.quick,
        "minimum": forms.DEFAULT_AGREEMENT,
        "goal": GOAL,
        "judged": "on the last third, which no search or tool saw; ONNX Runtime on the CPU without graph optimisations",
        "tools": {tool.name: tool.about for tool in TOOLS},
        "models": {},
        "absent": {},
    }
    for contest in CONTESTS:
        count = contest.quick if given.quick else contest.count
        wanted = contest.name in given.models if given.models else not contest.asked
        if not count or not wanted:
            continue
        try:
            found["models"][contest.name] = compare(contest, count)
        except AbsentError as error:
            found["absent"][contest.name] = str(error)
            print(f"  {contest.name}: left out, {error}", file=sys.stderr, flush=True)
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(table(found))


if __name__ == "__main__":
    main()
