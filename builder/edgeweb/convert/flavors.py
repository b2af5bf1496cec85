"""A folder that MLflow has logged: which of its files is the model, by the flavors that its MLmodel names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from edgeweb.errors import ModelError
from edgeweb.read import mlmodel
from edgeweb.read.mlmodel import MLmodel


class Flavor(NamedTuple):
    """`keys`: of MLmodel, which say its file or folder; `usual`: where it is when none does; `inside`: what is taken of
    a folder, an empty name the folder itself.
    """

    keys: tuple[str, ...]
    usual: str = ""
    inside: tuple[str, ...] = ()


# What a site can be made of, the form nearest to it first: a run may have logged one model in several.
_FLAVORS: Mapping[str, Flavor] = {
    "onnx": Flavor(("data",), "model.onnx", ("model.onnx",)),
    "xgboost": Flavor(("data",), "model.xgb"),
    "lightgbm": Flavor(("data",), "model.lgb"),
    "catboost": Flavor(("model_binary",), "model.cb"),
    "sklearn": Flavor(("pickled_model",), "model.pkl"),
    "pytorch": Flavor(("model_data",), "data", ("model.pt2",)),
    "keras": Flavor(("data",), "data", ("model.keras", "model")),
    "tensorflow": Flavor(("saved_model_dir", "data"), "data", ("model.keras", "model.h5", "model", "")),
    "sentence_transformers": Flavor(("data",), "model.sentence_transformer", ("",)),
}
_INSTEAD = {
    "pytorch": 'Log it with serialization_format="pt2"',
    "transformers": "Put what is in its folders model and components/tokenizer into one folder, and give that",
    "python_function": "Log the model inside it with mlflow.onnx or mlflow.sklearn, and give that; hooks do the rest",
}


def is_logged(path: Path) -> bool:
    """Whether it is a folder that MLflow has logged a model into."""
    return path.is_dir() and (path / mlmodel.NAME).is_file()


def artefact(folder: Path) -> Path:
    """The file or folder of it that is converted, or is ONNX.

    Raises:
        ModelError: it is damaged, or of no flavor that is read.
    """
    said = mlmodel.read(folder)
    name = next((name for name in _FLAVORS if name in said.flavors), None)
    found = None if name is None else _found(said, name)
    if found is None:
        raise _unread(said, name)
    return found


def _found(said: MLmodel, name: str) -> Path | None:
    keys, usual, inside = _FLAVORS[name]
    told: Mapping[str, Any] = said.flavors[name]
    place = next((told[key] for key in keys if isinstance(told.get(key), str) and told[key]), usual)
    path = _within(said.home, place)
    if not path.is_dir():
        return path
    return next((_within(said.home, f"{place}/{part}") for part in inside if (path / part).exists()), None)


def _within(home: Path, place: str) -> Path:
    """ModelError where it is not there, or leads out of the folder."""
    path, hint = home / place, "Log the model again"
    if "\\" in place or PurePosixPath(place).is_absolute() or ".." in PurePosixPath(place).parts:
        raise ModelError(f"{home / mlmodel.NAME} is not to be trusted", f"it names a file outside: {place}", hint)
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError, ValueError) as error:
        raise ModelError(f"{home} is not whole", f"its MLmodel names {place}, which is not there", hint) from error
    if not real.is_relative_to(home.resolve()):
        raise ModelError(f"{home / mlmodel.NAME} is not to be trusted", f"{place} is a link that leads outside", hint)
    return path


def _unread(said: MLmodel, name: str | None) -> ModelError:
    first = name or next((each for each in _INSTEAD if each in said.flavors), "")
    hint = _INSTEAD.get(first, f"Log it with {', '.join(f'mlflow.{each}' for each in [*_FLAVORS][:5])} or another")
    why = f"edgeweb reads {', '.join(_FLAVORS)}"
    if name is not None:
        why = f"there is nothing in it that edgeweb reads for {name}"
    return ModelError(f"{said.home} has the flavor {mlmodel.listed([*said.flavors])}", why, hint)
