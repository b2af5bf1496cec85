"""A gallery of pictures: an entry's id is the folder it lies in, or its own name where it lies in none."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from edgeweb.errors import ConfigError
from edgeweb.files import gallery
from edgeweb.files.gallery import MOST
from edgeweb.files.table import FileTable
from edgeweb.inputs import picture
from edgeweb.inputs.golden import Array
from edgeweb.machine import session
from edgeweb.read import intake
from edgeweb.schema.site import Gallery
from edgeweb.schema.types import TensorType
from edgeweb.tasks.image import features, graphs
from edgeweb.tasks.image import files as picture_feeds
from edgeweb.tasks.image.spec import ImageSpec

_THUMBNAIL = 160
_QUALITY = 80
_STAGE = 32


def of_pictures(table: FileTable, folder: Path, model: bytes | Path, spec: ImageSpec, kind: TensorType) -> Gallery:
    """The pictures in `folder` and those below it, embedded by the model that ships.

    Raises:
        ConfigError: there are none, too many, or one cannot be decoded.
    """
    files = [intake.inside(file, folder, "gallery") for file in _pictures(folder)]
    before = session.open_session(graphs.preprocess(spec, kind), threads=0, quiet=False)
    rows: list[Array] = []
    thumbnails: list[bytes] = []
    for start in range(0, len(files), _STAGE):
        feeds = []
        for file in files[start : start + _STAGE]:
            image = picture.decode(file)
            (tensor,) = before.run(["tensor"], picture_feeds.picture_feeds(image, spec))
            feeds.append({spec.input: tensor})
            image.thumbnail((_THUMBNAIL, _THUMBNAIL))
            held = io.BytesIO()
            image.save(held, "JPEG", quality=_QUALITY)
            thumbnails.append(held.getvalue())
        rows += [features.of(spec.pool, answer[spec.outputs[0]]) for answer in session.run(model, feeds)]
    ids = [file.parent.name if file.parent != folder else file.stem for file in files]
    return gallery.entry(table, ids, np.stack(rows), thumbnails)


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise ConfigError(f"{folder} is no gallery", "there is no such folder", "Give a folder of pictures")
    files = [path for path in intake.below(folder) if path.suffix.lower() in picture.SUFFIXES]
    if not files or len(files) > MOST:
        why = f"it holds {len(files):,} pictures" if files else "it holds no picture"
        raise ConfigError(f"{folder} is no gallery", why, f"Give between 1 and {MOST:,} pictures")
    return sorted(files, key=lambda path: path.relative_to(folder).as_posix())
