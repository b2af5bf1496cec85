"""Pictures in which the visitor points at what is wanted: one graph that looks, and one that answers each time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgeweb.inputs.arrays import Feed
from edgeweb.inputs.golden import make_input
from edgeweb.schema.model import GoldenInput
from edgeweb.schema.tasks import Task
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.evidence import Said
from edgeweb.tasks.further import Run, Steps
from edgeweb.tasks.image.case import Case
from edgeweb.tasks.image.manifest import Prompted
from edgeweb.tasks.plan import Recognised

TASK: Task = "mask-generation"
PART = "prompt_encoder_mask_decoder"
# As transformers' SamModel calls them.
_POINTS, _LABELS, _BOXES, _SCORES, _MASKS = "input_points", "input_labels", "input_boxes", "iou_scores", "pred_masks"
# Places in the picture that the second graph is tried on, as shares of its sides.
_TRIED = (0.5, 0.25, 0.75)


def prompter(found: Case) -> Recognised | str:
    """A model that looks, with one beside it that is asked about places; or why it is none."""
    part = found.seen.parts.get(PART)
    if part is None:
        return f"there is no {PART}.onnx beside it" if found.config.task == TASK else ""
    takes, gives = {info.name for info in part.inputs}, {info.name for info in part.outputs}
    looked = {info.name for info in found.seen.outputs}
    if not {_POINTS, _LABELS} <= takes or not {_SCORES, _MASKS} <= gives:
        return f"{PART}.onnx does not take points, or gives no masks"
    left = takes - {_POINTS, _LABELS, _BOXES} - looked
    if left:
        return f'what the input "{min(left)}" of {PART}.onnx takes is not known'
    prompted = Prompted(
        model=PART, points=_POINTS, labels=_LABELS, boxes=_BOXES if _BOXES in takes else None, scores=_SCORES,
        masks=_MASKS, given=sorted(takes & looked),
    )  # fmt: skip
    told = found.told(TASK) or Said("task", TASK, "file", f"{PART}.onnx beside it")
    said = (told, Said("answer", _MASKS, "file", f"{PART}.onnx"))
    made = found.made(TASK, f"{PART}.onnx is asked about places in it", (), said, result="tensors", prompted=prompted)
    return Recognised(TASK, made.reasons, made.spec, evidence=made.evidence, parts=(PART,))


def steps(prompted: Prompted, picture: TensorInfo, case: Sequence[GoldenInput], run: Run) -> Steps:
    """One place after the other, in the picture of the first graph's case."""
    feed = {spec.name: make_input(spec) for spec in case}
    (answer,) = run("", [feed])
    height, width = feed[picture.name].shape[2:]
    given = {name: answer[name] for name in prompted.given}
    calls: list[Feed] = []
    for share in _TRIED:
        call = {
            **given,
            prompted.points: np.array([[[[width * share, height * share]]]], np.float32),
            prompted.labels: np.ones((1, 1, 1), np.int64),
        }
        if prompted.boxes is not None:
            call[prompted.boxes] = np.array([[[0, 0, width * share, height * share]]], np.float32)
        calls.append(call)
    return Steps(tuple(calls))
