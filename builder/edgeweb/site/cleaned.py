"""Examples looked at before everybody can: decoded, and written anew without what a file says besides, such as where a
photo was taken, comments, and what is hidden behind its end.
"""

from __future__ import annotations

import io
import re
import struct
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from edgeweb.errors import ConfigError
from edgeweb.inputs import picture as pictures

if TYPE_CHECKING:
    from PIL.Image import Image

# What PNG writes as it is; the rest becomes RGB.
_MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
_QUALITY = 92
_MAX_SECONDS = 30 * 60
_BEGINNINGS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)
# How a WAV may store its samples: what else there is may have tags of its own between them.
_PCM, _FLOAT, _A_LAW, _MU_LAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_BITS = {_PCM: range(1, 65), _FLOAT: (32, 64), _A_LAW: (8,), _MU_LAW: (8,)}
# Of the identifier of an extensible format, behind the two bytes that differ.
_GUID = bytes.fromhex("000000001000800000aa00389b71")
_SPEAKERS = (1 << 18) - 1
_STREAM = 0xFFFFFFFF
# Of eight bytes each: no sound has them by chance.
_FOREIGN = re.compile(rb"LIST[\s\S]{4}INFO|id3 [\s\S]{4}ID3")


def is_picture(data: bytes) -> bool:
    """Whether a file begins as one of those that `picture` takes, whatever its name."""
    webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    bmp = data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BMP_HEADERS
    return data.startswith(_BEGINNINGS) or webp or bmp


def picture(path: Path) -> tuple[str, bytes]:
    """The first frame, upright and in sRGB, as a file without anything else; with its suffix.

    A JPEG is written with the tables that it had, so that hardly a pixel changes; a GIF becomes a PNG,
    and so does a BMP whose name promises another format.

    Raises:
        ConfigError: it is no picture of a known format, damaged, or too large.
    """
    from PIL import ImageOps

    made = io.BytesIO()
    with pictures.opened(path) as file:
        image = _bare(_in_srgb(ImageOps.exif_transpose(file)))
        if file.format == "JPEG":
            image = image if image.mode in ("L", "RGB") else image.convert("RGB")
            image.save(made, "JPEG", **_as_before(file))
            return ".jpg", made.getvalue()
        if file.format == "WEBP":
            image.convert("RGBA" if image.mode == "RGBA" else "RGB").save(made, "WEBP", quality=_QUALITY)
            return ".webp", made.getvalue()
        if file.format == "BMP" and path.suffix.lower() not in pictures.SUFFIXES - {".bmp"}:
            image.save(made, "BMP")
            return ".bmp", made.getvalue()
        image.save(made, "PNG")
        return ".png", made.getvalue()


def _as_before(file: Image) -> dict[str, object]:
    """How coarse a JPEG was, as options of `save`; of its tables, those by which it was made."""
    from PIL import JpegImagePlugin

    if file.mode != "RGB" or not isinstance(file, JpegImagePlugin.JpegImageFile):
        return {"quality": _QUALITY}
    sampling, used = JpegImagePlugin.get_sampling(file), [table for *_, table in file.layer]
    if sampling < 0 or not set(used) <= set(file.quantization):
        return {"quality": _QUALITY}
    # The last one is for all further components too.
    while len(used) > 1 and used[-1] == used[-2]:
        used.pop()
    return {"qtables": [file.quantization[each] for each in used], "subsampling": sampling}


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
    """Its pixels alone, without what no pixel shows: colours that are not used, or of which nothing is seen.

    Pillow would write some of what it read into the new file.
    """
    from PIL import Image

    mode = "RGBA" if image.has_transparency_data else image.mode if image.mode in _MODES else "RGB"
    copy = image.copy() if image.mode == mode else image.convert(mode)
    if mode == "RGBA":
        seen = copy.getchannel("A").point([0] + [255] * 255)
        shown = Image.new(mode, copy.size)
        shown.paste(copy, mask=seen)
        copy = shown
    elif mode == "P":
        used = [bool(count) for count in copy.histogram()]
        colours = bytes(copy.getpalette() or ()).ljust(768, b"\0")
        last = max(index for index in range(256) if used[index])
        copy.putpalette(b"".join(colours[3 * i : 3 * i + 3] if used[i] else bytes(3) for i in range(last + 1)))
    copy.info = {}
    return copy


def wave(path: Path, data: bytes) -> bytes:
    """The WAV file `data` with its format and its samples alone.

    Raises:
        ConfigError: it is no WAV file, of a format with room for more than samples, or lasts longer than half an hour.
    """
    try:
        about, samples = _parts(data)
        form, kind, frame, rate = _form(about)
        samples = samples[: len(samples) // frame * frame]
        if _FOREIGN.search(samples):
            raise ValueError("other parts of the file lie where it promises samples")
        seconds = len(samples) / frame / rate
    except (struct.error, ValueError) as error:
        why = str(error) if isinstance(error, ValueError) else "it is no RIFF file of waves, or is damaged"
        raise ConfigError(
            f"{path} cannot be an example", why, "Save it as a .wav of PCM again, or leave it out"
        ) from error
    if seconds > _MAX_SECONDS:
        why = f"it lasts {seconds / 3600:.1f} hours, and every visitor's browser would decode it whole"
        raise ConfigError(f"{path} cannot be an example", why, "Give half an hour at most")
    count = b"" if kind == _PCM else struct.pack("<4sII", b"fact", 4, len(samples) // frame)
    body = struct.pack("<4sI", b"fmt ", len(form)) + form + count
    body += struct.pack("<4sI", b"data", len(samples)) + samples + b"\0" * (len(samples) % 2)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def _parts(data: bytes) -> tuple[bytes, bytes]:
    """What a WAV says of its samples, and they themselves; ValueError."""
    at, form = 12, b""
    while data[:4] == b"RIFF" and data[8:12] == b"WAVE" and at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        content = data[at + 8 : at + 8 + size]
        if name == b"fmt " and not form:
            form = content
        elif name == b"data" and form:
            if size in (0, _STREAM):
                raise ValueError("it has no samples, or does not say how many, like a recorded stream")
            if len(content) < size:
                raise ValueError(f"it promises {size:,} bytes of samples and has {len(content):,}: it is damaged")
            return form, content
        at += 8 + size + size % 2
    raise ValueError("it is no RIFF file of waves, or is damaged")


def _form(given: bytes) -> tuple[bytes, int, int, int]:
    """A format without what is no part of it; how samples are stored, the bytes of a frame, and frames a second.

    Raises:
        ValueError: it contradicts itself, or is one that is not taken.
        struct.error: it is too short.
    """
    tag, channels, rate, _, frame, bits = struct.unpack_from("<HHIIHH", given)
    kind, more = tag, b""
    if tag == _EXTENSIBLE:
        valid, speakers, kind = struct.unpack_from("<HIH", given, 18)
        if given[26:40] != _GUID or kind not in (_PCM, _FLOAT):
            raise ValueError("its samples are neither PCM nor float, and may have more than sounds between them")
        more = struct.pack("<HHIH", 22, valid if 0 < valid < bits else bits, speakers & _SPEAKERS, kind) + _GUID
    elif tag in (_A_LAW, _MU_LAW):
        more = bytes(2)
    if kind not in _BITS:
        raise ValueError(f"its samples are of format {kind:#x}, which may have more than sounds between them")
    if bits not in _BITS[kind] or not channels or not rate or frame != channels * ((bits + 7) // 8):
        raise ValueError("what it says of its samples contradicts itself")
    return struct.pack("<HHIIHH", tag, channels, rate, rate * frame, frame, bits) + more, kind, frame, rate
