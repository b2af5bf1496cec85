"""A gallery that inputs are matched against: its entries' vectors as one file, its thumbnails as another.

Of pictures (`gallery = "folder/"`) an entry's id is the folder it lies in, or its own name where it lies in none. How
entries become vectors is the affair of their kind; `entry` puts any vectors into a site.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime as ort

from edgeweb import evaluate, picture_files, prepost
from edgeweb.errors import ConfigError
from edgeweb.golden import Array
from edgeweb.manifest import TensorInfo, TensorType
from edgeweb.pack import FileTable
from edgeweb.parts import Gallery
from edgeweb.plan import ImageSpec, Plan

_THUMBNAIL = 160
_QUALITY = 80
# Every visitor fetches all of it.
_MOST = 20_000
_STAGE = 32


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
    spec = plan.image
    if where is None:
        return None
    if spec is None or spec.result != "embedding":
        raise ConfigError(
            "A gallery does not fit this model",
            f"its task is {plan.task}, which gives no embedding",
            'Remove gallery, or say task = "image-embedding"',
        )
    return of_pictures(table, base / where, model, spec, next(each.type for each in inputs if each.name == spec.input))


def of_pictures(table: FileTable, folder: Path, model: bytes | Path, spec: ImageSpec, kind: TensorType) -> Gallery:
    """The pictures in `folder` and those below it, embedded by the model that ships.

    Raises:
        ConfigError: there are none, too many, or one cannot be decoded.
    """
    files = _pictures(folder)
    session = ort.InferenceSession(prepost.preprocess(spec, kind), providers=["CPUExecutionProvider"])
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
        rows += [answer[spec.outputs[0]].reshape(-1).astype(np.float32) for answer in evaluate.run(model, feeds)]
    ids = [file.parent.name if file.parent != folder else file.stem for file in files]
    return entry(table, ids, np.stack(rows), thumbnails)


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise ConfigError(f"{folder} is no gallery", "there is no such folder", "Give a folder of pictures")
    files = [path for path in folder.rglob("*") if path.suffix.lower() in picture_files.SUFFIXES and path.is_file()]
    files = [path for path in files if not any(part[0] == "." for part in path.relative_to(folder).parts)]
    if not files or len(files) > _MOST:
        why = f"it holds {len(files):,} pictures" if files else "it holds no picture"
        raise ConfigError(f"{folder} is no gallery", why, f"Give between 1 and {_MOST:,} pictures")
    return sorted(files, key=lambda path: path.relative_to(folder).as_posix())
