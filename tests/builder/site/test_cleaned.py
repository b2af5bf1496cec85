"""What is published of the user's own pictures and sounds: their pixels and samples, and nothing that the file says."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.files.table import FileTable
from edgeweb.inputs import picture as pictures
from edgeweb.recipe import Site
from edgeweb.site import cleaned, examples
from PIL import Image, ImageCms, PngImagePlugin
from tiny import linear, picture, saved

Build = Callable[..., Site]
MARKS = (b"CANARY", b"Exif", b"ICC_PROFILE", b"http://ns.adobe.com", b"JFXX")


def photo(path: Path, orientation: int = 1, **more: object) -> Path:
    """A picture of four quarters with a place in its EXIF data, a comment, and something behind its end."""
    pixels = np.zeros((64, 128, 3), np.uint8)
    pixels[:32, :64], pixels[:32, 64:], pixels[32:, :64] = (250, 0, 0), (0, 250, 0), (0, 0, 250)
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "CANARY camera"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 29: "CANARY"})
    told: dict[str, object] = {"exif": exif}
    if path.suffix == ".png":
        text = PngImagePlugin.PngInfo()
        text.add_text("Author", "CANARY")
        text.add_itxt("XML:com.adobe.xmp", "CANARY", zip=False)
        told["pnginfo"] = text
    elif path.suffix in (".jpg", ".gif"):
        told["comment"] = b"CANARY"
    Image.fromarray(pixels).save(path, **{**told, **more})  # type: ignore[arg-type]
    path.write_bytes(path.read_bytes() + b"CANARY behind the end")
    return path


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".gif"])
def test_a_picture_keeps_its_pixels_alone(tmp_path: Path, suffix: str) -> None:
    path = photo(tmp_path / f"a{suffix}")
    assert b"CANARY" in path.read_bytes()
    kind, data = cleaned.picture(path)
    assert not [mark for mark in MARKS if mark in data]
    assert kind == {".gif": ".png"}.get(suffix, suffix)
    made = Image.open(io.BytesIO(data))
    assert not made.getexif() and set(made.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "loop",
                                                     "background", "timestamp", "duration"}  # fmt: skip
    before = np.asarray(pictures.decode(path)).astype(int)
    assert np.abs(np.asarray(made.convert("RGB")).astype(int) - before).mean() <= (
        4 if suffix in (".jpg", ".webp") else 0
    )


def test_a_photo_stands_upright(tmp_path: Path) -> None:
    _, data = cleaned.picture(photo(tmp_path / "a.jpg", orientation=6))
    made = np.asarray(Image.open(io.BytesIO(data)))
    assert made.shape == (128, 64, 3)
    # Turned by a quarter to the right: the blue quarter, below left before, is now above left.
    assert made[4, 4].argmax() == 2


def test_colours_of_another_profile_become_srgb(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    _, ignored = cleaned.picture(photo(tmp_path / "a.png", icc_profile=profile.tobytes()))
    assert np.asarray(Image.open(io.BytesIO(ignored)))[0, 0].tolist() == [250, 0, 0]
    own = wide_gamut()
    _, data = cleaned.picture(photo(tmp_path / "b.png", icc_profile=own))
    assert b"iCCP" not in data
    # Red and blue change places in it.
    assert np.asarray(Image.open(io.BytesIO(data)))[0, 0].argmax() == 2


def wide_gamut() -> bytes:
    """An sRGB profile under another name whose primaries of red and blue are exchanged."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for old, new in ((b"rXYZ", b"QXYZ"), (b"bXYZ", b"rXYZ"), (b"QXYZ", b"bXYZ")):
        at = data.index(old, 128)
        data[at : at + 4] = new
    return bytes(data).replace("sRGB".encode("utf-16-be"), "Mine".encode("utf-16-be")).replace(b"sRGB bu", b"Mine bu")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGBA", "I;16", "CMYK"])
def test_pictures_of_any_kind(tmp_path: Path, mode: str) -> None:
    path = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
    rng = np.random.default_rng(1)
    if mode == "I;16":
        made = Image.fromarray(rng.integers(0, 65536, (8, 8), dtype=np.uint16))
    elif mode == "PA":
        made = Image.fromarray(rng.integers(0, 4, (8, 8), dtype=np.uint8), "P")
        made.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255])
        made.info["transparency"] = 0
    else:
        made = Image.fromarray(rng.integers(0, 256, (8, 8, 4), dtype=np.uint8), "RGBA").convert(mode)
    if mode == "CMYK":
        made = Image.new("CMYK", (8, 8), (10, 200, 90, 20))
    made.save(path)
    suffix, data = cleaned.picture(path)
    (tmp_path / f"b{suffix}").write_bytes(data)
    before, after = (np.asarray(pictures.decode(each)).astype(int) for each in (path, tmp_path / f"b{suffix}"))
    assert np.abs(before - after).mean() <= (3 if mode == "CMYK" else 0)


def test_what_a_site_carries(build: Build, tmp_path: Path) -> None:
    model = saved(tmp_path, picture())
    photo(tmp_path / "a.jpg")
    (tmp_path / "edgeweb.toml").write_text('examples = ["a.jpg"]\n')
    site = build(model)
    published = [path for path in site.path.rglob("*") if path.is_file() and b"CANARY" in path.read_bytes()]
    assert len(site.manifest.examples) == 1
    assert published == []


def test_a_thumbnail_says_nothing_either(tmp_path: Path) -> None:
    """A gallery's are made of what decode gives, by Pillow, which writes comments that it has read."""
    held = io.BytesIO()
    pictures.decode(photo(tmp_path / "a.jpg")).save(held, "JPEG")
    assert b"CANARY" not in held.getvalue()


def test_who_wants_the_metadata_says_so(build: Build, tmp_path: Path) -> None:
    model = saved(tmp_path, picture())
    path = photo(tmp_path / "a.jpg")
    (tmp_path / "edgeweb.toml").write_text('examples = ["a.jpg"]\nkeep-metadata = true\n')
    told: list[str] = []
    site = build(model, on_step=told.append)
    (place,) = site.manifest.examples
    assert (site.path / place).read_bytes() == path.read_bytes()
    assert any("with all that its file says" in each for each in told)


def test_a_page_without_a_place_for_examples_says_so(build: Build, tmp_path: Path) -> None:
    model = saved(tmp_path, linear())
    photo(tmp_path / "a.jpg")
    (tmp_path / "edgeweb.toml").write_text('examples = ["a.jpg"]\n')
    told: list[str] = []
    site = build(model, on_step=told.append)
    assert list(site.manifest.examples) == []
    said = "1 not shown: a page for tabular-classification has no place for them"
    assert f"examples: {said}" in told
    assert said in [step["outcome"] for step in site.report["steps"]]


@pytest.mark.parametrize(
    ("name", "kind", "why"),
    [
        ("a.txt", "image", "it is not a picture"),
        ("a.txt", "audio", "it is not a sound"),
        ("b.png", "image", "not there"),
    ],
)
def test_what_a_page_cannot_take(tmp_path: Path, name: str, kind: str, why: str) -> None:
    (tmp_path / "a.txt").write_text("a")
    looked = examples.look(Config(examples=[name]), tmp_path)
    with pytest.raises(ConfigError, match=f"(?i){why}"):
        examples.add(FileTable(), [name], tmp_path, looked, kind, "any")  # type: ignore[arg-type]


def test_a_song_is_published_as_it_is_and_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(b"ID3\4\0\0\0\0\0\0\xff\xfb")
    looked = examples.look(Config(examples=["a.mp3"]), tmp_path)
    assert "as it is, with what its file says of title" in looked["a.mp3"].note


@pytest.mark.parametrize("kind", [*pictures.FORMATS, "MPO"])
@pytest.mark.parametrize("name", ["a.jfif", "a", "a.csv"])
def test_a_picture_is_one_whatever_its_name(tmp_path: Path, kind: str, name: str) -> None:
    made = photo(tmp_path / f"a.{'jpg' if kind in ('JPEG', 'MPO') else kind.lower()}", format=kind)
    made.rename(path := tmp_path / name)
    before = pictures.decode(path)
    assert cleaned.is_picture(path.read_bytes())
    shown = examples.look(Config(examples=[name]), tmp_path)[name]
    assert (shown.stem, shown.suffix, shown.note) == (("a", ".csv", "") if name == "a.csv" else (name, ".bin", ""))
    assert not [mark for mark in MARKS if mark in shown.data]
    assert (shown.data[:2] == b"BM") == (kind == "BMP")
    after = Image.open(io.BytesIO(shown.data)).convert("RGB")
    assert np.abs(np.asarray(after).astype(int) - np.asarray(before)).mean() <= 4
    kept = examples.look(Config(examples=[name], keep_metadata=True), tmp_path)[name]
    assert kept.data == path.read_bytes() and "with all that its file says" in kept.note


def test_a_bmp_among_pictures_becomes_what_a_page_shows(tmp_path: Path) -> None:
    suffix, data = cleaned.picture(photo(tmp_path / "a.png", format="BMP"))
    assert suffix == ".png" and data.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.heic", b"\0\0\0\x18ftypheic", True),
        ("page.html", b"<p>CANARY</p>", True),
        ("a", b"II*\0", True),
        ("bmi.csv", b"BMI,age\n1,2 and more\n", False),
        ("a.txt", b"RIFF", False),
        ("a.json", b"{}", False),
    ],
)
def test_what_is_published_as_it_is(tmp_path: Path, name: str, data: bytes, said: bool) -> None:
    (tmp_path / name).write_bytes(data)
    shown = examples.look(Config(examples=[name]), tmp_path)[name]
    assert shown.data == data
    assert shown.note == (f"{name} is published as it is, with all that its file says" if said else "")


def form(tag: int, bits: int, channels: int = 1, more: bytes = b"") -> bytes:
    frame = channels * bits // 8
    return struct.pack("<HHIIHH", tag, channels, 8000, 8000 * frame, frame, bits) + more


GUID = bytes.fromhex("0000000010008000" + "00aa00389b71")
EXTENSIBLE = struct.pack("<HHI", 22, 16, 4)
FACT = b"fact\6\0\0\0" + bytes(4) + b"CANARY"[:2]


def riff(about: bytes, samples: bytes, size: int | None = None, behind: bytes = b"") -> bytes:
    body = b"".join((b"WAVEfmt ", struct.pack("<I", len(about)), about, FACT,
                     b"data", struct.pack("<I", len(samples) if size is None else size), samples, behind))  # fmt: skip
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(
    ("about", "written"),
    [
        (form(1, 16, more=b"\6\0CANARY"), form(1, 16)),
        (form(3, 32, more=b"\6\0CANARY"), form(3, 32)),
        (form(7, 8, more=b"\6\0CANARY"), form(7, 8, more=b"\0\0")),
        (
            form(0xFFFE, 16, 2, EXTENSIBLE + b"\1\0" + GUID + b"CANARY"),
            form(0xFFFE, 16, 2, EXTENSIBLE + b"\1\0" + GUID),
        ),
    ],
    ids=["pcm", "float", "mu-law", "extensible"],
)
def test_a_sound_keeps_its_format_and_whole_frames(tmp_path: Path, about: bytes, written: bytes) -> None:
    samples = bytes(range(1, 9))
    extra = b"C" if about[12] > 1 else b""
    made = cleaned.wave(tmp_path / "a.wav", riff(about, samples + extra, behind=b"\0LIST\x06\0\0\0CANARY"))
    lossy = written[0] in (3, 7)
    count = b"fact\4\0\0\0" + struct.pack("<I", 8 // about[12]) if lossy else b""
    body = b"WAVEfmt " + struct.pack("<I", len(written)) + written + count + b"data\x08\0\0\0" + samples
    assert made == b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (riff(form(0x55, 8), b"ID3\4CANARY"), "of format 0x55"),
        (riff(form(0xFFFE, 16, 1, EXTENSIBLE + b"\x55\0" + GUID), bytes(8)), "neither PCM nor float"),
        (riff(form(0xFFFE, 16, 1, EXTENSIBLE + b"\1\0" + b"CANARY" + GUID[6:]), bytes(8)), "neither PCM nor float"),
        (riff(form(1, 16), bytes(8), 100, b"LIST\x06\0\0\0CANARY"), "promises 100 bytes of samples and has 22"),
        (riff(form(1, 16), bytes(8), 0xFFFFFFFF), "does not say how many"),
        (riff(form(1, 16), bytes(8), 0), "does not say how many"),
        (riff(form(1, 16), bytes(8) + b"LIST\x0a\0\0\0INFOCANARY"), "Other parts of the file"),
        (riff(form(1, 0), bytes(8)), "contradicts itself"),
    ],
    ids=["mp3", "extensible", "guid", "long", "stream", "none", "list", "bits"],
)
def test_a_sound_with_room_for_more_is_refused(tmp_path: Path, data: bytes, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        cleaned.wave(tmp_path / "a.wav", data)


def test_a_jpeg_has_the_tables_by_which_it_was_made(tmp_path: Path) -> None:
    path = photo(tmp_path / "a.jpg", quality=70)
    data = path.read_bytes()
    with Image.open(path) as file:
        tables = file.quantization  # type: ignore[attr-defined]
    path.write_bytes(data[:2] + b"\xff\xdb\0\x43\2" + b"CANARY!!" * 8 + data[2:])
    made = Image.open(io.BytesIO(cleaned.picture(path)[1]))
    assert made.quantization == tables  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP"])
def test_colours_that_no_pixel_has_are_left_out(tmp_path: Path, kind: str) -> None:
    made = Image.fromarray(np.array([[0, 3], [3, 0]], np.uint8), "P")
    made.putpalette(b"\1\2\3CANARY\4\5\6CANARY")
    made.save(path := tmp_path / "a.png", kind, optimize=False)
    assert b"CANARY" in path.read_bytes() or kind == "BMP"
    data = cleaned.picture(path)[1]
    after = Image.open(io.BytesIO(data))
    assert b"CANARY" not in data
    assert np.asarray(after.convert("RGB")).tolist() == [[[1, 2, 3], [4, 5, 6]], [[4, 5, 6], [1, 2, 3]]]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_colours_of_which_nothing_is_seen_are_left_out(tmp_path: Path, mode: str) -> None:
    pixels = np.array([[[9, 9, 9, 0], [9, 9, 9, 1], [8, 8, 8, 255]]], np.uint8)
    made = Image.fromarray(pixels, "RGBA").convert("RGBA" if mode == "P" else mode)
    more = {}
    if mode == "P":
        made = Image.fromarray(np.array([[0, 1, 2]], np.uint8), "P")
        made.putpalette(pixels[0, :, :3].tobytes())
        more["transparency"] = bytes((0, 1, 255))
    made.save(path := tmp_path / "a.png", **more)  # type: ignore[arg-type]
    after = np.asarray(Image.open(io.BytesIO(cleaned.picture(path)[1])))
    assert after[0].tolist() == [[0, 0, 0, 0], [9, 9, 9, 1], [8, 8, 8, 255]]
