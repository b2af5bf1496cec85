"""What a file's own framework says of the user's rows, or of made up ones, beside what the converted model says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np

from edgeweb.convert import conversion, proof
from edgeweb.convert.common import Converted
from edgeweb.convert.proof import Proof
from edgeweb.errors import EdgewebError, LimitError, ModelError
from edgeweb.inputs import golden
from edgeweb.inputs.arrays import Feed, converted
from edgeweb.inputs.golden import Array
from edgeweb.prepare import Tried
from edgeweb.read.model import to_bytes
from edgeweb.samples import samples
from edgeweb.schema.types import TensorInfo
from edgeweb.search import candidate
from edgeweb.trial import first_run, native

Rows = tuple[Sequence[Feed], str]


def proven(found: Converted, run: Tried, base: Path) -> Proof:
    """How the converted model compares with the original.

    Raises:
        LimitError: more answers than --min-agreement allows are others, or it fails on rows of the user's.
        ConfigError: the user's data cannot be read.
    """
    told = Proof(found.framework, found.source.name)
    if not found.answers:
        compared = str(found.said.get("compared", "")).replace("{framework}", found.framework)
        return replace(told, elsewhere=compared, failed="" if compared else "it is not there to be asked")
    feeds, of = _rows(run, base)
    if not feeds:
        return told
    infos = {info.name: info for info in run.info.inputs}
    together = run.plan.kind.row(run.plan) is not None and not any(map(_fixed, infos.values()))
    runs = [{name: np.concatenate([feed[name] for feed in feeds]) for name in infos}] if together else feeds
    try:
        original = conversion.answers_each(found, runs)
    except EdgewebError as error:
        return replace(told, failed=error.why)
    narrow = [{name: _typed(infos[name], array) for name, array in feed.items()} for feed in feeds]
    try:
        ours = _run(found, run, narrow)
    except LimitError:
        raise
    except EdgewebError as error:
        return replace(told, failed=error.why)
    if any(name not in each for each in ours for name in original[0]):
        return replace(told, failed="the page asks a part of the model alone")
    near = float(found.said.get("rounding", proof.SAME))
    both = proof.compare(original[0], ours, near) if together else proof.compare_each(original, ours, near)
    same, worst, first, rows = both
    ties = proof.ties(original[0], ours) if together else 0
    told = replace(told, rows=rows, same=same, of=of, worst=worst, first=first, ties=ties)
    told.check(candidate.minimum(run.known.settings.compress), found.source.name)
    return told


def _run(found: Converted, run: Tried, feeds: Sequence[Feed]) -> list[dict[str, Array]]:
    """What the graph says as it runs everywhere, in a child: a run of these rows may still crash ONNX Runtime.

    Raises:
        LimitError: it does not take a row of the user's, which the original has answered.
        ModelError: it does not run on all of them.
    """
    # The browser's runtime knows every locale of texts; this machine may lack one.
    whole = to_bytes(first_run.neutral_locale(run.model.proto) or run.model.proto)
    case = [golden.stored_input(info.name, info.type, feeds[0][info.name]) for info in run.info.inputs]
    done = native.examine(
        found.source, whole, [case], endless=False, random=False, optimise=False, weights=run.model.weights, looks=feeds
    )
    row = done.refused if done.case else 0
    if row is not None and run.known.settings.data is not None:
        raise LimitError(
            f"The converted form of {found.source.name} fails on row {row + 1} of {Path(run.known.settings.data).name}",
            f"{found.framework} answers it, so the converter is wrong",
            "Convert it another way (docs/formats.md), or leave out such rows",
        )
    if len(done.looks) != len(feeds):
        why = "the converted model does not run on all of these rows"
        raise ModelError(f"{found.source} cannot be compared", why, "Leave out the rows that it does not take")
    return list(done.looks)


def _fixed(info: TensorInfo) -> bool:
    """Whether it takes so many rows and no others."""
    return bool(info.shape) and isinstance((info.shape or [])[0], int)


def _typed(info: TensorInfo, array: Array) -> Array:
    fitted = converted(info.type, array)
    return array if fitted is None else fitted


def _rows(run: Tried, base: Path) -> Rows:
    """The user's samples, else rows that reach what the model knows; numbers of a row with all digits that they have,
    as the framework gets them elsewhere.
    """
    settings, inputs = run.known.settings, list(run.info.inputs)
    table = run.plan.kind.row(run.plan) is not None
    wide = [_wide(info) for info in inputs] if table else inputs
    if settings.data is not None:
        return samples.read(
            base / settings.data, wide, run.plan, run.examined.case
        ).feeds, f"of {Path(settings.data).name}"
    if table:
        seen = replace(run.known.seen, inputs=tuple(wide))
        return run.plan.kind.looks(seen, settings, base), "made up around what it knows"
    return samples.made_up(inputs, run.plan, run.examined.case).feeds, "made up"


def _wide(info: TensorInfo) -> TensorInfo:
    return msgspec.structs.replace(info, type="float64") if info.type == "float32" else info
