"""What tests of deployments share: two releases of a site, and what may stand on a host after any cut."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import tiny
from edgeweb.errors import EdgewebError
from edgeweb.manifest import decode
from edgeweb.recipe import Site
from edgeweb.targets import deploy as targets
from edgeweb.targets import ledger, shipment

Build = Callable[..., Site]
Found = Mapping[str, bytes]
# A host as it is now, by path.
Look = Callable[[], Found]
# How often a deployment is cut; `make test-all` takes more.
CUTS = 20 if os.environ.get("EDGEWEB_THOROUGH") else 2


def releases(build_once: Build, folder: Path) -> tuple[Path, Path]:
    """Two builds of a site whose models differ."""
    models = [tiny.saved(folder / name, tiny.linear(classes=classes)) for name, classes in (("a", 3), ("b", 4))]
    first, second = (build_once(model, title="Flowers").path for model in models)
    assert assets(first) - assets(second)
    assert assets(second) - assets(first)
    return first, second


def assets(site: Path) -> set[str]:
    return {path for path in shipment.shipment(site).files if path.startswith("assets/")}


def content(folder: Path) -> dict[str, bytes]:
    """All files, hidden ones too."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def sent(site: Path, target: str, **options: object) -> targets.Sent:
    return targets.deploy(site, target, **options)[1]  # type: ignore[arg-type]


def shown(found: Found, site: Path, kept: Path | None = None, forms: bool = True) -> None:
    """Exactly that site, with the assets of the one that it replaced. `forms`: the compressed ones as files, too."""
    wanted = {path: (site / path).read_bytes() for path in shipment.shipment(site).files}
    if kept is not None:
        wanted = {path: (kept / path).read_bytes() for path in assets(kept)} | wanted
    if not forms:
        wanted = {path: data for path, data in wanted.items() if not path.endswith((".br", ".gz"))}
    told = ledger.decode(found["deployed.json"])
    assert told is not None
    assert told.begun is None
    assert told.newest is not None
    assert told.newest.release == decode((site / "edgeweb.json").read_bytes()).release
    assert {path: data for path, data in found.items() if path != "deployed.json"} == wanted
    assert told.files.keys() == wanted.keys()


def works(found: Found, *sites: Path) -> None:
    """Whatever page and manifest are there, whole, all assets of their releases are; nothing is there in part."""
    for path, data in found.items():
        if path == "deployed.json":
            assert ledger.decode(data) is not None
        elif not path.startswith(".edgeweb-new"):
            assert data in [(site / path).read_bytes() for site in sites if (site / path).is_file()], path
    for name in ("index.html", "edgeweb.json"):
        of = next(site for site in sites if (site / name).read_bytes() == found[name])
        needed = {path: (of / path).read_bytes() for path in decode((of / "edgeweb.json").read_bytes()).files}
        for path in needed:
            if path.startswith("assets/"):
                assert found[path] == needed[path], (name, path)


def cut_anywhere(
    deploy: Callable[[Path, float], None], look: Look, sites: tuple[Path, Path], forms: bool = True
) -> int:
    """Deployments that are cut after a random part of their work, by turns of both sites, each mended by the next.

    `deploy` gets a site and how far it may come, from 0 to 1; above that to its end. How often there was a cut.
    """
    dice, cuts = random.Random(20), 0
    deploy(sites[0], 2)
    for turn in range(CUTS):
        old, new = sites[turn % 2], sites[(turn + 1) % 2]
        deploy(new, dice.random())
        found = look()
        works(found, *sites)
        told = ledger.decode(found["deployed.json"])
        cuts += told is None or told.begun is not None or told.newest is None or told.newest.release != _release(new)
        # The same again, or back to the old one; both mend it.
        deploy(new, 2)
        shown(look(), new, old, forms)
    return cuts


def _release(site: Path) -> str:
    return decode((site / "edgeweb.json").read_bytes()).release


def killed(words: list[str], after: float, code: str = "") -> None:
    """The command line in a process that is killed with all that it has started, unless it has ended before."""
    command = [sys.executable, *(["-c", code] if code else ["-m", "edgeweb.cli"]), *words]
    own = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(command, env=own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        with suppress(subprocess.TimeoutExpired):
            process.wait(after)
        for pid in [process.pid, *_below(process.pid)]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _below(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(path.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(path.parent.name))
    return [each for child in found for each in (child, *_below(child))]


class Cutting(socketserver.ThreadingTCPServer):
    """A way to a server that breaks, with all connections, once so many bytes have gone there; then nothing goes."""

    daemon_threads, allow_reuse_address = False, True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Way)
        self.to, self.left, self.gone = port, float("inf"), 0
        self.open: set[socket.socket] = set()
        self.guard = threading.Lock()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def after(self, many: float) -> None:
        with self.guard:
            self.left, self.gone = many, 0

    def server_close(self) -> None:
        """With all of its connections and threads."""
        self.shutdown()
        self.after(-1)
        self.passes(0)
        super().server_close()

    def passes(self, many: int) -> bool:
        with self.guard:
            self.gone += many
            self.left -= many
            if self.left >= 0:
                return True
            for each in self.open:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
            return False


class _Way(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        server: Cutting = self.server  # type: ignore[assignment]
        if not server.passes(0):
            return
        with socket.create_connection(("127.0.0.1", server.to)) as far:
            near: socket.socket = self.request
            with server.guard:
                server.open |= {near, far}
            back = threading.Thread(target=_copy, args=(far, near, lambda _: True), daemon=True)
            back.start()
            _copy(near, far, server.passes)
            back.join()
            with server.guard:
                server.open -= {near, far}


def _copy(source: socket.socket, target: socket.socket, passes: Callable[[int], bool]) -> None:
    with suppress(OSError):
        while (data := source.recv(8192)) and passes(len(data)):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def cut_on_the_way(way: Cutting, target: str) -> Callable[[Path, float], None]:
    """`deploy` of `cut_anywhere`, in this process, over a connection that is cut."""
    whole = [0]

    def run(site: Path, part: float) -> None:
        # Of what the last one took that was not cut.
        way.after(part * whole[0] if part <= 1 else float("inf"))
        try:
            sent(site, target)
        except EdgewebError:
            assert part <= 1
        if part > 1:
            whole[0] = way.gone

    return run


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(port: int, seconds: float = 20) -> None:
    limit = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < limit, "it did not start"
            time.sleep(0.05)
        else:
            return


def told(path: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(path.read_bytes())
    return found
