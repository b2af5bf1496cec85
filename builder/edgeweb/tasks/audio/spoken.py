"""Speech that a decoder writes down: what it is told before it writes, and what its tokens say of time."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from edgeweb.schema.language import Writer
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.audio.manifest import AudioPipeline, Spoken
from edgeweb.tasks.evidence import Said
from edgeweb.tasks.language import crossing
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.plan import Seen
from edgeweb.tasks.text.settings import TextConfig

# Tokens of a language and of what is to be done, as Whisper's tokenizers have them.
_LANGUAGE = re.compile(r"<\|([a-z]{2,3})\|>")
_TASK, _NO_TIMES = "<|transcribe|>", "<|notimestamps|>"


@dataclass(frozen=True)
class SpokenSpec:
    """What is known of a model that hears and one that writes: the manifest's pipeline, and how its tokens are
    written. `part`: the role of the second.
    """

    pipeline: AudioPipeline
    writer: Writer
    language: Language
    part: str


def writes(seen: Seen) -> bool:
    """Whether another graph beside this one writes."""
    return crossing.role(seen) is not None


def made(seen: Seen, pipeline: AudioPipeline, text: TextConfig) -> SpokenSpec | str:
    """The whole of it, or why the second graph cannot write."""
    name, language = crossing.role(seen), seen.language
    if name is None or language is None:
        return "there is no decoder beside it" if name is None else "there is no tokenizer.json beside it"
    described = crossing.writer(seen, name, language, "automatic-speech-recognition", text)
    if isinstance(described, str):
        return described
    said = _told(language, described.start, pipeline)
    known = next(iter(said.languages.values()), None)
    start = [each for each in (known if each is None else each for each in said.prompt) if each is not None]
    start += [said.plain] if said.plain is not None else []
    # What is told to it stands before what it writes, which is forced to nothing then.
    return SpokenSpec(
        msgspec.structs.replace(pipeline, spoken=said), msgspec.structs.replace(described, forced=[], start=start),
        language, name,
    )  # fmt: skip


def evidence(found: SpokenSpec, said: Sequence[Said]) -> tuple[Said, ...]:
    """The claims, of which the answer is the decoder's."""
    answer = Said("answer", found.writer.output, "file", f"{found.part}.onnx")
    return (*(each for each in said if each.claim != "answer"), answer)


def states(info: TensorInfo) -> bool:
    """Whether an output is something that a decoder reads."""
    return info.shape is None or len(info.shape) == 3


def _told(language: Language, start: Sequence[int], pipeline: AudioPipeline) -> Spoken:
    """By generation_config.json; where it says nothing of languages, by the names of the tokenizer's tokens."""
    said: dict[str, Any] = {**language.config, **language.generation}
    tokens = _added(language)
    plain = _id(said.get("no_timestamps_token_id"), tokens.get(_NO_TIMES))
    languages = _named(said.get("lang_to_id")) if said.get("is_multilingual") is not False else {}
    if "lang_to_id" not in said and "is_multilingual" not in said:
        languages = _named(tokens)
    chosen = said.get("language")
    if isinstance(chosen, str) and (code := chosen.strip("<|>")) in languages:
        languages = {code: languages[code], **languages}
    prompt: list[int | None] = [*start]
    forced = [each for each in _forced(said) if each != plain]
    prompt += forced or _asked(said, tokens, languages)
    samples = pipeline.whole.most if pipeline.whole else pipeline.length
    positions = said.get("max_source_positions")
    return Spoken(
        prompt=prompt, languages=languages, plain=plain, end=_id(said.get("eos_token_id"), 0) or 0,
        specials=sorted(_specials(language)), known=isinstance(chosen, str),
        # The same key decides it in transformers, whatever the tokenizer's tokens are called.
        seeks=_id(language.generation.get("no_timestamps_token_id"), None) is not None,
        step=samples / pipeline.rate / positions if isinstance(positions, int) and positions > 0 else 0.02,
        latest=_id(said.get("max_initial_timestamp_index"), None),
    )  # fmt: skip


def _forced(said: Mapping[str, Any]) -> list[int | None]:
    """The tokens after the first one that generation_config.json used to force; None stands for the language."""
    pairs = said.get("forced_decoder_ids")
    listed = pairs if isinstance(pairs, list) else []
    return [pair[1] for pair in listed if isinstance(pair, list) and len(pair) == 2]


def _asked(said: Mapping[str, Any], tokens: Mapping[str, int], languages: Mapping[str, int]) -> list[int | None]:
    """The language, and that what is said is to be written down."""
    tasks = said.get("task_to_id")
    known = tasks if isinstance(tasks, dict) else {}
    task = _id(known.get(str(said.get("task", "transcribe"))), tokens.get(_TASK))
    return [None, *([] if task is None else [task])] if languages else []


def _named(tokens: Any) -> dict[str, int]:
    """Languages by their codes."""
    listed = tokens.items() if isinstance(tokens, Mapping) else ()
    found = ((_LANGUAGE.fullmatch(str(name)), number) for name, number in listed)
    return {match[1]: number for match, number in found if match and isinstance(number, int)}


def _added(language: Language) -> dict[str, int]:
    added = json.loads(language.slim)["tokenizer"].get("added_tokens") or ()
    return {str(each["content"]): int(each["id"]) for each in added}


def _specials(language: Language) -> set[int]:
    """Tokens that are no text."""
    added = json.loads(language.slim)["tokenizer"].get("added_tokens") or ()
    return {int(each["id"]) for each in added if each.get("special")}


def _id(value: object, instead: int | None) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else instead
