"""Sentences for the sentence model of `make bench-compress`, cut into tokens, and the model itself."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import sysconfig
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

CACHE = Path.home() / ".cache" / "edgeweb-bench"
# Tests and generated tables say little, and not in sentences.
SKIPPED = {"test", "tests", "idlelib", "lib2to3", "site-packages", "turtledemo", "ensurepip", "__pycache__"}
SHORTEST, LONGEST = 20, 300


def minilm(maker: Path) -> Path:
    """The fp32 sentence model, made once from its package."""
    target = CACHE / "minilm.onnx"
    if not target.is_file():
        CACHE.mkdir(parents=True, exist_ok=True)
        part = CACHE / "making.onnx"
        made = subprocess.run([sys.executable, str(maker), str(part)], capture_output=True, text=True, check=False)
        if made.returncode:
            raise OSError((made.stderr.strip().splitlines() or ["make_minilm.py failed"])[-1])
        part.rename(target)
    return target


def sentences(tokenizer: Path, count: int) -> list[dict[str, NDArray[Any]]]:
    """`count` inputs spread evenly over all sentences found, in an order that mixes the modules."""
    every = list(dict.fromkeys(_found(Path(sysconfig.get_paths()["stdlib"]))))
    order = np.random.default_rng(4).permutation(len(every))[:count]
    pieces = WordPieces(json.loads(tokenizer.read_text("utf-8"))["model"]["vocab"])
    feeds = []
    for i in order:
        ids = np.array([pieces.ids(every[i])], np.int64)
        feeds.append({"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)})
    return feeds


def _found(library: Path) -> Iterator[str]:
    """The first sentence of every docstring, by path and line."""
    for path in sorted(library.rglob("*.py")):
        if SKIPPED.intersection(path.relative_to(library).parts):
            continue
        try:
            tree = ast.parse(path.read_text("utf-8"))
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                words = (ast.get_docstring(node) or "").split("\n\n")[0].split()
                sentence = " ".join(words).split(". ")[0]
                if SHORTEST <= len(sentence) <= LONGEST and len(words) >= 4:
                    yield sentence


class WordPieces:
    """BERT's uncased tokens: words and single punctuation marks, then the longest known pieces of each."""

    def __init__(self, vocabulary: Mapping[str, int], longest: int = 128) -> None:
        self.vocabulary, self.longest = vocabulary, longest

    def ids(self, text: str) -> list[int]:
        pieces = [piece for word in self._words(text) for piece in self._pieces(word)]
        known = self.vocabulary
        return [known["[CLS]"], *pieces[: self.longest - 2], known["[SEP]"]]

    def _words(self, text: str) -> list[str]:
        plain = unicodedata.normalize("NFD", text.lower())
        marked = []
        for letter in plain:
            kind = unicodedata.category(letter)
            if kind == "Mn" or (kind[0] == "C" and not letter.isspace()):
                continue
            # In ASCII symbols such as + and $ count as punctuation too.
            alone = kind[0] == "P" or (letter.isascii() and kind[0] == "S") or "\u4e00" <= letter <= "\u9fff"
            marked.append(f" {letter} " if alone else letter)
        return "".join(marked).split()

    def _pieces(self, word: str) -> list[int]:
        found, start = [], 0
        while start < len(word):
            prefix = "##" if start else ""
            ends = (end for end in range(len(word), start, -1) if prefix + word[start:end] in self.vocabulary)
            end = next(ends, None)
            if end is None or len(word) > 100:
                return [self.vocabulary["[UNK]"]]
            found.append(self.vocabulary[prefix + word[start:end]])
            start = end
        return found
