"""Pictures against which a visitor's own labels are held: models of pictures and texts that meet in one space."""

from __future__ import annotations

from edgeweb.read.towers import TEXT
from edgeweb.schema.tasks import Task
from edgeweb.tasks.evidence import Said
from edgeweb.tasks.image.case import Case
from edgeweb.tasks.language import matching
from edgeweb.tasks.plan import Recognised

TASK: Task = "zero-shot-image-classification"
# The sentence of transformers' pipeline.
_TEMPLATE = "This is a photo of {}."
_EMBEDS = ("image_embeds", "pooler_output", "image_features")


def matched(found: Case) -> Recognised | str:
    """A model that gives an embedding of a picture, with one beside it for texts; or why it is none."""
    seen = found.seen
    names = [info.name for info in seen.outputs if found.row(info)]
    output = next((name for name in (*_EMBEDS, *names[:1]) if name in names), None)
    if TEXT not in seen.parts:
        return "there is no graph for texts beside it" if found.config.task == TASK else ""
    if output is None:
        return "it gives no embedding of a picture"
    how = matching.of(seen, _TEMPLATE)
    if isinstance(how, str):
        return how
    described, said = how
    told = found.told(TASK) or Said("task", TASK, "file", f'{TEXT}.onnx beside it, and output "{output}"')
    claims = (told, found.answer(output, "its name"), *said)
    made = found.made(
        TASK, f"its embedding is held against those of labels ({TEXT}.onnx)", (output,), claims,
        result="embedding", matching=described, language=seen.language and matching.reader(seen.language),
    )  # fmt: skip
    return Recognised(TASK, made.reasons, made.spec, evidence=made.evidence, parts=(TEXT,))
