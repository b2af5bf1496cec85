"""Pictures that a chat model is shown: what is seen stands among the words of a question, and an answer is written."""

from __future__ import annotations

from edgeweb.schema.tasks import Task
from edgeweb.tasks.evidence import Said
from edgeweb.tasks.image.case import Case
from edgeweb.tasks.language import crossing, seeing
from edgeweb.tasks.plan import Recognised

TASK: Task = "image-text-to-text"
# Whose pictures are seen as a whole, and stand in the question as one row of vectors.
_KIN = ("LlavaForConditionalGeneration", "VipLlavaForConditionalGeneration")


def answerer(found: Case) -> Recognised | str:
    """A model that looks, with one beside it for words and one that writes; or why it is none."""
    seen, name = found.seen, crossing.role(found.seen)
    if seeing.EMBEDS not in seen.parts:
        return f"there is no {seeing.EMBEDS}.onnx beside it" if found.config.task == TASK else ""
    parts = ", ".join(f"{each}.onnx" for each in sorted(seen.parts))
    if found.authors.architecture not in _KIN:
        who = found.authors.architecture[:80] or "a class that config.json does not name"
        return f"how {who} puts what it sees among its words ({parts}) is not known"
    if name is None or seen.language is None:
        return f"there is no decoder beside {parts}" if name is None else "there is no tokenizer beside it"
    described = seeing.writer(seen, name, seen.language, TASK, found.config.text)
    if isinstance(described, str):
        return described
    origin = f"{found.authors.origin}, with {parts} beside it"
    said = (Said("task", TASK, "file", origin), Said("answer", described.output, "file", f"{name}.onnx"))
    made = found.made(
        TASK, f"{name}.onnx answers questions about it", (), said, result="text", writer=described,
        language=seen.language,
    )  # fmt: skip
    if made.spec.fit is None:
        return "how its image processor brings pictures to their size is not known"
    return Recognised(TASK, made.reasons, made.spec, evidence=made.evidence, parts=(seeing.EMBEDS, name))
