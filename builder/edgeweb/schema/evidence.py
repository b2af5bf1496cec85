"""What a site claims about its model, and where each claim comes from."""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from edgeweb.schema.types import Strict

# What kind of model it is; which output is the answer; the names of its classes; that scores are probabilities; how an
# input is made; the columns of a row; how boxes are read; the rate of sound.
Claim = Literal["task", "answer", "labels", "probabilities", "preprocessing", "columns", "boxes", "rate"]

# The strongest first: said by the user; by the model's file or those beside it; shown by the values of runs; assumed.
Source = Literal["user", "file", "trial", "assumed"]
STRENGTH: tuple[Source, ...] = get_args(Source)

Plain = str | int | float | bool | None


class Evidence(Strict, frozen=True):
    """One claim. `value`: what is claimed, as plain as it can be said; `from`: the file, the operator or the run."""

    claim: Claim
    value: Plain | list[Plain]
    source: Source
    origin: str = msgspec.field(name="from")
