"""folder:PATH, a folder that a web server on this machine shows: at any instant the old site or the new one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from edgeweb.errors import OutputError, UsageError
from edgeweb.site import swap
from edgeweb.targets import claims, inplace, ledger, shipment
from edgeweb.targets.common import Sent, Target, Teller, Wanted, check_place, raced
from edgeweb.targets.inplace import Phases
from edgeweb.targets.ledger import Ledger
from edgeweb.targets.plan import Plan, plan
from edgeweb.targets.shipment import Shipment

_NEW = ".edgeweb-new"


def send(site: Shipment, name: str, wanted: Wanted, on_step: Teller) -> Sent:
    """Into the folder. What is in it and was never deployed by edgeweb stays.

    Raises:
        UsageError: the path is none, or another deployment is under way or came first.
        OutputError: something else is there, or it cannot be written.
    """
    place = _place(site.folder, name)
    try:
        _check(place, wanted.force)
        with _locked(place, wanted.dry):
            if _is_swapped(place):
                planned = _swapped(site, place, wanted, on_step)
            else:
                planned = inplace.deploy(_Room(site, place), site, wanted, on_step)
    except OSError as error:
        denied = isinstance(error, PermissionError)
        hint = f"{'Let this user write there' if denied else 'Free some space'}, or choose another folder"
        raise OutputError(f"{place} could not be written", error.strerror or str(error), hint) from error
    following = wanted.url or f"point your web server at {place}"
    return Sent(str(place), url=wanted.url, following=following, plan=planned)


def _place(site: Path, name: str) -> Path:
    if not name or not name.isprintable():
        raise UsageError(f"folder:{name} is no target", "it names no folder", "Write folder:PATH")
    try:
        place, own = Path(name).expanduser().resolve(), site.resolve()
    except RuntimeError as error:  # a loop of links, or the home of nobody
        raise UsageError(f"folder:{name} is no target", str(error), "Choose another folder") from error
    if place.is_relative_to(own) or own.is_relative_to(place):
        raise UsageError(f"folder:{name} is no target", "the site would be put into itself", "Choose another folder")
    return place


def _check(place: Path, force: bool) -> None:
    if not place.exists():
        return
    if not place.is_dir():
        raise OutputError(f"{place} is not a folder", "a file is there", "Choose another folder")
    check_place(str(place), {path.name for path in place.iterdir()}, force)


@contextmanager
def _locked(place: Path, dry: bool) -> Iterator[None]:
    """For this process alone, until it ends: a lock on the folder above, in which nothing is made for it."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    if dry:
        yield
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(place.parent, os.O_RDONLY)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            known = _ledger(place)
            if known and known.begun:
                raise raced(str(place), known) from None
            why = "another deployment is at work there, or beside it"
            raise UsageError(f"{place} was left as it is", why, "Wait until it has ended, then deploy again") from None
        yield
    finally:
        os.close(file)


def _ledger(place: Path) -> Ledger | None:
    try:
        return ledger.decode((place / ledger.NAME).read_bytes())
    except FileNotFoundError:
        return None


def _is_swapped(place: Path) -> bool:
    """Whether the folder as a whole can give way to another one beside it."""
    above = next(path for path in place.parents if path.exists())
    if not os.access(above, os.W_OK) or place.is_mount():
        return False
    # What is mounted below would stay with the old folder, and be emptied with it.
    return not any(Path(room, each).is_mount() for room, below, _ in os.walk(place) for each in below)


def _swapped(site: Shipment, place: Path, wanted: Wanted, tell: Teller) -> Plan:
    known = _confirmed(_ledger(place), place)
    planned = plan(site, known, wanted.at, wanted.keep_days)
    if wanted.dry:
        return planned
    with claims.token() as token:
        if place.exists():
            # For whoever comes meanwhile: of what release, and since when.
            _write(place / ledger.NAME, ledger.encode(claims.begun(planned, known, token)))
        with swap.staged(place, "name another folder") as stage:
            _carry(place, stage, {*planned.sent, *planned.deleted, ledger.NAME})
            tell(f"copying {len(planned.sent)} files")
            for path in planned.sent:
                _copied(site.folder / path, stage / path)
            shipment.unchanged(site, planned.sent)
            (stage / ledger.NAME).write_bytes(ledger.encode(planned.ledger))
            _keep_owners(place, stage)
    return planned


def _confirmed(known: Ledger | None, place: Path) -> Ledger | None:
    """Without what is not there as the ledger says, whoever changed it."""
    if known is None:
        return None

    def is_there(path: str, told: ledger.Entry) -> bool:
        file = place / path
        return file.is_file() and not file.is_symlink() and shipment.entry(file) == told

    found = [
        msgspec.structs.replace(each, files={path: told for path, told in each.files.items() if is_there(path, told)})
        for each in known.deployments
    ]
    # What a cut deployment has left undone is in nobody's way: it was to be swapped in as a whole.
    return msgspec.structs.replace(known, deployments=found)


def _carry(old: Path, new: Path, without: set[str]) -> None:
    """All files of the old folder but some, as other names of the same files where the file system has such."""
    if not old.is_dir():
        return
    for room, folders, names in os.walk(old):
        below = Path(room).relative_to(old)
        (new / below).mkdir(parents=True, exist_ok=True)
        # A link to a folder is somebody's own, and nothing is looked for behind it.
        for name in (*names, *(each for each in folders if Path(room, each).is_symlink())):
            if (below / name).as_posix() in without:
                continue
            try:
                os.link(old / below / name, new / below / name, follow_symlinks=False)
            except OSError:
                shutil.copy2(old / below / name, new / below / name, follow_symlinks=False)
    _without_empty(new, old, without)


def _keep_owners(old: Path, new: Path) -> None:
    """Folders are whose they were, and open to whom they were: some are private."""
    for room, _, _ in os.walk(old, topdown=False):
        copy = new / Path(room).relative_to(old)
        if copy.is_dir() and not copy.is_symlink():
            known = Path(room).stat()
            # Only some may give a folder away, and Windows knows no such owners.
            with suppress(OSError, AttributeError):
                os.chown(copy, known.st_uid, known.st_gid)
            shutil.copystat(room, copy)


def _without_empty(new: Path, old: Path, without: set[str]) -> None:
    """Folders that held nothing but what goes are gone with it."""
    for path in sorted({Path(each).parent for each in without}, key=lambda each: len(each.parts), reverse=True):
        for room in [path, *path.parents][:-1]:
            if (new / room).is_dir() and not any((new / room).iterdir()) and any((old / room).iterdir()):
                (new / room).rmdir()


def _copied(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _write(path: Path, data: bytes) -> None:
    """Whole at any instant."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(data)
    part.replace(path)


@dataclass(frozen=True)
class _Room:
    """A folder whose own place is fixed: where the folder above belongs to somebody else, or it is mounted there."""

    site: Shipment
    place: Path

    @property
    def name(self) -> str:
        return str(self.place)

    def read(self) -> bytes | None:
        path = self.place / ledger.NAME
        return path.read_bytes() if path.is_file() else None

    def write(self, data: bytes) -> None:
        """The lock on the folder above keeps others out."""
        self.place.mkdir(exist_ok=True)
        _write(self.place / ledger.NAME, data)

    def send(self, phases: Phases, tell: Teller, alive: Callable[[], None]) -> None:
        """All of it beside the site first, so that it is mixed for an instant at most."""
        new, paths = self.place / _NEW, [path for phase in phases for path in phase]
        shutil.rmtree(new, ignore_errors=True)
        tell(f"copying {len(paths)} files")
        for path in paths:
            _copied(self.site.folder / path, new / path)
            alive()
        shipment.unchanged(self.site, paths)
        for path in paths:
            (self.place / path).parent.mkdir(parents=True, exist_ok=True)
            (new / path).replace(self.place / path)
        shutil.rmtree(new)

    def delete(self, paths: Sequence[str]) -> None:
        for path in paths:
            (self.place / path).unlink(missing_ok=True)
        rooms = {self.place / Path(each).parent for each in paths}
        for room in sorted(rooms, key=lambda each: len(each.parts), reverse=True):
            if room != self.place and room.is_dir() and not any(room.iterdir()):
                room.rmdir()


TARGET = Target("folder", "folder:PATH", send)
