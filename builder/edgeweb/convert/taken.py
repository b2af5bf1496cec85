"""What a command is given, as the steps take it: ONNX as it is, and what a training library wrote, converted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from edgeweb.convert import common, conversion, flavors, interpreters, registry
from edgeweb.convert.common import Converted, Glimpse, How
from edgeweb.convert.formats import FORMATS
from edgeweb.errors import EdgewebError, renamed
from edgeweb.read import folder, handed, mlmodel, model, registered
from edgeweb.read.model import Model


@dataclass(frozen=True)
class Taken:
    """`given`: on this machine, as the user has it. `place`: the same in ONNX; the same path where it is ONNX."""

    given: Path
    place: Path
    converted: Converted | None = None

    @property
    def source(self) -> Path:
        """The file that stands for the model in all that is said, and beside which the others lie: of a converted file
        that itself, of a folder the graph that takes the visitor's input.

        Raises:
            ModelError, ConfigError: as `folder.lead`.
        """
        if not self.place.is_dir():
            return self.given
        try:
            return folder.lead(self.place)
        except EdgewebError as error:
            # Of what was converted nobody knows the folder, which is in the cache.
            raise renamed(error, self.place, self.given) from error

    @property
    def beside(self) -> Sequence[Path]:
        """The user's own folder, whose edgeweb.toml is the model's, where that was converted into one in the cache."""
        home = self.given if self.given.is_dir() else self.given.parent
        # In the Hub's cache it would be other people's, and could name hooks.
        return [home] if self.converted and self.place.is_dir() and handed.origin(home) is None else []

    def load(self, scratch: Path | None = None) -> Model:
        """The model; see `read.model.load`."""
        if self.converted is None or self.place.is_dir():
            return model.load(self.source, scratch)
        return replace(model.load(self.place, scratch), path=self.given)

    @property
    def notes(self) -> list[tuple[str, str]]:
        """Steps of the report."""
        return [("converted", note) for note in self.converted.notes] if self.converted else []

    @property
    def name(self) -> str:
        """How the claims of a converted file are signed; empty where the file is ONNX."""
        return handed.called(self.given) if self.converted else ""


def taken(given: str | Path, how: How, on_step: Callable[[str], None] = lambda _: None) -> Taken:
    """What was given, fetched and converted as far as it needs that.

    Raises:
        ModelError, UsageError, ConfigError: as `handed.local`, `registry.fetched` and `conversion.converted`; before a
            repository's weights are fetched, where nothing here can convert them.
    """
    if not registered.names(given):
        return _taken(handed.local(given, on_step, partial(_weights, how=how, on_step=on_step)), how, on_step)
    here = registry.fetched(str(given), how, on_step)
    try:
        return _taken(here, how, on_step)
    except EdgewebError as error:
        raise renamed(error, here, given) from error


def _taken(here: Path, how: How, on_step: Callable[[str], None]) -> Taken:
    if flavors.is_logged(here):
        here = flavors.artefact(here)
    # What was logged with it teaches its columns, unless a frame does.
    if not how.columns and (logged := mlmodel.beside(here)):
        how = replace(how, columns=logged.columns)
    found = conversion.converted(here, how, on_step)
    return Taken(here, found.place if found else here, found)


def _weights(home: Path, repository: str, names: Iterable[str], how: How, on_step: Callable[[str], None]) -> list[str]:
    """What of a repository is converted; UsageError where that has to be agreed to, or a library is missing."""
    listed = [name for name in names if "/" not in name]
    form = common.first_of(FORMATS, Glimpse(home, names=frozenset(listed)))
    if form is None or not form.weights:
        return []
    conversion.check_trust(Path(repository), form, how)
    interpreters.find(Path(repository), form, how, on_step)
    return [name for name in listed if form.weights.fullmatch(name)]
