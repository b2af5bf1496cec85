"""Queries with a mask each, as MaskFormer, Mask2Former and DETR have them: segments, and scores of classes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeweb.tasks.graph import Graph
from edgeweb.tasks.image.case import Case
from edgeweb.tasks.image.maps import Map

# By the beginning of an architecture's name: what transformers calls its outputs, masks before classes, and the side to
# which that brings its masks before they are added up.
_KIN = {
    "MaskFormerFor": ("masks_queries_logits", "class_queries_logits", None),
    "Mask2FormerFor": ("masks_queries_logits", "class_queries_logits", 384),
    "DetrForSegmentation": ("pred_masks", "logits", None),
}
# A query counts from here on, as in transformers' pipeline.
_SURE = 0.9
# Scores are made finer in the graph only where a browser's memory is not in question.
_MOST_ELEMENTS = 1 << 24


def find(case: Case) -> Map | str | None:
    """The masks of such a model, with the classes of its queries; why they are none; None: it is no such model."""
    kin = next((said for name, said in _KIN.items() if case.authors.architecture.startswith(name)), None)
    if kin is None:
        return None
    masks, classes, side = kin
    laid, scored = case.gave.get(masks), case.gave.get(classes)
    if laid is None or scored is None or laid.ndim != 4 or scored.ndim != 3 or laid.shape[:2] != scored.shape[:2]:
        return f'its outputs are not the "{masks}" and "{classes}" of transformers'
    count = case.authors.labels or 0
    if count < 2 or scored.shape[2] != count + 1:
        return f'"{classes}" is of {scored.shape[2]} classes, one of them for nothing, and config.json has {count}'
    height, width = case.size
    fine = (height, width) if count * height * width <= _MOST_ELEMENTS else None
    return replace(Map(masks, "NCHW", count, 0.0), by=classes, side=side, sides=fine)


def segments(found: Map, masks: str, classes: str, graph: Graph) -> None:
    """`masks` and `classes`, float32, to the queries that are sure of something: `masks` [K, h, w], `sure` [K] and
    `kinds` int64 [K], as transformers' post_process_panoptic_segmentation chooses them.
    """
    shares = graph.put("Squeeze", graph.put("Softmax", classes, axis=-1), graph.constant([0]))
    sure = graph.put("ReduceMax", shares, graph.constant([1]), keepdims=0)
    kinds = graph.put("ArgMax", shares, axis=1, keepdims=0)
    # The last class stands for nothing.
    some = graph.put("Less", kinds, graph.constant(found.classes))
    kept = graph.put("And", some, graph.put("Greater", sure, graph.constant(_SURE, np.float32)))
    planes = graph.put("Squeeze", graph.put("Sigmoid", _sided(found, masks, graph)), graph.constant([0]))
    for name, each in (("masks", planes), ("sure", sure), ("kinds", kinds)):
        graph.put("Compress", each, kept, axis=0, name=name)


def blended(found: Map, masks: str, classes: str, graph: Graph) -> str:
    """`masks` and `classes`, float32, to [1, C, h, w]: of each class the masks of all queries, as far as they are
    of it, as transformers' post_process_semantic_segmentation adds them up.
    """
    shares = graph.put("Softmax", classes, axis=-1)
    # The last class stands for nothing.
    some = graph.put("Squeeze", graph.columns(shares, 0, found.classes, axis=2), graph.constant([0]))
    masks = _sided(found, masks, graph)
    sides = graph.columns(graph.put("Shape", masks), 2, 4, axis=0)
    flat = graph.put("Flatten", graph.put("Squeeze", graph.put("Sigmoid", masks), graph.constant([0])), axis=1)
    added = graph.put("MatMul", graph.put("Transpose", some, perm=[1, 0]), flat)
    whole = graph.put("Concat", graph.constant(np.array([1, found.classes])), sides, axis=0)
    return graph.put("Reshape", added, whole)


def _sided(found: Map, masks: str, graph: Graph) -> str:
    """As large as they are wanted."""
    if found.side is None:
        return masks
    start = graph.columns(graph.put("Shape", masks), 0, 2, axis=0)
    sizes = graph.put("Concat", start, graph.constant([found.side] * 2), axis=0)
    return graph.put("Resize", masks, "", "", sizes, mode="linear")
