"""A folder that transformers or sentence-transformers has saved: config.json and weights, without ONNX."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from edgeweb.convert import libraries
from edgeweb.convert.common import Format, Glimpse
from edgeweb.read import architectures, hub_cache, intake

_WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
# What transformers wrote until it had safetensors.
_PICKLES = ("pytorch_model.bin", "pytorch_model.bin.index.json")


def _safe(seen: Glimpse) -> bool:
    return _recognises(seen, _WEIGHTS)


def _pickled(seen: Glimpse) -> bool:
    return not seen.names.intersection(_WEIGHTS) and _recognises(seen, _PICKLES)


def _recognises(seen: Glimpse, weights: tuple[str, str]) -> bool:
    """Only what optimum exports by a task that is known; of all else `read.layouts` says what it is."""
    exported = any(name.lower().endswith(".onnx") or name == "onnx" for name in seen.names)
    if exported or "config.json" not in seen.names or not seen.names.intersection(weights):
        return False
    config = intake.json_hint([seen.path], "config.json")
    foreign = config.keys() & {"quantization_config", "quantization", "auto_map", "pretrained_cfg"}
    if foreign or not isinstance(config.get("model_type"), str) or not _whole(seen, weights):
        return False
    return architectures.task_of(config) is not None or "modules.json" in seen.names


def _whole(seen: Glimpse, weights: tuple[str, str]) -> bool:
    """Whether all weights are there, and no pointers to them."""
    parts = intake.json_hint([seen.path], weights[1]).get("weight_map")
    named = {*map(str, parts.values())} if isinstance(parts, dict) else {weights[0]}
    return named <= seen.names and not any(intake.is_pointer(seen.path / name) for name in named)


def _told(folder: Path) -> dict[str, str]:
    """The task under which it is exported, whose folder it is, and of one in the Hub's cache where its files lie, and
    the place that says of the export as well which repository it is of.
    """
    task = architectures.task_of(intake.json_hint([folder], "config.json"))
    sentences = (folder / "modules.json").is_file()
    told = {"task": "feature-extraction" if sentences or task is None else task, "library": "transformers"}
    of = hub_cache.of(folder)
    if of is None:
        return told
    return {**told, "files": str(of.root), "place": str(folder.absolute().relative_to(of.root.parent))}


FORMAT = Format(
    "transformers_folder",
    "a folder of transformers",
    (libraries.OPTIMUM, libraries.TRANSFORMERS, libraries.TORCH),
    _safe,
    seconds=1800.0,
    weights=re.compile(r"model(-\d+-of-\d+)?\.safetensors"),
    tells=_told,
)
# torch reads them with weights_only, which two of its own faults have let run code (CVE-2025-32434, CVE-2026-24747): so
# they need the same consent as every pickle.
PICKLED = replace(
    FORMAT,
    called="a folder of transformers whose weights are a pickle",
    recognises=_pickled,
    executes=True,
    safer="load it with transformers and save it again with model.save_pretrained, which writes model.safetensors",
    weights=re.compile(r"pytorch_model(-\d+-of-\d+)?\.bin"),
)
