"""Pictures about which a second graph writes: captions, what is written in them, and answers about documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from edgeweb.schema.language import Around, Asked, Writer
from edgeweb.schema.tasks import Task
from edgeweb.tasks.evidence import Said
from edgeweb.tasks.image import shown
from edgeweb.tasks.image.case import Case
from edgeweb.tasks.language import crossing, inputs, seeing
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.plan import Recognised

TASK: Task = "image-to-text"
ASKED: Task = "document-question-answering"
# The only model of pictures that transformers asks about documents so, and the words in which it does.
_ENCODER = "donut-swin"
_ASKS = Asked(Around("<s_docvqa><s_question>", "</s_question><s_answer>"), Around("<s_answer>", "</s_answer>"))
# Whose tokenizer has these was taught to answer.
_TAUGHT = ("<s_question>", "<s_answer>")


def writer(found: Case) -> Recognised | str:
    """A model that looks, with one beside it that writes about it; or why it is none."""
    if found.config.task is None and found.seen.language is not None and _taught(found.seen.language):
        return _written(found, ASKED)
    return _written(found, TASK)


def answerer(found: Case) -> Recognised | str:
    """The same, where a question begins what is written; or why it is none."""
    config = found.seen.language.config if found.seen.language is not None else {}
    if not _asks(config):
        why = f"config.json says no {_ENCODER} that looks, and no other model of pictures is asked in words"
        return why if found.config.task == ASKED else ""
    return _written(found, ASKED)


def _asks(config: Mapping[str, Any]) -> bool:
    encoder = config.get("encoder")
    return isinstance(encoder, dict) and encoder.get("model_type") == _ENCODER


def _taught(language: Language) -> bool:
    """Whether its words are those of questions about documents."""
    return _asks(language.config) and all(language.id_of(token) is not None for token in _TAUGHT)


def _written(found: Case, task: Task) -> Recognised | str:
    seen, name = found.seen, crossing.role(found.seen)
    if seeing.EMBEDS in seen.parts and found.config.task is None:
        return shown.answerer(found)
    if found.config.task != task and found.authors.task != TASK:
        return ""
    if name is None or seen.language is None:
        return "there is no decoder beside it" if name is None else "there is no tokenizer beside it"
    described = crossing.writer(seen, name, seen.language, task, found.config.text)
    if isinstance(described, str):
        return described
    told = found.told(task)
    if task == ASKED:
        described = msgspec.structs.replace(described, asked=_ASKS)
        told = told or Said("task", task, "file", f"its tokenizer ({_TAUGHT[0]}, {_TAUGHT[1]})")
    said = (*((told,) if told else ()), Said("answer", described.output, "file", f"{name}.onnx"))
    made = found.made(
        task, f"{name}.onnx writes about it", (), said, result="text", writer=described, language=seen.language
    )
    return Recognised(task, made.reasons, made.spec, evidence=made.evidence, parts=(name,))


def begins(described: Writer, language: Language) -> list[int]:
    """What stands before what is written, with a question of our own where there has to be one."""
    asked = described.asked
    if asked is None:
        return described.start
    return language.inner(asked.question.before + inputs.SENTENCES[5] + asked.question.after)
