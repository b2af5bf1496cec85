"""The result forms of hooks: what each must hold, checked in one place, and how arrays travel in their JSON."""

from __future__ import annotations

import binascii
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from edgeweb.hooks_api.array import Array, array_of, over
from edgeweb.hooks_api.dtypes import dtype_of

_LABEL: dict[str, type] = {"label": str, "score": float}
_BOX: dict[str, type] = {**_LABEL, "x": float, "y": float, "width": float, "height": float}
_SEGMENT: dict[str, type] = {**_LABEL, "start": float, "end": float}
_MATCH: dict[str, type] = {"id": str, "score": float}
_CHANNELS = (1, 3, 4)
_MASK_VALUES = 256


def checked(result: object) -> object:
    """A result form with every value a plain one and arrays as they travel; anything else as it is.

    A form is a dict whose `task` is one of: classification, detection, segmentation, image, embedding, similarity,
    regression, text, segments, audio, tensors.

    Raises:
        TypeError, ValueError: the form lacks something, or something in it is not what it should be.
    """
    task = result.get("task") if isinstance(result, Mapping) else None
    if not isinstance(result, Mapping) or not isinstance(task, str) or task not in _FORMS:
        return result
    needed, more, make = _FORMS[task]
    for key in needed:
        if key not in result:
            raise ValueError(f'a result with task "{task}" has no "{key}"')
    for key in result:
        if key not in ("task", *needed, *more):
            raise ValueError(f'a result with task "{task}" has "{key}"; it can have {", ".join((*needed, *more))}')
    return {"task": task, **make(result)}


def opened(result: Any) -> Any:
    """What `checked` made, once it was JSON: its arrays are arrays again."""
    if not isinstance(result, dict) or result.get("task") not in ("image", "segmentation", "audio", "tensors"):
        return result
    found: dict[str, Any] = {
        key: _unpacked(value) if key in ("image", "mask", "samples") else value for key, value in result.items()
    }
    if "outputs" in found:
        found["outputs"] = {name: _unpacked(value) for name, value in result["outputs"].items()}
    return found


def _labels(result: Mapping[str, Any]) -> dict[str, Any]:
    return {"labels": _entries("labels", result["labels"], _LABEL)}


def _regression(result: Mapping[str, Any]) -> dict[str, Any]:
    return {"values": _numbers("values", result["values"])}


def _embedding(result: Mapping[str, Any]) -> dict[str, Any]:
    return {"vector": _numbers("vector", result["vector"])}


def _similarity(result: Mapping[str, Any]) -> dict[str, Any]:
    return {"matches": _entries("matches", result["matches"], _MATCH)}


def _boxes(result: Mapping[str, Any]) -> dict[str, Any]:
    found = _entries("boxes", result["boxes"], _BOX)
    for place, box in enumerate(found):
        if box["width"] < 0 or box["height"] < 0:
            raise ValueError(f"boxes[{place}] has a negative size: {box['width']:g} x {box['height']:g}")
    return {"boxes": found}


def _text(result: Mapping[str, Any]) -> dict[str, Any]:
    return {"text": _value("text", result["text"], str), **(_boxes(result) if "boxes" in result else {})}


def _segments(result: Mapping[str, Any]) -> dict[str, Any]:
    found = _entries("segments", result["segments"], _SEGMENT)
    for place, part in enumerate(found):
        if not 0 <= part["start"] <= part["end"]:
            raise ValueError(f"segments[{place}] is from {part['start']:g} s to {part['end']:g} s")
    if ("curve" in result) != ("step" in result):
        raise ValueError("curve and step go together: its values, and the seconds from one to the next")
    if "curve" not in result:
        return {"segments": found}
    step = _value("step", result["step"], float)
    if step <= 0:
        raise ValueError(f"step is {step:g} s; it must be above 0")
    return {"segments": found, "curve": _numbers("curve", result["curve"]), "step": step}


def _sound(result: Mapping[str, Any]) -> dict[str, Any]:
    samples, rate = _array("samples", result["samples"]), _value("rate", result["rate"], float)
    if samples.ndim != 1 or dtype_of(samples.dtype).kind != "f":
        raise ValueError(
            f"samples is {samples.dtype} {list(samples.shape)}, not floats [samples], one channel from -1 to 1"
        )
    if rate != int(rate) or rate < 1:
        raise ValueError(f"rate is {rate:g}; it must be a whole number of samples a second")
    return {"samples": _packed(samples.astype("float32")), "rate": int(rate)}


def _image(result: Mapping[str, Any]) -> dict[str, Any]:
    image = _array("image", result["image"])
    if image.dtype != "uint8":
        raise TypeError(f'the image is {image.dtype}, not uint8; use .astype("uint8")')
    channels = 1 if image.ndim == 2 else image.shape[-1]
    if image.ndim not in (2, 3) or channels not in _CHANNELS or 0 in image.shape:
        raise ValueError(f"the image has shape {list(image.shape)}, not [height, width, 1, 3 or 4]")
    return {"image": _packed(image.reshape(*image.shape[:2], channels))}


def _segmentation(result: Mapping[str, Any]) -> dict[str, Any]:
    names = [_value(f"labels[{place}]", name, str) for place, name in enumerate(_listed("labels", result["labels"]))]
    mask = _array("mask", result["mask"])
    if mask.ndim != 2 or 0 in mask.shape:
        raise ValueError(f"the mask has shape {list(mask.shape)}, not [height, width]")
    height, width = mask.shape
    for key, size in (("height", height), ("width", width)):
        if result.get(key, size) != size:
            raise ValueError(f"the mask's {key} is {size}, not {result[key]!r}")
    flat = mask.reshape(-1).tolist()
    if dtype_of(mask.dtype).kind not in "iub":
        raise TypeError(f"the mask is {mask.dtype}; it takes whole numbers, the places of labels")
    low, high, count = min(flat), max(flat), min(len(names), _MASK_VALUES)
    if low < 0 or high >= count:
        raise ValueError(
            f"the mask goes from {low} to {high}; with {len(names)} labels it can go from 0 to {count - 1}"
        )
    return {"width": width, "height": height, "mask": _packed(mask.astype("uint8")), "labels": names}


def _tensors(result: Mapping[str, Any]) -> dict[str, Any]:
    outputs = result["outputs"]
    if not isinstance(outputs, Mapping):
        raise TypeError(f"outputs is {_kind(outputs)}, not a dict {{name: array}}")
    return {"outputs": {str(name): _packed(_array(f'outputs["{name}"]', value)) for name, value in outputs.items()}}


Make = Callable[[Mapping[str, Any]], dict[str, Any]]
# The keys that a form must have, those that it may have, and what reads them.
_FORMS: dict[str, tuple[tuple[str, ...], tuple[str, ...], Make]] = {
    "classification": (("labels",), (), _labels),
    "detection": (("boxes",), (), _boxes),
    "segmentation": (("mask", "labels"), ("width", "height"), _segmentation),
    "image": (("image",), (), _image),
    "embedding": (("vector",), (), _embedding),
    "similarity": (("matches",), (), _similarity),
    "regression": (("values",), (), _regression),
    "text": (("text",), ("boxes",), _text),
    "segments": (("segments",), ("curve", "step"), _segments),
    "audio": (("samples", "rate"), (), _sound),
    "tensors": (("outputs",), (), _tensors),
}


def _entries(where: str, given: object, wanted: Mapping[str, type]) -> list[dict[str, Any]]:
    """A list of dicts with just the keys of `wanted`."""
    found = []
    for place, entry in enumerate(_listed(where, given)):
        here = f"{where}[{place}]"
        if not isinstance(entry, Mapping):
            raise TypeError(f"{here} is {_kind(entry)}, not a dict with {', '.join(wanted)}")
        missing = [key for key in wanted if key not in entry]
        if missing:
            raise ValueError(f'{here} has no "{missing[0]}"; it needs {", ".join(wanted)}')
        extra = [str(key) for key in entry if key not in wanted]
        if extra:
            raise ValueError(f'{here} has "{extra[0]}"; it can have {", ".join(wanted)}')
        found.append({key: _value(f"{here}.{key}", entry[key], kind) for key, kind in wanted.items()})
    return found


def _listed(where: str, given: object) -> list[Any]:
    if isinstance(given, (str, bytes, Mapping)) or not (isinstance(given, Sequence) or hasattr(given, "tolist")):
        raise TypeError(f"{where} is {_kind(given)}, not a list")
    return list(given) if isinstance(given, Sequence) else list(given.tolist())


def _numbers(where: str, given: object) -> list[float]:
    return [_value(f"{where}[{place}]", number, float) for place, number in enumerate(_listed(where, given))]


def _value(where: str, given: Any, kind: type) -> Any:
    if kind is str:
        if not isinstance(given, str):
            raise TypeError(f"{where} is {_kind(given)}, not a text")
        return given
    # A single element of an array, NumPy's own numbers among them.
    number = given.item() if hasattr(given, "item") else given
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        raise TypeError(f"{where} is {_kind(given)}, not a number")
    if not math.isfinite(number):
        raise ValueError(f"{where} is {number}, not a finite number")
    return number


def _array(where: str, given: object) -> Array:
    try:
        return given if isinstance(given, Array) else array_of(given)
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(f"{where} is {_kind(given)}, not an array ({error})") from None


def _packed(array: Array) -> dict[str, Any]:
    """Texts as a list, everything else as its bytes in base64: shorter than numbers, and read at once."""
    texts = array.dtype == "string"
    data = array.reshape(-1).tolist() if texts else binascii.b2a_base64(array.tobytes(), newline=False).decode()
    return {"type": array.dtype, "dims": list(array.shape), "data": data}


def _unpacked(packed: Mapping[str, Any]) -> Array:
    data, shape = packed["data"], packed["dims"]
    if packed["type"] == "string":
        return Array(data, "string", shape)
    return over(bytearray(binascii.a2b_base64(data)), packed["type"], shape)


def _kind(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
