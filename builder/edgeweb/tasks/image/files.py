"""Picture files to a model's input, by the arithmetic of web/src/tasks/image/worker/pictures.ts and of the graph."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edgeweb.errors import ConfigError
from edgeweb.inputs.arrays import Feed, Found, label_index, room_for, spread
from edgeweb.inputs.golden import Array
from edgeweb.inputs.picture import decode
from edgeweb.machine.session import open_session
from edgeweb.schema.types import TensorType
from edgeweb.tasks.image import fit as fits
from edgeweb.tasks.image import graphs, warp
from edgeweb.tasks.image.manifest import Fit
from edgeweb.tasks.image.spec import ImageSpec

if TYPE_CHECKING:
    from PIL.Image import Image


def read(folder: Path, files: Sequence[Path], spec: ImageSpec, kind: TensorType, labels: Sequence[str]) -> Found:
    """One feed a picture; the right classes where the folders between `folder` and the file name them.

    Raises:
        ConfigError: a picture cannot be decoded, or only some of the folders are classes.
    """
    session = open_session(graphs.preprocess(spec, kind))
    classes = _classes(folder, files, labels)
    feeds: list[Feed] = []
    room = room_for({spec.input: np.empty((spec.channels, spec.height, spec.width), kind)})
    chosen = spread(range(len(files)), room)
    for index in chosen:
        (tensor,) = session.run(["tensor"], picture_feeds(decode(files[index]), spec))
        feeds.append({spec.input: tensor})
    return feeds, [classes[index] for index in chosen] if classes else None, len(files)


def _classes(folder: Path, files: Sequence[Path], labels: Sequence[str]) -> list[int] | None:
    """The class of each file, from the nearest folder that names one; None when no folder does."""
    found = [
        next((i for part in reversed(path.parent.parts) if (i := label_index(part, labels)) is not None), None)
        for path in (file.relative_to(folder) if file != folder else Path(file.name) for file in files)
    ]
    known = [index for index in found if index is not None]
    if known and len(known) < len(found):
        stray = files[found.index(None)].parent
        raise ConfigError(
            f"{stray} is not named after a class",
            "Other folders beside it are, so the right class of its pictures is missing",
            "Name every folder after a label of the model, or none",
        )
    return known or None


@dataclass(frozen=True)
class Placed:
    """A picture's sides, the `area` of it that the model sees, and its place in the model's: x, y, width, height."""

    width: int
    height: int
    area: tuple[float, float, float, float]
    inner: tuple[int, int, int, int]

    @staticmethod
    def whole(spec: ImageSpec) -> Placed:
        """The model's own picture as if it were the given one."""
        area = (0, 0, spec.width, spec.height)
        return Placed(spec.width, spec.height, area, area)


def picture_feeds(image: Image, spec: ImageSpec) -> dict[str, Array]:
    """`pixels` and `pads` for the pre-processing graph: cropped and resized to the byte as on the page."""
    return placed_feeds(image, spec)[0]


def placed_feeds(image: Image, spec: ImageSpec) -> tuple[dict[str, Array], Placed]:
    """These, and where they lie in the picture."""
    from PIL import Image

    if spec.fit is not None:
        return _fitted(image, spec, spec.fit)
    left, top, width, height = 0.0, 0.0, float(image.width), float(image.height)
    if spec.resize == "crop":
        scale = min(width / spec.width, height / spec.height)
        left, top = (width - spec.width * scale) / 2, (height - spec.height * scale) / 2
        width, height = spec.width * scale, spec.height * scale
    pads, inner = _target(width, height, spec)
    # Rounding may put the edges a hair outside the picture, which Pillow refuses.
    box = max(0.0, left), max(0.0, top), min(image.width, left + width), min(image.height, top + height)
    pixels = np.full((inner[3], inner[2], 4), 255, np.uint8)
    pixels[..., :3] = np.asarray(image.resize(inner[2:], Image.Resampling.BILINEAR, box=box))
    placed = Placed(image.width, image.height, (left, top, width, height), inner)
    return {"pixels": pixels, "pads": pads}, placed


def _fitted(image: Image, spec: ImageSpec, fit: Fit) -> tuple[dict[str, Array], Placed]:
    """As `spec.fit` says; what is found lies over the whole picture then."""
    pixels, frame = fits.pixels(image, fit)
    top, left, bottom, right = frame.bars
    pads = np.array([0, 0, top, left, 0, 0, bottom, right], np.int64)
    sides = (max(image.size),) * 2 if fit.squared else image.size
    area, inner = (0.0, 0.0, float(sides[0]), float(sides[1])), (0, 0, spec.width, spec.height)
    if fit.rule == "around":
        # From the middle of the first pixel to that of the last one.
        area, inner = warp.area((0, 0, *image.size), frame.size), (0, 0, spec.width - 1, spec.height - 1)
    return {"pixels": pixels, "pads": pads}, Placed(image.width, image.height, area, inner)


def _target(width: float, height: float, spec: ImageSpec) -> tuple[Array, tuple[int, int, int, int]]:
    """The padding (ONNX order) to the model's size, and what is inside that."""
    inner = spec.width, spec.height
    if spec.resize == "pad":
        scale = min(spec.width / width, spec.height / height)
        inner = max(1, _round(width * scale)), max(1, _round(height * scale))
    left, top = (spec.width - inner[0]) // 2, (spec.height - inner[1]) // 2
    pads = [0, 0, top, left, 0, 0, spec.height - inner[1] - top, spec.width - inner[0] - left]
    return np.array(pads, np.int64), (left, top, *inner)


def _round(value: float) -> int:
    """As JavaScript does: halves go up."""
    return math.floor(value + 0.5)
