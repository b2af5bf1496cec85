"""ssh://[USER@]HOST[:PORT]/PATH: all files beside the site first, then each in its place by a rename."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from edgeweb.errors import OutputError, UsageError
from edgeweb.machine import scratch
from edgeweb.schema.steps import Detail
from edgeweb.targets import inplace, ledger, shipment
from edgeweb.targets.common import Sent, Target, Teller, Wanted, check_place
from edgeweb.targets.inplace import OutrunError, Phases
from edgeweb.targets.sftp import Server, quoted
from edgeweb.targets.shipment import Shipment

_FORM = "ssh://[USER@]HOST[:PORT]/PATH"
_NAME = re.compile(
    r"//((?P<user>[^@/\s:-][^@/\s:]*)@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9][A-Za-z0-9._-]*)(:(?P<port>\d{1,5}))?/(?P<path>.*)"
)
# Made by the deployment that is under way, and there until it is over: SFTP makes a folder only where there is none.
_NEW = ".edgeweb-new"
_PART = f"{_NEW}/{ledger.NAME}"
_LOOKS_AGAIN_S = 3.0
# What goes up at once, before this deployment says again that it is alive.
_CHUNK = 16 << 20


def send(site: Shipment, name: str, wanted: Wanted, on_step: Teller) -> Sent:
    """Into the folder there. What is in it and was never deployed by edgeweb stays.

    Raises:
        UsageError: the name is none, the host cannot be logged in to, or another deployment came first.
        OutputError: something else is there, it cannot be written, or the connection was cut.
    """
    found = _NAME.fullmatch(name)
    path = found["path"] if found else ""
    if found is None or not path.strip("/") or not path.isprintable():
        raise UsageError(f"ssh:{name} is no target", "it names no folder on a host", f"Write {_FORM}")
    # As git and curl have it: /~/ is the folder that a login begins in.
    place = path[2:] if path.startswith("~/") else f"/{path}"
    port = int(found["port"]) if found["port"] else None
    server = Server(found["host"].strip("[]"), found["user"], port, f"ssh:{name}")
    with scratch.folder() as room, server.connected(room) as connected:
        there = _Folder(connected, place.rstrip("/"), site, room, wanted)
        planned = inplace.deploy(there, site, wanted, on_step)
    following = wanted.url or f"point the web server of {server.host} at {place}"
    return Sent(f"{place} on {server.host}", following=following, plan=planned, url=wanted.url)


class _Folder:
    """An `inplace.Place`, reached by a few batches of sftp."""

    def __init__(self, server: Server, path: str, site: Shipment, room: Path, wanted: Wanted) -> None:
        self._server, self._path, self._site, self._room, self._wanted = server, path, site, room, wanted
        self.name = server.name
        self._seen: bytes | None = None
        self._held = False

    def read(self) -> bytes | None:
        """The ledger; a folder that is somebody else's is refused."""
        lines = self._server.run([*self._fetching(), f"-ls -1a {quoted(self._path)}"])
        self._seen = self._fetched()
        check_place(self.name, _names(lines) - {_NEW}, self._wanted.force)
        return self._seen

    def write(self, data: bytes) -> None:
        """The ledger, while the folder that says so is this deployment's."""
        if not self._held:
            self._hold()
        elif self._now() != self._seen:
            raise OutrunError
        part = self._room / "ledger"
        part.write_bytes(data)
        into = [f"put {_local(part)} {self._at(_PART)}", f"rename {self._at(_PART)} {self._at(ledger.NAME)}"]
        known = ledger.decode(data)
        if known and known.begun is None:
            into += [f"-rm {self._at(_NEW)}/*", f"-rmdir {self._at(_NEW)}"]
        self._server.run(into)
        self._seen = data

    def _hold(self) -> None:
        """OutrunError where another deployment holds it, or has written since `read`."""
        if self._made():
            self._held = True
            if self._now() != self._seen:
                self._server.run([f"-rmdir {self._at(_NEW)}"])
                raise OutrunError
            return
        known = ledger.decode(self._seen)
        if not (known and known.begun):
            # One that has just begun has not said so yet, and one that has just ended not yet cleaned up.
            time.sleep(_LOOKS_AGAIN_S)
        if self._now() != self._seen:
            raise OutrunError
        if not self._made():
            self._server.run([f"-rm {self._at(_NEW)}/*"])
        self._held = True

    def _made(self) -> bool:
        try:
            self._server.run([f"-mkdir {quoted(self._path)}", f"mkdir {self._at(_NEW)}"])
        except OutputError:
            # Where it is there already: OpenSSH says no more than that it failed.
            listed = self._server.run([f"-ls -1a {quoted(self._path)}"])
            if _NEW in _names(listed):
                return False
            raise
        return True

    def _now(self) -> bytes | None:
        self._server.run(self._fetching())
        return self._fetched()

    def _fetching(self) -> list[str]:
        (self._room / "now").unlink(missing_ok=True)
        return [f"-get {self._at(ledger.NAME)} {_local(self._room / 'now')}"]

    def _fetched(self) -> bytes | None:
        path = self._room / "now"
        return path.read_bytes() if path.is_file() else None

    def send(self, phases: Phases, tell: Teller, alive: Callable[[], None]) -> None:
        """All of it beside the site first, so that it is mixed for as long as renaming takes."""
        paths = [path for phase in phases for path in phase]
        tell(f"sending {len(paths)} files")
        beside = {path: f"{_NEW}/{number}" for number, path in enumerate(paths)}
        for chunk in self._chunks(paths):
            source = self._site.folder.resolve()
            self._server.run([f"put {_local(source / path)} {self._at(beside[path])}" for path in chunk])
            tell(Detail(f"{chunk[-1]}"))
            alive()
        shipment.unchanged(self._site, paths)
        rooms = sorted({str(room) for path in paths for room in PurePosixPath(path).parents} - {"."})
        made = [f"-mkdir {self._at(room)}" for room in rooms]
        self._server.run([*made, *(f"rename {self._at(beside[path])} {self._at(path)}" for path in paths)])

    def _chunks(self, paths: Sequence[str]) -> list[list[str]]:
        found: list[list[str]] = [[]]
        size = 0
        for path in paths:
            if found[-1] and size + self._site.files[path].bytes > _CHUNK:
                found.append([])
                size = 0
            found[-1].append(path)
            size += self._site.files[path].bytes
        return found

    def delete(self, paths: Sequence[str]) -> None:
        """And the folders that are empty then."""
        rooms = sorted({str(room) for path in paths for room in PurePosixPath(path).parents} - {"."}, reverse=True)
        self._server.run(
            [*(f"-rm {self._at(path)}" for path in paths), *(f"-rmdir {self._at(room)}" for room in rooms)]
        )

    def _at(self, path: str) -> str:
        return quoted(f"{self._path}/{path}")


def _names(lines: Sequence[str]) -> set[str]:
    """What `ls -1a` has listed, with or without the folder before each."""
    return {line.strip().rsplit("/", 1)[-1] for line in lines} - {".", "..", ""}


def _local(path: Path) -> str:
    return quoted(str(path))


TARGET = Target("ssh", _FORM, send)
