"""Runs a format's script in the user's Python: with limits, and without network where it can."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from edgeweb.errors import ModelError, UsageError
from edgeweb.machine import isolated
from edgeweb.machine.child import Child, Program, command, surroundings

RUNNER = Path(__file__).parent / "children" / "runner.py"
_LOOK_S = 60.0
# What the system itself needs, and nothing that may hold a secret.
_KEPT = frozenset((
    "PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "USER", "LOGNAME", "SYSTEMROOT", "SYSTEMDRIVE", "USERPROFILE",
    "APPDATA", "LOCALAPPDATA", "WINDIR", "COMSPEC", "PATHEXT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "CONDA_PREFIX",
))  # fmt: skip
# None of these libraries may talk on its own.
_SILENT = {
    "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1",
    "ORT_DISABLE_TELEMETRY": "1", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "",
    "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8",
}  # fmt: skip


class MissingError(Exception):
    """A module that the script imports is not there; its name."""


def run(
    python: Path,
    request: Mapping[str, Any],
    room: Path,
    seconds: float,
    environment: Mapping[str, str],
    on_step: Callable[[str], None] = lambda _: None,
    *,
    network: bool = False,
) -> dict[str, Any]:
    """What the script has done, as it told it.

    Args:
        python: the interpreter.
        request: see `children/runner.py`.
        room: a folder of this run, for whatever it leaves.
        environment: further variables.
        network: whether it asks another machine; no script may that reads a file.

    Raises:
        MissingError: a module is not there.
        ModelError: the script refuses the file, or fails on it.
        UsageError: the interpreter cannot be started.
    """
    asked = room / "request.json"
    asked.write_text(json.dumps(dict(request)), "utf-8")
    words = [str(python), "-E", str(RUNNER), str(asked)]
    own = {name: value for name, value in os.environ.items() if name.upper() in _KEPT}
    own |= {**_SILENT, "TMPDIR": str(room), "TEMP": str(room), "TMP": str(room), **environment}
    if sys.platform == "linux" and not network:
        words = [*command("machine.isolated"), isolated.ALONE, *words]
        # For the step between, which imports edgeweb; the child itself ignores it (-E).
        own["PYTHONPATH"] = surroundings()["PYTHONPATH"]
    try:
        with Program(words, own) as child:
            return _listened(child, str(request.get("source", python)), seconds, on_step)
    except OSError as error:
        raise no_python(python, error.strerror or str(error)) from error


def look(python: Path, libraries: list[dict[str, Any]], room: Path) -> dict[str, Any]:
    """The version of a Python, and those of libraries in it; None for one that is not there."""
    try:
        return run(python, {"do": "look", "libraries": libraries}, room, _LOOK_S, {})
    except ModelError as error:
        raise no_python(python, error.why) from error


def no_python(python: Path, why: str) -> UsageError:
    """That an interpreter is none."""
    return UsageError(
        f"{python} cannot be used as Python", why, "Give --python the path of an interpreter, 3.10 or later"
    )


def _listened(child: Child, called: str, seconds: float, on_step: Callable[[str], None]) -> dict[str, Any]:
    limit = time.monotonic() + seconds
    while True:
        try:
            message = child.message(limit)
        except TimeoutError:
            why = f"reading it took more than {seconds:.0f} s"
            raise ModelError(
                f"{called} was given up", why, "Convert it to ONNX yourself; docs/formats.md says how"
            ) from None
        if message is None:
            raise ModelError(f"{called} cannot be converted", _ended(child), "Save or download it again")
        if isinstance(step := message.get("step"), str):
            on_step(step)
        if isinstance(done := message.get("done"), dict):
            return done
        _check(message, called)


def _ended(child: Child) -> str:
    code = 0
    with suppress(subprocess.TimeoutExpired):
        code = child.code
    if code in (-signal.SIGABRT, -signal.SIGSEGV):
        return "the library that reads it crashes on it, as on damaged files"
    return f"the Python that reads it ended with code {code}, perhaps for want of memory"


def _check(message: Mapping[str, Any], called: str) -> None:
    if "missing" in message:
        raise MissingError(str(message["missing"]))
    if isinstance(parts := message.get("refused"), dict):
        raise ModelError(*(str(parts.get(name, "")) for name in ("what", "why", "hint")))
    if message.get("memory"):
        raise ModelError(
            f"{called} cannot be converted", "it needs more memory than it may have", "Use a smaller model"
        )
    if "failed" in message:
        why = str(message["failed"])
        raise ModelError(f"{called} cannot be converted", why, "Convert it to ONNX yourself; docs/formats.md says how")
