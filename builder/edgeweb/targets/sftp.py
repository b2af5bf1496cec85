"""What is said to OpenSSH's own sftp, in batches: with the user's settings, agent and known hosts."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from edgeweb.errors import EdgewebError, OutputError, UsageError
from edgeweb.machine import child
from edgeweb.targets import tool

_LOOK_EVERY_S = 0.01
_CONNECTION = 255
# By what ssh says, in its words: why, and what to do.
_CONNECTING = {
    "identification has changed": (
        "its host key is another one than before",
        "Ask who runs it whether that is right; if so, run: ssh-keygen -R KNOWN, then ssh LOGIN",
    ),
    "host key verification failed": (
        "this machine does not know its host key",
        "Run ssh LOGIN once, and compare the key",
    ),
    "permission denied": ("it takes none of your keys", "Run ssh-add, or: ssh-copy-id LOGIN"),
    "could not resolve hostname": ("there is no host of that name", "Correct it, or add it to ~/.ssh/config"),
    "connection refused": ("no ssh server answers at that port", "Correct the port: ssh://HOST:PORT/PATH"),
    "timed out": ("it does not answer", "Check the network, then deploy again"),
    "subsystem request failed": ("its ssh server has no sftp", "Switch on Subsystem sftp there"),
}
_BROKEN = ("the connection was cut", "Deploy again: what is there still works, and the next deployment mends it")
_WORKING = {
    "permission denied": (
        "this login may not write there",
        "Let it write there, or log in as another: ssh://USER@HOST/PATH",
    ),
    "no such file": ("there is no such folder", "Make it there first, or correct the path"),
    "no space": ("its disk is full", "Free some space there, then deploy again"),
    # SFTP has no word of its own for that.
    "failure": ("its server gave no reason; the disk may be full", "Free some space there, then deploy again"),
}


@dataclass(frozen=True)
class Server:
    """One host. `name`: as it was typed, for errors; `way`: the socket of a connection to be shared."""

    host: str
    user: str | None
    port: int | None
    name: str
    way: Path | None = None

    @contextmanager
    def connected(self, room: Path) -> Iterator[Server]:
        """The same over one connection that all batches share, while that lasts: to log in takes longer than to send.

        Raises:
            UsageError: it cannot be logged in to.
        """
        if sys.platform == "win32":
            yield self
            return
        socket = room / "way"
        words = ["ssh", *self._options(), "-o", "BatchMode=yes", "-M", "-S", str(socket)]
        port = [] if self.port is None else ["-p", str(self.port)]
        # A session of its own that reads from here: were this process killed, it would end, and the connection with it.
        last = ["-s", self._login, "sftp"]
        said = room / "said"
        with said.open("wb") as told:
            process = tool.start([*words, *port, *last], told)
        try:
            while not socket.exists():
                if process.poll() is not None:
                    raise self._failed(tool.Done(_CONNECTION, b"", said.read_text("utf-8", "replace")))
                time.sleep(_LOOK_EVERY_S)
            yield replace(self, way=socket)
        finally:
            child.end(process)
            if process.stdin is not None:
                process.stdin.close()

    @property
    def _login(self) -> str:
        return f"{self.user}@{self.host}" if self.user else self.host

    def _options(self) -> list[str]:
        given = ["ConnectTimeout=20", "ServerAliveInterval=15", "ServerAliveCountMax=3"]
        if self.way is not None:
            # Where it has broken, ssh makes a connection of its own.
            given += [f"ControlPath={self.way}", "ControlMaster=no"]
        return [word for each in given for word in ("-o", each)]

    def run(self, commands: Sequence[str]) -> list[str]:
        """The lines that it said; a command that begins with `-` may fail.

        Raises:
            UsageError: it cannot be logged in to.
            OutputError: a command failed, or the connection was cut.
        """
        words = ["sftp", *self._options()]
        if self.port is not None:
            words += ["-P", str(self.port)]
        host = f"[{self.host}]" if ":" in self.host else self.host
        words += ["-b", "-", f"{self.user}@{host}" if self.user else host]
        done = tool.run(words, data="".join(f"{each}\n" for each in commands).encode())
        if done.code:
            raise self._failed(done)
        lines = done.out.decode("utf-8", "replace").splitlines()
        return [line for line in lines if not line.startswith("sftp> ")]

    def _failed(self, done: tool.Done) -> EdgewebError:
        said = done.said.lower()
        if done.code == _CONNECTION or "connection closed" in said or "connection reset" in said:
            found = next((each for word, each in _CONNECTING.items() if word in said), None)
            if found is not None:
                return UsageError(f"{self.name} cannot be reached", found[0], self._typed(found[1]))
            return OutputError(f"{self.name} could not be written", *_BROKEN)
        why, hint = next((each for word, each in _WORKING.items() if word in said), (done.last, "Try again"))
        told = re.search(r'"([^"]+)"', done.last)
        return OutputError(
            f"{self.name} could not be written", f"{PurePosixPath(told[1]).parent}: {why}" if told else why, hint
        )

    def _typed(self, hint: str) -> str:
        """As this host is typed for other commands of OpenSSH's."""
        port = f"-p {self.port} " if self.port else ""
        known = f"'[{self.host}]:{self.port}'" if self.port else self.host
        return hint.replace("KNOWN", known).replace("LOGIN", f"{port}{self._login}")


def quoted(path: str) -> str:
    """A path as sftp reads it: whole, and with no character of its patterns."""
    return '"' + re.sub(r'(["\\])', r"\\\1", path) + '"'
