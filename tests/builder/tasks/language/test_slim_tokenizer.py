"""What ships takes texts apart as the whole tokenizer does, in parts that the browser's library knows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from edgeweb.tasks.language import slim
from tokenizers import Regex, Tokenizer, models, normalizers
from tokenizers import pre_tokenizers as parts

TEXTS = (
    "It's a café in Zürich, isn't it? (Yes!) <a_b> x=$3.50", "Größe 12kg, ½ or ②③; книга № 15 (1,000)",
    "a--b  - c|d", "",
)  # fmt: skip
WORDS = [*"".join(TEXTS), "ab", "a-", "--", "café", "Zürich", "12", "15", "000", "Größe"]
TAKEN_APART: dict[str, Any] = {
    "words": parts.Whitespace(),
    "digits": parts.Digits(individual_digits=False),
    "each digit": parts.Digits(individual_digits=True),
    "marks": parts.Punctuation(),
    "runs of marks": parts.Punctuation("contiguous"),
    "marks after words": parts.Sequence([parts.WhitespaceSplit(), parts.Punctuation("merged_with_previous")]),
    "up to a letter": parts.Split(Regex("[aeiou]|\\s"), "merged_with_previous"),
    "from a mark on": parts.Split("|", "merged_with_next"),
    "without a mark": parts.Split("(", "removed"),
    "without a letter": parts.CharDelimiterSplit("a"),
}


@pytest.mark.parametrize("name", TAKEN_APART)
def test_parts_that_browsers_lack_are_said_by_patterns(name: str) -> None:
    whole = Tokenizer(models.WordLevel({word: i for i, word in enumerate(["[UNK]", *dict.fromkeys(WORDS)])}, "[UNK]"))
    whole.pre_tokenizer = TAKEN_APART[name]
    shipped = json.loads(slim.made(json.loads(whole.to_str()), None, cleans=False))["tokenizer"]
    shipped["model"]["vocab"] = {word: i for i, word in enumerate(shipped["model"]["vocab"])}
    other = Tokenizer.from_str(json.dumps({"version": "1.0", "truncation": None, "padding": None, **shipped}))
    for text in TEXTS:
        assert [part for part, _ in other.pre_tokenizer.pre_tokenize_str(text)] == [
            part for part, _ in whole.pre_tokenizer.pre_tokenize_str(text)
        ], text
        assert other.encode(text).ids == whole.encode(text).ids, text


def test_a_vocabulary_of_words_has_no_pieces() -> None:
    whole = Tokenizer(models.WordLevel({"[UNK]": 0, "owl": 1}, "[UNK]"))
    assert slim.pieces(slim.made(json.loads(whole.to_str()), None, cleans=False)) is None
    whole = Tokenizer(models.WordPiece({"[UNK]": 0, "owl": 1}, unk_token="[UNK]"))
    assert slim.pieces(slim.made(json.loads(whole.to_str()), None, cleans=False)) == "##"


def test_what_no_browser_knows_is_refused() -> None:
    whole = Tokenizer(models.WordLevel({"[UNK]": 0}, "[UNK]"))
    whole.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Nmt()])
    with pytest.raises(ValueError, match="its normalizer is Nmt"):
        slim.made(json.loads(whole.to_str()), None, cleans=False)
    whole.normalizer = normalizers.NFKC()
    whole.pre_tokenizer = parts.Sequence([parts.UnicodeScripts(), parts.Metaspace()])
    with pytest.raises(ValueError, match="its pre tokenizer is UnicodeScripts"):
        slim.made(json.loads(whole.to_str()), None, cleans=False)
