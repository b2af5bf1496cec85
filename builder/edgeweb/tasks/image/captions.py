"""Pictures about which a second graph writes: captions, and what is written in them."""

from __future__ import annotations

from edgeweb.schema.tasks import Task
from edgeweb.tasks.evidence import Said
from edgeweb.tasks.image import shown
from edgeweb.tasks.image.case import Case
from edgeweb.tasks.language import crossing, seeing
from edgeweb.tasks.plan import Recognised

TASK: Task = "image-to-text"


def writer(found: Case) -> Recognised | str:
    """A model that looks, with one beside it that writes about it; or why it is none."""
    seen, name = found.seen, crossing.role(found.seen)
    if seeing.EMBEDS in seen.parts and found.config.task is None:
        return shown.answerer(found)
    if found.config.task != TASK and found.authors.task != TASK:
        return ""
    if name is None or seen.language is None:
        return "there is no decoder beside it" if name is None else "there is no tokenizer beside it"
    described = crossing.writer(seen, name, seen.language, TASK, found.config.text)
    if isinstance(described, str):
        return described
    told = found.told(TASK)
    said = (*((told,) if told else ()), Said("answer", described.output, "file", f"{name}.onnx"))
    made = found.made(
        TASK, f"{name}.onnx writes about it", (), said, result="text", writer=described, language=seen.language
    )
    return Recognised(TASK, made.reasons, made.spec, evidence=made.evidence, parts=(name,))
