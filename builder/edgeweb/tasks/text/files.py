"""Lines of text to feeds: one line is one sample."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from edgeweb.errors import ConfigError
from edgeweb.inputs.arrays import MAX_SAMPLES, Found, room_for, spread
from edgeweb.read import intake
from edgeweb.schema.language import TextInputs
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.language import inputs as text_inputs
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.plan import Plan

# As texts in Python a file takes several times its bytes.
_MAX_BYTES = 256 << 20
_HINT = "Save it as UTF-8 text, or give a part of it"


def read_ids(path: Path, reads: TextInputs, language: Language) -> Found:
    """One feed of token ids a line; ConfigError when the file cannot be read."""
    found = lines(path)
    kept = spread(found, MAX_SAMPLES)
    return [text_inputs.feed(reads, language.ids(line)) for line in kept], None, len(found)


def read_lines(path: Path, inputs: Sequence[TensorInfo], plan: Plan) -> Found:
    """One feed a line of text; blank lines are left out.

    Raises:
        ConfigError: unreadable, or the model does not take one text.
    """
    info = inputs[0] if len(inputs) == 1 else None
    shape = [1] if info is None or info.shape is None else info.shape
    if info is None or info.type != "string" or any(isinstance(dim, int) and dim != 1 for dim in shape):
        raise ConfigError(
            f"{path} holds lines of text",
            f"the model ({plan.task}) does not take one text at a time",
            "Give a .npz with one array for each input",
        )
    found = lines(path)
    chosen = spread(found, room_for({}))
    return [{info.name: np.array([line], object).reshape([1] * len(shape))} for line in chosen], None, len(found)


def lines(path: Path) -> list[str]:
    """The lines of a text that are not blank; ConfigError when it cannot be read."""
    return [line.strip() for line in intake.text(path, _HINT, _MAX_BYTES).split("\n") if line.strip()]
