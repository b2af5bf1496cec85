"""The one place that makes a session of ONNX Runtime, and runs a model on many inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from edgeweb.errors import ConfigError, ModelError
from edgeweb.read import weights_file

Session: TypeAlias = ort.InferenceSession
Level = Literal["none", "basic", "extended", "all"]

_LEVELS: dict[Level, str] = {
    "none": "ORT_DISABLE_ALL", "basic": "ORT_ENABLE_BASIC", "extended": "ORT_ENABLE_EXTENDED", "all": "ORT_ENABLE_ALL",
}  # fmt: skip
_FATAL = 4


def open_session(
    model: bytes | Path,
    *,
    threads: int = 2,
    level: Level = "all",
    save: Path | None = None,
    mapped: bool = False,
    quiet: bool = True,
) -> Session:
    """A session on the processor; whatever ONNX Runtime throws comes through.

    Args:
        model: the ONNX file, or its bytes.
        threads: for one operator; 0: one a core.
        level: how far ONNX Runtime may rewrite the graph.
        save: a file for the graph as it was rewritten.
        mapped: whether the weights of a large model, in the file beside it, stay there.
        quiet: whether it keeps its warnings and errors to itself; they come as exceptions anyway.
    """
    options = ort.SessionOptions()
    if quiet:
        options.log_severity_level = _FATAL
    options.intra_op_num_threads = threads
    options.graph_optimization_level = getattr(ort.GraphOptimizationLevel, _LEVELS[level])
    if save is not None:
        options.optimized_model_filepath = str(save)
    if mapped and isinstance(model, Path) and (model.parent / weights_file.LOCATION).exists():
        # Weights stay in the file, which is mapped; packed for this processor they would be in memory once more.
        options.add_session_config_entry("session.disable_prepacking", "1")
    source = model if isinstance(model, bytes) else str(model)
    return ort.InferenceSession(source, options, providers=["CPUExecutionProvider"])


def run(
    model: bytes | Path, feeds: Sequence[Mapping[str, NDArray[Any]]], threads: int = 2, optimise: bool = False
) -> list[dict[str, NDArray[Any]]]:
    """The outputs by name for each feed, natively on the CPU; strings as unicode arrays.

    Args:
        model: the ONNX file, or its bytes.
        feeds: arrays by input name.
        threads: for one operator.
        optimise: whether ONNX Runtime may rewrite the graph; references are made without.

    Raises:
        ModelError: ONNX Runtime does not load the model.
        ConfigError: the model does not run on one of the feeds.
    """
    try:
        session = open_session(model, threads=threads, level="all" if optimise else "none", mapped=True)
    except Exception as error:
        # ONNX Runtime's exceptions have no common base.
        name = "A form of the model" if isinstance(model, bytes) else str(model)
        raise ModelError(f"{name} cannot be loaded", str(error), "Build with --precision fp32") from error
    names = [output.name for output in session.get_outputs()]
    answers = []
    for number, feed in enumerate(feeds):
        try:
            found = [np.asarray(array) for array in session.run(None, dict(feed))]
        except Exception as error:
            raise ConfigError(
                f"The model does not run on sample {number + 1}", str(error), "Correct the sample, or leave it out"
            ) from error
        answers.append(dict(zip(names, (a.astype(str) if a.dtype.kind == "O" else a for a in found), strict=True)))
    return answers
