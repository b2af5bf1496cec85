"""`make bench-server`: `edgeweb serve` beside nginx, both over the sample site in one run: requests a second, waiting times, memory.

nginx has one worker and the site's own hosts/nginx.conf; wrk asks, with the headers that a browser sends. The two take turns,
so that what else the machine does meets both. Processor time is the server's alone, and says most on a busy machine.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import edgeweb
from edgeweb.recipe import build

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 9
SECONDS = 1
DOWNLOADS = 1000
BROWSER = {
    "Accept": "*/*",
    "Accept-Language": "en-US,en;q=0.9",
    "Referer": "http://127.0.0.1/",
    "Sec-Fetch-Dest": "empty",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Site": "same-origin",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36",
}
# nginx has no brotli without a module.
GZIP = {**BROWSER, "Accept-Encoding": "gzip"}
TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Server:
    """A server that runs: where, and the process that answers."""

    port: int
    pid: int

    def memory(self, kind: str) -> float:
        """MB of VmRSS (now) or VmHWM (at most so far)."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith(kind)).split()[1]) / 1000

    def processor(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def nginx(site: Path, scratch: Path) -> Iterator[Server]:
    """nginx as its packages set it up, but with one worker."""
    port = free_port()
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {scratch}/{kind}; " for kind in kinds)
    (scratch / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {scratch}/pid; error_log {scratch}/errors;\n"
        f"worker_rlimit_nofile 8192; events {{ worker_connections 4096; }}\n"
        f"http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; {temporary}\n"
        f"server {{ listen 127.0.0.1:{port} backlog=1024; root {site}; include {site}/hosts/nginx.conf; }} }}\n"
    )
    command = [
        shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"),
        "-c",
        scratch / "nginx.conf",
        "-e",
        scratch / "errors",
    ]
    with running(command, port) as server:
        yield server


@contextmanager
def ours(site: Path) -> Iterator[Server]:
    """`edgeweb serve`."""
    port = free_port()
    program = "import sys; from edgeweb.cli import main; sys.exit(main(sys.argv[1:]))"
    with running([sys.executable, "-c", program, "serve", site, "--port", str(port)], port) as server:
        yield server


@contextmanager
def running(command: list[Any], port: int) -> Iterator[Server]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            for _ in range(200):
                with suppress(OSError):
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                time.sleep(0.05)
            yield Server(port, process.pid)
        finally:
            process.terminate()


def ask(server: Server, path: str, connections: int, headers: dict[str, str]) -> dict[str, float]:
    """One round of wrk: requests and MB a second, milliseconds of waiting, microseconds of the server's processor."""
    fields = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    before = server.processor()
    said = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}", "--latency", *fields, f"http://127.0.0.1:{server.port}{path}"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    used = server.processor() - before
    assert "Non-2xx" not in said or "If-None-Match" in headers, said
    assert "Socket errors" not in said, said
    count = int(re.search(r"(\d+) requests in", said)[1])
    waits = {f"p{share}_ms": milliseconds(re.search(rf"\n +{share}% +(\S+)", said)[1]) for share in (50, 99)}
    rate = float(re.search(r"Requests/sec:\s+(\S+)", said)[1])
    megabytes = re.search(r"Transfer/sec:\s+([\d.]+)(\w)B", said)
    scale = {"K": 1e-3, "M": 1, "G": 1e3}[megabytes[2]]
    return {
        "per_second": rate,
        "mb_per_second": float(megabytes[1]) * scale,
        **waits,
        "processor_us": used / count * 1e6,
    }


def milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]


def compare(servers: dict[str, Server], path: str, connections: int, headers: dict[str, str]) -> dict[str, Any]:
    """The medians of both, turn by turn, and ours in nginx's."""
    rounds = [
        {name: ask(server, path, connections, headers) for name, server in servers.items()} for _ in range(ROUNDS)
    ]
    found = {
        name: {key: statistics.median(each[name][key] for each in rounds) for key in rounds[0][name]}
        for name in servers
    }
    # Of the same round: what else the machine did met both.
    ratios = {
        key: statistics.median(each["edgeweb"][key] / each["nginx"][key] for each in rounds)
        for key in ("per_second", "p50_ms", "p99_ms", "processor_us")
    }
    return {"path": path, "connections": connections, **found, "edgeweb_in_nginx": ratios}


async def slow_downloads(server: Server, path: str, size: int) -> dict[str, float]:
    """A thousand clients that have begun and wait, then read on; memory of the server at both times."""
    before = server.memory("VmRSS")
    streams = [await begin(server.port, path) for _ in range(DOWNLOADS)]
    await asyncio.sleep(1)
    waiting = server.memory("VmRSS")

    async def finish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        await reader.readuntil(b"\r\n\r\n")
        left = size
        while left and (piece := await reader.read(1 << 20)):
            left -= len(piece)
        writer.close()
        return left

    lost = sum(1 for left in await asyncio.gather(*(finish(*each) for each in streams)) if left)
    return {"before_mb": before, "waiting_mb": waiting, "at_most_mb": server.memory("VmHWM"), "not_complete": lost}


async def begin(port: int, path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A download whose client takes little at a time."""
    slow = socket.socket()
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
    slow.connect(("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=slow, limit=16 * 1024)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    await writer.drain()
    return reader, writer


def measure(servers: dict[str, Server], site: Path) -> dict[str, Any]:
    """Every row, and a thousand downloads at once."""

    def named(pattern: str) -> str:
        return "/" + str(next(site.glob(pattern)).relative_to(site))

    icon, script, runtime = (
        named(f"assets/{each}") for each in ("icon-512-*.png", "ui-image-*.js", "ort-wasm-simd-threaded-3*.wasm")
    )
    tags = {"If-None-Match": ", ".join(etag(server, icon) for server in servers.values())}
    rows = {
        "page 11 KB, 1 connection": compare(servers, "/", 1, GZIP),
        "picture 12 KB, 1 connection": compare(servers, icon, 1, GZIP),
        "picture 12 KB, 50 connections": compare(servers, icon, 50, GZIP),
        "script 35 KB (gzip), 50": compare(servers, script, 50, GZIP),
        "not modified, 50": compare(servers, icon, 50, {**GZIP, **tags}),
        "a new connection each, 50": compare(servers, icon, 50, {**GZIP, "Connection": "close"}),
        "runtime 14 MB, 1 connection": compare(servers, runtime, 1, BROWSER),
        "runtime 14 MB, 4 connections": compare(servers, runtime, 4, BROWSER),
    }
    show(rows)
    size = (site / runtime[1:]).stat().st_size
    downloads = {name: asyncio.run(slow_downloads(server, runtime, size)) for name, server in servers.items()}
    for name, memory in downloads.items():
        print(f"{DOWNLOADS} downloads of 14 MB at once from {name}: {memory}")
    return {"rows": rows, f"{DOWNLOADS}_downloads": downloads}


def etag(server: Server, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}") as reply:
        return str(reply.headers["ETag"])


def show(rows: dict[str, Any]) -> None:
    print(f"{'':<34}{'requests/s':>20}{'':>7}{'p50 ms':>16}{'p99 ms':>16}{'processor us':>16}")
    print(f"{'':<34}{'nginx':>10}{'edgeweb':>10}{'ratio':>7}" + f"{'nginx':>8}{'edgeweb':>8}" * 3)
    for name, row in rows.items():
        one, other = row["nginx"], row["edgeweb"]
        cells = [
            f"{one['per_second']:>10,.0f}{other['per_second']:>10,.0f}{row['edgeweb_in_nginx']['per_second']:>7.2f}"
        ]
        cells += [f"{one[key]:>8.2f}{other[key]:>8.2f}" for key in ("p50_ms", "p99_ms")]
        cells += [f"{one['processor_us']:>8.1f}{other['processor_us']:>8.1f}"]
        print(f"{name:<34}" + "".join(cells))


def main() -> None:
    missing = [name for name in ("nginx", "wrk") if not shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")]
    if missing:
        sys.exit(
            f"error: {' and '.join(missing)} cannot be found. They are what is measured with. Try: apt-get install nginx wrk"
        )
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        scratch.chmod(0o755)
        site = build(ROOT / "builder" / "edgeweb" / "sample" / "model.onnx", scratch / "site").path
        with nginx(site, scratch) as one, ours(site) as other:
            found = measure({"nginx": one, "edgeweb": other}, site)
    about = {
        "edgeweb": edgeweb.__version__,
        "machine": platform.platform(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }
    text = json.dumps({**about, "rounds": ROUNDS, "seconds": SECONDS, **found}, indent=1)
    (ROOT / "bench" / "results" / "server.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
