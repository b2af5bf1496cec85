"""Builds, waits for a change, builds again; whoever listens is told the state of affairs."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edgeweb import options, recipe
from edgeweb.dev import changes, watched
from edgeweb.errors import EdgewebError, ModelError, UsageError, printable, printable_line
from edgeweb.read import folder, handed
from edgeweb.recipe import Site

# A file that was only half written makes an error; the rest of it follows within this time.
_GRACE_S, _LOOK_S = 0.4, 0.05
# A recursion without end repeats its lines.
_MAX_TRACE = 40
_MOST_NAMES = 3
# The options that are paths of what is watched.
_NAMED = ("config", "labels", "data", "hooks")


@dataclass(frozen=True)
class Fault:
    """An error as a page shows it: its three sentences, and the traceback of a hook."""

    what: str
    why: str
    hint: str
    text: str = ""

    @property
    def line(self) -> str:
        """As on a terminal."""
        return f"{self.what}. {self.why}. {self.hint}."


@dataclass(frozen=True)
class State:
    """What is known now. `step`: of the build that runs, if one does; `release`: of the last good one, which took
    `seconds` and ended at the time of day `at`; `changed`: the files that led to the newest build.
    """

    building: bool = True
    step: str = ""
    changed: tuple[str, ...] = ()
    release: str = ""
    title: str = ""
    seconds: float = 0.0
    at: str = ""
    error: Fault | None = None


def check(models: Sequence[str | Path], given: dict[str, Any]) -> None:
    """Whether what was typed makes sense; what is in the files may be wrong, and be mended while `run` goes on.

    Raises:
        ModelError, UsageError: a file or a folder is not there, or an option has no meaning.
    """
    wanted = options.options(given)
    for path in (Path(each) for each in models if not handed.is_fetched(each)):
        if not path.exists():
            raise ModelError(f"{path} cannot be read", "No such file or directory", "Check the path")
    for name in _NAMED:
        named: Path | None = getattr(wanted, name)
        if named is not None and not named.exists():
            raise UsageError(f"{named} cannot be read", "No such file or directory", f"Check the path of --{name}")
    try:
        options.read(Path(models[0]) if handed.is_fetched(models[0]) else folder.lead(Path(models[0])), wanted)
    except UsageError:
        raise
    except EdgewebError:
        return


def run(
    models: Sequence[str | Path],
    out: Path,
    given: dict[str, Any],
    tell: Callable[[State, Site | None], None],
    stop: threading.Event,
) -> None:
    """Build into `out` until `stop` is set, and again whenever something changes that a build reads.

    Args:
        given: as of `recipe.build`.
        tell: gets each state, and with the end of a good build its site.
    """
    # Now: the folder that this runs in may be deleted, and made anew, by what writes the model.
    models = [each if handed.is_fetched(each) else Path(each).absolute() for each in models]
    given = {**given, **{name: Path(given[name]).absolute() for name in _NAMED if given.get(name) is not None}}
    wanted, state, home = options.options(given), State(), Path.cwd()
    known = watched.of(models, wanted)
    while not stop.is_set():
        _stand_in(home)
        before = known.states()
        state = replace(state, building=True, step="")
        tell(state, None)
        state, site = _built(models, out, given, state, tell)
        was, known = known, watched.of(models, wanted) | (known if state.error else watched.Watched())
        before = watched.carried(before, was, known)
        if state.error is None or not _follows(known, before, stop):
            tell(state, site)
        changed = changes.wait(known, before, stop)
        state = replace(state, changed=_named(changed))


def _stand_in(home: Path) -> None:
    """A process whose folder was deleted stands nowhere, also when there is a new one of that name."""
    with suppress(OSError):
        os.chdir(next(place for place in (home, *home.parents) if place.is_dir()))


def _named(changed: Sequence[Path]) -> tuple[str, ...]:
    """The first of them and how many more: a folder that was copied anew has thousands."""
    names = tuple(path.name for path in changed)
    return names if len(names) <= _MOST_NAMES else (*names[:_MOST_NAMES], f"{len(names) - _MOST_NAMES:,} more")


def _built(
    models: Sequence[str | Path],
    out: Path,
    given: dict[str, Any],
    state: State,
    tell: Callable[[State, Site | None], None],
) -> tuple[State, Site | None]:
    """The state after a build, and the site where it was a good one."""
    start = time.monotonic()
    try:
        site = recipe.build(
            models, out, on_step=lambda step: tell(replace(state, step=printable(step, 160)), None), quick=True, **given
        )
    except EdgewebError as error:
        trace = getattr(error, "text", "").splitlines()[-_MAX_TRACE:]
        fault = Fault(error.what, error.why, error.hint, "\n".join(map(printable_line, trace)))
    except Exception as error:  # noqa: BLE001 - whatever it is, the next build may do better
        why = f"edgeweb itself failed: {printable(error) or type(error).__name__}"
        hint = "Please report it with what edgeweb build --debug says"
        fault = Fault("This is a defect in edgeweb", why, hint)
    else:
        seconds, at = round(time.monotonic() - start, 2), time.strftime("%H:%M:%S")
        about = site.manifest
        good = replace(state, building=False, release=about.release, title=about.title, seconds=seconds, at=at)
        return replace(good, error=None), site
    return replace(state, building=False, error=fault), None


def _follows(known: watched.Watched, before: watched.States, stop: threading.Event) -> bool:
    """Whether another change has come already, so that the error of this build is of no interest."""
    limit = time.monotonic() + _GRACE_S
    while not (found := watched.differing(before, known.states())) and time.monotonic() < limit:
        if stop.wait(_LOOK_S):
            break
    return bool(found)
