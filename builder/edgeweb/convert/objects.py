"""Models and frames that Python hands over instead of files: written into a folder that lasts as long as the build."""

from __future__ import annotations

import os
import pickle
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from edgeweb.convert import networks
from edgeweb.errors import ConfigError, EdgewebError, UsageError, renamed
from edgeweb.machine import scratch

# Whose objects a pickle holds whole; it is the caller's own, so it may be read.
_PICKLED = ("sklearn", "xgboost", "lightgbm", "catboost")
_DATA = "data"


@contextmanager
def handed(models: Any, given: Mapping[str, Any]) -> Iterator[tuple[list[str | Path], dict[str, Any]]]:
    """The models as paths, and the options with paths instead of frames.

    Args:
        models: a path or an object, or several.
        given: options as `build` takes them; `data` may be a frame of pandas or polars, an array, or several
            by the names of inputs.

    Raises:
        UsageError: nobody knows what an object is.
        ConfigError: a frame cannot be written.
    """
    several = list(models) if isinstance(models, Sequence) and not isinstance(models, str) else [models]
    options = dict(given)
    if not any(_is_object(each) for each in several) and not _is_object(options.get(_DATA)):
        yield [each if isinstance(each, str) else Path(each) for each in several], options
        return
    with scratch.folder() as room:
        if _is_object(data := options.get(_DATA)):
            options |= {_DATA: _written(data, room), "columns": columns(data)}
        paths = [_saved(each, room, data) if _is_object(each) else each for each in several]
        if any(_is_object(each) for each in several):
            options["trust_pickle"] = True
        try:
            yield paths, options
        except EdgewebError as error:
            raise renamed(error, f"{room}{os.sep}", "") from error


def columns(frame: Any) -> tuple[tuple[str, str], ...]:
    """What a frame's columns are called and hold: "number", "integer", "boolean" or "text"."""
    if not hasattr(frame, "columns"):
        return ()
    return tuple((str(name), _kind(_held(frame[name]))) for name in frame.columns)


def _held(column: Any) -> str:
    """The type of what is in a column: of pandas' categories that of these, of objects what all of them are."""
    dtype = str(column.dtype)
    if dtype == "category":
        return str(column.dtype.categories.dtype)
    return str(column.dropna().infer_objects().dtype) if dtype == "object" else dtype


def _kind(dtype: str) -> str:
    plain = dtype.lower()
    if plain.startswith("bool"):
        return "boolean"
    if plain.startswith(("int", "uint")):
        return "integer"
    return "number" if plain.startswith(("float", "decimal")) else "text"


def _is_object(given: Any) -> bool:
    return given is not None and not isinstance(given, (str, Path))


def _written(frame: Any, room: Path) -> Path:
    """The rows as a file, under a name that the report can tell."""
    path = room / "frame.csv"
    try:
        if hasattr(frame, "to_csv"):
            frame.to_csv(path, index=False)
        elif hasattr(frame, "write_csv"):
            frame.write_csv(path)
        elif isinstance(frame, Mapping):
            path = room / "arrays.npz"
            arrays = {str(name): np.asarray(array) for name, array in frame.items()}
            np.savez(path, **arrays)  # type: ignore[arg-type]
        else:
            path = room / "array.npy"
            np.save(path, np.asarray(frame), allow_pickle=False)
    except Exception as error:
        # Each library of frames has errors of its own, such as polars for lists in a cell.
        what = f"data is a {type(frame).__name__} that cannot be written"
        raise ConfigError(what, str(error), "Give a frame of pandas or polars, an array, or a path") from error
    return path


def _saved(model: Any, room: Path, example: Any) -> Path:
    """An object as the file that its format reads, named by what it is. `example`: the data that came with it."""
    roots = {each.__module__.partition(".")[0] for each in type(model).__mro__}
    if roots & networks.ROOTS and not roots & {*_PICKLED}:
        return networks.saved(model, roots, room, example if _is_object(example) else None)
    if not roots & {*_PICKLED}:
        raise UsageError(
            f"A {type(model).__module__}.{type(model).__qualname__} is no model that edgeweb knows",
            "it takes models of scikit-learn, XGBoost, LightGBM, CatBoost, torch, Keras and transformers",
            "Save it as a file, and give its path; docs/formats.md lists the formats",
        )
    path = room / _called(model)
    try:
        path.write_bytes(pickle.dumps(model, protocol=4))
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        what = f"This {type(model).__name__} cannot be handed to the process that converts it"
        raise UsageError(what, str(error), "Take out what is defined in this program, such as a lambda") from error
    return path


def _called(model: Any) -> str:
    """Its class; of a pipeline that of its last step."""
    steps = getattr(model, "steps", None)
    return type(steps[-1][1]).__name__ if steps and not isinstance(steps[-1][1], str) else type(model).__name__
