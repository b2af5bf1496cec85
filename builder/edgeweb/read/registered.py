"""models:/name@alias and runs:/RUN/path: how MLflow names a model, and what a file in the cache of those is from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from edgeweb.errors import EdgewebError, UsageError
from edgeweb.read import intake

SCHEMES = ("models:/", "runs:/")
# In the cache: mlflow/KEY/source.json, and beside it mlflow/KEY/model/.
HOME, SOURCE, MODEL = "mlflow", "source.json", "model"
_VERSION = re.compile(r"models:/+[^/@]+(/[1-9][0-9]{0,8}|/latest|@[^/@\s]+)")
_LOGGED = re.compile(r"models:/+m-[0-9a-f]{8,64}")
_RUN = re.compile(r"runs:/+[0-9A-Za-z_-]{1,64}(/[^/\x00]+)+")
_FORM = "Write models:/name@alias, models:/name/3, models:/m-..., or runs:/RUN_ID/model"


@dataclass(frozen=True)
class Registered:
    """A model as it was fetched. `model`: with its version, such as models:/birds/3; `run`: which has logged it, empty
    where that is not known; `name`: in few words.
    """

    model: str
    run: str
    name: str


def names(model: str | Path) -> bool:
    """Whether it is meant to be a model of MLflow's."""
    return isinstance(model, str) and model.startswith(SCHEMES)


def check(model: str) -> None:
    """UsageError where it is of no form that names one."""
    if any(part in (".", "..") for part in model.split("/")):
        raise UsageError(f"{model} names no model", "it leads out of what was logged", _FORM)
    if re.fullmatch(r"models:/+[^/@]+/[A-Za-z]+", model) and not model.endswith("/latest"):
        why = "MLflow has given up stages such as Production, and has aliases instead"
        raise UsageError(f"{model} names a stage", why, "Write models:/name@alias, or models:/name/3")
    if not any(form.fullmatch(model) for form in (_VERSION, _LOGGED, _RUN)):
        why = "a run has many files" if model.startswith(SCHEMES[1]) else "it has neither version nor alias"
        raise UsageError(f"{model} names no model", why, _FORM)


def of(path: Path) -> Registered | None:
    """What a file or folder in the cache is of; None for any other."""
    place = path.absolute()
    for folder in (place, *place.parents):
        home = folder.parent
        if folder.name == MODEL and home.parent.name == HOME and home.parent.parent.name == "edgeweb":
            try:
                said = intake.json_object(home / SOURCE, "Build again")
            except EdgewebError:
                return None
            return Registered(*(str(said.get(key, "")) for key in ("model", "run", "name")))
    return None
