"""What is published of the user's own pictures and sounds: their pixels and samples, and nothing that the file says."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from edgeweb import cleaned, examples, picture_files
from edgeweb.config import Config
from edgeweb.errors import ConfigError
from edgeweb.pack import FileTable
from edgeweb.recipe import Site
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
    before = np.asarray(picture_files.decode(path)).astype(int)
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
    before, after = (np.asarray(picture_files.decode(each)).astype(int) for each in (path, tmp_path / f"b{suffix}"))
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
    picture_files.decode(photo(tmp_path / "a.jpg")).save(held, "JPEG")
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
