"""A gallery of texts: an entry's id is the text itself."""

from __future__ import annotations

import csv
from base64 import b64decode
from pathlib import Path

import numpy as np

from edgeweb.errors import ConfigError
from edgeweb.files import gallery
from edgeweb.files.gallery import MOST
from edgeweb.files.table import FileTable
from edgeweb.inputs.golden import Array
from edgeweb.machine import session
from edgeweb.read import intake
from edgeweb.schema.site import Gallery
from edgeweb.tasks.language import inputs
from edgeweb.tasks.text.spec import TextSpec

_STAGE = 32
_MOST_BYTES = 64 << 20
# What is shown of a text, and what any model reads of it.
_MOST_LETTERS = 2000


def of_texts(table: FileTable, file: Path, model: bytes | Path, spec: TextSpec) -> Gallery:
    """The texts of a file, embedded by the model that ships.

    Raises:
        ConfigError: there are none, too many, or the file cannot be read.
    """
    texts = _texts(file)
    text, language = spec.pipeline, spec.language
    if text.inputs is None or text.postprocess is None or language is None:
        raise ConfigError(f"{file} is no gallery", "the model gives no vector of a text", "Remove gallery")
    after = session.open_session(b64decode(text.postprocess), threads=0, quiet=False)
    rows: list[Array] = []
    for start in range(0, len(texts), _STAGE):
        ids = [language.ids(each, spec.limit) for each in texts[start : start + _STAGE]]
        answers = session.run(model, [inputs.feed(text.inputs, each) for each in ids])
        for each, answer in zip(ids, answers, strict=True):
            mask = np.zeros((1, text.inputs.length or len(each)), np.int64)
            mask[0, : len(each)] = 1
            (vector,) = after.run(["vector"], {"raw": answer[text.output], "mask": mask})
            rows.append(vector)
    return gallery.entry(table, texts, np.stack(rows))


def _texts(file: Path) -> list[str]:
    """One a line; of a table the column `text`, or the first. What is there twice counts once."""
    hint = "Give a file with one text a line, or a .csv with a column text"
    lines = intake.text(file, hint, _MOST_BYTES).splitlines()
    if file.suffix.lower() == ".csv":
        try:
            table = list(csv.reader(lines))
        except csv.Error as error:
            raise ConfigError(f"{file} is no gallery of texts", str(error), hint) from error
        head = [name.strip().lower() for name in table[0]] if table else []
        place = head.index("text") if "text" in head else 0
        lines = [row[place] for row in table[1:] if len(row) > place]
    found = list(dict.fromkeys(" ".join(line.split())[:_MOST_LETTERS] for line in lines if line.strip()))
    if not found or len(found) > MOST:
        why = f"it holds {len(found):,} texts" if found else "it holds no text"
        raise ConfigError(f"{file} is no gallery", why, f"Give between 1 and {MOST:,} texts")
    return found
