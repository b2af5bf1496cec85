"""What can be done with a folder of releases: add, promote, compare, go back, revoke, list, tidy up."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from edgeweb.errors import UsageError
from edgeweb.release import changes, channels, files, registry, seal
from edgeweb.release.changes import Changed, Channel, Present
from edgeweb.release.channels import Channels
from edgeweb.release.registry import Entry, Registry
from edgeweb.trust import whole

# Long enough for whoever looks after a site once a month, short enough that nobody is held back for long.
EXPIRES_DAYS = 60
KEEP_DAYS = 7.0


@dataclass(frozen=True)
class Outcome:
    """What a command has done. `said`: in a sentence each; `channels`: the file as it is now."""

    channels: Channels
    said: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Row:
    """A release in the folder. `use`: what for, empty where no visitor gets it; `bytes`: of its files."""

    release: str
    title: str
    task: str
    added: str
    unused: str | None
    use: str
    bytes: int


def add(site: str | Path, folder: str | Path, *, key: str | None = None) -> Outcome:
    """Take a site into a folder of releases; the first one is stable at once.

    Args:
        site: what `edgeweb build` made.
        folder: is made where there is none.
        key: signs `channels.json`, where the site names who signs it: a file, or `env:NAME`.

    Raises:
        SiteError: the site is none, or damaged.
        UsageError: the folder holds something else.
    """
    source, place = Path(site), Path(folder)
    with whole.told(place):
        _check_source(source, place)
        _check_folder(place)
    release = whole.whole(source).release
    with registry.locked(place):
        found = _healed(place)
        if found is not None and release in found.revoked:
            why = "channels.json revokes it, and browsers keep to that"
            raise UsageError(f"Release {release} cannot be added", why, "Build it again with something changed")
        there = release in files.there(place)
        files.take_in(source, place, release)
        known = registry.read(place)
        entry = known.releases.get(release, Entry(added=_now(), unused=_now()))
        registry.write(place, _with(known, {**known.releases, release: entry}))
        if found is not None:
            use = "" if release in found.named() else "; no visitor gets it yet"
            return Outcome(found, [f"{release} {'was there already' if there else 'is in the folder'}{use}"])
        first = Channels(format=1, number=1, expires=_expiry(), stable=release, revoked=[])
        return Outcome(_publish(place, None, first, key), [f"{release} is the first release, so it is stable"])


def promote(
    release: str, folder: str | Path, channel: Channel = "stable", percent: float = 5.0, *, key: str | None = None
) -> Outcome:
    """Give a release to all visitors, or as a canary to `percent` of a hundred of them.

    Whoever is in a canary stays in when it grows. A release that is stable already is published anew, for longer.
    """
    return _change(folder, lambda present: changes.promoted(present, release, channel, percent), key)


def experiment(
    name: str, arms: Sequence[tuple[str, str]], folder: str | Path, percent: float, *, key: str | None = None
) -> Outcome:
    """Compare releases: each of `arms` (name, release) gets `percent` of the visitors; the stable one all others.

    Named again with the same arms it keeps everybody where they are, with the new percentage.
    """
    return _change(folder, lambda present: changes.compared(present, name, arms, percent), key)


def stop(name: str, folder: str | Path, *, key: str | None = None) -> Outcome:
    """End an experiment, or the canary by that word: its visitors get the stable release at their next visit."""
    return _change(folder, lambda present: changes.stopped(present, name), key)


def rollback(folder: str | Path, *, key: str | None = None) -> Outcome:
    """Make the stable release before this one stable again; a canary or experiment ends with it."""
    return _change(folder, changes.rolled_back, key, back=True)


def revoke(release: str, folder: str | Path, *, key: str | None = None) -> Outcome:
    """Stop a release wherever it is open, and never give it to anybody again."""
    return _change(folder, lambda present: changes.revoked(present, release), key)


def gc(folder: str | Path, keep_days: float = KEEP_DAYS, *, dry_run: bool = False) -> list[str]:
    """Delete releases that no visitor has had for so many days, and revoked ones; a sentence for each.

    What is stable, canary or an arm stays, and what `rollback` would go back to.
    """
    place = Path(folder)
    if not keep_days >= 0:
        raise UsageError(f"{keep_days:g} days cannot be kept", "a number of days is 0 or more", "See --keep-days")
    with registry.locked(_there(place)):
        # The root may be of a release that goes, where a command was killed.
        found = (None if dry_run else _healed(place)) or _required(place)
        known = registry.read(place)
        back = [each for each in known.history if each not in (found.stable, *found.revoked)][-1:]
        live = {*found.named(), *back}
        old = [each for each in files.there(place) if each not in live and _is_over(known, found, each, keep_days)]
        rest = [each for each in files.there(place) if each not in old]
        if not dry_run:
            files.sweep(place)
            for release in old:
                files.drop(place, release)
            registry.write(place, _with(known, {k: v for k, v in known.releases.items() if k in rest}))
        unused = files.unused_assets(place, rest)
        freed = sum(path.stat().st_size for path in unused)
        for path in unused if not dry_run else ():
            path.unlink()
        goes = "would go" if dry_run else "is gone"
        said = [f"{each} {goes}: {'revoked' if each in found.revoked else 'out of use'}" for each in old]
        return [*said, f"{len(unused)} shared files, {freed:,} bytes, {'would go' if dry_run else 'are gone'}"]


def listed(folder: str | Path) -> tuple[Channels, list[Row]]:
    """What `channels.json` says, and every release in the folder, the newest first."""
    place = _there(Path(folder))
    with whole.told(place):
        return _rows(place)


def _rows(place: Path) -> tuple[Channels, list[Row]]:
    found, known = _required(place), registry.read(place)
    uses = {**dict.fromkeys(found.revoked, "revoked"), **found.named()}
    rows = []
    for release in files.there(place):
        about, entry = files.about(place, release), known.releases.get(release, Entry(added=""))
        unused = None if release in found.named() else entry.unused
        row = Row(
            release, about.title, about.task, entry.added, unused, uses.get(release, ""), files.size(place, release)
        )
        rows.append(row)
    return found, sorted(rows, key=lambda row: row.added, reverse=True)


def _change(
    folder: str | Path, change: Callable[[Present], Changed], key: str | None, *, back: bool = False
) -> Outcome:
    """A change of who gets what, under the lock, as the next number."""
    place = _there(Path(folder))
    with registry.locked(place):
        found = _healed(place) or _required(place)
        history = registry.read(place).history
        fresh, said = change(Present(str(folder), found, files.there(place), history))
        seal.check_succession(place, found, fresh)
        fresh = changes.replace(fresh, number=found.number + 1, expires=_expiry())
        return Outcome(_publish(place, found, fresh, key, back=back), said)


def _publish(place: Path, before: Channels | None, found: Channels, key: str | None, *, back: bool = False) -> Channels:
    """Pages first, then the channel file, then what is private."""
    signed = seal.signed(place, before, found, key)
    files.lay_root(place, found.stable)
    files.write_channels(place, signed)
    registry.write(place, _noted(place, signed, back=back))
    return signed


def _noted(place: Path, found: Channels, *, back: bool = False) -> Registry:
    """Who has come into use and who has gone out of it; whoever went `back` once goes further back the next time."""
    known, used = registry.read(place), found.named()
    before = known.history
    if back and found.stable in before:
        before = before[: before.index(found.stable)]
    history = [each for each in before if each != found.stable] + [found.stable]
    releases = {
        release: msgspec.structs.replace(entry, unused=None if release in used else entry.unused or _now())
        for release, entry in known.releases.items()
    }
    return Registry(releases=releases, history=history)


def _healed(place: Path) -> Channels | None:
    """What the folder says; a command that was killed before its end is made undone."""
    found = channels.read(place)
    if found is None:
        return None
    if not files.is_laid(place, found.stable):
        files.lay_root(place, found.stable)
    if registry.read(place).history[-1:] != [found.stable]:
        registry.write(place, _noted(place, found))
    return found


def _check_source(source: Path, place: Path) -> None:
    if (source / channels.FILE).is_file():
        why = "a site is added to one, and not another folder"
        raise UsageError(f"{source} is a folder of releases", why, "Name what edgeweb build made, such as dist")
    if Path(os.path.realpath(place)).is_relative_to(os.path.realpath(source)):
        raise UsageError(
            f"{place} lies in {source}", "the site would be put into itself", "Name another folder with -R"
        )


def _check_folder(place: Path) -> None:
    if place.is_file():
        raise UsageError(f"{place} is a file", "releases lie in a folder", "Name a folder with -R, such as releases")
    empty = not place.exists() or not any(place.iterdir())
    # A first release that was not taken in to the end has left ours.
    if not empty and not (place / registry.FOLDER).is_dir():
        why = "something else is in it"
        raise UsageError(f"{place} is no folder of releases", why, "Name an empty or a new one with -R")


def _there(place: Path) -> Path:
    with whole.told(place):
        if (place / channels.FILE).is_file():
            return place
    raise _no_releases(place)


def _no_releases(place: Path) -> UsageError:
    return UsageError(
        f"{place} is no folder of releases", f"it has no {channels.FILE}", f"Run: edgeweb release add dist -R {place}"
    )


def _required(place: Path) -> Channels:
    found = channels.read(place)
    if found is None:
        raise _no_releases(place)
    return found


def _is_over(known: Registry, found: Channels, release: str, keep_days: float) -> bool:
    entry = known.releases.get(release)
    if release in found.revoked or entry is None or entry.unused is None:
        return release in found.revoked
    since = datetime.datetime.fromisoformat(entry.unused)
    return (_time() - since).total_seconds() >= keep_days * 86400


def _with(known: Registry, releases: dict[str, Entry]) -> Registry:
    return Registry(releases=releases, history=known.history)


def _time() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _now() -> str:
    return _time().isoformat(timespec="seconds")


def _expiry() -> str:
    return (_time() + datetime.timedelta(days=EXPIRES_DAYS)).date().isoformat()
