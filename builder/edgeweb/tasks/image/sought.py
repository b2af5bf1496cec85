"""Pictures in which what a visitor names is looked for: a box wherever a place is like a label."""

from __future__ import annotations

from edgeweb.read.towers import BOXES, LOGITS, TEXT
from edgeweb.schema.tasks import Task
from edgeweb.tasks.evidence import Said
from edgeweb.tasks.image.case import Case
from edgeweb.tasks.image.heads import Head
from edgeweb.tasks.language import matching
from edgeweb.tasks.plan import Recognised

TASK: Task = "zero-shot-object-detection"
# Whose boxes are centres and sizes as shares, and whose logits a sigmoid makes scores, each for itself.
_KIN = ("OwlViTFor", "Owlv2For")
# Of transformers' pipeline, which takes each label as it is.
_LEAST, _TEMPLATE = 0.1, "{}"


def seeker(found: Case) -> Recognised | str:
    """A model that gives boxes and what is at each of them, with one beside it for texts; or why it is none."""
    told = found.told(TASK)
    if told is None:
        return ""
    if not found.authors.architecture.startswith(_KIN):
        return f"how {found.authors.origin or 'its authors'} have their boxes is not known"
    if TEXT not in found.seen.parts or BOXES not in {info.name for info in found.seen.outputs}:
        return f'what it takes of texts is not apart from its output "{BOXES}"'
    described = matching.places(found.seen, _TEMPLATE)
    if isinstance(described, str):
        return described
    origin = found.authors.origin
    claims = (
        told, Said("answer", f"{BOXES}, {LOGITS}", "file", origin), Said("boxes", "pairs", "file", origin),
        Said("probabilities", "sigmoid", "file", origin),
    )  # fmt: skip
    head = Head("pairs", (BOXES, LOGITS), 1, relative=True, squash="Sigmoid", threshold=_LEAST, most=0)
    language = found.seen.language
    made = found.made(
        TASK, f"what a label says is looked for in it ({TEXT})", head.outputs, claims, result="detection", head=head,
        matching=described, language=language and matching.reader(language),
    )  # fmt: skip
    return Recognised(TASK, made.reasons, made.spec, evidence=made.evidence, parts=(TEXT,))
