"""Runs the hooks natively before anything is packed, in a child process with limits: they are a program, too."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from edgeweb import errors
from edgeweb.errors import HookError
from edgeweb.machine import scratch
from edgeweb.machine.child import MODEL_BYTES, Child
from edgeweb.python.hookfile import HookFile
from edgeweb.schema.model import GoldenInput
from edgeweb.schema.site import HookInput

# Importing ONNX Runtime and loading the models.
_LOAD_SECONDS = 60.0
_MADE_UP = "on a made-up input"


@dataclass(frozen=True)
class Given:
    """What the hooks get: values of one kind, from `examples`, or something made up where that makes sense.

    `case`: the model's golden inputs, for hooks without preprocess. `metadata`: what the models' files said of
    themselves before anything was done to them, by name. `numpy`: arrays are NumPy's. `beside`: wheels that need not be
    installed.
    """

    kind: HookInput
    examples: Sequence[Path]
    case: Sequence[GoldenInput]
    metadata: Mapping[str, Mapping[str, str]]
    numpy: bool = False
    beside: Sequence[Path] = ()


def run(
    file: HookFile, models: Mapping[str, bytes | Path], labels: Sequence[str], given: Given, seconds: float
) -> tuple[str, ...]:
    """Import the hooks, and run what they are given through them: notes on what was tried.

    Args:
        models: ONNX files by name, as they ship, large ones by their path; the first one leads.
        seconds: how long one run may take.

    Raises:
        HookError: a hook failed, with its traceback; or needed too much time or memory.
    """
    kind, examples = given.kind, given.examples
    by_hand = "preprocess" not in file.functions
    made_up = [None] if by_hand or kind in ("image", "audio") else []
    values: list[str | None] = [str(path.resolve()) for path in examples] if examples and not by_hand else [*made_up]
    if by_hand and not given.case:
        values = []
    with scratch.folder() as job:
        files = {name: str(_file(job / f"{number}.onnx", form)) for number, (name, form) in enumerate(models.items())}
        about = {
            "hooks": str(file.path.resolve()), "models": files, "labels": list(labels), "values": values,
            "metadata": given.metadata, "numpy": given.numpy,
            "input": None if by_hand else kind, "case": msgspec.to_builtins(list(given.case)),
        }  # fmt: skip
        (job / "job.json").write_text(json.dumps(about), "utf-8")
        untried = _talk(job, file, given.beside, seconds)
    if untried:
        return (untried,)
    if not values:
        return (f"{file.name} was imported; without examples it was not run",)
    what = f"{len(examples)} of your examples" if examples and not by_hand else "a made-up input"
    return (f"{file.name} ran natively on {what}",)


def declared(file: HookFile, beside: Sequence[Path], seconds: float) -> dict[str, Any]:
    """Import the hooks, and return what they declare with edgeweb.ops, by function; HookError when that fails."""
    with scratch.folder() as job:
        (job / "job.json").write_text(json.dumps({"hooks": str(file.path.resolve())}), "utf-8")
        _talk(job, file, beside, seconds)
        return dict(json.loads((job / "declared.json").read_text("utf-8")))


def _file(path: Path, form: bytes | Path) -> Path:
    if isinstance(form, Path):
        return form.resolve()
    path.write_bytes(form)
    return path


def _talk(job: Path, file: HookFile, beside: Sequence[Path], seconds: float) -> str:
    """Follow the child to its end; why it could not run the models here at all, or nothing."""
    with Child("python.hooks_child", str(job), str(MODEL_BYTES), beside=beside, PYTHONDONTWRITEBYTECODE="1") as child:
        return _listen(child, file, seconds)


def _listen(child: Child, file: HookFile, seconds: float) -> str:
    budget, stage = _LOAD_SECONDS, "while it was imported"
    limit = time.monotonic() + budget
    while True:
        try:
            message = child.message(limit)
        except TimeoutError:
            raise _stopped(file, stage, f"it had not ended after {budget:g} s") from None
        if message is None:
            raise _stopped(file, stage, "its process ended, for want of memory or by exiting")
        if message.get("stage") == "done":
            return ""
        if message.get("kind") == "models":
            # The trial of each model has found its way around what this machine lacks, such as a locale.
            return f"{file.name} was not run: {' '.join(map(str, message['error']))[:200]}"
        if "error" in message:
            raise _failure(message, file, stage)
        if message.get("stage") == "run":
            value = message.get("value")
            budget, stage = seconds, f"on {Path(value).name}" if value else _MADE_UP
            limit = time.monotonic() + budget


def _stopped(file: HookFile, stage: str, why: str) -> HookError:
    return HookError(f"{file.path} was stopped {stage}", why, "Look for an endless loop, or raise seconds in [hooks]")


def _failure(message: dict[str, Any], file: HookFile, stage: str) -> errors.EdgewebError:
    words = [str(word) for word in message["error"]]
    if message["kind"] == "HookError" and len(words) == 3:
        made_up = stage == _MADE_UP
        hint = "Correct the file, or name examples that it can work on in edgeweb.toml" if made_up else words[2]
        return HookError(f"{words[0]}, {stage}", words[1], hint, str(message.get("text", "")))
    if message["kind"] == "memory":
        return _stopped(file, stage, "it needs more memory than a browser has")
    if len(words) == 3:
        return errors.ConfigError(*words)
    return HookError(f"{file.path} could not be tried {stage}", words[0] if words else "unknown", "Correct the example")
