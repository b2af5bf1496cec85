"""Children of a build: `python -m edgeweb.X` in a session of its own, which ends with whatever it has started."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

# How often is looked whether a child still lives, where something else keeps its end of the pipe open.
_LOOK_EVERY_S = 0.1
_ENDS_WITHIN_S = 5.0
# Longer lines come in pieces, so that one without an end does not fill the memory.
_LONGEST_LINE = 16 << 20
# For a model and hooks. A browser tab has at most 4 GiB of WebAssembly memory; what needs more here cannot run there.
MODEL_BYTES = 6 << 30
# For the search: the model, twice optimised, its answers and every form side by side.
SEARCH_BYTES = 12 << 30
_MEMORY_WORDS = (
    "bad_alloc",
    "Failed to allocate",
    "out of memory",
    "bad allocation",
    "Integer overflow",
    "max_size",
    "cannot create std::vector",
)


def command(module: str) -> list[str]:
    """How a module of edgeweb is run as a program, in `surroundings`."""
    # -P: without it, -m would import from the current folder first, and a model may have come with a numpy.py.
    return [sys.executable, "-P", "-m", f"edgeweb.{module}"]


def surroundings(beside: Sequence[Path] = ()) -> dict[str, str]:
    """The variables of a child: it imports this edgeweb, and from the folders and wheels `beside`."""
    here = str(Path(__file__).parents[2])
    search = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH"), *map(str, beside)]))
    return {**os.environ, "PYTHONPATH": search}


class Child:
    """One run of `python -m edgeweb.MODULE`, and the lines that it says; a context, whose end is that of the child.

    Args:
        beside: folders and wheels that it can import from, too.
        complaints: whether what it says on standard error belongs to its lines.
        environment: variables that it gets beside those of this process.
    """

    def __init__(
        self, module: str, *arguments: str, beside: Sequence[Path] = (), complaints: bool = False, **environment: str
    ) -> None:
        self._start([*command(module), *arguments], {**surroundings(beside), **environment}, complaints)

    def _start(self, words: Sequence[str], environment: Mapping[str, str], complaints: bool) -> None:
        self._process = subprocess.Popen(
            list(words),
            # Nothing is ever written to it: it ends when this process does, however that ends.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if complaints else subprocess.DEVNULL,
            env=dict(environment),
            start_new_session=True,
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._over = False

    def __enter__(self) -> Child:
        self._reader.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    @property
    def code(self) -> int:
        """Its exit code, once it has said its last line."""
        return self._process.wait(_ENDS_WITHIN_S)

    def line(self, limit: float) -> str | None:
        """The next line that it says; None when it has ended, whatever it may have left running.

        Raises:
            TimeoutError: there is none by `limit`, in seconds of `time.monotonic`.
        """
        while True:
            left = limit - time.monotonic()
            try:
                return self._lines.get(timeout=max(0.0, min(_LOOK_EVERY_S, left)))
            except queue.Empty:
                if self._over:
                    return None
                if self._process.poll() is not None:
                    self._end()
                elif left <= 0:
                    raise TimeoutError from None

    def message(self, limit: float) -> dict[str, Any] | None:
        """The next line that is a JSON object, as `say` makes them: libraries print as well. Otherwise as `line`."""
        while (text := self.line(limit)) is not None:
            try:
                found = json.loads(text) if text.startswith("{") else None
            except ValueError:
                continue
            if isinstance(found, dict):
                return found
        return None

    def _read(self) -> None:
        stream: Any = self._process.stdout
        while data := stream.readline(_LONGEST_LINE):
            self._lines.put(data.decode("utf-8", "replace"))
        self._lines.put(None)

    def _end(self) -> None:
        if self._over:
            return
        self._over = True
        end(self._process)
        self._reader.join(_LOOK_EVERY_S)
        # What has left the group can keep the pipe open; closing it here would wait for the reader, and so for that.
        streams = [self._process.stdin, None if self._reader.is_alive() else self._process.stdout]
        for stream in filter(None, streams):
            stream.close()


class Program(Child):
    """The same of any other program, whose variables are those of `environment` alone. OSError."""

    def __init__(self, words: Sequence[str], environment: Mapping[str, str], *, complaints: bool = False) -> None:
        self._start(words, environment, complaints)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process that leads a session, with all that it has started there."""
    if sys.platform == "win32":
        command = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        process.kill()
    else:
        # Nothing is left of it; macOS says the second of a group whose processes have all ended.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


_to_parent = 1


def begin() -> None:
    """In a child, at first: from now on it ends with its parent, and only `say` reaches that.

    What a hook prints cannot be taken for a message, and what a hook starts does not inherit the way to the parent.
    """
    global _to_parent
    _to_parent = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    follow()


def follow() -> None:
    """In a child: end when the parent does."""
    parent = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    threading.Thread(target=_ended_by, args=(parent,), daemon=True).start()


def _ended_by(parent: int) -> None:
    os.read(parent, 1)
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGTERM)


def say(**message: Any) -> None:
    """In a child: one line to the parent."""
    data = json.dumps(message).encode() + b"\n"
    while data:
        data = data[os.write(_to_parent, data) :]


def limit_memory(limit: int) -> None:
    """In a child: cap the address space, where the system can (not on Windows)."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def out_of_memory(reason: str) -> bool:
    """Whether the words of an error, ONNX Runtime's or C++'s own, mean that there was not enough memory."""
    return any(word in reason for word in _MEMORY_WORDS)
