"""Runs a command where nothing leads anywhere, and says what it tried all the same: which look-ups, which connections,
and which files it left."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# Everything that begins a conversation; what is only said on an open connection follows from it.
_CALLS = "trace=connect,sendto,sendmsg,sendmmsg,openat,open,creat,rename,renameat2,mkdir"
_ADDRESS = re.compile(r"sa_family=AF_INET6?, .*?(?:inet_addr\(\"|inet_pton\(AF_INET6, \")([^\"]+)\"")
_MADE = re.compile(
    r"(?:open(?:at)?\((?:AT_FDCWD, )?\"([^\"]+)\", [^)]*O_CREAT|creat\(\"([^\"]+)\"|mkdir\(\"([^\"]+)\")"
)
# Puts the loopback up, which a new namespace has down: `serve` and the builder's browser need it.
_UP = """
import fcntl, os, socket, struct, sys
with socket.socket() as one:
    name = struct.pack('16sh14s', b'lo', 1, b'')
    fcntl.ioctl(one, 0x8914, name)
os.execvp(sys.argv[1], sys.argv[1:])
"""


@dataclass(frozen=True)
class Told:
    """What a command did. `asked`: every address beyond the loopback, tried or reached; `made`: paths it created."""

    code: int
    out: str
    asked: list[str]
    made: set[str]


def why_not() -> str | None:
    """Why nothing can be run so here, in a sentence for a skip; None where it can."""
    for tool in ("unshare", "strace"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    done = subprocess.run([*_closed(), "strace", "-f", "-o", "/dev/null", "true"], capture_output=True, text=True)
    return None if done.returncode == 0 else f"a namespace or a trace is not allowed here: {done.stderr.strip()[:200]}"


def _closed() -> list[str]:
    namespace = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-r", "-n"]
    return [*namespace, sys.executable, "-c", _UP]


def start(words: Sequence[str], home: Path, log: Path, **env: str) -> subprocess.Popen[str]:
    """Start a command whose home, caches and temporary folder are all in `home`, traced into `log`."""
    places = {"HOME": "home", "TMPDIR": "tmp", "XDG_CACHE_HOME": "cache", "XDG_CONFIG_HOME": "config"}
    for place in places.values():
        (home / place).mkdir(parents=True, exist_ok=True)
    # The switch is edgeweb's to set, so it is not inherited from the tests.
    own = {key: value for key, value in os.environ.items() if "TELEMETRY" not in key and "TORCH" not in key}
    own |= {key: str(home / place) for key, place in places.items()} | env
    command = [*_closed(), "strace", "-f", "--seccomp-bpf", "-qq", "-s", "300", "-e", _CALLS, "-o", str(log), *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=own, cwd=home)


def told(child: subprocess.Popen[str], log: Path, seconds: float = 300) -> Told:
    """What it did, when it has ended."""
    try:
        out, _ = child.communicate(timeout=seconds)
    finally:
        child.kill()
    lines = log.read_text("utf-8", "replace").splitlines()
    reached = [(found[1], line) for line in lines if (found := _ADDRESS.search(line))]
    asked = [line for address, line in reached if not address.startswith("127.") and address != "::1"]
    made = {next(filter(None, found.groups())) for line in lines if (found := _MADE.search(line))}
    return Told(child.returncode, out, asked, made)


def left(home: Path) -> set[str]:
    """Every file and link below `home`, relative."""
    return {str(path.relative_to(home)) for path in home.rglob("*") if path.is_symlink() or not path.is_dir()}
