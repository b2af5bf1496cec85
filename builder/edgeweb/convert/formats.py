"""The formats of training libraries that are converted."""

from __future__ import annotations

from edgeweb.convert import (
    catboost,
    keras,
    lightgbm,
    pickled,
    saved_model,
    skops,
    tflite,
    torch_program,
    transformers_folder,
    xgboost,
)
from edgeweb.convert.common import Format

# The first that recognises a file converts it.
FORMATS: tuple[Format, ...] = (
    xgboost.FORMAT,
    lightgbm.FORMAT,
    catboost.FORMAT,
    skops.FORMAT,
    pickled.FORMAT,
    torch_program.FORMAT,
    keras.FORMAT,
    tflite.FORMAT,
    saved_model.FORMAT,
    transformers_folder.FORMAT,
    transformers_folder.PICKLED,
)
