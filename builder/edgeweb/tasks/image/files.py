"""Picture files to a model's input, by the arithmetic of web/src/worker/pictures.ts and the graph that ships."""

from __future__ import annotations

import math
import struct
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import onnxruntime as ort

from edgeweb.errors import ConfigError
from edgeweb.inputs.arrays import Feed, Found, label_index, room_for, spread
from edgeweb.inputs.golden import Array
from edgeweb.read import intake
from edgeweb.schema.types import TensorType
from edgeweb.tasks.image import graphs
from edgeweb.tasks.plan import ImageSpec

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp"))
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
# As in web/src/worker/pictures.ts.
_MAX_SIDE = 16384
# 0.4 GB decoded; a PNG of that many equal pixels is a few hundred kB.
_MAX_PIXELS = 100_000_000
_MAX_BYTES = 256 << 20
_HINT = "Save it again, or leave it out"


def read(folder: Path, files: Sequence[Path], spec: ImageSpec, kind: TensorType, labels: Sequence[str]) -> Found:
    """One feed a picture; the right classes where the folders between `folder` and the file name them.

    Raises:
        ConfigError: a picture cannot be decoded, or only some of the folders are classes.
    """
    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 2
    session = ort.InferenceSession(graphs.preprocess(spec, kind), options, providers=["CPUExecutionProvider"])
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


def decode(path: Path) -> Image:
    """The first frame as a browser shows it on white: RGB, turned as its EXIF data says.

    Raises:
        ConfigError: it is no picture of a known format, damaged, or too large.
    """
    from PIL import ImageOps

    with opened(path) as file:
        found = _on_white(ImageOps.exif_transpose(file))
    # Pillow would write comments and the like into whatever is made of it.
    found.info = {}
    return found


@contextmanager
def opened(path: Path) -> Iterator[Image]:
    """The picture as Pillow opens it, whose pixels are decoded inside; ConfigError as `decode`, also for what is
    raised there.
    """
    # Imported here: only those who give pictures wait for it.
    from PIL import Image

    raw: BinaryIO | None = None
    try:
        with warnings.catch_warnings():
            # Of large pictures, broken EXIF data and odd palettes: what matters of these is an error below.
            warnings.simplefilter("ignore")
            with intake.opened(path, _HINT, _MAX_BYTES) as raw, Image.open(raw, formats=FORMATS) as file:
                _check_size(path, file)
                yield file
    except Image.DecompressionBombError as error:
        why = f"it promises more than {_MAX_PIXELS // 10**6} million pixels"
        raise ConfigError(f"{path} is too large for a picture", why, "Make it smaller") from error
    except (OSError, ValueError, EOFError, SyntaxError, struct.error) as error:
        why = str(error).replace(repr(raw), path.name) if raw else str(error)
        raise ConfigError(f"{path} cannot be decoded as a picture", why or "it is damaged", _HINT) from error


def _check_size(path: Path, file: Image) -> None:
    if max(file.size) > _MAX_SIDE or file.width * file.height > _MAX_PIXELS:
        raise ConfigError(
            f"{path} is {file.width} x {file.height} pixels",
            f"at most {_MAX_SIDE} along a side are taken, and {_MAX_PIXELS // 10**6} million in all",
            "Make it smaller",
        )


def _on_white(image: Image) -> Image:
    from PIL import Image

    if image.mode.startswith("I"):
        # 16 bits a sample: Pillow's own conversion cuts at 255 instead of scaling.
        return Image.fromarray((np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8)).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    white = Image.new("RGBA", image.size, "white")
    white.alpha_composite(image.convert("RGBA"))
    return white.convert("RGB")


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
