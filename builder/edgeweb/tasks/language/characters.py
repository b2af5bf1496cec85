"""SpeechT5's tokenizer, a file of SentencePiece whose pieces are letters, as one of the library tokenizers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgeweb.errors import ConfigError
from edgeweb.tasks.language import pieces

_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")


def whole(path: Path, about: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """`tokenizer.json` of it.

    Args:
        about: of tokenizer_config.json.
        more: of added_tokens.json.

    Raises:
        ConfigError: it is damaged, or not of this kind.
    """
    found, kind, table = pieces.read(path)
    vocabulary = {word: number for number, word in enumerate(found)}
    if kind != pieces.CHARACTERS or "<unk>" not in vocabulary:
        why = "its pieces are not letters" if kind != pieces.CHARACTERS else "it has no piece for unknown letters"
        raise ConfigError(f"{path} cannot be used", why, "Give a tokenizer.json")
    added = {vocabulary[word]: word for word in _SPECIAL if word in vocabulary}
    added |= {number: word for word, number in more.items() if isinstance(number, int)}
    listed = about.get("added_tokens_decoder")
    for key, token in listed.items() if isinstance(listed, dict) else ():
        if str(key).isdigit() and isinstance(token, dict) and isinstance(token.get("content"), str):
            added[int(key)] = token["content"]
    # All letters alike: a text is cut between any two of them.
    scores = [[word, 0.0] for word in found]
    return pieces.whole(vocabulary, scores, [pieces.special(*each) for each in sorted(added.items())], table)
