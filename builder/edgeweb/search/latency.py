"""How long the forms of a model take in a real browser, and so which of those that calculate otherwise may ship."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from edgeweb.errors import EdgewebError, printable
from edgeweb.inputs import golden
from edgeweb.inputs.arrays import Feed
from edgeweb.machine import browsers, cache, session
from edgeweb.machine.browsers import NoBrowserError
from edgeweb.schema.model import GoldenCase, GoldenInput, Optimization
from edgeweb.schema.types import TensorInfo
from edgeweb.search import candidate
from edgeweb.search.candidate import Candidate, Found, Latency

# A form may take this many times as long as the original, in the round that suits it least ...
_MOST = 1.10
# ... and this many in the median round: one that only just passes would fail in the next build.
_MOST_MEDIAN = 1.05
# The original's rounds may differ by this factor; where they differ more, the machine was too busy to tell.
_UNSTEADY = 1.3
_ROUNDS, _ROUND_MS, _MOST_RUNS, _WARM_UPS = 3, 700, 200, 2
# To start, and for each form: slow models take one run a round.
_START_SECONDS, _FORM_SECONDS = 20.0, 20.0


class _Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was measured once on this machine. `error`: why it could not be."""

    browser: str = ""
    own: tuple[float, ...] = ()
    original: tuple[float, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class Scene:
    """What every form is timed in.

    `runtime`: worker, glue and wasm of the plain runtime, as they ship. `original`: the ONNX file that the others stand
    in for, and how a browser is to treat its graph. `outputs`: those that repeat. `feeds`: the first is what is timed.
    """

    runtime: Sequence[Path]
    original: bytes
    graph_optimization: Optimization
    operators: Mapping[str, int]
    inputs: Sequence[TensorInfo]
    outputs: Sequence[TensorInfo]
    feeds: Sequence[Feed]

    @property
    def feed(self) -> Feed:
        """What is timed."""
        return self.feeds[0]


def judged(found: Found, scene: Scene, on_step: Callable[[str], None] = lambda _: None) -> Found:
    """The same search with the forms timed that could win, and the smallest of those that may ship by now.

    Only forms with fewer bytes than what ships so far are timed, and that one, for the report.
    """
    smaller = [each for each in found.tried if each.waits and each.wire < found.chosen.wire]
    wanted = [*smaller, *([found.chosen] if found.chosen.lossy else [])]
    if not wanted:
        return _settled(found, {})
    try:
        measured = _measure(wanted, scene, on_step)
    except NoBrowserError as error:
        return replace(_settled(found, {}), untimed=str(error))
    return _settled(found, measured)


def _settled(found: Found, measured: Mapping[str, _Record]) -> Found:
    """Every form with its time, if it has one, and the verdict on it."""
    tried = tuple(_verdict(each, measured.get(each.name), found.chosen.wire) for each in found.tried)
    passing = [each for each in tried if each.refused is None]
    return replace(found, tried=tried, chosen=min(passing, key=lambda each: each.wire))


def _verdict(form: Candidate, record: _Record | None, shipped: int) -> Candidate:
    if record is None:
        larger = form.waits and form.wire >= shipped
        return replace(form, refused="it agrees, but it is larger than what ships") if larger else form
    if record.error:
        refused = f"for comparison only, it could not be timed: {record.error}" if form.waits else form.refused
        return replace(form, refused=refused)
    latency = Latency(record.browser, record.own, record.original)
    return replace(form, latency=latency, refused=too_slow(latency) if form.waits else form.refused)


def too_slow(latency: Latency) -> str | None:
    """None when it is fast enough to ship, otherwise why not."""
    if max(latency.ratios) <= _MOST and latency.ratio <= _MOST_MEDIAN:
        return None
    worst = f", {max(latency.ratios):.2f} in its worst round" if latency.ratio <= _MOST_MEDIAN else ""
    return f"it takes {latency.ratio:.2f} times as long as the original{worst}, in {latency.browser}"


def _measure(wanted: Sequence[Candidate], scene: Scene, on_step: Callable[[str], None]) -> dict[str, _Record]:
    """What this machine has on record, and the rest from a browser, which is started only then."""
    keys = {form.name: _key(form, scene) for form in wanted}
    known = {name: record for name, key in keys.items() if (record := _recall(key)) is not None}
    missing = [form for form in wanted if form.name not in known]
    if missing:
        browser = browsers.find()
        on_step(f"timing {', '.join(form.name for form in missing)} in {browser.name}")
        fresh = _in_browser(browser, missing, scene)
        for name, record in fresh.items():
            _keep(keys[name], record)
        known |= fresh
    return known


def _in_browser(browser: Path, wanted: Sequence[Candidate], scene: Scene) -> dict[str, _Record]:
    found: dict[str, _Record] = {}
    by_name = {form.name: form for form in wanted}
    try:
        files = _files(wanted, scene)
        for report in browsers.reports(browser, files, _START_SECONDS + _FORM_SECONDS * len(wanted)):
            name = report.get("form")
            if isinstance(name, str) and name in by_name:
                found[name] = _record(report)
            elif "error" in report:
                why = printable(str(report["error"]), 200)
                raise NoBrowserError(f"the original does not run in {browser.name}: {why}")
    except EdgewebError as error:
        raise NoBrowserError(f"a form does not run natively: {error.why}") from error
    except NoBrowserError:
        # What was timed before it ended counts.
        if not found:
            raise
    return found


def _record(report: Mapping[str, Any]) -> _Record:
    """What the page posted, checked: a model can make anything of the process that it runs in."""
    if "error" in report:
        return _Record(error=printable(str(report["error"]), 200))
    threads = report.get("threads")
    browser = f"{printable(str(report.get('browser')), 40)}, {threads} thread{'' if threads == 1 else 's'}"
    own, original = (_times(report.get(name)) for name in ("own", "original"))
    if not own or len(own) != len(original):
        return _Record(error="it gave no times")
    if max(original) > _UNSTEADY * min(original):
        return _Record(error=f"this machine was too busy, the original took {min(original):g} to {max(original):g} ms")
    return _Record(browser, own, original)


def _times(values: Any) -> tuple[float, ...]:
    """In milliseconds; nothing where there is anything else among them, or a clock too coarse to see a run."""
    good = isinstance(values, list) and all(isinstance(v, int | float) and 0.001 <= v < math.inf for v in values)
    return tuple(round(float(value), 4) for value in values) if good else ()


def _files(wanted: Sequence[Candidate], scene: Scene) -> dict[str, bytes | Path]:
    templates = Path(__file__).parents[1] / "templates"
    worker, glue, *parts = scene.runtime
    wasm = {f"runtime-{number}.wasm": path for number, path in enumerate(parts)}
    inputs = [golden.stored_input(info.name, info.type, scene.feed[info.name]) for info in scene.inputs]
    job = {
        "wasm": list(wasm),
        "declared": list(scene.inputs),
        "inputs": inputs,
        "original": {
            "file": "original.onnx",
            "graphOptimization": scene.graph_optimization,
            "golden": [_case(scene.original, inputs, scene)],
            "tolerance": golden.tolerance(scene.operators, [info.type for info in (*scene.inputs, *scene.outputs)]),
        },
        "forms": [_form(number, form, inputs, scene) for number, form in enumerate(wanted)],
        "rounds": _ROUNDS,
        "roundMs": _ROUND_MS,
        "mostRuns": _MOST_RUNS,
        "warmUps": _WARM_UPS,
    }
    return {
        "index.html": templates / "latency.html",
        "latency.js": templates / "latency.js",
        "job.json": msgspec.json.encode(job),
        "worker.js": worker,
        "glue.mjs": glue,
        "original.onnx": scene.original,
        **wasm,
        **{f"form-{number}.onnx": _file(form) for number, form in enumerate(wanted)},
    }


def _form(number: int, form: Candidate, inputs: list[GoldenInput], scene: Scene) -> dict[str, Any]:
    return {
        "name": form.name,
        "file": f"form-{number}.onnx",
        "graphOptimization": candidate.graph_optimization(form, scene.graph_optimization),
        "golden": [_case(_file(form), inputs, scene)],
        "tolerance": candidate.tolerance(form, scene.operators, [*scene.inputs, *scene.outputs]),
    }


def _file(form: Candidate) -> bytes:
    if isinstance(form.model, bytes):
        return form.model
    raise NoBrowserError("the model is too large")


def _case(model: bytes, inputs: list[GoldenInput], scene: Scene) -> GoldenCase:
    """The form's own native answers, which the browser has to give."""
    (answer,) = session.run(model, [scene.feed])
    outputs = [golden.expected(i.name, i.type, answer[i.name], len(scene.outputs)) for i in scene.outputs]
    return GoldenCase(inputs=inputs, outputs=outputs)


def _key(form: Candidate, scene: Scene) -> str:
    """Of all that decides how long it takes, but for the machine and its browser."""
    digest = hashlib.sha256()
    runtime = " ".join(path.name for path in scene.runtime)
    levels = f"{scene.graph_optimization} {candidate.graph_optimization(form, scene.graph_optimization)}"
    rules = f"{_ROUNDS} {_ROUND_MS} {_MOST_RUNS} {_WARM_UPS}"
    parts: list[bytes] = [runtime.encode(), levels.encode(), rules.encode(), scene.original, _file(form)]
    for name in sorted(scene.feed):
        array = scene.feed[name]
        elements = array.tobytes() if array.dtype.kind not in "OU" else str(array.tolist()).encode()
        parts += [f"{name} {array.dtype} {array.shape}".encode(), elements]
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()


def _recall(key: str) -> _Record | None:
    try:
        return msgspec.json.decode((cache.folder("latency") / f"{key}.json").read_bytes(), type=_Record)
    except (OSError, msgspec.DecodeError):
        return None


def _keep(key: str, record: _Record) -> None:
    """So that the next build of the same model makes the same choice; without room for it, it measures again."""
    if record.error:
        return
    try:
        cache.write(cache.folder("latency") / f"{key}.json", msgspec.json.encode(record))
    except OSError:
        return
