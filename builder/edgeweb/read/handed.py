"""What a command is given as the model: a file, a folder, or a repository; and what is known of where it is from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from edgeweb.read import folder, hub, hub_cache, registered


@dataclass(frozen=True)
class Origin:
    """Whose a fetched model is. `name`: for a title; `what`: in a sentence; `document`: for report.json."""

    name: str
    what: str
    document: Mapping[str, str]


def is_fetched(model: str | Path) -> bool:
    """Whether it names what is fetched, and no path."""
    return hub.names(model) or registered.names(model)


def local(
    model: str | Path, on_step: Callable[[str], None] = lambda _: None, weights: hub.Weights = lambda *_: ()
) -> Path:
    """The file or folder on this machine, fetched where it is not here. `weights`: as of `hub.fetched`.

    Raises:
        ModelError, UsageError: as `hub.fetched`.
    """
    return hub.fetched(str(model), on_step, weights) if hub.names(model) else Path(model)


def beside(source: Path) -> list[Path]:
    """The folders whose edgeweb.toml is the model's. None of what was fetched: what lies there is by other people, and
    could name hooks.
    """
    return [] if origin(source) else [source.parent, folder.home(source)]


def origin(source: Path) -> Origin | None:
    """The repository at its commit, or the version in a registry, that a file was fetched from; None of any other."""
    if of := hub_cache.of(source):
        document = {"repository": of.repository, "commit": of.commit}
        return Origin(of.name, f"{of.repository} at {of.commit}", document)
    if of_run := registered.of(source):
        run = f" of run {of_run.run}" if of_run.run else ""
        return Origin(of_run.name, f"{of_run.model}{run}", {"model": of_run.model, "run": of_run.run})
    return None


def called(given: Path) -> str:
    """What a file or folder is called in what is said of it: a repository by its name, not by its commit."""
    found = hub_cache.of(given)
    return found.name if found and given.absolute() == found.snapshot else given.name


def notes(source: Path) -> list[tuple[str, str]]:
    """Where the file is from, and why it was taken, as steps of the report."""
    of = hub_cache.of(source)
    found = origin(source)
    told = [("source", found.what)] if found else []
    return [*told, *(("files", note) for note in (hub.notes(of, source) if of else folder.notes(source)))]
