"""hf://org/name[@revision]: what a build needs of a repository of the Hugging Face Hub, through its usual cache.

The whole traffic is huggingface_hub's: it takes HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE from the environment.
"""

from __future__ import annotations

import glob
import logging
import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from edgeweb.errors import EdgewebError, ModelError, UsageError
from edgeweb.read import external, folder, layouts, neighbours, tensors
from edgeweb.read.hub_cache import Cached
from edgeweb.schema.steps import Detail, Teller

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.utils.tqdm import tqdm

SCHEME = "hf://"
_NAME = re.compile(r"(?P<repository>[\w.-]+(?:/[\w.-]+)?)(?:@(?P<revision>[^\s@]+))?", re.ASCII)
# What else is fetched of a repository without graphs, by its folder with what is here of it and the names of all: of
# these the weights that something can convert, or an error that says why not.
Weights = Callable[[Path, str, Iterable[str]], Iterable[str]]
_FORM = "Write hf://org/name, or hf://org/name@revision"
# Beside the graphs; what else a repository holds, its weights for training and an edgeweb.toml of its authors', whose
# hooks would run here, stays there.
_BESIDE = re.compile(
    "|".join(map(re.escape, (*neighbours.TEXTS, *neighbours.OBJECTS, *neighbours.TOKENIZERS, *neighbours.VOICES)))
    + r"|adapter_config\.json|modules\.json|(chat|additional)_templates?/[^/]+\.jinja|[0-9]+_[A-Za-z]+/config\.json"
)
# Not known to be asked for by itself, and one way to fetch is enough to watch; all before the import.
_QUIET = {
    "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_UPDATE_CHECK": "1", "HF_HUB_DISABLE_XET": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_SYMLINKS_WARNING": "1",
}  # fmt: skip


def names(model: str | Path) -> bool:
    """Whether it is meant to be a repository."""
    return isinstance(model, str) and model.startswith(SCHEME)


def fetched(model: str, on_step: Teller, weights: Weights = lambda *_: ()) -> Path:
    """The folder in the cache with what a build needs of the repository; without a network what is there already.

    Args:
        weights: what is needed of a repository that has no ONNX files; none: nothing can be made of it.

    Raises:
        UsageError: it is no repository's name.
        ModelError: it cannot be fetched, or has no ONNX files.
    """
    repository, revision = _parsed(model)
    api, hub = _library()
    try:
        commit = api.resolve_revision(repository, revision=revision).resolved
        return _snapshot(api, repository, commit, on_step, weights)
    except EdgewebError:
        raise
    except Exception as error:
        # The library's own errors and those of what it speaks HTTP with have no class in common.
        raise _failed(error, repository, revision, hub) from error


def notes(of: Cached, model: Path) -> tuple[str, ...]:
    """Which of several precisions in the repository is the model, and why the others are not."""
    _, hub = _library()
    try:
        sizes = _sizes(of.repository, of.commit, of.root.parent)
    except hub.errors.CachedRepoTreeNotFoundError:
        return folder.notes(model)
    name = PurePosixPath(model.absolute().relative_to(of.snapshot).as_posix())
    ordered = folder.arranged(_graphs(sizes)).get(folder.role(name)[0], [name])
    passed: dict[PurePosixPath, str] = {}
    taken = folder.usable(ordered, lambda each: _too_large(each, sizes), passed)
    return folder.told(name, taken, ordered, passed)


def _parsed(model: str) -> tuple[str, str | None]:
    found = _NAME.fullmatch(model.removeprefix(SCHEME))
    if found is None or "--" in found["repository"] or ".." in found["repository"]:
        raise UsageError(f"{model} names no repository", "it is not of the form org/name", _FORM)
    return found["repository"], found["revision"]


def quieted() -> None:
    """huggingface_hub neither reports, nor looks for updates, nor draws. ImportError where it is not installed."""
    os.environ.update(_QUIET)
    from huggingface_hub import constants
    from huggingface_hub.utils.tqdm import disable_progress_bars

    # Where somebody imported it before, it has read its settings already.
    constants.HF_HUB_DISABLE_TELEMETRY = constants.HF_HUB_DISABLE_XET = True
    disable_progress_bars()
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)


def _library() -> tuple[HfApi, Any]:
    """huggingface_hub, which neither reports nor looks for updates. ModelError where it is not installed."""
    try:
        quieted()
        import huggingface_hub
    except ImportError as error:
        why = "the package huggingface_hub is not installed"
        raise ModelError("Nothing can be fetched from the Hub", why, "Run: pip install huggingface_hub") from error
    from huggingface_hub import HfApi, constants

    from edgeweb import __version__

    return HfApi(constants.ENDPOINT, library_name="edgeweb", library_version=__version__), huggingface_hub


def _snapshot(api: HfApi, repository: str, commit: str, on_step: Teller, weights: Weights) -> Path:
    """First the small files and the list of all, then the graphs, then the weights that these name."""

    def fetch(wanted: Iterable[str], told: Teller = lambda _: None) -> Path:
        names = list(wanted)
        bar = _counting(told, sum(sizes.get(name, 0) for name in names))
        patterns = [glob.escape(name) for name in names]
        return Path(api.snapshot_download(repository, revision=commit, allow_patterns=patterns, tqdm_class=bar))

    on_step(f"asking for {repository} at {commit}")
    sizes: dict[str, int] = {}
    home = fetch(["config.json"])
    sizes = _sizes(repository, commit)
    small = [name for name in sizes if _BESIDE.fullmatch(name)]
    fetch(small)
    graphs = _chosen(sizes)
    if not graphs:
        fetch([name for name in sizes if name.endswith(".index.json") and "/" not in name])
        graphs = [*weights(home, repository, sizes)]
    if not graphs:
        raise layouts.empty(home, list(sizes), repository)
    heavy = sum({name: _whole(PurePosixPath(name), sizes) for name in graphs}.values())
    on_step(f"fetching {_size(heavy)} of {repository}: {', '.join(graphs)}")
    fetch(graphs, on_step)
    data = {str(PurePosixPath(name).parent / each) for name in graphs for each in external.files(home / name)}
    if data & sizes.keys():
        fetch(sorted(data & sizes.keys()), on_step)
    return home


def _counting(told: Teller, total: int) -> type[tqdm]:
    """A bar of the library's that draws nothing and tells how many of the bytes have come, each hundredth of them."""
    from huggingface_hub.utils.tqdm import tqdm

    most = 0.0

    class Counting(tqdm):
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **{**named, "disable": True})  # type: ignore[no-untyped-call]
            self.counts, self.come = named.get("unit") == "B", 0.0

        def update(self, n: float | None = 1) -> bool | None:
            # There are two bars for the same bytes: the one that is ahead says how many.
            nonlocal most
            self.come += n or 0
            if self.counts and self.come >= most + total / 100:
                most = self.come
                told(Detail(f"{_size(int(most))} of {_size(total)}", min(1.0, most / max(1, total))))
            return None

    return Counting


def _sizes(repository: str, commit: str, cache: Path | None = None) -> dict[str, int]:
    """The files of a repository with their bytes, as the cache knows them."""
    from huggingface_hub import get_cached_repo_tree

    return {file.path: file.size for file in get_cached_repo_tree(repository, revision=commit, cache_dir=cache)}


def _graphs(sizes: Iterable[str]) -> list[PurePosixPath]:
    """Where `folder.opened` looks for them."""
    paths = map(PurePosixPath, sizes)
    return sorted(path for path in paths if folder.is_graph(path) and str(path.parent) in (".", "onnx"))


def _chosen(sizes: Mapping[str, int]) -> list[str]:
    """Of each role the most exact file that a browser can hold."""
    ordered = folder.arranged(_graphs(sizes)).values()
    return [str(folder.usable(files, lambda each: _too_large(each, sizes), {})) for files in ordered]


def _whole(name: PurePosixPath, sizes: Mapping[str, int]) -> int:
    """The bytes of a graph and of its weights beside it, which are called after it."""
    return sum(
        size for each, size in sizes.items() if each == str(name) or each.startswith((f"{name}_data", f"{name}.data"))
    )


def _too_large(name: PurePosixPath, sizes: Mapping[str, int]) -> str:
    own, whole = sizes[str(name)], _whole(name, sizes)
    most = tensors.MAX_BYTES if own == whole else tensors.MOST_BYTES
    return f"its {whole:,} bytes are more than the {most:,} that a browser can hold" if whole > most else ""


def _size(count: int) -> str:
    """Bytes for people."""
    return f"{count / 1e6:,.1f} MB"


def _failed(error: Exception, repository: str, revision: str | None, hub: Any) -> EdgewebError:
    """Any failure of the library's as one sentence."""
    errors, host = hub.errors, hub.constants.ENDPOINT
    if isinstance(error, errors.GatedRepoError):
        why = f"its authors want to be asked, at {host}/{repository}"
        return ModelError(f"{repository} is gated", why, "Ask there, then set HF_TOKEN to a token of that account")
    if isinstance(error, errors.RepositoryNotFoundError):
        why = f"{host} has none of that name, or it is private"
        return ModelError(f"There is no {repository}", why, "Check the name; for a private one set HF_TOKEN")
    if isinstance(error, errors.RevisionNotFoundError):
        what = f"{repository} has no revision {revision}"
        return ModelError(what, f"{host} knows no branch, tag or commit of that name", "Check the part after the @")
    if isinstance(error, errors.HfHubHTTPError) and error.response.status_code < 500:
        why = str(getattr(error, "server_message", "") or error).splitlines()[0]
        return ModelError(f"{repository} cannot be fetched", f"{host} answered: {why}", "Check HF_TOKEN and the name")
    if isinstance(error, OSError) and not isinstance(
        error, (errors.HfHubHTTPError, FileNotFoundError, ConnectionError)
    ):
        return ModelError(f"{repository} cannot be kept", str(error), "Check the disk, or set HF_HOME")
    why = f"{host} cannot be reached, and the cache has not all of it"
    return ModelError(f"{repository} cannot be fetched", why, "Check the network and HF_ENDPOINT")
