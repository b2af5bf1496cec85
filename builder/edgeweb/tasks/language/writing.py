"""How a model writes, as generation_config.json says: where it begins, when it ends, and how tokens are chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgeweb.files.table import FileTable
from edgeweb.schema.language import Chat, Sampling, TextCase, TextInputs, Tokenizer, Writer
from edgeweb.tasks.language import chat, inputs
from edgeweb.tasks.language.tokenizer import Language


def going_on(reads: TextInputs, output: str, language: Language, limit: int) -> tuple[Writer, str]:
    """A decoder that goes on with what it reads; and why its chat template is left out, where it is."""
    talk = chat.compiled(language.template, language.specials) if language.template else None
    writer = Writer(
        inputs=reads, output=output, limit=limit, stops=stops(language), pad=language.pad,
        sampling=sampling(language.generation), chat=talk if isinstance(talk, Chat) else None,
    )  # fmt: skip
    return writer, talk if isinstance(talk, str) else ""


def stops(language: Language) -> list[int]:
    """The tokens that end an answer."""
    said = language.generation.get("eos_token_id", language.config.get("eos_token_id"))
    found = {each for each in (said if isinstance(said, list) else [said]) if isinstance(each, int)}
    # After their turn chat models write this, which some files do not call the end.
    names = (language.specials.get("eos_token"), "<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|endoftext|>")
    found |= {number for number in map(language.id_of, names) if number is not None}
    return sorted(found)


def sampling(said: Mapping[str, Any]) -> Sampling:
    """How tokens are chosen, by generation_config.json."""

    def number(key: str, default: float) -> float:
        value = said.get(key)
        return float(value) if isinstance(value, (int, float)) and value > 0 else default

    drawn = said.get("do_sample") is True
    return Sampling(
        temperature=number("temperature", 1.0) if drawn else 0.0,
        top_k=int(number("top_k", 50.0)) if drawn else 0,
        top_p=min(1.0, number("top_p", 1.0)),
        max_tokens=int(number("max_new_tokens", 128.0)),
    )


def shipped(table: FileTable, script: str, language: Language, limit: int) -> Tokenizer:
    """Put the tokenizer into the site: what the manifest says of it. `limit`: tokens in one text."""
    file = table.add_hashed("tokenizer", ".json", language.slim, "model")
    return Tokenizer(
        script=script, file=file, cases=[TextCase(text=text, ids=language.inner(text)) for text in inputs.PROOFS],
        before=list(language.before), after=list(language.after), limit=limit, pieces=language.pieces,
    )  # fmt: skip
