"""What the page says of an estimator's rows, and whether that is what the estimator says."""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
import pytest
from edgeweb import opened, options, prepare
from edgeweb.errors import EdgewebError
from edgeweb.machine import child, session
from edgeweb.prepare import Tried
from edgeweb.read import model
from edgeweb.tasks import evidence
from edgeweb.tasks.plan import Plan
from edgeweb.trial import first_run, native, native_child, optimise
from threadpoolctl import threadpool_limits

from zoo.case import Array, Made

Verdict = Literal["right", "less", "wrong", "no site", "no model"]
# Of numbers of 32 bits, in relation to the largest of a row.
CLOSE = 2e-3


@dataclass(frozen=True)
class Judged:
    """`says`: in words, what the page shows of a row; `why`: of a wrong one, what it should show; `own`: of how many
    rows the model's file says something else than the estimator, and the page what the file says."""

    key: str
    says: str
    verdict: Verdict
    why: str = ""
    own: int = 0


@dataclass(frozen=True)
class Decided:
    """What a build would ship, and how its page would read it."""

    plan: Plan
    shipped: bytes
    tried: Tried


class Forked:
    """In place of a trial's child process: the same program, in a copy of this process, which has loaded ONNX Runtime
    already. That is most of what a trial takes; `EDGEWEB_THOROUGH` starts it as a build does.
    """

    def __init__(self, _: str, *arguments: str) -> None:
        self._arguments = arguments

    def __enter__(self) -> Forked:
        reading, writing = os.pipe()
        self._child = os.fork()
        if self._child == 0:
            # It would copy the memory of all that is loaded; and a fault of a model is nobody's here.
            gc.disable()
            faulthandler.disable()
            os.dup2(writing, 1)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            sys.argv = ["native_child", *self._arguments]
            try:
                native_child.main()
            finally:
                os._exit(0)
        os.close(writing)
        self._said = os.fdopen(reading)
        return self

    def __exit__(self, *_: object) -> None:
        self._said.close()
        os.waitpid(self._child, 0)

    def message(self, _: float) -> dict[str, Any] | None:
        line = self._said.readline()
        found: dict[str, Any] | None = json.loads(line) if line else None
        return found


@contextmanager
def in_a_copy() -> Iterator[None]:
    """Trials in copies of this process."""
    # One thread is fastest for what is so small.
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings(), threadpool_limits(1):
        # Nothing that other threads of this process may hold is used by a trial.
        warnings.simplefilter("ignore", DeprecationWarning)
        patch.setattr(native, "Child", Forked)
        # It would wait for the end of this process's own input.
        patch.setattr(child, "follow", lambda: None)
        yield


def decided(made: Made, folder: Path) -> Decided:
    """As `edgeweb build` decides, up to the search for smaller forms.

    Raises:
        EdgewebError: a build would refuse.
    """
    path = folder / "model.onnx"
    path.write_bytes(made.model)
    asked = opened.ask([path], options.NOTHING, lambda _: None, builds=True)
    found = opened.read(model.load(path), asked.settings, asked.base, asked.said, asked.origins)
    tried = prepare.tried(found, ships=True)
    return Decided(tried.plan, optimise.choose(tried.model, tried.examined, 0.99).data, tried)


def judged(made: Made, folder: Path) -> Judged:
    """The verdict on one case."""
    if made.cannot:
        return Judged(made.key, made.cannot, "no model")
    try:
        found = decided(made, folder)
    except EdgewebError as error:
        return Judged(made.key, str(error).replace(f"{folder}/", ""), "no site")
    try:
        judge = Judge(made, found)
    except EdgewebError as error:
        return Judged(made.key, f"the file does not run on the estimator's own rows: {error}", "no model")
    try:
        return judge.verdict()
    except Exception as error:  # noqa: BLE001 - then the page shows an error
        return Judged(made.key, "nothing", "wrong", f"reading its outputs fails: {error!r}")


def runs_here(content: bytes) -> bytes:
    """A model without the text locale that this machine may lack, as a trial does without."""
    neutral = first_run.neutral_locale(onnx.load_from_string(content))
    return content if neutral is None else neutral.SerializeToString()


def shown(found: Decided, outputs: Mapping[str, Array]) -> dict[str, Any]:
    """What `predict()` gives for the outputs of a run."""
    tried = found.tried
    return found.plan.kind.native(found.plan, tried.info.inputs, tried.outputs).result(outputs)


class Judge:
    """One case: every row by the page and by the estimator; the worst of its rows decides."""

    def __init__(self, made: Made, found: Decided) -> None:
        self.made, self.found = made, found
        self.outputs = session.run(runs_here(found.shipped), made.feeds)
        try:
            self.original = session.run(runs_here(made.model), made.feeds)
        except EdgewebError:
            # What the builder has left out of it.
            self.original = self.outputs
        self.sure = evidence.known(found.plan.evidence, "probabilities")
        self.own: set[int] = set()

    def verdict(self) -> Judged:
        verdicts: list[tuple[Verdict, str]] = []
        results = [shown(self.found, row) for row in self.outputs]
        verdicts += [self._row(number, result) for number, result in enumerate(results)]
        order: list[Verdict] = ["wrong", "less", "right"]
        worst = min(verdicts, key=lambda each: order.index(each[0]))
        why = f"{worst[1]}; {sum(v == worst for v in verdicts)} of {len(verdicts)} rows" if worst[1] else ""
        return Judged(self.made.key, self._words(results[0]), worst[0], why, len(self.own))

    def _words(self, result: dict[str, Any]) -> str:
        match result["task"]:
            case "classification" if len(result["labels"]) == 1:
                return "class"
            case "classification":
                return "class, probabilities" if self.sure else "class, scores"
            case "regression":
                count = len(result["values"])
                return f"{count} values" if count > 1 else "value"
            case "tensors":
                return "outputs as they are"
            case other:
                return str(other)

    def _row(self, number: int, result: dict[str, Any]) -> tuple[Verdict, str]:
        match result["task"]:
            case "classification":
                return self._classes(number, result["labels"])
            case "regression":
                return self._values(number, result["values"])
            case "embedding":
                return self._values(number, result["vector"])
            case "tensors":
                return "less", ""
        return "wrong", f"{result['task']} of a row"

    def _values(self, number: int, values: list[float]) -> tuple[Verdict, str]:
        """Numbers: the prediction, or the outputs as they are."""
        says = self.made.says[number]
        if self.made.form in ("values", "transformed") and not isinstance(says[0], str) and close(values, says):
            return "right", ""
        for output in self.outputs[number].values():
            if output.dtype.kind in "fiub" and close(values, output.ravel().tolist()):
                if self.made.form in ("values", "transformed"):
                    return self._differs(number, values)
                return "less", ""
        return "wrong", f"{values[:4]} where it says {says if isinstance(says, str) else says[:4]}"

    def _differs(self, number: int, values: list[float]) -> tuple[Verdict, str]:
        """They are an output's, but not what the estimator says: of another one, or the file differs."""
        first = next(iter(self.outputs[number].values()))
        if close(values, first.ravel().tolist()):
            self.own.add(number)
            return "right", ""
        return "less", ""

    def _classes(self, number: int, labels: list[dict[str, Any]]) -> tuple[Verdict, str]:
        made, says = self.made, self.made.says[number]
        if made.form not in ("class", "cluster", "outlier"):
            return "wrong", f"class {labels[0]['label']!r} where there are none"
        top = labels[0]["label"]
        if not self._same(top, says):
            own = self._own(number)
            if own is None or not self._same(top, own):
                return "wrong", f"says {top!r}, the estimator {says!r}, the file {own!r}"
            self.own.add(number)
        if len(labels) == 1:
            known = made.sure is not None
            return ("less", "") if known else ("right", "")
        given = {each["label"]: each["score"] for each in labels}
        if len(given) != len(made.classes) or len(labels) != len(made.classes):
            return "wrong", f"{len(labels)} scores for {len(made.classes)} classes"
        scores = [self._of(given, name) for name in made.classes]
        if not all(any(self._same(label, name) for label in given) for name in made.classes) and top == self._own(
            number
        ):
            # The file has other classes than the estimator.
            self.own.add(number)
            return "right", ""
        return self._scores(number, scores)

    def _scores(self, number: int, scores: list[float]) -> tuple[Verdict, str]:
        made = self.made
        if made.sure is not None and close(scores, made.sure[number].tolist()):
            return ("right", "") if self.sure else ("less", "")
        if self.sure and made.sure is not None and close(scores, self._called(number)):
            self.own.add(number)
            return "right", ""
        if self.sure:
            want = None if made.sure is None else made.sure[number].round(4).tolist()
            return "wrong", f"{np.round(scores, 4).tolist()} called probabilities, predict_proba {want}"
        known = None if made.decision is None else np.atleast_1d(made.decision[number]).ravel().tolist()
        if known is not None and (close(scores, known) or (len(known) == 1 and close(scores, [-known[0], known[0]]))):
            return "right", ""
        if any(
            close(sorted(scores), sorted(o.ravel().tolist()))
            for o in self.outputs[number].values()
            if o.dtype.kind == "f"
        ):
            return "less", ""
        return "wrong", f"scores {np.round(scores, 4).tolist()} are none of the model's, decision_function {known}"

    def _own(self, number: int) -> str | None:
        """The label that the file itself gives."""
        label = next((o for o in self.original[number].values() if o.dtype.kind in "iUO" and o.size == 1), None)
        return None if label is None else str(label.ravel()[0])

    def _called(self, number: int) -> list[float]:
        """What the file itself calls probabilities: a converter may get them wrong."""
        found = (array for name, array in self.outputs[number].items() if "probab" in name)
        return [float(value) for array in found for value in array.ravel()]

    def _same(self, label: str, says: str) -> bool:
        return label in (says, f"class {says}", f"cluster {says}")

    def _of(self, given: Mapping[str, float], name: str) -> float:
        return next((score for label, score in given.items() if self._same(label, name)), float("nan"))


def close(one: list[float], other: list[float]) -> bool:
    if len(one) != len(other):
        return False
    a, b = np.asarray(one, np.float64), np.asarray(other, np.float64)
    scale = np.nanmax(np.abs(b), initial=0.0)
    return bool(np.allclose(a, b, rtol=CLOSE, atol=CLOSE * min(scale, 1.0) + 1e-7, equal_nan=True))
