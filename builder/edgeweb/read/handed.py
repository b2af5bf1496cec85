"""What a command is given as the model: a file, a folder, or a repository; and what is known of where it is from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from edgeweb.read import folder, hub, hub_cache


def local(
    model: str | Path, on_step: Callable[[str], None] = lambda _: None, weights: hub.Weights = lambda *_: ()
) -> Path:
    """The file or folder on this machine, fetched where it is not here. `weights`: as of `hub.fetched`.

    Raises:
        ModelError, UsageError: as `hub.fetched`.
    """
    return hub.fetched(str(model), on_step, weights) if hub.names(model) else Path(model)


def beside(source: Path) -> list[Path]:
    """The folders whose edgeweb.toml is the model's. None in the Hub's cache: what lies there is by other people, and
    could name hooks.
    """
    return [] if hub_cache.of(source) else [source.parent, folder.home(source)]


def repository(source: Path) -> tuple[str, str] | None:
    """The repository and the commit that a file is of; None where it is of none."""
    found = hub_cache.of(source)
    return (found.repository, found.commit) if found else None


def called(given: Path) -> str:
    """What a file or folder is called in what is said of it: a repository by its name, not by its commit."""
    found = hub_cache.of(given)
    return found.name if found and given.absolute() == found.snapshot else given.name


def notes(source: Path) -> list[tuple[str, str]]:
    """Where the file is from, and why it was taken, as steps of the report."""
    of = hub_cache.of(source)
    if of is None:
        return [("files", note) for note in folder.notes(source)]
    return [("source", f"{of.repository} at {of.commit}"), *(("files", note) for note in hub.notes(of, source))]
