"""Models of an encoder and a decoder that write about a text: translations, summaries, and what their authors trained.

config.json tells what transformers' pipelines put before a text, by the task; the tokenizer's files tell the languages
of a model that writes in several.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.schema.language import TextInputs
from edgeweb.schema.tasks import Task
from edgeweb.tasks.evidence import Said
from edgeweb.tasks.language import crossing
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.plan import Recognised, Seen
from edgeweb.tasks.text import heads, meaning
from edgeweb.tasks.text.manifest import Languages, TextPipeline
from edgeweb.tasks.text.settings import TextConfig
from edgeweb.tasks.text.spec import TextSpec

# As tokenizers name languages: en_XX, deu_Latn, __de__, >>de<<.
_CODE = re.compile(r"(?:__)?([a-z]{2,3})(?:[_-][A-Za-z]{2,4})?(?:__)?|>>([a-z]{2,3}(?:_[A-Za-z]{2,4})?)<<")


def answers(seen: Seen, config: Config, language: Language, reads: TextInputs, name: str) -> Recognised | str:
    """An encoder, with a decoder beside it that writes about what was read."""
    task = config.task if config.task in meaning.WRITTEN else heads.written(language)
    if task is None:
        return f"nothing says what {language.architecture or 'a model with a decoder'} writes"
    told, about = _asked(task, language, config.text)
    writes = crossing.writer(seen, name, language, told, config.text)
    if isinstance(writes, str):
        return writes
    limit = min(language.limit, reads.length or language.limit)
    spoken = _languages(language, config.text)
    before = (
        config.text.prefix if config.text.prefix is not None else about.get("prefix", language.config.get("prefix"))
    )
    pipeline = TextPipeline(
        result="text", output=seen.outputs[0].name, inputs=reads, prompt=before if isinstance(before, str) else "",
        languages=spoken,
    )  # fmt: skip
    why = f"token ids ({language.source}) in, {language.architecture}, which writes by {name}.onnx"
    said = (
        Said("task", task, "file", f"config.json: {language.architecture}"),
        Said("answer", writes.output, "file", f"{name}.onnx"),
        Said("preprocessing", f"ids of {language.source}, at most {limit:,}", "file", language.source, about=reads.ids),
    )
    evidence = said[1:] if config.task else said
    spec = TextSpec(pipeline, language, limit=limit, writer=writes)
    return Recognised(task, (why,), spec, evidence=evidence, parts=(name,))


def _asked(task: Task, language: Language, text: TextConfig) -> tuple[str, Mapping[str, Any]]:
    """The task as `task_specific_params` names it, and what it says of it: of translations the one into the language
    that is asked for, or the only one.
    """
    found = language.config.get("task_specific_params")
    params = {key: each for key, each in found.items() if isinstance(each, dict)} if isinstance(found, dict) else {}
    if task != "translation":
        return task, params.get(task, {})
    into = [key for key in params if key.startswith("translation_")]
    wanted = [key for key in into if text.language is not None and key.endswith(f"_to_{text.language}")]
    key = next(iter(wanted if text.language is not None else into[:1] if len(into) == 1 else []), task)
    return key, params.get(key, {})


def _languages(language: Language, text: TextConfig) -> Languages | None:
    """Those that the model reads and writes, by the tokens that name them; None for a model of one pair.

    Raises:
        ConfigError: the configuration names one that is not among them.
    """
    codes = {code: number for code in language.codes if _CODE.fullmatch(code) and (number := language.id_of(code))}
    if len(codes) < 2:
        return None
    around = [code for code, number in codes.items() if number in (*language.before, *language.after)]
    first = language.generation.get("forced_bos_token_id", language.config.get("forced_bos_token_id"))
    target = next((code for code, number in codes.items() if number == first), None)
    reads, writes = (each if each in codes else None for each in language.spoken)
    return Languages(
        ids=codes, source=_one(text.source, codes, "source") or (around[0] if len(around) == 1 else reads),
        target=_one(text.language, codes, "language") or target or writes,
    )  # fmt: skip


def _one(wanted: str | None, codes: Mapping[str, int], key: str) -> str | None:
    """The token of a language, by itself or by the language's own code alone."""
    if wanted is None or wanted in codes:
        return wanted
    plain = {code: next(filter(None, found.groups())) for code in codes if (found := _CODE.fullmatch(code))}
    fitting = [code for code, short in plain.items() if short == wanted]
    if len(fitting) == 1:
        return fitting[0]
    known = ", ".join(sorted(codes)[:12]) + (", ..." if len(codes) > 12 else "")
    raise ConfigError(f'The model knows no language "{wanted}"', f"its tokenizer names {known}", f"Correct text.{key}")
