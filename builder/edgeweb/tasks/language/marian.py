"""Marian's tokenizer, two files of SentencePiece and a vocabulary of both, as one of the library tokenizers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edgeweb.errors import ConfigError
from edgeweb.read import intake
from edgeweb.tasks.language import pieces

VOCABULARY = "vocab.json"
# Of what only the target's file has: taken where the source has no piece, as Marian looks up what it could not split.
_FOREIGN = -1000.0


def whole(path: Path) -> dict[str, Any]:
    """`tokenizer.json` of the files in a folder, where `path` is the source's.

    Raises:
        ConfigError: they are damaged, or not of this kind.
    """
    vocabulary = intake.json_object(path.with_name(VOCABULARY), pieces.HINT, pieces.MAX_BYTES)
    found, kind, table = pieces.read(path)
    words = sorted(vocabulary, key=lambda word: int(vocabulary[word]))
    whole_numbers = [*map(vocabulary.get, words)] == list(range(len(words)))
    if kind != pieces.UNIGRAM or not whole_numbers or "<unk>" not in vocabulary:
        why = "its model is not Unigram" if kind != pieces.UNIGRAM else f"{VOCABULARY} has not an id for each word"
        raise ConfigError(f"{path} cannot be used", why, "Give a tokenizer.json")
    scores = [[word, found.get(word, _FOREIGN)] for word in words]
    named = [word for word in words if word in ("<unk>", "<pad>", "</s>") or _language(word)]
    added = [pieces.special(vocabulary[word], word, rstrip=_language(word)) for word in named]
    return pieces.whole(vocabulary, scores, added, table)


def _language(word: str) -> bool:
    """A token such as >>fra<<, which says into what is translated."""
    return word.startswith(">>") and word.endswith("<<")
