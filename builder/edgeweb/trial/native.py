"""Runs a model natively, in a child process with limits on time and memory: a model may be trusted with neither."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from edgeweb.errors import EdgewebError, ModelError, UnsupportedError
from edgeweb.inputs.arrays import Feed
from edgeweb.inputs.golden import Array, stored_input, type_of
from edgeweb.machine import scratch
from edgeweb.machine.child import MODEL_BYTES, Child
from edgeweb.read import weights_file
from edgeweb.schema.model import GoldenInput

# Until the libraries are there, which a busy machine takes its time for; of the model nothing has been seen by then.
_SECONDS_TO_START = 60.0
# Anything may hang while it is loaded; only a Loop can run for ever, the rest may take the time that big inputs need.
_SECONDS = 7.0
_SECONDS_WITHOUT_LOOP = 45.0
_SECONDS_PER_BYTE = 1 / (15 << 20)


@dataclass(frozen=True)
class Examined:
    """What the child found.

    `inputs`, `outputs`: (name, type, shape) as ONNX Runtime declares them. `reference`: the original's outputs for
    `case`, empty when no case ran. `optimised`: the optimised file's bytes with its outputs, when that step worked.
    `multiply_adds`: of one run, when they were asked for and could be estimated. `looks`: the outputs of further runs
    that were asked for; empty unless it took all of them. `refused`: the first that it did not take.
    """

    inputs: list[tuple[str, str, list[Any]]]
    outputs: list[tuple[str, str, list[Any]]]
    case: list[GoldenInput] = field(default_factory=list)
    reference: dict[str, Array] = field(default_factory=dict)
    optimised: bytes | None = None
    optimised_outputs: dict[str, Array] = field(default_factory=dict)
    multiply_adds: int | None = None
    looks: tuple[dict[str, Array], ...] = ()
    refused: int | None = None
    notes: tuple[str, ...] = ()


def examine(
    source: Path,
    model: bytes,
    cases: Sequence[list[GoldenInput]],
    *,
    endless: bool,
    random: bool,
    optimise: bool = True,
    measure: bool = False,
    weights: Path | None = None,
    looks: Sequence[Feed] = (),
) -> Examined:
    """Load the model, run the first of `cases` that it takes, optimise it, and run that as well.

    Args:
        source: the user's file, for messages only.
        model: the ONNX file's bytes, weights inside unless they are in the file `weights`.
        endless: whether it has a Loop, which may never end.
        random: whether it has operators that draw random numbers: such outputs prove nothing.
        measure: whether to estimate the work of a run.
        looks: inputs to run it on as well.

    Raises:
        ModelError, UnsupportedError: ONNX Runtime refuses it, or it needs more time or memory than a browser has.
    """
    with scratch.folder(weights and weights.parent) as job:
        (job / weights_file.GRAPH).write_bytes(model)
        (job / "cases.json").write_bytes(msgspec.json.encode(cases))
        _write_looks(job, looks)
        weight = (len(model) + weights_file.join(weights, job)) * _SECONDS_PER_BYTE
        run = (_SECONDS if endless else _SECONDS_WITHOUT_LOOP) + weight
        load = _SECONDS + weight
        # `check` goes on with the time of `optimise`.
        budgets = {"start": _SECONDS_TO_START, "load": load, "run": run, "optimise": run, "measure": load, "look": run}
        found = _Trial(job, source, budgets).talk(optimise, random, measure, bool(looks))
        return _collect(job, found)


class _Trial:
    """One run of `edgeweb.trial.native_child`, which says which stage it has reached."""

    def __init__(self, job: Path, source: Path, budgets: dict[str, float]) -> None:
        self.job, self.source, self.budgets = job, source, budgets

    def talk(self, *flags: bool) -> dict[str, Any]:
        """Every message of the child merged into one; raises when the model itself failed."""
        chosen = ("1" if flag else "0" for flag in flags)
        with Child("trial.native_child", str(self.job), str(MODEL_BYTES), *chosen) as child:
            return self._listen(child)

    def _listen(self, child: Child) -> dict[str, Any]:
        found: dict[str, Any] = {"stage": "start", "notes": []}
        budget = self.budgets["start"]
        limit = time.monotonic() + budget
        while found["stage"] != "done":
            try:
                message = child.message(limit)
            except TimeoutError:
                return self._stopped(found, "did not finish", f"within {budget:.0f} s")
            if message is None:
                return self._stopped(found, "ended", "for want of memory or by a fault in ONNX Runtime")
            if "error" in message:
                raise self._refusal(message)
            if message.get("stage") in self.budgets:
                budget = self.budgets[message["stage"]]
                limit = time.monotonic() + budget
            found.update(message)
        return found

    def _stopped(self, found: dict[str, Any], what: str, why: str) -> dict[str, Any]:
        """The child is gone. Once the original has run, only the optimised form or the estimate is lost."""
        if found["stage"] in ("measure", "look"):
            return found
        if found["stage"] in ("optimise", "check"):
            return {
                **found,
                "optimised": False,
                "notes": [*found["notes"], f"graph optimisation {what} {why}: the original graph is shipped"],
            }
        if found["stage"] == "start":
            raise EdgewebError(
                f"{self.source} could not be checked",
                f"ONNX Runtime did not start ({why})",
                "Try again when the machine is less busy",
            )
        verb = "be loaded" if found["stage"] == "load" else "be run on small seeded inputs"
        reason = f"its trial {what} {why}, so it would freeze or crash the visitor's browser"
        raise UnsupportedError(
            f"{self.source} cannot {verb}",
            reason,
            "Look for a loop without end or a huge shape, and try the model with onnxruntime in Python",
        )

    def _refusal(self, message: dict[str, Any]) -> EdgewebError:
        reason = clean(message["error"])
        if message.get("memory"):
            return UnsupportedError(
                f"{self.source} cannot be run",
                f"it needs more memory than a browser has: {reason}",
                "Use smaller shapes, or a smaller model",
            )
        if "NOT_IMPLEMENTED" in message["error"]:
            return UnsupportedError(
                f"{self.source} cannot run in a browser", reason, "Export it with other operators or types (float32)"
            )
        return ModelError(
            f"{self.source} is refused by ONNX Runtime", reason, "Export the model again and check it with onnx.checker"
        )


def clean(text: str) -> str:
    """ONNX Runtime's message without its prefixes, source paths and the temporary file's name."""
    text = re.sub(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ", "", text.strip())
    text = re.sub(r"Load model from \S+ failed:", "", text)
    text = re.sub(r"\S*/(onnxruntime_src|onnxruntime)/\S+?:\d+ ", "", text)
    text = re.sub(r"(?:[\w:<>&*~ ,]+\([^)]*\)\s*(?:const)?\s*)?\[ShapeInferenceError\]", "shape inference:", text)
    return " ".join(text.split())[:300]


def _collect(job: Path, found: dict[str, Any]) -> Examined:
    cases = msgspec.json.decode((job / "cases.json").read_bytes(), type=list[list[GoldenInput]])
    chosen, names = found.get("case"), [name for name, _, _ in found["outputs"]]
    optimised = (job / "optimised.onnx").read_bytes() if found.get("optimised") else None
    return Examined(
        inputs=found["inputs"],
        outputs=found["outputs"],
        case=[] if chosen is None else cases[chosen],
        reference={} if chosen is None else _arrays(job / "reference.npz", found["stable"]),
        optimised=optimised,
        optimised_outputs={}
        if optimised is None or chosen is None
        else _arrays(job / "optimised.npz", found["stable"]),
        multiply_adds=found.get("multiply_adds"),
        looks=_looked(job, names, found.get("looks", 0)),
        refused=found.get("refused"),
        notes=tuple(found["notes"]),
    )


def _looked(job: Path, names: Sequence[str], count: int) -> tuple[dict[str, Array], ...]:
    """The outputs of each look; the child wrote those of one name into one file, as one array where it could."""
    found: list[dict[str, Array]] = [{} for _ in range(count)]
    for number, name in enumerate(names if count else ()):
        with np.load(job / f"looks{number}.npz", allow_pickle=False) as archive:
            arrays = list(archive["o0"]) if len(archive.files) == 1 else [*archive.values()]
        for look, array in zip(found, arrays, strict=True):
            look[name] = array
    return tuple(found)


def _write_looks(job: Path, looks: Sequence[Feed]) -> None:
    """As cases, which hold their own elements."""
    cases = [[stored_input(name, type_of(array), array) for name, array in feed.items()] for feed in looks]
    (job / "looks.json").write_bytes(msgspec.json.encode(cases))


def _arrays(path: Path, names: Sequence[str]) -> dict[str, Array]:
    """Outputs by name; the file numbers them, because names may hold anything. Strings travel as unicode arrays."""
    with np.load(path, allow_pickle=False) as archive:
        return {
            name: archive[f"o{number}"] for number, name in enumerate(names) if f"o{number}" in archive.files and name
        }
