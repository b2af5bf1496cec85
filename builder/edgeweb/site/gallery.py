"""A gallery that inputs are matched against: its entries' vectors as one file, its thumbnails as another.

Of pictures (`gallery = "folder/"`) an entry's id is the folder it lies in, or its own name where it lies in none. Of
texts (`gallery = "sentences.txt"`) it is the text itself. `entry` puts any vectors into a site.
"""

from __future__ import annotations

import csv
import io
from base64 import b64decode
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort

from edgeweb.errors import ConfigError
from edgeweb.files.table import FileTable
from edgeweb.inputs.golden import Array
from edgeweb.read import intake
from edgeweb.schema.site import Gallery
from edgeweb.schema.types import TensorInfo, TensorType
from edgeweb.search import likeness
from edgeweb.tasks.image import files as picture_files
from edgeweb.tasks.image import graphs
from edgeweb.tasks.plan import ImageSpec, Plan
from edgeweb.tasks.text import inputs as reading
from edgeweb.tasks.text.manifest import TextPipeline
from edgeweb.tasks.text.tokenizer import Language

_THUMBNAIL = 160
_QUALITY = 80
# Every visitor fetches all of it.
_MOST = 20_000
_STAGE = 32
_MOST_BYTES = 64 << 20
# What is shown of a text, and what any model reads of it.
_MOST_LETTERS = 2000


def entry(table: FileTable, ids: Sequence[str], vectors: Array, thumbnails: Sequence[bytes] = ()) -> Gallery:
    """Put a gallery into the site.

    Args:
        ids: what each entry is called; the same id may stand for several.
        vectors: [N, D], of any length but 0.
        thumbnails: a picture file for each, or none.
    """
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    rows = (vectors / np.maximum(lengths, 1e-12)).astype("<f4")
    small = table.add_hashed("thumbnails", ".bin", b"".join(thumbnails), "example") if thumbnails else None
    return Gallery(
        ids=list(ids), width=rows.shape[1], vectors=table.add_hashed("gallery", ".bin", rows.tobytes(), "model"),
        thumbnails=small, sizes=[len(each) for each in thumbnails],
    )  # fmt: skip


def add(
    table: FileTable, where: str | None, base: Path, plan: Plan, inputs: Sequence[TensorInfo], model: bytes | Path
) -> Gallery | None:
    """The gallery that the configuration names, if any; ConfigError where the model cannot have it."""
    spec, text = plan.image, plan.text
    if where is None:
        return None
    intake.inside(base / where, base, "gallery")
    if text is not None and text.result == "embedding" and plan.language is not None:
        return of_texts(table, base / where, model, text, plan.language)
    if spec is None or spec.result != "embedding":
        raise ConfigError(
            "A gallery does not fit this model",
            f"its task is {plan.task}, which gives no embedding",
            'Remove gallery, or say task = "image-embedding" or "text-embedding"',
        )
    return of_pictures(table, base / where, model, spec, next(each.type for each in inputs if each.name == spec.input))


def of_pictures(table: FileTable, folder: Path, model: bytes | Path, spec: ImageSpec, kind: TensorType) -> Gallery:
    """The pictures in `folder` and those below it, embedded by the model that ships.

    Raises:
        ConfigError: there are none, too many, or one cannot be decoded.
    """
    files = [intake.inside(file, folder, "gallery") for file in _pictures(folder)]
    session = ort.InferenceSession(graphs.preprocess(spec, kind), providers=["CPUExecutionProvider"])
    rows: list[Array] = []
    thumbnails: list[bytes] = []
    for start in range(0, len(files), _STAGE):
        feeds = []
        for file in files[start : start + _STAGE]:
            image = picture_files.decode(file)
            (tensor,) = session.run(["tensor"], picture_files.picture_feeds(image, spec))
            feeds.append({spec.input: tensor})
            image.thumbnail((_THUMBNAIL, _THUMBNAIL))
            held = io.BytesIO()
            image.save(held, "JPEG", quality=_QUALITY)
            thumbnails.append(held.getvalue())
        rows += [answer[spec.outputs[0]].reshape(-1).astype(np.float32) for answer in likeness.run(model, feeds)]
    ids = [file.parent.name if file.parent != folder else file.stem for file in files]
    return entry(table, ids, np.stack(rows), thumbnails)


def of_texts(table: FileTable, file: Path, model: bytes | Path, text: TextPipeline, language: Language) -> Gallery:
    """The texts of a file, embedded by the model that ships.

    Raises:
        ConfigError: there are none, too many, or the file cannot be read.
    """
    texts = _texts(file)
    if text.inputs is None or text.postprocess is None:
        raise ConfigError(f"{file} is no gallery", "the model gives no vector of a text", "Remove gallery")
    session = ort.InferenceSession(b64decode(text.postprocess), providers=["CPUExecutionProvider"])
    rows: list[Array] = []
    for start in range(0, len(texts), _STAGE):
        ids = [language.ids(each, text.limit) for each in texts[start : start + _STAGE]]
        answers = likeness.run(model, [reading.feed(text.inputs, each) for each in ids])
        for each, answer in zip(ids, answers, strict=True):
            mask = np.zeros((1, text.inputs.length or len(each)), np.int64)
            mask[0, : len(each)] = 1
            (vector,) = session.run(["vector"], {"raw": answer[text.output], "mask": mask})
            rows.append(vector)
    return entry(table, texts, np.stack(rows))


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
    if not found or len(found) > _MOST:
        why = f"it holds {len(found):,} texts" if found else "it holds no text"
        raise ConfigError(f"{file} is no gallery", why, f"Give between 1 and {_MOST:,} texts")
    return found


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise ConfigError(f"{folder} is no gallery", "there is no such folder", "Give a folder of pictures")
    files = [path for path in intake.below(folder) if path.suffix.lower() in picture_files.SUFFIXES]
    if not files or len(files) > _MOST:
        why = f"it holds {len(files):,} pictures" if files else "it holds no picture"
        raise ConfigError(f"{folder} is no gallery", why, f"Give between 1 and {_MOST:,} pictures")
    return sorted(files, key=lambda path: path.relative_to(folder).as_posix())
