"""What in a file of Keras would run as Python, or read other files, while Keras reads it: found without Keras, refused.

Releases of Keras have differed in what their safe mode lets pass; the user's may be any of them.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
from edgeweb_children.runner import Refusal

_WEIGHTS = "model.weights.h5"
_MODULES = re.compile(
    r"keras(\.(layers|models|initializers|regularizers|constraints|activations|dtype_policies|losses|metrics|optimizers)"
    r"(\.schedules|\.legacy)?|\.src\.models\.(sequential|functional|model)|\.src\.engine\.(sequential|functional))?|builtins"
)
_CODE = frozenset(("Lambda", "__lambda__", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"))
# Of Keras' own forms; "function" of builtins would be any function of Python.
_BUILTINS = frozenset(
    ("__tuple__", "__ellipsis__", "slice", "__numpy__", "__tensor__", "__keras_tensor__", "str", "int")
)
_AGAIN = "Save it again with model.save('model.keras')"
_EXPORT = "Export it in the Python where it was made: model.export('model.onnx', format='onnx')"
_MOST_BYTES = 4 << 30


def checked(source: Path, *, trusted: bool) -> dict[str, Any]:
    """The configuration of the model, once nothing in the file is more than numbers and layers of Keras' own.

    Raises:
        Refusal: damaged, only weights, or unsafe; `trusted`: this is not looked at.
    """
    try:
        config = _of_archive(source, trusted) if zipfile.is_zipfile(source) else _of_store(source, trusted)
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        ValueError,
        KeyError,
        RecursionError,
        OSError,
        RuntimeError,
    ) as error:
        raise Refusal(f"{source} is damaged", f"it is no whole file of Keras ({error})"[:300], _AGAIN) from error
    if not trusted:
        _check_config(source, config)
    return config


def saved_by(source: Path) -> str:
    """The version of Keras that wrote it, in words that follow "it"; empty where the file does not say."""
    try:
        if zipfile.is_zipfile(source):
            with zipfile.ZipFile(source) as archive:
                found = json.loads(archive.read("metadata.json")).get("keras_version")
        else:
            with h5py.File(source, "r") as store:
                found = store.attrs.get("keras_version")
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return ""
    return f" was saved by Keras {found}" if found else ""


def _of_archive(source: Path, trusted: bool) -> dict[str, Any]:
    with zipfile.ZipFile(source) as archive:
        for info in archive.infolist():
            name = info.filename.replace("\\", "/")
            if name.startswith("/") or ".." in name.split("/"):
                why = f"it holds a file that would lie outside it ({info.filename[:80]})"
                raise Refusal(f"{source} is unsafe", why, _AGAIN)
        if (whole := sum(info.file_size for info in archive.infolist())) > _MOST_BYTES:
            raise Refusal(f"{source} is too large", f"unpacked it has {whole:,} bytes", "Use a smaller model")
        config: dict[str, Any] = json.loads(archive.read("config.json"))
        if not trusted and _WEIGHTS in archive.namelist():
            with h5py.File(io.BytesIO(archive.read(_WEIGHTS)), "r") as store:
                _check_store(source, store)
    return config


def _of_store(source: Path, trusted: bool) -> dict[str, Any]:
    with h5py.File(source, "r") as store:
        if "model_config" not in store.attrs:
            why = "it holds weights, and not the layers that use them"
            raise Refusal(f"{source} is no whole model", why, "Save the model with model.save('model.keras')")
        if not trusted:
            _check_store(source, store)
        config: dict[str, Any] = json.loads(store.attrs["model_config"])
    return config


def _check_store(source: Path, store: Any) -> None:
    """HDF5 can show parts of other files as its own."""
    waiting, known = [store], set()
    while waiting:
        group = waiting.pop()
        for name in group:
            if isinstance(group.get(name, getlink=True), h5py.ExternalLink):
                raise _elsewhere(source, name)
            found = group.get(name)
            if isinstance(found, h5py.Dataset) and (found.external or found.is_virtual):
                raise _elsewhere(source, name)
            if isinstance(found, h5py.Group) and (place := h5py.h5o.get_info(found.id).addr) not in known:
                known.add(place)
                waiting.append(found)


def _elsewhere(source: Path, name: str) -> Refusal:
    return Refusal(f"{source} is unsafe", f"its weights {name[:80]!r} are in another file of this machine", _AGAIN)


def _check_config(source: Path, config: dict[str, Any]) -> None:
    for found in _objects(config):
        name, module = str(found["class_name"]), found.get("module")
        code = name in _CODE or (name == "function" and module in (None, "builtins") and not _plain(found))
        if code:
            raise Refusal(
                f"{source} holds code",
                f"its {_called(found)} is Python that would run as soon as it is read",
                "Take layers of Keras in its place, or add --trust-pickle if you trust whoever made it",
            )
        ours = module is None or bool(_MODULES.fullmatch(str(module)))
        if not ours or (module == "builtins" and name not in _BUILTINS and name != "function"):
            raise Refusal(
                f"{source} cannot be read by Keras alone", f"its {name} is of {module}, not of Keras", _EXPORT
            )
        settings = found.get("config")
        paths = [
            settings[key] for key in ("vocabulary", "idf_weights") if isinstance(settings, dict) and key in settings
        ]
        if any(isinstance(path, str) for path in paths):
            raise Refusal(f"{source} is unsafe", f"its layer {name} reads another file of this machine", _AGAIN)


def _called(found: dict[str, Any]) -> str:
    function = found["class_name"] == "function"
    return f"function {str(found.get('config'))[:80]}" if function else f"layer {found['class_name']}"


def _plain(found: dict[str, Any]) -> bool:
    """Whether a function is a name alone, such as "relu", that Keras looks up among its own."""
    return found.get("module") is None and isinstance(found.get("config"), str) and found["config"].isidentifier()


def _objects(config: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Whatever is made while it is read. Losses and the like are not: nothing is trained."""
    waiting: list[Any] = [config]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if "class_name" in value:
                yield value
            waiting += [each for key, each in value.items() if key != "compile_config"]
        elif isinstance(value, list):
            waiting += value
