"""The memory of a command and everything it starts: sampled from /proc, shared pages counted once."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_EVERY_S = 0.05


@dataclass(frozen=True)
class Used:
    """`peak`: bytes, all processes together (PSS); `anonymous`: of that kind alone, which no file backs."""

    code: int
    seconds: float
    peak: int
    anonymous: int
    output: str


def run(command: Sequence[str], **more: object) -> Used:
    """Run a command to its end; its output is kept."""
    began = time.monotonic()
    peak = anonymous = 0
    with subprocess.Popen(  # type: ignore[call-overload]
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more
    ) as process:
        while process.poll() is None:
            found = [_memory(pid) for pid in family(process.pid)]
            peak = max(peak, sum(pss for pss, _ in found))
            anonymous = max(anonymous, sum(own for _, own in found))
            time.sleep(_EVERY_S)
        output = process.stdout.read()
    return Used(process.returncode, time.monotonic() - began, peak, anonymous, output)


def family(pid: int) -> list[int]:
    """The process and all below it; not every kernel lists a process's children."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                # The name of the program, in brackets, may hold anything.
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(folder.name))
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found


def _memory(pid: int) -> tuple[int, int]:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0, 0
    values = {line.split(":")[0]: int(line.split()[1]) << 10 for line in lines[1:]}
    return values.get("Pss", 0), values.get("Pss_Anon", 0)


def of(pid: int) -> int:
    """The memory of one process, bytes."""
    return _memory(pid)[0]
