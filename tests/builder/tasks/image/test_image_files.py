"""Pictures of the user's as a model's inputs: turned, put on white, cropped, and labelled by their folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from edgeweb.errors import ConfigError
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.image import graphs
from edgeweb.tasks.image.files import picture_feeds
from PIL import Image
from sampled import PICTURE, RNG, paint, pictures, read, spec_of


def test_a_picture_becomes_what_the_shipped_graph_makes_of_it(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 256, (16, 16, 3), dtype=np.uint8)
    (feed,) = read(paint(tmp_path / "p" / "a.png", pixels).parent, PICTURE, plan=pictures()).feeds
    expected = (pixels / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    np.testing.assert_allclose(feed["image"], expected.transpose(2, 0, 1)[None], atol=1e-5)
    session = onnxruntime.InferenceSession(graphs.preprocess(spec_of(), "float32"), providers=["CPUExecutionProvider"])
    opaque = np.dstack([pixels, np.full((16, 16), 255, np.uint8)])
    pads = np.zeros(8, np.int64)
    (tensor,) = session.run(["tensor"], {"pixels": opaque, "pads": pads})
    np.testing.assert_array_equal(feed["image"], tensor)


RAW = {"scale": 1.0, "mean": (0.0,), "std": (1.0,)}


def one(path: Path, kind: Any = "float32", **over: Any) -> np.ndarray:
    """The model's input for a picture, [H, W, 3] of 0 to 255."""
    info = TensorInfo(name="image", type=kind, shape=[1, 3, 16, 16])
    (feed,) = read(path, info, plan=pictures(**{**RAW, **over})).feeds
    return feed["image"][0].transpose(1, 2, 0)


def test_crop_stretch_and_pad(tmp_path: Path) -> None:
    """Left third red, middle green, right blue, 48 x 16."""
    pixels = np.zeros((16, 48, 3), np.uint8)
    for i in range(3):
        pixels[:, 16 * i : 16 * i + 16, i] = 200
    path = paint(tmp_path / "a.png", pixels)
    np.testing.assert_allclose(one(path), pixels[:, 16:32], atol=1e-3)
    stretched = one(path, resize="stretch")
    assert [int(stretched[8, x].argmax()) for x in (1, 8, 14)] == [0, 1, 2]
    padded = one(path, resize="pad")
    assert not padded[:5].any() and not padded[10:].any()
    assert [int(padded[8, x].argmax()) for x in (1, 8, 14)] == [0, 1, 2]
    assert one(path, kind="uint8").dtype == np.uint8


def test_a_picture_is_brought_to_the_models_size() -> None:
    assert picture_feeds(Image.new("RGB", (101, 400)), spec_of())["pixels"].shape == (16, 16, 4)
    assert picture_feeds(Image.new("RGB", (100, 400)), spec_of(resize="pad"))["pixels"].shape == (16, 4, 4)
    feeds = picture_feeds(Image.new("RGB", (20, 10)), spec_of(resize="pad"))
    assert feeds["pixels"].shape == (8, 16, 4) and feeds["pads"].tolist() == [0, 0, 4, 0, 0, 0, 4, 0]
    for side in range(17, 140, 3):
        assert picture_feeds(Image.new("RGB", (side, 77)), spec_of())["pixels"].shape == (16, 16, 4)


def test_shrinking_averages(tmp_path: Path) -> None:
    """A pixel is the mean of more than 8 x 8; without an antialiasing filter it is that of 2 x 2, and varies by 37."""
    found = one(paint(tmp_path / "noise.png", RNG.integers(0, 256, (128, 128, 3), dtype=np.uint8)))
    assert abs(found.mean() - 127.5) < 3 and found.std() < 12


def test_pictures_are_turned_and_put_on_white(tmp_path: Path) -> None:
    pixels = np.zeros((16, 16, 4), np.uint8)
    pixels[:8] = (255, 0, 0, 255)
    clear = one(paint(tmp_path / "clear.png", pixels))
    np.testing.assert_allclose(clear[[2, 12], 0], [[255, 0, 0], [255, 255, 255]], atol=1e-3)
    exif = Image.Exif()
    exif[0x0112] = 3
    turned = one(paint(tmp_path / "turned.png", pixels[..., :3], exif=exif))
    np.testing.assert_allclose(turned[[2, 12], 0], [[0, 0, 0], [255, 0, 0]], atol=1e-3)
    wide = one(paint(tmp_path / "wide.png", np.full((16, 16), 0x80FF, np.uint16)))
    np.testing.assert_allclose(wide, 0x80, atol=1e-3)


def test_labels_from_folders(tmp_path: Path) -> None:
    grey = np.full((16, 16, 3), 90, np.uint8)
    for name in ("Great_Tit/a.jpg", "owl/b.PNG", "owl/more/c.bmp", "2/d.webp", "owl/._b.png"):
        paint(tmp_path / "birds" / name, grey)
    (tmp_path / "birds" / "notes.md").write_text("no picture")
    plan = pictures(["great tit", "owl", "jay"])
    found = read(tmp_path / "birds", PICTURE, plan=plan)
    assert found.labels == (2, 0, 1, 1) and found.source == "4 pictures in birds/"
    assert read(tmp_path / "birds" / "2" / "d.webp", PICTURE, plan=plan).source == "1 picture of d.webp"
    paint(tmp_path / "birds" / "aul" / "x.png", grey)
    with pytest.raises(ConfigError, match="aul is not named after a class"):
        read(tmp_path / "birds", PICTURE, plan=plan)
    assert read(tmp_path / "birds" / "aul", PICTURE, plan=plan).labels is None


def test_pictures_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    with pytest.raises(ConfigError, match=r"a\.png cannot be decoded as a picture"):
        read(tmp_path / "bad", PICTURE, plan=pictures())
    whole = paint(tmp_path / "cut.jpg", RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8))
    whole.write_bytes(whole.read_bytes()[:1500])
    with pytest.raises(ConfigError, match="truncated"):
        read(whole, PICTURE, plan=pictures())
    with pytest.raises(ConfigError, match=r"16385 x 1 pixels\. At most 16384"):
        read(paint(tmp_path / "long.png", np.zeros((1, 16385), np.uint8)), PICTURE, plan=pictures())
    with pytest.raises(ConfigError, match=r"holds pictures\. The model \(tensors\) takes arrays"):
        read(whole, PICTURE)
