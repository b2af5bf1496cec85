"""Whether the files of a tokenizer are of one, and of the model whose vectors its ids count."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgeweb.errors import ConfigError
from edgeweb.read import belonging, intake

TOKENIZER, TOKENIZER_BYTES = "tokenizer.json", 64 << 20
_LISTS = ("vocab.txt", "vocab.json")
_AGAIN = "Download or save it again"
_ONE = "Put the files of one tokenizer there"
# Of two vocabularies of one tokenizer all words have the same ids, but for such as somebody has exchanged.
_ALIKE = 0.5

_Ids = Mapping[str, int]


def check(home: Path, config: Mapping[str, Any], source: str, beside: Mapping[str, Mapping[str, Any]]) -> None:
    """Look at tokenizer.json and the lists of words that it was made of.

    Args:
        source: the file that `config` is of, for the error.
        beside: the other JSON files of the folder.

    Raises:
        ConfigError: one is damaged, or of another tokenizer or model.
    """
    whole = intake.json_object(home / TOKENIZER, _AGAIN, TOKENIZER_BYTES) if (home / TOKENIZER).is_file() else None
    listed = {name: _listed(home / name) for name in _LISTS if (home / name).is_file()}
    known = listed if whole is None else {TOKENIZER: _own(home / TOKENIZER, whole), **listed}
    first = next(iter(known), None)
    if first is None:
        return
    sizes, last = belonging.words(config), max(known[first].values(), default=-1)
    if sizes and last >= max(sizes):
        why = f"it has ids up to {last:,}, and the model knows {max(sizes):,} (vocab_size in {source})"
        raise ConfigError(f"{home / first} is of another model", why, "Put the one of this model there")
    if whole is not None:
        _check_alike(home, known)
        _check_specials(home, {*known[TOKENIZER], *_added(whole)}, beside)


def _own(path: Path, whole: Mapping[str, Any]) -> _Ids:
    """The vocabulary in a tokenizer.json: words with their ids, or with scores, in their order."""
    model = whole.get("model")
    if not isinstance(model, dict):
        raise ConfigError(f"{path} is not what is expected", "it has no model that takes texts apart", _AGAIN)
    vocab = model.get("vocab")
    if isinstance(vocab, list):
        return {str(each[0]) if isinstance(each, list) and each else str(i): i for i, each in enumerate(vocab)}
    return _ids(vocab) if isinstance(vocab, dict) else {}


def _listed(path: Path) -> _Ids:
    if path.suffix == ".json":
        return _ids(intake.json_object(path, _AGAIN, TOKENIZER_BYTES))
    words = intake.text(path, _AGAIN, TOKENIZER_BYTES).removesuffix("\n").split("\n")
    return {word: place for place, word in enumerate(words)}


def _ids(vocab: Mapping[Any, Any]) -> _Ids:
    return {str(word): each for word, each in vocab.items() if isinstance(each, int) and not isinstance(each, bool)}


def _check_alike(home: Path, known: Mapping[str, _Ids]) -> None:
    """The lists say of most words what tokenizer.json says."""
    own = known[TOKENIZER]
    for name in known.keys() - {TOKENIZER}:
        same = sum(own.get(word) == number for word, number in known[name].items())
        if own and same < _ALIKE * min(len(own), len(known[name]) or len(own)):
            why = f"of {len(own):,} words they give {same:,} the same id"
            raise ConfigError(f"{home / TOKENIZER} and {name} are of two tokenizers", why, _ONE)


def _check_specials(home: Path, words: set[str], beside: Mapping[str, Mapping[str, Any]]) -> None:
    """The tokens that have names are the tokenizer's, at least one of them: some are only added when it is loaded."""
    for name in ("tokenizer_config.json", "special_tokens_map.json"):
        named = {_text(each) for key, each in beside.get(name, {}).items() if key.endswith("_token")} - {""}
        if named and not named & words:
            why = f"it names the token {min(named)}, which {TOKENIZER} has not"
            raise ConfigError(f"{home / name} is of another tokenizer", why, _ONE)


def _added(whole: Mapping[str, Any]) -> set[str]:
    added = whole.get("added_tokens")
    return {_text(each) for each in added} if isinstance(added, list) else set()


def _text(token: object) -> str:
    token = token.get("content") if isinstance(token, dict) else token
    return token if isinstance(token, str) else ""
