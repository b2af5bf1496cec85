"""Models that end before any head: one vector that stands for the picture, by how the authors' own pooling has it."""

from __future__ import annotations

from typing import Literal

import numpy as np

from edgeweb.inputs.golden import Array
from edgeweb.tasks.evidence import Said
from edgeweb.tasks.graph import Graph
from edgeweb.tasks.image.case import Case
from edgeweb.tasks.plan import Recognised

# Of the outputs as transformers calls them: pooled already, the first token, the mean of all, the mean of a map.
Pool = Literal["", "first", "tokens", "map"]
_POOLED, _STATES = "pooler_output", "last_hidden_state"


def extractor(case: Case) -> Recognised | str:
    """What is pooled already; otherwise the first token where it stands for no part of the picture, or the mean."""
    told = case.told("image-feature-extraction")
    if told is None:
        return "nothing says that it ends in features of the whole picture"
    found = _pooled(case)
    if isinstance(found, str):
        return found
    name, pool, why = found
    what = {"": "", "first": "the first token of ", "tokens": "the mean of the tokens of ", "map": "the mean of "}[pool]
    claims = (told, Said("answer", f"{what}{name}", "file", why))
    reason = f'{what}output "{name}" stands for it'
    return case.made("image-feature-extraction", reason, (name,), claims, result="embedding", pool=pool)


def _pooled(case: Case) -> tuple[str, Pool, str] | str:
    """The output, what is made of it, and what says so."""
    pooled, states = case.gave.get(_POOLED), case.gave.get(_STATES)
    if pooled is not None and pooled.shape[0] == 1 and pooled.size == pooled.shape[1]:
        return _POOLED, "", "its name"
    if states is None or not case.ran or states.shape[0] != 1:
        return f'it has no output "{_POOLED}" or "{_STATES}"'
    if states.ndim == 4:
        return _STATES, "map", "its shape, a map over the picture"
    if states.ndim != 3:
        return f'output "{_STATES}" is neither tokens nor a map'
    patch, (height, width) = case.authors.patch, case.size
    if patch is not None and states.shape[1] > height * width // patch:
        return _STATES, "first", "config.json (patch_size): a token more than there are parts of the picture"
    if patch is None and not _grid(states.shape[1], height, width) and _grid(states.shape[1] - 1, height, width):
        return _STATES, "first", "its shape: a token more than the cells of a grid over the picture"
    return _STATES, "tokens", "its shape: no token beside those of the parts of the picture"


def _grid(count: int, height: int, width: int) -> bool:
    """Whether there are so many square cells of one size in the picture."""
    sides = (side for side in range(1, min(height, width) + 1) if not height % side and not width % side)
    return any((height // side) * (width // side) == count for side in sides)


def vector(pool: Pool, raw: str, graph: Graph) -> None:
    """`raw` float32 to `vector` [D]."""
    if pool == "first":
        raw = graph.columns(raw, 0, 1)
    elif pool:
        raw = graph.put("ReduceMean", raw, graph.constant([1] if pool == "tokens" else [2, 3]), keepdims=0)
    graph.put("Reshape", raw, graph.constant([-1]), name="vector")


def of(pool: Pool, array: Array) -> Array:
    """The same of an array."""
    if pool == "first":
        array = array[:, 0]
    elif pool:
        array = array.mean(axis=1 if pool == "tokens" else (2, 3))
    return array.reshape(-1).astype(np.float32)
