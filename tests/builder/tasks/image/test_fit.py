"""How pictures come to the size of a model: by the processor beside it, as transformers does it, and to the byte."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from edgeweb.tasks.image import fit, processors
from edgeweb.tasks.image.manifest import Fit
from PIL import Image

# What transformers 4.57 writes, and the heights and widths that it makes of pictures 131 x 77 and 60 x 101.
CASES: list[tuple[str, dict[str, Any], tuple[int, int], tuple[int, int]]] = [
    ("ViTImageProcessor", {"resample": 2, "size": {"height": 32, "width": 24}}, (32, 24), (32, 24)),
    ("DeiTImageProcessor", {"crop_size": {"height": 32, "width": 32}, "do_center_crop": True,
     "resample": 3, "size": {"height": 40, "width": 40}}, (32, 32), (32, 32)),
    ("CLIPImageProcessor", {"crop_size": {"height": 60, "width": 44}, "do_center_crop": True,
     "resample": 3, "size": {"shortest_edge": 50}}, (60, 44), (60, 44)),
    ("ConvNextImageProcessor", {"crop_pct": 0.875, "resample": 2, "size": {"shortest_edge": 56}}, (56, 56), (56, 56)),
    ("ConvNextImageProcessor", {"crop_pct": 0.875,
     "resample": 2, "size": {"shortest_edge": 384}}, (384, 384), (384, 384)),
    ("PoolFormerImageProcessor", {"crop_pct": 0.9, "crop_size": {"height": 64, "width": 64}, "do_center_crop": True,
     "resample": 3, "size": {"shortest_edge": 64}}, (64, 64), (64, 64)),
    ("LevitImageProcessor", {"crop_size": {"height": 64, "width": 64}, "do_center_crop": True,
     "resample": 3, "size": {"shortest_edge": 64}}, (64, 64), (64, 64)),
    ("DetrImageProcessor", {"do_pad": True,
     "resample": 2, "size": {"longest_edge": 90, "shortest_edge": 64}}, (53, 90), (90, 53)),
    ("DetrImageProcessor", {"do_pad": True, "pad_size": {"height": 128, "width": 160},
     "resample": 2, "size": {"longest_edge": 90, "shortest_edge": 64}}, (128, 160), (128, 160)),
    ("YolosImageProcessor", {"do_pad": True,
     "resample": 2, "size": {"longest_edge": 120, "shortest_edge": 64}}, (64, 96), (96, 64)),
    ("Mask2FormerImageProcessor",
     {"resample": 2, "size": {"longest_edge": 100, "shortest_edge": 64}, "size_divisor": 32}, (64, 128), (128, 64)),
    ("MaskFormerImageProcessor",
     {"resample": 2, "size": {"longest_edge": 100, "shortest_edge": 64}, "size_divisor": 16}, (64, 112), (112, 64)),
    ("DPTImageProcessor", {"do_pad": False, "ensure_multiple_of": 14, "keep_aspect_ratio": True,
     "resample": 3, "size": {"height": 70, "width": 70}}, (70, 126), (112, 70)),
    ("DPTImageProcessor", {"do_pad": True, "ensure_multiple_of": 1, "keep_aspect_ratio": False,
     "resample": 3, "size": {"height": 64, "width": 64}, "size_divisor": 48}, (96, 96), (96, 96)),
    ("GLPNImageProcessor", {"resample": 2, "size_divisor": 32}, (64, 128), (96, 32)),
    ("Swin2SRImageProcessor", {"do_pad": True, "size_divisor": 8}, (80, 136), (104, 64)),
    ("ViTImageProcessor", {"do_resize": False,
     "resample": 2, "size": {"height": 224, "width": 224}}, (77, 131), (101, 60)),
    ("DonutImageProcessor", {"resample": 2, "size": {"height": 48, "width": 80}}, (48, 80), (48, 80)),
    ("NougatImageProcessor", {"do_crop_margin": False,
     "resample": 2, "size": {"height": 90, "width": 50}}, (90, 50), (90, 50)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "said", "wide", "tall"), CASES)
def test_sizes_are_those_of_transformers(
    name: str, said: dict[str, Any], wide: tuple[int, int], tall: tuple[int, int]
) -> None:
    found = processors.fit({**said, "image_processor_type": name})
    assert found is not None
    assert (fit.frame(found, (77, 131)).size, fit.frame(found, (101, 60)).size) == (wide, tall)
    assert fit.steady(found) == (wide == tall)


@pytest.mark.parametrize(
    "said",
    [
        {"size": {"height": 32, "width": 32}},
        {"image_processor_type": "ZoeDepthImageProcessor", "size": {"height": 32, "width": 32}},
        {"image_processor_type": "ViTImageProcessor", "size": {"height": "32", "width": 32}},
        {"image_processor_type": "ViTImageProcessor", "size": {"height": 32, "width": 32}, "resample": 9},
        {"image_processor_type": "ViTImageProcessor", "size": {"shortest_edge": 32, "longest_edge": 64}},
    ],
)
def test_what_is_not_known_is_left_to_others(said: dict[str, Any]) -> None:
    assert processors.fit(said) is None


def test_older_files_have_one_number_for_a_size() -> None:
    square, short = ({"image_processor_type": f"{name}FeatureExtractor", "size": 32} for name in ("ViT", "CLIP"))
    assert processors.fit(square) == Fit("exact", "bilinear", 32, 32)
    assert processors.fit(short) == Fit("shortest", "bicubic", 32)


def picture(width: int, height: int) -> Image.Image:
    values = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(values)


def test_the_middle_of_a_smaller_picture_lies_in_black() -> None:
    image = picture(7, 4)
    made, found = fit.pixels(image, Fit("own", "bilinear", crop=[9, 5]))
    assert (made.shape, found.top, found.left) == ((9, 5, 4), 3, -1)
    assert (made[3:7, :, :3] == np.asarray(image)[:, 1:6]).all()
    assert not made[:3, :, :3].any() and not made[7:, :, :3].any()


def test_a_mirror_image_goes_on_at_the_edge() -> None:
    image = picture(8, 3)
    made, _ = fit.pixels(image, Fit("own", "bilinear", pad="mirror", pad_multiple=8))
    wanted = np.pad(np.asarray(image), ((0, 5), (0, 8), (0, 0)), mode="symmetric")
    assert (made[..., :3] == wanted).all()


def test_zeros_are_put_around_when_the_numbers_are_made() -> None:
    made, found = fit.pixels(picture(8, 3), Fit("own", "bilinear", pad="zeros", pad_multiple=6, centred=True))
    assert (made.shape, found.size, found.bars) == ((3, 8, 4), (6, 12), (1, 2, 2, 2))


def test_a_document_is_made_smaller_twice_and_lies_in_black() -> None:
    said = {"image_processor_type": "DonutImageProcessor", "resample": 2, "size": {"height": 64, "width": 64}}
    found = processors.fit(said)
    assert found is not None
    image = picture(131, 77)
    made, placed = fit.pixels(image, found)
    assert (placed.first, placed.resized, placed.top, placed.left) == ((64, 108), (37, 64), 13, 0)
    inner = image.resize((108, 64), Image.Resampling.BILINEAR).resize((64, 37), Image.Resampling.BICUBIC)
    assert (made[13:50, :, :3] == np.asarray(inner)).all()
    assert not made[:13, :, :3].any() and not made[50:, :, :3].any()
    assert processors.fit({**said, "do_align_long_axis": True}) is None
