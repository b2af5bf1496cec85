"""Chromium by its DevTools protocol over a pipe: no port that others of this machine could use, and no library."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from edgeweb.machine import browsers
from edgeweb.machine.browsers import NoBrowserError
from edgeweb.machine.child import command as program
from edgeweb.machine.child import end, surroundings

_ANSWERS_S, _ENDS_S = 20.0, 10.0
_CHUNK = 1 << 16
Listener = Callable[[str, dict[str, Any], str], None]


class DevTools:
    """Commands to a browser, and its events, which `listen` gets from a thread: name, parameters, session."""

    def __init__(self, reads: int, writes: int, listen: Listener) -> None:
        self._reads, self._writes, self._listen = reads, writes, listen
        self._answers: dict[int, queue.Queue[dict[str, Any]]] = {}
        self._number, self._lock = 0, threading.Lock()
        threading.Thread(target=self._read, daemon=True).start()

    def send(self, method: str, session: str = "", **parameters: Any) -> queue.Queue[dict[str, Any]]:
        """Begin a command; its answer comes into the queue."""
        with self._lock:
            self._number += 1
            answer = self._answers[self._number] = queue.Queue()
            message = {"id": self._number, "method": method, "params": parameters}
            data = json.dumps({**message, "sessionId": session} if session else message).encode() + b"\0"
            try:
                while data:
                    data = data[os.write(self._writes, data) :]
            except OSError as error:
                raise NoBrowserError("the browser has ended") from error
        return answer

    def ask(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        """The result of a command. NoBrowserError where there is none."""
        try:
            found = self.send(method, session, **parameters).get(timeout=_ANSWERS_S)
        except queue.Empty:
            raise NoBrowserError(f"the browser did not answer for {_ANSWERS_S:.0f} s") from None
        if "error" in found:
            raise NoBrowserError(f"the browser refuses {method}: {found['error'].get('message')}")
        result = found.get("result")
        return result if isinstance(result, dict) else {}

    def value(self, session: str, expression: str) -> Any:
        """What an expression is in a page; None where it fails."""
        found = self.ask(
            "Runtime.evaluate", session, expression=expression, returnByValue=True, awaitPromise=True, silent=True
        )
        return None if "exceptionDetails" in found else found.get("result", {}).get("value")

    def _read(self) -> None:
        held = b""
        with suppress(OSError):
            while chunk := os.read(self._reads, _CHUNK):
                *whole, held = (held + chunk).split(b"\0")
                for message in whole:
                    self._take(json.loads(message))

    def _take(self, message: dict[str, Any]) -> None:
        if "id" in message:
            with self._lock:
                waiting = self._answers.pop(message["id"], None)
            if waiting is not None:
                waiting.put(message)
        else:
            with suppress(NoBrowserError):
                self._listen(message["method"], message.get("params", {}), message.get("sessionId", ""))


@contextmanager
def started(browser: Path, profile: Path, listen: Listener, flags: Sequence[str] = ()) -> Iterator[DevTools]:
    """A browser with this profile; it is closed as a user does it, so that what it keeps is there the next time."""
    if sys.platform == "win32":
        raise NoBrowserError("only on Linux and macOS is it driven through a pipe")
    its_read, our_write = os.pipe()
    our_read, its_write = os.pipe()
    words = [str(browser), *browsers.QUIET, *browsers.sandbox(), *flags, "--remote-debugging-pipe"]
    words += [f"--user-data-dir={profile}", "about:blank"]
    command = [*program("doctor.browser.piped"), str(its_read), str(its_write), *words]
    try:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True, pass_fds=(its_read, its_write), env={**surroundings(), **browsers.NO_BUSES},
        )  # fmt: skip
    except OSError as error:
        raise NoBrowserError(f"{browser.name} could not be started ({error.strerror})") from error
    finally:
        os.close(its_read)
        os.close(its_write)
    tools = DevTools(our_read, our_write, listen)
    try:
        yield tools
        with suppress(NoBrowserError):
            tools.send("Browser.close")
        _wait(child)
    finally:
        end(child)
        os.close(our_write)
        os.close(our_read)


def _wait(child: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _ENDS_S
    while child.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
