"""How a model writes, as generation_config.json says: where it begins, when it ends, and how tokens are chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from edgeweb.errors import ConfigError
from edgeweb.files.table import FileTable
from edgeweb.schema.language import Chat, Forced, Matching, Sampling, TextCase, TextInputs, Tokenizer, Writer
from edgeweb.tasks.kind import Packed
from edgeweb.tasks.language import chat, inputs
from edgeweb.tasks.language.tokenizer import Language
from edgeweb.tasks.text.settings import TextConfig

Said = Mapping[str, Any]
# Where nothing says how long an answer may be, as in transformers' pipelines.
_MOST_TOKENS = 256
# So many in all stand in files that say nothing of it, and transformers' pipelines take it so.
_UNSAID = 20
# transformers' own, where generation_config.json draws and says nothing else.
_TOP_K = 50
# What config.json said of it before there was a generation_config.json.
_LEGACY = (
    "max_length", "max_new_tokens", "min_length", "min_new_tokens", "do_sample", "early_stopping", "num_beams",
    "temperature", "top_k", "top_p", "min_p", "repetition_penalty", "length_penalty", "no_repeat_ngram_size",
    "encoder_repetition_penalty", "encoder_no_repeat_ngram_size",
    "bad_words_ids", "suppress_tokens", "begin_suppress_tokens", "forced_bos_token_id", "forced_eos_token_id",
    "forced_decoder_ids",
)  # fmt: skip


def going_on(reads: TextInputs, output: str, language: Language, limit: int, text: TextConfig) -> tuple[Writer, str]:
    """A decoder that goes on with what it reads; and why its chat template is left out, where it is.

    Raises:
        ConfigError: the configuration has a system prompt, and the model no place for one.
    """
    talk = chat.bounded(language.template, language.specials) if language.template else None
    said = said_of(language, "text-generation")
    writer = Writer(
        inputs=reads, output=output, limit=limit, stops=stops(language), pad=language.pad, sampling=sampling(said),
        system=text.system, stop=text.stop, chat=talk if isinstance(talk, Chat) else None,
    )  # fmt: skip
    if text.system is not None and (writer.chat is None or writer.chat.system is None):
        why = talk if isinstance(talk, str) else "its chat template has none" if talk else "it has no chat template"
        raise ConfigError("The model has no place for a system prompt", why, "Remove system from [text]")
    return ruled(writer, said, prompt=False), talk if isinstance(talk, str) else ""


def said_of(language: Language, task: str) -> Said:
    """What is said of writing, with what config.json says of a `task` of transformers' pipelines, as these take it."""
    old = {key: language.config[key] for key in _LEGACY if language.config.get(key) is not None}
    new = language.generation
    said = {**new, **old} if not new or new.get("_from_model_config") is True else dict(new)
    tasks = language.config.get("task_specific_params")
    own = tasks.get(task) if isinstance(tasks, dict) else None
    return {**said, **own} if isinstance(own, dict) else said


def stops(language: Language) -> list[int]:
    """The tokens that end an answer."""
    said = language.generation.get("eos_token_id", language.config.get("eos_token_id"))
    found = set(_ids(said if isinstance(said, list) else [said]))
    # After their turn chat models write this, which some files do not call the end.
    names = [name for name in ("<|im_end|>", "<|eot_id|>", "<end_of_turn>") if name in (language.template or "")]
    if not found or "eos_token_id" not in language.generation:
        names.append(language.specials.get("eos_token", ""))
    return sorted(found | {number for number in map(language.id_of, names) if number is not None})


def sampling(said: Said) -> Sampling:
    """How tokens are chosen."""
    drawn = said.get("do_sample") is True and _whole(said, "num_beams", 1) == 1
    total = _whole(said, "max_length", 0)
    return Sampling(
        temperature=_number(said, "temperature", 1.0) if drawn else 0.0,
        top_k=_whole(said, "top_k", _TOP_K) if drawn else 0,
        top_p=min(1.0, _number(said, "top_p", 1.0)) if drawn else 1.0,
        min_p=_number(said, "min_p", 0.0) if drawn else 0.0,
        max_tokens=_whole(said, "max_new_tokens", _MOST_TOKENS) or _MOST_TOKENS,
        max_length=total if total not in (0, _UNSAID) and "max_new_tokens" not in said else None,
        min_tokens=_whole(said, "min_new_tokens", 0), min_length=_whole(said, "min_length", 0),
        beams=max(1, _whole(said, "num_beams", 1)), early_stopping=_early(said.get("early_stopping")),
        repetition_penalty=_number(said, "repetition_penalty", 1.0) or 1.0,
        no_repeat_ngrams=_whole(said, "no_repeat_ngram_size", 0),
        read_repetition_penalty=_number(said, "encoder_repetition_penalty", 1.0) or 1.0,
        read_no_repeat_ngrams=_whole(said, "encoder_no_repeat_ngram_size", 0),
        length_penalty=_number(said, "length_penalty", 1.0, negative=True),
    )  # fmt: skip


def ruled(writer: Writer, said: Said, *, prompt: bool) -> Writer:
    """With the tokens that are forced or never written. `prompt`: it begins with tokens of its own, `start`."""
    bad = [_ids(each) for each in said.get("bad_words_ids") or [] if isinstance(each, list)]
    bad = [each for each in bad if each and each not in [[stop] for stop in writer.stops]]
    first = said.get("forced_bos_token_id")
    forced = {place: each for place, each in _pairs(said.get("forced_decoder_ids")) if prompt}
    if prompt and isinstance(first, int) and len(writer.start) == 1:
        forced[1] = first
    end = said.get("forced_eos_token_id")
    last = end[0] if isinstance(end, list) and end else end
    alone = [each[0] for each in bad if len(each) == 1]
    return msgspec.structs.replace(
        writer,
        suppress=sorted({*_ids(said.get("suppress_tokens")), *alone}),
        suppress_first=_ids(said.get("begin_suppress_tokens")),
        banned=[each for each in bad if len(each) > 1],
        forced=[Forced(place=place, id=each) for place, each in sorted(forced.items())],
        forced_end=last if isinstance(last, int) else None,
    )


# Of a number that means anything there.
_LARGEST = 1e9


def _number(said: Said, key: str, default: float, *, negative: bool = False) -> float:
    value = said.get(key)
    right = isinstance(value, (int, float)) and not isinstance(value, bool) and (negative or value >= 0)
    return float(value) if right and value is not None and abs(value) <= _LARGEST else default


def _whole(said: Said, key: str, default: int) -> int:
    return int(_number(said, key, default))


def _early(value: object) -> bool | Literal["never"]:
    return "never" if value == "never" else value is True


def _ids(value: object) -> list[int]:
    found = value if isinstance(value, list) else []
    return [each for each in found if isinstance(each, int) and not isinstance(each, bool) and each >= 0]


def _pairs(value: object) -> list[tuple[int, int]]:
    """Places, and the tokens that are forced there."""
    found = value if isinstance(value, list) else []
    return [(each[0], each[1]) for each in found if isinstance(each, list) and len(_ids(each)) == 2]


def shipped(table: FileTable, script: str, language: Language, limit: int) -> Tokenizer:
    """Put the tokenizer into the site: what the manifest says of it. `limit`: tokens in one text."""
    file = table.add_hashed("tokenizer", ".json", language.slim, "model")
    return Tokenizer(
        script=script, file=file, cases=[TextCase(text=text, ids=language.inner(text)) for text in inputs.PROOFS],
        before=list(language.before), after=list(language.after), limit=limit, pieces=language.pieces,
        pair=language.pair, unknown=language.id_of(language.specials.get("unk_token", "[UNK]")), spaced=language.spaced,
    )  # fmt: skip


def beside(
    made: Packed, language: Language | None, writer: Writer | None = None, matching: Matching | None = None
) -> dict[str, msgspec.Struct]:
    """What the manifest says of texts where a model takes other things; nothing where it has none to do with them."""
    if language is None:
        return {}
    found: dict[str, msgspec.Struct] = {"language": shipped(made.table, made.script, language, language.limit)}
    return found | ({"writer": writer} if writer else {}) | ({"matching": matching} if matching else {})
