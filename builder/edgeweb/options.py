"""What a build was asked for: the options of the command line over the configuration file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from edgeweb import config
from edgeweb.config import Config
from edgeweb.convert.common import How
from edgeweb.errors import UsageError
from edgeweb.inputs import arrays, picture, sound
from edgeweb.python.packages import requirements
from edgeweb.read import folder, handed, intake
from edgeweb.schema import tasks
from edgeweb.search import candidate
from edgeweb.site import wording
from edgeweb.tasks.evidence import Origin
from edgeweb.tasks.kinds import KINDS
from edgeweb.trust import keys
from edgeweb.trust.site import Signer

_PATHS = ("config", "labels", "data", "hooks", "python", "base")


@dataclass(frozen=True)
class Options:
    """What the command line can say beyond the configuration file; None: not said.

    `columns`: of a frame, see `How`. `quick`: for a look on this machine: no search, no cut runtime, nothing
    compressed, no limits, and no comparison with the framework that a model was made with. `base`: the site before.
    """

    config: Path | None = None
    task: str | None = None
    title: str | None = None
    labels: Path | None = None
    data: Path | None = None
    precision: str | None = None
    min_agreement: float | None = None
    max_size: str | int | None = None
    distill: bool | None = None
    specialise: bool | None = None
    base_url: str | None = None
    dask: str | None = None
    hooks: Path | None = None
    force: bool = False
    strict: bool = False
    python: Path | None = None
    with_deps: bool = False
    trust_pickle: bool = False
    columns: tuple[tuple[str, str], ...] = ()
    quick: bool = False
    base: Path | None = None

    @property
    def how(self) -> How:
        """How a file that is not ONNX may be read."""
        return How(self.python, self.with_deps, self.trust_pickle, self.columns)


NOTHING = Options()


def options(given: Mapping[str, Any]) -> Options:
    """Keyword arguments as `Options`, whose paths may be given as text."""
    paths = {name: Path(value) for name, value in given.items() if name in _PATHS and value is not None}
    return Options(**{**given, **paths})


def read(source: Path, given: Options, beside: Sequence[Path] = ()) -> tuple[Config, Path, dict[str, Origin]]:
    """The configuration with the options laid over it, the folder that its paths start from, and who said a setting,
    by its dotted key, where that is not the configuration file.

    Args:
        beside: folders of the user's, where `source` lies in none of them.
    """
    ours = (place / "edgeweb.toml" for place in beside or handed.beside(source))
    file = given.config or next((path for path in ours if path.is_file()), None)
    found = config.read(file) if file else Config()
    origins: dict[str, Origin] = {}
    for kind in KINDS:
        own, (found, name) = found, kind.published(found, folder.home(source))
        origins |= dict.fromkeys(config.changed(own, found), Origin("file", name))
    task = None if given.task is None else tasks.named(given.task)
    if given.title is not None and not given.title.isprintable():
        why = "it has control characters, or bytes that are not UTF-8"
        raise UsageError(f'The title "{given.title}" cannot be shown', why, "Write it as plain text")
    over: dict[str, Any] = {
        "task": task,
        "title": given.title,
        "base_url": given.base_url,
        "specialise": given.specialise,
        "data": None if given.data is None else str(given.data.resolve()),
    }
    if given.labels is not None:
        over["labels"] = str(given.labels.resolve())
    if given.hooks is not None:
        over["hooks"] = msgspec.structs.replace(found.hooks, file=str(given.hooks.resolve()))
    limits = {name: getattr(given, name) for name in ("precision", "min_agreement", "max_size", "distill")}
    compress = msgspec.structs.replace(found.compress, **{k: v for k, v in limits.items() if v is not None})
    settings = msgspec.structs.replace(found, compress=compress, **{k: v for k, v in over.items() if v is not None})
    origins |= {key: Origin("user", f"--{key}") for key, value in over.items() if value is not None}
    # Checked now rather than after minutes of work.
    config.check_base_url(settings.base_url)
    candidate.check_training(settings.compress)
    size_limit(settings)
    base = file.parent if file else beside[0] if beside else source.parent
    settings = _with_examples(settings, base)
    if settings.lang or settings.strings:
        wording.of(settings, base)
    return settings, base, origins


def _with_examples(settings: Config, folder: Path) -> Config:
    """With so many of the pictures and sounds of `data` as are to be shown: none unless it is said, as everybody may
    see them.
    """
    if not settings.examples_of_data or settings.data is None or not (folder / settings.data).is_dir():
        return settings
    kinds = picture.SUFFIXES | sound.SUFFIXES
    files = sorted(path for path in intake.below(folder / settings.data) if path.suffix.lower() in kinds)
    shown = [str(path) for path in arrays.spread(files, settings.examples_of_data)]
    return msgspec.structs.replace(settings, examples=[*settings.examples, *shown])


def check_files(settings: Config, base: Path) -> None:
    """Whether what is read after minutes of work can be read at all; ConfigError."""
    config.labels(settings, base)
    signer(settings, base)
    for key, name in (("data", settings.data), ("gallery", settings.gallery)):
        if name and not (base / name).is_dir():
            with intake.opened(base / name, f"Check the path of {key}"):
                pass


def signer(settings: Config, base: Path) -> Signer | None:
    """Who signs the site; UsageError where that key cannot be used."""
    key = settings.sign.key
    if key is None:
        return None
    own = keys.private(key if key.startswith(keys.ENVIRONMENT) else base / key)
    return Signer(own, (own.public, *(each for name in settings.sign.following for each in keys.public(base / name))))


def size_limit(settings: Config) -> int | None:
    """The model's bytes on the wire, at most."""
    limit = settings.compress.max_size
    return None if limit is None else config.parse_size(limit)


def own_files(source: Path, given: Options, settings: Config, base: Path) -> list[Path]:
    """Every file of the user's that the build reads, which the site must not replace."""
    named = [settings.labels] if isinstance(settings.labels, str) else []
    named += [*settings.examples, *([settings.data] if settings.data else [])]
    named += [name for name in (settings.gallery, settings.strings) if name]
    named += [settings.hooks.file] if settings.hooks.file else []
    key = settings.sign.key
    named += [*([key] if key and not key.startswith(keys.ENVIRONMENT) else []), *settings.sign.following]
    named += [text for text in settings.hooks.packages if requirements.is_path(text)]
    return [source, *([given.config] if given.config else []), *(base / name for name in named)]
