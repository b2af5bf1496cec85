"""The file MLmodel of a folder that MLflow has logged: its flavors, the columns of its signature, and an example."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeweb.errors import ConfigError, EdgewebError, ModelError
from edgeweb.read import intake

NAME = "MLmodel"
_MOST_BYTES, _MOST_COLUMNS = 1 << 20, 10_000
# Its types of columns, as a frame teaches them.
_KINDS = {
    "boolean": "boolean", "integer": "integer", "long": "integer", "float": "number", "double": "number",
    "string": "text",
}  # fmt: skip


@dataclass(frozen=True)
class MLmodel:
    """`home`: the folder. `flavors`: with what each says of its files. `columns`: of a signature that has them by name,
    with "number", "integer", "boolean" or "text". `example`: the file of the input example; empty where there is none.
    """

    home: Path
    flavors: Mapping[str, Mapping[str, Any]]
    columns: tuple[tuple[str, str], ...] = ()
    example: str = ""

    def row(self) -> dict[str, Any]:
        """The first row of the example, by the names of its columns; empty where it is no table."""
        try:
            path = self.home / self.example
            if not self.example or not path.resolve().is_relative_to(self.home.resolve()):
                return {}
            found = intake.json_object(path, "Log it again")
        except (EdgewebError, OSError, RuntimeError, ValueError):
            return {}
        names, rows = found.get("columns"), found.get("data")
        if not isinstance(rows, list) or not rows or not isinstance(rows[0], list):
            return {}
        known = names if isinstance(names, list) else [name for name, _ in self.columns]
        return dict(zip(map(str, known), rows[0], strict=True)) if len(known) == len(rows[0]) else {}


def read(folder: Path) -> MLmodel:
    """What the MLmodel of a folder says.

    Raises:
        ModelError: it is damaged.
    """
    path = folder / NAME
    try:
        said = _parsed(intake.text(path, "Log the model again", _MOST_BYTES))
    except ConfigError as error:
        raise ModelError(error.what, error.why, "Log the model again") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise ModelError(f"{path} is damaged", f"it is no YAML: {error}", "Log the model again") from error
    flavors = said.get("flavors") if isinstance(said, dict) else None
    if not isinstance(flavors, dict) or not all(isinstance(each, dict) for each in flavors.values()):
        raise ModelError(f"{path} is damaged", "it names no flavors", "Log the model again")
    return MLmodel(folder, flavors, _columns(said.get("signature")), _example(said.get("saved_input_example_info")))


def beside(model: Path) -> MLmodel | None:
    """That of the folder in which a model's file lies, or of the one above; None where there is none that is whole."""
    for folder in (model.parent, model.parent.parent):
        if (folder / NAME).is_file():
            try:
                return read(folder)
            except ModelError:
                return None
    return None


def _parsed(text: str) -> Any:
    """YAML with every value as text: nothing in it is made into a number, a date or an object. ValueError."""
    import yaml

    try:
        # In Python, whose depth has a limit; that in C has none.
        return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def _columns(signature: object) -> tuple[tuple[str, str], ...]:
    """Of its inputs, where all are columns with names and types that a table has."""
    inputs = signature.get("inputs") if isinstance(signature, dict) else None
    if not isinstance(inputs, str):
        return ()
    try:
        listed = json.loads(inputs)
    except (ValueError, RecursionError):
        return ()
    if not isinstance(listed, list) or len(listed) > _MOST_COLUMNS:
        return ()
    found = [(each.get("name"), _KINDS.get(str(each.get("type")))) for each in listed if isinstance(each, dict)]
    whole = [(name, kind) for name, kind in found if isinstance(name, str) and name.isprintable() and name and kind]
    return tuple(whole) if len(whole) == len(listed) == len({name for name, _ in whole}) else ()


def _example(said: object) -> str:
    path = said.get("artifact_path") if isinstance(said, dict) else None
    return path if isinstance(path, str) else ""


def listed(flavors: Sequence[str]) -> str:
    """Their names, without MLflow's own for what can be called from Python where there is another."""
    named = [name for name in flavors if name != "python_function"] or list(flavors)
    return " and ".join(filter(None, [", ".join(named[:-1]), *named[-1:]]))
