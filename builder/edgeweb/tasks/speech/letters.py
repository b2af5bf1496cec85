"""A text as the ids of letters, as VitsTokenizer makes them, and web/src/tasks/speech/shared/letters.ts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from edgeweb.errors import ConfigError
from edgeweb.read import intake
from edgeweb.tasks.speech.manifest import SpeechPipeline

_HINT = "Put the tokenizer's files there, or build with --task tensors"
_MOST = 1 << 16


def read(home: Path) -> dict[str, Any] | str:
    """What the tokenizer's files say, by the keys of `SpeechPipeline`; or why a text cannot become letters here.

    Raises:
        ConfigError: one is missing or damaged.
    """
    about = intake.json_hint([home], "tokenizer_config.json")
    if not (home / "vocab.json").is_file():
        why = "the model reads letters as numbers, and nothing says which"
        raise ConfigError(f"{home} has no vocab.json", why, _HINT)
    found = intake.json_object(home / "vocab.json", _HINT)
    if not found or not all(isinstance(each, int) and 0 <= each < _MOST for each in found.values()):
        raise ConfigError(f"{home / 'vocab.json'} cannot be used", "its ids are no small numbers", _HINT)
    if about.get("phonemize", True) is True:
        return "its texts have to become phonemes first (phonemize in tokenizer_config.json), which no browser can do"
    added = about.get("added_tokens_decoder")
    apart = {
        str(token["content"]): int(key)
        for key, token in (added.items() if isinstance(added, dict) else ())
        if str(key).isdigit() and isinstance(token, dict) and token.get("content")
    }
    unknown = {**found, **apart}.get(_name(about.get("unk_token"), "<unk>"))
    return {
        "letters": found, "apart": apart, "unknown": 0 if unknown is None else unknown,
        "lower": about.get("normalize", True) is True, "blank": 0 if about.get("add_blank", True) is True else None,
        "latin": about.get("is_uroman") is True,
    }  # fmt: skip


def _name(given: object, usual: str) -> str:
    return str(given.get("content", usual)) if isinstance(given, dict) else str(given or usual)


def ids(text: str, pipeline: SpeechPipeline) -> list[int]:
    """Of a text."""
    plain = _plain(text, pipeline) if pipeline.lower else text
    made: list[int] = []
    for part in _parts(plain, pipeline.apart):
        if part in pipeline.apart:
            made.append(pipeline.apart[part])
            continue
        numbers = [pipeline.letters.get(letter, pipeline.unknown) for letter in part]
        if pipeline.blank is None:
            made += numbers
        else:
            made += [pipeline.blank, *(each for number in numbers for each in (number, pipeline.blank))]
    return made


def _plain(text: str, pipeline: SpeechPipeline) -> str:
    """In small letters but for what is in the vocabulary as it is, and without what is not."""
    known = [*pipeline.letters, *pipeline.apart]
    small, place = [], 0
    while place < len(text):
        word = next((each for each in known if each and text.startswith(each, place)), "")
        small.append(word or text[place].lower())
        place += len(word) or 1
    return "".join(letter for letter in "".join(small) if letter in pipeline.letters).strip()


def _parts(text: str, apart: Mapping[str, int]) -> Iterator[str]:
    """The tokens that stand alone, and what is between them."""
    if not apart:
        yield from filter(None, [text])
        return
    longest = sorted(map(re.escape, apart), key=len, reverse=True)
    yield from filter(None, re.split(f"({'|'.join(longest)})", text))
