"""Networks that Python hands over: modules of torch by an example, models of Keras and transformers as they save."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from edgeweb.errors import UsageError

ROOTS = frozenset(("keras", "torch", "transformers"))
# Beside a pipeline's model, what makes its inputs.
_PROCESSORS = ("tokenizer", "image_processor", "feature_extractor", "processor")
_EXAMPLE = "edgeweb.build(model, data=example), an array or tensor of some inputs, or several by their names"


def saved(model: Any, roots: set[str], room: Path, example: Any) -> Path:
    """The model as a file or folder of its own format.

    Args:
        roots: the packages of its class and of those that this is made of.
        example: the data that came with it, or None.

    Raises:
        UsageError: it cannot be written, or there is no example where it needs one.
    """
    name = type(model).__name__
    try:
        if "transformers" in roots:
            return _folder(model, room / name)
        if "keras" in roots:
            model.save(room / f"{name}.keras")
            return room / f"{name}.keras"
        return _program(model, room / f"{name}.pt2", example)
    except UsageError:
        raise
    except Exception as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
        what = f"This {name} cannot be saved for the process that converts it"
        raise UsageError(what, lines[0], "Save it as a file; docs/formats.md says how") from error


def _folder(model: Any, folder: Path) -> Path:
    """Of a pipeline the model, and what makes its inputs."""
    getattr(model, "model", model).save_pretrained(folder)
    for name in _PROCESSORS:
        if (part := getattr(model, name, None)) is not None and hasattr(part, "save_pretrained"):
            part.save_pretrained(folder)
    return folder


def _program(module: Any, path: Path, example: Any) -> Path:
    import torch

    if not isinstance(module, torch.nn.Module):
        raise UsageError(f"A {type(module).__name__} is no module", "torch exports torch.nn.Module", "Give the module")
    if example is None:
        why = "torch exports what a module does with an example, and none was given"
        raise UsageError(f"This {type(module).__name__} needs an example", why, f"Call {_EXAMPLE}")
    named = {name: _two(array) for name, array in example.items()} if isinstance(example, Mapping) else {}
    words = () if named else (_two(example),)
    # Sizes that the module fixes stay fixed.
    sizes: Any = [{0: torch.export.Dim.AUTO} if each.ndim else None for each in (*words, *named.values())]
    shapes = dict(zip(named, sizes, strict=True)) if named else tuple(sizes)
    with _still(module):
        torch.export.save(torch.export.export(module, words, named, dynamic_shapes=shapes), path)
    return path


def _two(given: Any) -> Any:
    """Two of an example's rows: with one alone torch takes it that there is always one."""
    import torch

    array = np.asarray(given)
    array = array.astype(np.float32) if array.dtype == np.float64 else array
    rows = array if not array.ndim or len(array) >= 2 else np.concatenate([array, array])
    return torch.from_numpy(np.ascontiguousarray(rows[:2] if array.ndim else rows))


@contextmanager
def _still(module: Any) -> Iterator[None]:
    """Without dropout and the like, which the module has again afterwards."""
    trains = [each for each in module.modules() if each.training]
    module.eval()
    try:
        yield
    finally:
        for each in trains:
            each.training = True
