"""A folder that transformers or sentence-transformers has saved: config.json and weights, without ONNX."""

from __future__ import annotations

from pathlib import Path

from edgeweb.convert import libraries
from edgeweb.convert.common import Format, Glimpse
from edgeweb.read import architectures, intake

_WEIGHTS = ("model.safetensors", "model.safetensors.index.json")


def _recognises(seen: Glimpse) -> bool:
    """Only what optimum exports by a task that is known; of all else `read.layouts` says what it is."""
    exported = any(name.lower().endswith(".onnx") or name == "onnx" for name in seen.names)
    if exported or "config.json" not in seen.names or not seen.names.intersection(_WEIGHTS):
        return False
    config = intake.json_hint([seen.path], "config.json")
    foreign = config.keys() & {"quantization_config", "quantization", "auto_map", "pretrained_cfg"}
    if foreign or not isinstance(config.get("model_type"), str) or not _whole(seen):
        return False
    return architectures.task_of(config) is not None or "modules.json" in seen.names


def _whole(seen: Glimpse) -> bool:
    """Whether all weights are there, and no pointers to them."""
    parts = intake.json_hint([seen.path], _WEIGHTS[1]).get("weight_map")
    named = {*map(str, parts.values())} if isinstance(parts, dict) else {_WEIGHTS[0]}
    return named <= seen.names and not any(intake.is_pointer(seen.path / name) for name in named)


def _told(folder: Path) -> dict[str, str]:
    """The task under which it is exported, and whose folder it is."""
    if (folder / "modules.json").is_file():
        return {"task": "feature-extraction", "library": "transformers"}
    task = architectures.task_of(intake.json_hint([folder], "config.json"))
    return {"task": task or "feature-extraction", "library": "transformers"}


FORMAT = Format(
    "transformers_folder",
    "a folder of transformers",
    (libraries.OPTIMUM, libraries.TRANSFORMERS, libraries.TORCH),
    _recognises,
    seconds=1800.0,
    tells=_told,
)
