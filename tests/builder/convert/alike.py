"""Whether a converted file says of rows what its own library says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import joblib
import numpy as np
from edgeweb.convert import conversion, proof
from edgeweb.convert.common import Converted, How
from edgeweb.machine import session
from edgeweb.read.model import load, to_bytes
from edgeweb.trial import first_run
from onnx import TensorProto

TRUST = How(trust_pickle=True)


def converted(path: Path, how: How = TRUST) -> Converted:
    found = conversion.converted(path, how)
    assert found is not None
    return found


def pickled(model: Any, folder: Path) -> Converted:
    joblib.dump(model, folder / "model.joblib")
    return converted(folder / "model.joblib")


def same(found: Converted, rows: dict[str, np.ndarray]) -> tuple[int, int]:
    """How many rows both answer alike, and how many there are. The graph gets numbers of 32 bits."""
    count = len(next(iter(rows.values())))
    feeds = [{name: array[i : i + 1] for name, array in rows.items()} for i in range(count)]
    wide = {
        each.name
        for each in load(found.place).proto.graph.input
        if each.type.tensor_type.elem_type == TensorProto.DOUBLE
    }
    narrow = [
        {k: a.astype(np.float32) if a.dtype.kind == "f" and k not in wide else a for k, a in feed.items()}
        for feed in feeds
    ]
    alike, _, _, number = proof.compare(conversion.answers(found, rows), session.run(_whole(found.place), narrow))
    return alike, number


def _whole(place: Path) -> bytes:
    """This machine may lack the locale that a text is written in small letters with."""
    proto = load(place).proto
    return to_bytes(first_run.neutral_locale(proto) or proto)
