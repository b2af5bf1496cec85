"""Waits until something is saved: watchfiles says that something may have changed, the files' state whether it has."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from edgeweb.dev import watched
from edgeweb.dev.watched import States, Watched

# An editor writes, renames and deletes within a few milliseconds; who writes for long is waited for, but not for ever.
_STEP_MS, _QUIET_S, _LONGEST_S = 10, 0.05, 5.0
# Where the system tells nothing, as on network drives and in some containers, it is looked at now and then.
_LOOK_MS, _SHARE = 500, 0.05


def wait(known: Watched, before: States, stop: threading.Event) -> list[Path]:
    """What has changed since `before`, as soon as nobody writes to it any more; nothing when `stop` is set."""
    now = known.states()
    # Saved while the last build ran, or being saved in this moment.
    if watched.differing(before, now) and (changed := watched.differing(before, _settled(known, now, stop))):
        return changed
    next_look = 0.0
    for told in _events(known.places(), stop):
        start = time.monotonic()
        if not told and start < next_look:
            continue
        now = known.states()
        next_look = time.monotonic() + (time.monotonic() - start) / _SHARE
        if watched.differing(before, now) and (changed := watched.differing(before, _settled(known, now, stop))):
            return changed
    return []


def _settled(known: Watched, now: States, stop: threading.Event) -> States:
    """The states once nobody writes any more: of a file that is written on and on watchfiles tells the first time."""
    limit = time.monotonic() + _LONGEST_S
    while not stop.wait(_QUIET_S) and time.monotonic() < limit:
        before, now = now, known.states()
        if before == now:
            break
    return now


def _events(places: Sequence[Path], stop: threading.Event) -> Iterator[bool]:
    """Whether something may have changed in one of the folders: when it has, and otherwise now and then."""
    # Rust, which not every system has a wheel of.
    with suppress(ImportError, OSError, RuntimeError):
        from watchfiles import watch

        # Folders, as an editor replaces a file by renaming; not what is below, which may be all of somebody's files.
        for told in watch(
            *places, watch_filter=None, recursive=False, stop_event=stop, raise_interrupt=False,
            step=_STEP_MS, rust_timeout=_LOOK_MS, yield_on_timeout=True,
        ):  # fmt: skip
            yield bool(told)
    # A folder has gone meanwhile, or the system's watches are used up.
    while not stop.wait(_LOOK_MS / 1000):
        yield False
