"""Picture files as pixels: decoded as a browser shows them, within limits."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from edgeweb.errors import ConfigError
from edgeweb.read import intake

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp"))
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
# As in web/src/tasks/image/worker/pictures.ts.
_MAX_SIDE = 16384
# 0.4 GB decoded; a PNG of that many equal pixels is a few hundred kB.
_MAX_PIXELS = 100_000_000
_MAX_BYTES = 256 << 20
_HINT = "Save it again, or leave it out"


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
