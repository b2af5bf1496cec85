"""What a decoder of speech is told, by generation_config.json or the names of its tokens."""

from __future__ import annotations

import json
from typing import Any

import pytest
from edgeweb.tasks.audio import spoken
from edgeweb.tasks.audio.manifest import AudioPipeline, Spoken, Whole
from edgeweb.tasks.language.tokenizer import Language

TOKENS = [
    "<|endoftext|>",
    "<|startoftranscript|>",
    "<|en|>",
    "<|de|>",
    "<|transcribe|>",
    "<|notimestamps|>",
    "<|0.00|>",
]
PIPELINE = AudioPipeline(
    input="x", outputs=["y"], result="transcript", rate=16_000, length=480_000, hop=1, lead=0, batch=1, group=1,
    preprocess="AAAA", postprocess="AAAA", formula="", whole=Whole(least=1, most=480_000),
)  # fmt: skip


def told(generation: dict[str, Any], tokens: list[str] = TOKENS) -> Spoken:
    added = [{"id": place, "content": name, "special": name != "<|0.00|>"} for place, name in enumerate(tokens)]
    slim = json.dumps({"tokenizer": {"added_tokens": added}}).encode()
    config = {"max_source_positions": 1500, "eos_token_id": 0}
    language = Language("", slim, None, (), (), 0, 0, 0, None, "", config, generation, {}, None)
    return spoken._told(language, [1], PIPELINE)


def test_names_of_tokens_tell_where_nothing_else_does() -> None:
    found = told({})
    assert (found.prompt, found.plain, found.languages) == ([1, None, 4], 5, {"en": 2, "de": 3})
    assert (found.specials, found.step, found.end, found.known) == ([0, 1, 2, 3, 4, 5], 0.02, 0, False)
    assert not found.seeks and told({"no_timestamps_token_id": 5}).seeks


@pytest.mark.parametrize(
    ("generation", "prompt", "languages"),
    [
        # As Whisper's own files have it: of several languages, and of one.
        ({"lang_to_id": {"<|de|>": 3}, "forced_decoder_ids": [[1, None], [2, 4]]}, [1, None, 4], {"de": 3}),
        ({"is_multilingual": False, "forced_decoder_ids": [[1, 5]]}, [1], {}),
        ({"lang_to_id": {"<|de|>": 3}, "task_to_id": {"transcribe": 9}}, [1, None, 9], {"de": 3}),
        ({"lang_to_id": "x", "forced_decoder_ids": "x"}, [1], {}),
    ],
)
def test_what_is_forced_or_asked(generation: dict[str, Any], prompt: list[int | None], languages: Any) -> None:
    found = told(generation)
    assert (found.prompt, found.languages, found.plain) == (prompt, languages, 5)


def test_a_language_that_is_known_comes_first() -> None:
    found = told({"language": "<|de|>", "max_initial_timestamp_index": 50, "no_timestamps_token_id": 7})
    assert (list(found.languages), found.known, found.latest, found.plain) == (["de", "en"], True, 50, 7)


def test_a_tokenizer_without_such_tokens() -> None:
    found = told({}, TOKENS[:2])
    assert (found.prompt, found.plain, found.languages) == ([1], None, {})
