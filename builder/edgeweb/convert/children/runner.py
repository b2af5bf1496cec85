"""Runs one format's script in the user's own Python: `python -E runner.py request.json`, with limits of its own."""

from __future__ import annotations

import os
import sys

# Python puts this folder first, where a script's name may be that of a library, and must not be found for it.
_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
sys.path[:] = [each for each in sys.path if os.path.abspath(each or ".") != _HERE]  # noqa: PTH100

# ruff: noqa: E402
import importlib
import importlib.metadata
import importlib.util
import json
import re
import signal
import socket
import threading
import types
import warnings
from pathlib import Path
from typing import Any

PACKAGE = "edgeweb_children"
_channel = 1


class Refusal(Exception):
    """A file that cannot be converted, in the words of edgeweb's errors."""

    def __init__(self, what: str, why: str, hint: str) -> None:
        super().__init__(what, why, hint)
        self.parts = {"what": what, "why": why, "hint": hint}


def said_by(library: str, error: BaseException) -> str:
    """The first line of what a library complains of, without its time and the place in its source."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = re.sub(r"^(\[[\d:]+\] )?\S+\.(cc|h|cpp|cu):\d+:? ", "", lines[0] if lines else type(error).__name__)
    return f"{library} says: {text}"[:300]


def check_age(source: Path, library: str, version: str, saved_by: int) -> None:
    """Refuse what a later library has written: what is new in it, an earlier one would leave out without a word."""
    if saved_by > int(version.partition(".")[0]):
        why = f"{library} {saved_by} has written it, and {version} is installed"
        hint = f"Run: pip install --upgrade {library.lower()}, or give --python a Python that has it"
        raise Refusal(f"{source} is too new", why, hint)


class Job:
    """What a script is asked: `source`, the file; `out`, a folder for what it makes; `columns`, of a frame.

    `trusted`: code that the file names may run. `told`: what edgeweb knows of the file, as its format says.
    `said`: what the conversion told, when predictions are asked for.
    """

    def __init__(self, request: dict[str, Any]) -> None:
        self.source, self.out = Path(request["source"]), Path(request["out"])
        self.trusted: bool = request.get("trusted", False)
        self.columns: list[tuple[str, str]] = [(name, kind) for name, kind in request.get("columns", [])]
        self.said: dict[str, Any] = request.get("said", {})
        self.told: dict[str, str] = request.get("told", {})
        self.notes: list[str] = []

    def say(self, **message: Any) -> None:
        """A line to edgeweb, such as `step="..."`."""
        say(**message)


def say(**message: Any) -> None:
    """One line of JSON to edgeweb."""
    data = json.dumps(message).encode() + b"\n"
    while data:
        data = data[os.write(_channel, data) :]


def main() -> None:
    """Answer the one request."""
    _begin()
    request = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    _limit(request.get("memory", 0))
    try:
        say(done=_DOES[request["do"]](request))
    except Refusal as error:
        say(refused=error.parts)
    except ModuleNotFoundError as error:
        say(missing=error.name or str(error), text=str(error))
    except MemoryError:
        say(memory=True)
    except Exception as error:  # noqa: BLE001 - edgeweb makes a sentence of it
        say(failed=f"{type(error).__name__}: {error}"[:2000])


def _look(request: dict[str, Any]) -> dict[str, Any]:
    """Which libraries are here, without importing them."""
    found = {each["module"]: _version(each["module"], each["names"]) for each in request["libraries"]}
    return {"python": ".".join(map(str, sys.version_info[:3])), "versions": found}


def _version(module: str, names: list[str]) -> str | None:
    try:
        if importlib.util.find_spec(module) is None:
            return None
    except ModuleNotFoundError:
        # The package that it is a part of.
        return None
    for name in names:
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return "unknown"


def _convert(request: dict[str, Any]) -> dict[str, Any]:
    job = Job(request)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found: dict[str, Any] = _script(request).convert(job)
    told_of = [str(each.message) for each in told if each.category.__name__ == "InconsistentVersionWarning"]
    # What a pickle holds says only now of which library it is.
    version = str(getattr(sys.modules.get(found["module"]), "__version__", ""))
    return {"version": version, **found, "notes": [*job.notes, *dict.fromkeys(told_of)], "network": _network()}


def _predict(request: dict[str, Any]) -> dict[str, Any]:
    import numpy as np

    job, script, names = Job(request), _script(request), request["names"]
    warnings.simplefilter("ignore")
    found: list[dict[str, Any]] = []
    with np.load(request["inputs"], allow_pickle=False) as archive:
        for run in range(request["runs"]):
            rows = {name: archive[f"i{run}_{number}"] for number, name in enumerate(names)}
            found.append(script.predict(job, rows))
    arrays = {
        f"o{run}_{number}": _plain(np.asarray(array))
        for run, answers in enumerate(found)
        for number, array in enumerate(answers.values())
    }
    np.savez(job.out / "answers.npz", **arrays)
    return {"names": list(found[0])}


def _call(request: dict[str, Any]) -> dict[str, Any]:
    """What a function of a script does that reads no file of a format."""
    warnings.simplefilter("ignore")
    found: dict[str, Any] = getattr(_script(request), request["call"])(Job(request))
    return found


def _plain(array: Any) -> Any:
    """Strings as unicode arrays, which need no pickle."""
    return array.astype(str) if array.dtype.kind in "OS" else array


def _script(request: dict[str, Any]) -> Any:
    """The format's module. It and those beside it import one another from `edgeweb_children`, which is no package that
    could hide another.
    """
    package = types.ModuleType(PACKAGE)
    package.__path__ = [_HERE]
    sys.modules[PACKAGE] = package
    sys.modules[f"{PACKAGE}.runner"] = sys.modules["__main__"]
    return importlib.import_module(f"{PACKAGE}.{request['format']}")


def _network() -> list[str]:
    """The ways out of this process that are no loopback."""
    try:
        return [name for _, name in socket.if_nameindex() if not name.startswith("lo")]
    except (AttributeError, OSError):
        return ["unknown"]


def _begin() -> None:
    """From now on it ends with edgeweb, and only `say` reaches that: libraries print, too."""
    global _channel
    _channel = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    parent = os.dup(0)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    threading.Thread(target=_ended_by, args=(parent,), daemon=True).start()


def _ended_by(parent: int) -> None:
    os.read(parent, 1)
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGTERM)


def _limit(memory: int) -> None:
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


_DOES = {"look": _look, "convert": _convert, "predict": _predict, "call": _call}

if __name__ == "__main__":
    main()
