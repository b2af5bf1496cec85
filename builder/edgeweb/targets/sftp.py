"""What is said to OpenSSH's own sftp, in batches: with the user's settings, agent and known hosts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from edgeweb.errors import EdgewebError, OutputError, UsageError
from edgeweb.targets import tool

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
    """One host. `name`: as it was typed, for errors."""

    host: str
    user: str | None
    port: int | None
    name: str

    def run(self, commands: Sequence[str]) -> list[str]:
        """The lines that it said; a command that begins with `-` may fail.

        Raises:
            UsageError: it cannot be logged in to.
            OutputError: a command failed, or the connection was cut.
        """
        words = ["sftp", "-o", "ConnectTimeout=20", "-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=3"]
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
        login = f"{self.user}@{self.host}" if self.user else self.host
        port = f"-p {self.port} " if self.port else ""
        known = f"'[{self.host}]:{self.port}'" if self.port else self.host
        return hint.replace("KNOWN", known).replace("LOGIN", f"{port}{login}")


def quoted(path: str) -> str:
    """A path as sftp reads it: whole, and with no character of its patterns."""
    return '"' + re.sub(r'(["\\])', r"\\\1", path) + '"'
