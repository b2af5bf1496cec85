"""What a build reads of the user's: the files and folders whose change makes another build, and their state."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from edgeweb import config, options
from edgeweb.config import Config
from edgeweb.errors import EdgewebError
from edgeweb.options import Options
from edgeweb.read import external, folder, handed, mlmodel, neighbours

# What is read beside a model where it is there, whether a file or a folder was given.
_BESIDE = (
    "edgeweb.toml", *neighbours.TEXTS, *neighbours.OBJECTS, *neighbours.TOKENIZERS, *neighbours.VOICES,
    neighbours.POOLING, neighbours.MODULES, mlmodel.NAME,
)  # fmt: skip
# Of a larger file the graph is not read to see which others hold its weights.
_GRAPH_BYTES = 64 << 20
# What Python, and pip in a package's own folder, write beside the sources.
_MADE, _OF_PACKAGES = {"__pycache__"}, {"build", "dist"}
_PACKAGES = ("pyproject.toml", "setup.py", "setup.cfg")
_MOST_FILES = 200_000

# When it was written, its length and which file it is; None: it is not there.
State = tuple[int, int, int] | None
States = Mapping[Path, State]
# Folders, each with the names of the files in it.
Walk = Iterator[tuple[Path, list[str]]]


@dataclass(frozen=True)
class Watched:
    """`files`: whether they are there or not; `folders`: with all that is below; `models`: with what is in them and in
    the folders there, as deep as a model lies: it may have been given as the folder of a whole project.
    """

    files: frozenset[Path] = frozenset()
    folders: frozenset[Path] = frozenset()
    models: frozenset[Path] = frozenset()

    def __or__(self, other: Watched) -> Watched:
        return Watched(self.files | other.files, self.folders | other.folders, self.models | other.models)

    def has(self, path: Path) -> bool:
        """Whether it is one of them, or below one."""
        return path in self.files or self.holds(path)

    def holds(self, path: Path) -> bool:
        """Whether it is below one of the folders."""
        near = (path.parent, path.parent.parent)
        return any(path.is_relative_to(each) for each in self.folders) or any(each in near for each in self.models)

    def states(self) -> dict[Path, State]:
        """The state of each file now."""
        found = {path: _state(path) for path in self.files}
        return found | {path: _state(path) for walk in self._walks() for path in _files(walk)}

    def places(self) -> list[Path]:
        """Every folder in which a change can be seen; a link's as well as that of what it leads to."""
        found = {each for path in self.files for each in (path.parent, _real(path).parent)}
        found |= {path.parent for path in (*self.folders, *self.models)}
        found |= {place for walk in self._walks() for place, _ in walk}
        return sorted(path for path in found if path.is_dir())

    def _walks(self) -> Iterator[Walk]:
        yield from (_walked(each, None) for each in self.folders)
        yield from (_walked(each, 1) for each in self.models)


def of(models: Sequence[str | Path], given: Options) -> Watched:
    """What a build of `models` would read, as far as its configuration can be read."""
    places = [Path(each).absolute() for each in models if not handed.is_fetched(each)]
    named = [path for path in (given.config, given.labels, given.data, given.hooks) if path is not None]
    for place in places:
        homes = {place} if place.is_dir() else {place.parent, folder.home(place)}
        named += [place, *(home / name for home in homes for name in _BESIDE), *_weights(place)]
    with suppress(EdgewebError):
        source = folder.lead(places[0]) if places else Path.cwd() / "model.onnx"
        # Without the model itself, of which `models` says where it is.
        named += options.own_files(source, given, *_settings(source, given))[1:]
    return _sorted(places, (path.absolute() for path in named))


def differing(before: States, now: States) -> list[Path]:
    """What was written, replaced, made or deleted."""
    return sorted(path for path in {*before, *now} if before.get(path) != now.get(path))


def carried(before: States, was: Watched, known: Watched) -> dict[Path, State]:
    """The states that `known` had at `before`; what was not watched then, as `was` says, as it is now."""
    now = known.states()
    seen = {path: state for path, state in before.items() if known.has(path)}
    new = {path: state for path, state in now.items() if not was.has(path)}
    return {**seen, **new}


def _settings(source: Path, given: Options) -> tuple[Config, Path]:
    """The configuration and where its paths start, also where something that it names is missing or wrong."""
    with suppress(EdgewebError):
        settings, base, _ = options.read(source, given)
        return settings, base
    file = given.config or next(
        (place / "edgeweb.toml" for place in handed.beside(source) if (place / "edgeweb.toml").is_file()), None
    )
    with suppress(EdgewebError):
        if file is not None:
            return config.read(file), file.parent
    return Config(), source.parent


def _sorted(models: Iterable[Path], paths: Iterable[Path]) -> Watched:
    found = set(paths)
    folders = {path for path in found if path.is_dir()}
    given = folders & set(models)
    return Watched(frozenset(found - folders), frozenset(folders - given), frozenset(given))


def _weights(model: Path) -> Iterator[Path]:
    """The files in which an ONNX file keeps its weights."""
    with suppress(OSError):
        if model.is_file() and folder.is_graph(model) and model.stat().st_size < _GRAPH_BYTES:
            yield from (model.parent / name for name in external.files(model))


def _state(path: Path) -> State:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _real(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path


def _walked(top: Path, deep: int | None) -> Walk:
    """A folder and those in it, `deep` levels of them."""
    left_out = _MADE | (_OF_PACKAGES if any((top / name).is_file() for name in _PACKAGES) else set())
    for place, names, files in os.walk(top):
        ends = deep is not None and len(Path(place).relative_to(top).parts) >= deep
        names[:] = (
            [] if ends else [each for each in names if each[0] != "." and each not in left_out and ".egg" not in each]
        )
        yield Path(place), [name for name in files if name[0] != "."]


def _files(walk: Walk) -> Iterator[Path]:
    count = 0
    for place, names in walk:
        yield from (place / name for name in names)
        count += len(names)
        if count > _MOST_FILES:
            return
