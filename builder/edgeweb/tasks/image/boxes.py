"""Detectors: who says that the outputs are boxes, and how these are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from edgeweb.inputs.golden import Array
from edgeweb.tasks.evidence import Said, assumed
from edgeweb.tasks.image import heads, published, words
from edgeweb.tasks.image.case import Case
from edgeweb.tasks.image.heads import BOXES, Head
from edgeweb.tasks.image.pictures import Usual
from edgeweb.tasks.plan import Recognised

_STRIDES = (4, 8, 16, 32, 64, 128)
# Boxes that detectors with anchors have in a cell.
_ANCHORS = (1, 2, 3, 6, 9)
# What transformers calls the outputs of its detectors.
_HUGGING = ("pred_boxes", "logits")
# Where so many of the boxes end behind their first two columns, these may be corners.
_CORNERS = 0.95
# Queries give few boxes, and whoever asks chooses among them by their scores.
_FLOOR, _SHOWN = 0.05, 0.3


def detector(case: Case) -> Recognised | str:
    """Boxes, where somebody says so or the outputs cannot be anything else."""
    found = _head(case)
    if isinstance(found, str):
        return found
    head, said = found
    asked = case.config.detect
    if asked.threshold is not None:
        head = replace(head, threshold=asked.threshold, least=0.0)
    head = head if asked.overlap is None else replace(head, overlap=asked.overlap)
    kinds = "1 class" if head.classes == 1 else f"{head.classes} classes"
    turned = ", rotated" if head.angle else ""
    what = f"boxes of {kinds}" if head.maps is None else f"heat maps of {head.maps[0]} kinds of points"
    why = f"the outputs are {what} ({head.form}{turned})"
    boxes = f"{'rotated, ' if head.angle else ''}{head.form}, {kinds}"
    claims = (*_task(case, said), replace(said, claim="boxes", value=boxes), *_scored(head, said))
    marks = published.marks(asked, head.points[0])
    return case.made(
        "object-detection", why, head.outputs, claims, _usual(head), result="detection", head=head, **marks
    )


def _usual(head: Head) -> Usual:
    """YOLO's take the whole picture with bars beside it, YOLOX's as OpenCV reads it."""
    if head.form == "grid":
        return Usual(1.0, "BGR", "pad")
    if head.form in ("pairs", "strides", "queries", "peaks"):
        return Usual(None, None, "stretch")
    return Usual(None, None, "pad") if head.form == "keypoints" else Usual(255.0, "RGB", "pad")


def _task(case: Case, said: Said) -> list[Said]:
    """The user's word on the task is added where all kinds are asked."""
    if case.config.task is not None:
        return []
    told = case.told("object-detection")
    return [told or Said("task", "object-detection", said.source, said.origin)]


def _scored(head: Head, said: Said) -> list[Said]:
    if head.maps is not None or said.source == "assumed":
        return []
    return [Said("probabilities", head.squash.lower() or "as given", said.source, said.origin)]


def _head(case: Case) -> tuple[Head, Said] | str:
    """How the boxes are read with whoever says it: the user, then the exporter, then the outputs themselves."""
    form = case.config.detect.form
    pose = published.pose(case.seen.proto)
    if form is None and case.authors.kind and case.authors.task == "object-detection":
        head = _ultralytics(case, pose)
        return head if isinstance(head, str) else (head, _by(case.authors.origin))
    if form is None and case.authors.task == "object-detection" and "ForObjectDetection" in case.authors.architecture:
        head = _transformers(case)
        return head if isinstance(head, str) else (head, _by(case.authors.origin))
    names = len(case.seen.labels) or len(case.seen.classes)
    size = (case.picture.height, case.picture.width)
    head = heads.find(case.seen.outputs, case.gave, size, names, form, case.seen.proto, pose)
    if isinstance(head, str):
        return head
    if form is not None:
        return head, case.seen.says("boxes", head.form, "detect.form")
    if head.form == "queries" and names == head.classes + 1:
        # As many names as logits: no class stands for nothing, and each speaks for itself.
        head = replace(head, form="pairs", classes=names, squash="Sigmoid", corners=False)
    shown = _shown(case, head, names)
    if shown is not None:
        return head, shown
    if case.told("object-detection"):
        return head, assumed("boxes", head.form, "shapes and values of its outputs", f'[detect]\nform = "{head.form}"')
    return f"nothing says that its outputs are boxes ({head.form})"


def _by(origin: str) -> Said:
    return Said("boxes", "", "file", origin)


def _shown(case: Case, head: Head, names: int) -> Said | None:
    """What of the outputs themselves shows that they are boxes of that form."""
    if head.form == "strides":
        return _by("the names of its outputs")
    if head.form == "peaks":
        return _by("operator MaxPool")
    if head.form == "keypoints":
        points = case.config.detect.points
        count = head.points[0]
        fits = names == count or (points is not None and len(points) == count)
        pose = case.authors.architecture if "ForPoseEstimation" in case.authors.architecture else ""
        return _by(pose or f"{count} names of points") if fits or pose else None
    if head.form in ("pairs", "queries"):
        return _paired(case, head, names)
    if head.form == "final":
        return _selected(case, head)
    return _cells(case, head, names)


def _paired(case: Case, head: Head, names: int) -> Said | None:
    """Names say that they are boxes; of what form these are, and which class stands for nothing, a run has to say."""
    box, score = head.outputs
    origin = f'the names of outputs "{box}" and "{score}"'
    if not case.ran or not (words.boxes(box) and words.scores(score)):
        return None
    places, values = case.gave[box][0], case.gave[score][0]
    if (box, score) == _HUGGING:
        # Transformers' are centres and sizes; their number tells whether the last class stands for nothing.
        fits = bool(places.min(initial=0) >= 0 and places.max(initial=0) <= 1) and not (head.corners or head.background)
        return _by(f"{origin}, and {names} labels") if fits and names and names == head.classes else None
    if head.form != "pairs" or not head.corners or not head.relative or head.squash:
        return None
    # Of shares the first class stands for nothing, as in SSD, where it has the most places by far.
    nothing = head.background and float(values[:, 0].mean()) > 0.5
    alone = values.shape[1] == 1
    middles = (places[:, :2] + places[:, 2:]) / 2
    return _by(f"{origin}, and the order of the boxes in a run") if (nothing or alone) and _across(middles) else None


def _across(middles: Array) -> bool:
    """Whether places go over the picture as the cells of grids do, row by row: x before y."""
    x, y = np.abs(np.diff(middles.astype(np.float64), axis=0)).sum(axis=0)
    return bool(x > 2 * y > 0)


def _selected(case: Case, head: Head) -> Said | None:
    """A selection in the graph, and a run in which the columns are corners, a score and the number of a class."""
    if "NonMaxSuppression" not in case.seen.operators or not case.ran:
        return None
    table = case.gave[head.outputs[0]][0]
    table = table[table[:, 4] > 0]
    if not len(table) or float(table[:, 4].max()) > 1 or (table[:, 5] % 1).any() or (table[:, 5] < 0).any():
        return None
    whole = bool((table[:, 2] >= table[:, 0]).all() and (table[:, 3] >= table[:, 1]).all())
    # Where the first column could be a class or a score too, nothing tells which is which.
    other = not (table[:, 0] % 1).any() or float(table[:, 0].max()) <= 1
    return _by("operator NonMaxSuppression, and the columns of a run") if whole and not other else None


def _cells(case: Case, head: Head, names: int) -> Said | None:
    """As many places as the cells of the grids that detectors have, and as many classes as there are names."""
    if not names or names != head.classes:
        return None
    table = case.gave[head.outputs[0]][0]
    table = table.T if head.form == "columns" else table
    rows = len(table)
    strides = next((found for count, found in _grids(case) if count == rows), None)
    if strides is None or not case.ran or head.squash or not (head.form == "grid" or _centred(table)):
        return None
    listed = ", ".join(map(str, strides))
    return _by(f"{rows} places, the cells of strides {listed}, and {names} names of classes")


def _centred(table: Array) -> bool:
    """Whether the first columns of a run are centres in the order of cells, and the sides of boxes around them."""
    ends = float(np.mean((table[:, 2] >= table[:, 0]) & (table[:, 3] >= table[:, 1])))
    return bool((table[:, 2:4] >= 0).all()) and ends < _CORNERS and _across(table[:, :2])


def _grids(case: Case) -> Iterator[tuple[int, tuple[int, ...]]]:
    """How many places neighbouring strides have."""
    cells = [-(-case.picture.height // stride) * -(-case.picture.width // stride) for stride in _STRIDES]
    for first in range(len(_STRIDES)):
        for last in range(first + 1, len(_STRIDES) + 1):
            for anchors in _ANCHORS:
                yield anchors * sum(cells[first:last]), _STRIDES[first:last]


def _tables(case: Case) -> Mapping[str, Array]:
    """Outputs [1, rows, columns]."""
    return {name: array[0] for name, array in case.gave.items() if array.ndim == 3 and array.shape[0] == 1}


def _ultralytics(case: Case, pose: tuple[int, int]) -> Head | str:
    """What its exporter writes, by the task and the names in the metadata."""
    classes, tables = len(case.seen.classes), _tables(case)
    kind = case.authors.kind
    if len(tables) != 1 or not classes:
        return "its outputs are not those of ultralytics"
    ((name, table),) = tables.items()
    masks = [array.shape[1] for array in case.gave.values() if array.ndim == 4]
    more = {"detect": 0, "segment": masks[0] if masks else 0, "pose": pose[0] * pose[1], "obb": 1}[kind]
    turned, marks = kind == "obb", pose if kind == "pose" else (0, 0)
    rows, width = table.shape
    if case.authors.queries and width in (6, 4 + classes):
        # Its queries need no choice among them; of two classes the releases differ, and nothing tells them apart.
        if classes == 2:
            return f'output "{name}" may be boxes with a score for each of two classes, or with the best one'
        return Head("final" if width == 6 else "rows", (name,), classes, relative=True)
    # A selection has the number of the class there, and a table of all places a score.
    numbered = width == 6 + more and not (table[:, 5] % 1).any()
    if numbered and case.authors.selects:
        return Head("final", (name,), classes, corners=not turned, points=marks, angle=turned)
    if rows == 4 + classes + more:
        return Head("columns", (name,), classes, points=marks, angle=turned)
    if width == 5 + classes + more and kind in ("detect", "segment"):
        return Head("rows", (name,), classes, sure=True)
    return f'output "{name}" has not the columns of {classes} classes and the task {kind}'


def _transformers(case: Case) -> Head | str:
    """Boxes and logits of queries: of one class more than there are labels where the last stands for nothing."""
    tables, count = _tables(case), case.authors.labels
    named = [name for name in tables if BOXES.search(name)]
    scored = [name for name in tables if name not in named and "logit" in name]
    if len(named) != 1 or len(scored) != 1 or not count:
        return "its outputs are not the boxes and logits of transformers"
    width = tables[scored[0]].shape[1]
    outputs = (named[0], scored[0])
    rows = len(tables[scored[0]])
    if width == count + 1:
        return Head("queries", outputs, count, relative=True, squash="Softmax", threshold=_FLOOR, most=0, least=_SHOWN)
    if width == count:
        most = min(case.authors.top or rows, rows * count)
        plain = Head("pairs", outputs, count, relative=True, squash="Sigmoid", threshold=_FLOOR)
        return replace(plain, most=most, least=_SHOWN)
    return f"its logits are of {width} classes, and config.json has {count}"
