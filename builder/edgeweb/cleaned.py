"""Examples looked at before everybody can: decoded, and written anew without what a file says besides, such as where a
photo was taken, comments, and what is hidden behind its end.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from edgeweb import picture_files
from edgeweb.errors import ConfigError

if TYPE_CHECKING:
    from PIL.Image import Image

# What PNG writes as it is; the rest becomes RGB.
_MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
_QUALITY = 92
_MAX_SECONDS = 30 * 60
# Of a WAV: how its samples are stored, how many there are, and they themselves.
_CHUNKS = (b"fmt ", b"fact", b"data")


def picture(path: Path) -> tuple[str, bytes]:
    """The first frame, upright and in sRGB, as a file without anything else; with its suffix.

    A JPEG is written with the tables that it had, so that hardly a pixel changes; a GIF becomes a PNG.

    Raises:
        ConfigError: it is no picture of a known format, damaged, or too large.
    """
    from PIL import ImageOps

    made = io.BytesIO()
    with picture_files.opened(path) as file:
        image = _bare(_in_srgb(ImageOps.exif_transpose(file)))
        if file.format == "JPEG":
            image = image if image.mode in ("L", "RGB") else image.convert("RGB")
            image.save(made, "JPEG", **_as_before(file))
            return ".jpg", made.getvalue()
        if file.format == "WEBP":
            image.convert("RGBA" if image.mode == "RGBA" else "RGB").save(made, "WEBP", quality=_QUALITY)
            return ".webp", made.getvalue()
        image.save(made, "PNG")
        return ".png", made.getvalue()


def _as_before(file: Image) -> dict[str, object]:
    """How coarse a JPEG was, as options of `save`."""
    from PIL import JpegImagePlugin

    tables, sampling = getattr(file, "quantization", None), -1
    if file.mode == "RGB" and isinstance(file, JpegImagePlugin.JpegImageFile):
        sampling = JpegImagePlugin.get_sampling(file)
    return {"qtables": tables, "subsampling": sampling} if tables and sampling >= 0 else {"quality": _QUALITY}


def _in_srgb(image: Image) -> Image:
    """As browsers show it, for which the profile is then not needed."""
    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA"):
        return image
    # What cannot be used is ignored by browsers too.
    with suppress(ImageCms.PyCMSError, OSError, ValueError):
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" not in ImageCms.getProfileDescription(own):
            return ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode=image.mode) or image
    return image


def _bare(image: Image) -> Image:
    """Its pixels alone: Pillow would write some of what it read into the new file."""
    mode = "RGBA" if image.has_transparency_data else image.mode if image.mode in _MODES else "RGB"
    copy = image.copy() if image.mode == mode else image.convert(mode)
    copy.info = {}
    return copy


def wave(path: Path, data: bytes) -> bytes:
    """The WAV file `data` with its format and its samples alone.

    Raises:
        ConfigError: it is no WAV file, or lasts longer than half an hour.
    """
    hint = "Save it as a .wav again, or leave it out"
    try:
        chunks = dict(_chunks(data))
        (rate,) = struct.unpack_from("<I", chunks[b"fmt "], 8)
        seconds = len(chunks[b"data"]) / rate
    except (struct.error, KeyError, ZeroDivisionError, ValueError) as error:
        why = "it is no RIFF file of waves, or is damaged"
        raise ConfigError(f"{path} cannot be an example", why, hint) from error
    if seconds > _MAX_SECONDS:
        why = f"it lasts {seconds / 3600:.1f} hours, and every visitor's browser would decode it whole"
        raise ConfigError(f"{path} cannot be an example", why, "Give half an hour at most")
    body = b"".join(name + struct.pack("<I", len(each)) + each + b"\0" * (len(each) % 2)
                    for name in _CHUNKS if (each := chunks.get(name)) is not None)  # fmt: skip
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each; what a last one lacks is as it is in many files of samples."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError("not a WAV file")
    at = 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        yield data[at : at + 4], data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
