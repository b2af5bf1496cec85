"""models:/ and runs:/ through MLflow's own client, in a child process of the user's Python; and where its store is."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from edgeweb.convert import interpreters, libraries, process
from edgeweb.convert.common import Format, How
from edgeweb.errors import OutputError, UsageError
from edgeweb.machine import cache, scratch
from edgeweb.read import registered

_SECONDS = 900.0
_STORES = ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI")
_LOGIN = ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN")
# It reports its use unless told not to; and tries for minutes to reach a server that is not there.
_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "0", "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "GIT_PYTHON_REFRESH": "quiet", "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}  # fmt: skip
_DATABASE = "sqlite:///"


def fetched(model: str, how: How, on_step: Callable[[str], None]) -> Path:
    """The folder or file in the cache that the model is; what was fetched once is not fetched again.

    Raises:
        UsageError: it names none, there is no store, or a library is missing.
        ModelError: the store has none of that name, cannot be reached, or cannot be read.
    """
    registered.check(model)
    check_store(model)
    home = cache.folder(registered.HOME)
    on_step(f"asking MLflow for {model}")
    with scratch.folder() as room:
        done = run("fetch", {"model": model, "kept": str(home)}, how, room, on_step)
        place = home / str(done["key"])
        if done["new"]:
            _keep(room / "fetched", place)
    return _only(place / registered.MODEL)


def _only(folder: Path) -> Path:
    """A logged model is its folder; of runs:/RUN/model.onnx what was fetched is one file."""
    held = list(folder.iterdir())
    return held[0] if len(held) == 1 and held[0].is_file() else folder


def _keep(made: Path, place: Path) -> None:
    part = place.with_name(f"{place.name}.{os.getpid()}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(made, part, symlinks=True)
        shutil.rmtree(place, ignore_errors=True)
        part.replace(place)
    except OSError as error:
        why = error.strerror or str(error)
        raise OutputError(f"{place} cannot be written", why, "Make room there, or set XDG_CACHE_HOME") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def run(call: str, told: Mapping[str, Any], how: How, room: Path, on_step: Callable[[str], None]) -> dict[str, Any]:
    """What MLflow's client has done; see `children/mlflow.py`.

    Args:
        call: the function there.
        room: a folder of this call's own.
    """
    form, remote = _needs(), is_remote()
    try:
        python = interpreters.find(Path("MLflow"), form, how, on_step).path
    except UsageError as error:
        raise UsageError("MLflow cannot be asked", error.why.replace("Converting", "Asking"), error.hint) from error
    own = {name: os.environ[name] for name in (*_STORES, *(_LOGIN if remote else ())) if os.environ.get(name)}
    request = {
        "do": "call", "call": call, "format": "mlflow", "source": str(room), "out": str(room), "told": dict(told),
    }  # fmt: skip
    try:
        return process.run(python, request, room, _SECONDS, {**_QUIET, **own}, on_step, network=remote)
    except process.MissingError as error:
        hint = f"Run: {python} -m pip install mlflow-skinny {error}"
        raise UsageError("MLflow cannot be used", f"it needs the Python module {error}", hint) from error


def _needs() -> Format:
    """MLflow's client; and, of stores that are databases, what reads these."""
    own = (libraries.MLFLOW,)
    several = own if is_remote() or _kind() == "file" else (*own, libraries.SQLALCHEMY, libraries.ALEMBIC)
    return Format("mlflow", "in a registry", several, lambda _: False)


def _kind() -> str:
    """Of the store: "http", "database" or "file"."""
    store = address()
    scheme = re.match(r"([a-z0-9+]+):", store)
    if scheme is None or scheme[1] == "file":
        return "file"
    return "database" if re.match(r"(sqlite|postgresql|mysql|mssql)", scheme[1]) else "http"


def address() -> str:
    """The store as MLflow finds it: as the environment says, or in this folder."""
    if said := os.environ.get(_STORES[0]):
        return said
    return "mlruns" if Path("mlruns").is_dir() and not Path("mlflow.db").is_file() else f"{_DATABASE}mlflow.db"


def shown() -> str:
    """The same without what nobody should read."""
    return re.sub(r"//[^/@\s]*@", "//", address())


def is_remote() -> bool:
    """Whether another machine is asked."""
    stores = [os.environ.get(name) or "" for name in _STORES]
    return any(re.match(r"(?!sqlite|file)[a-z0-9+]+:", each) or each.startswith("databricks") for each in stores)


def check_store(what: str) -> None:
    """UsageError where there is none, which MLflow would make."""
    store = address()
    if is_remote() or is_there(store):
        return
    if os.environ.get(_STORES[0]):
        raise UsageError(f"{what} cannot be found", f"there is no MLflow store at {store}", f"Correct {_STORES[0]}")
    why = f"{_STORES[0]} is not set, and there is neither mlflow.db nor mlruns in this folder"
    raise UsageError(
        f"{what} cannot be found", why, f"Run: export {_STORES[0]}=http://HOST:5000, or sqlite:////PATH.db"
    )


def is_there(store: str) -> bool:
    """Whether a store on this machine exists."""
    if store.startswith(_DATABASE):
        return Path(unquote(store.removeprefix(_DATABASE).partition("?")[0])).is_file()
    return Path(unquote(re.sub(r"^file:(//)?", "", store))).is_dir()
