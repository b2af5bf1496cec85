"""Points of a body, a face or a hand: a heat map for each, of what lies around a box that a visitor may give."""

from __future__ import annotations

from edgeweb.schema.tasks import Task
from edgeweb.tasks.evidence import Said
from edgeweb.tasks.image import boxes, points, published
from edgeweb.tasks.image.case import Case
from edgeweb.tasks.image.heads import Head
from edgeweb.tasks.plan import Recognised

TASK: Task = "keypoint-detection"
# Whose points lie in their maps as its image processor finds them.
_KIN = "VitPoseFor"


def poser(found: Case) -> Recognised | str:
    """A model with a map for each point, read as its authors read it; of others what their outputs show."""
    told = found.told(TASK)
    if told is None:
        return ""
    if found.config.detect.form is None and found.authors.architecture.startswith(_KIN):
        made = _refined(found, told)
        if made is not None:
            return made
    return boxes.detector(found)


def _refined(found: Case, told: Said) -> Recognised | None:
    """None where pictures do not come to their size as its image processor has it, or its output is no map of them."""
    maps = points.heat_maps(found.seen.outputs, found.gave, found.size)
    if len(maps) != 1 or len(found.seen.outputs) != 1:
        return None
    ((name, array),) = maps.items()
    count, rows, columns = array.shape[1:]
    if min(rows, columns) < 2:
        return None
    head = Head("keypoints", (name,), 1, points=(count, 3), maps=(count, rows, columns), refined=True)
    claims = (told, found.answer(name), Said("boxes", f"heat maps of {count} kinds of points", "file", told.origin))
    marks = published.marks(found.config.detect, count)
    why = f"the output has a map for each of {count} points"
    made = found.made(TASK, why, (name,), claims, result="detection", head=head, **marks)
    return made if made.spec.fit is not None and made.spec.fit.rule == "around" else None
