"""What the image processor in a preprocessor_config.json does to a picture's size, by its class and its keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from edgeweb.read.architectures import classes
from edgeweb.read.published import beside
from edgeweb.tasks.image.fit import FILTERS, Sides
from edgeweb.tasks.image.manifest import Filter, Fit

_CLASS = re.compile(r"(ImageProcessor(Fast)?|ImageProcessorPil|FeatureExtractor)$")
# Where `size` is one number: that of the shorter side.
_SHORT = {
    "CLIP", "ChineseCLIP", "ConvNext", "Bit", "Levit", "PoolFormer", "MobileNetV1", "MobileNetV2", "MobileViT",
    "BridgeTower", "Vivit", "VideoMAE",
}  # fmt: skip
_QUERIES = {"Detr", "ConditionalDetr", "DeformableDetr", "GroundingDino", "RTDetr", "Yolos"}
_MASKS = {"MaskFormer", "Mask2Former", "OneFormer"}
# Made smaller twice and centred on black; parts of these are beyond a page: a turn, or a cut at a page's margin.
_DOCUMENTS: Mapping[str, Mapping[str, bool]] = {
    "Donut": {"do_align_long_axis": False}, "Nougat": {"do_align_long_axis": False, "do_crop_margin": True},
}  # fmt: skip
# Resized otherwise than by Pillow, cut before it is resized, in parts, or no picture any more.
_OTHER = {
    "ZoeDepth", "DepthPro", "ImageGPT", "VitMatte", "Perceiver", "TextNet", "Eomt", "Fuyu",
    "Pix2Struct", "Idefics", "LayoutLMv2", "LayoutLMv3", "EfficientLoFTR", "LightGlue", "SuperGlue", "SegGpt",
    "Pixtral", "LlavaNext", "Mllama", "Siglip2", "SuperPoint",
}  # fmt: skip
# Their filter where the file names none; the others' is bilinear.
_FILTERS: Mapping[str, Filter] = {
    **dict.fromkeys(("CLIP", "ChineseCLIP", "ConvNext", "Bit", "Levit", "PoolFormer", "DeiT", "Beit", "DPT", "Siglip",
                     "Blip", "Flava", "PromptDepthAnything"), "bicubic"),
    "EfficientNet": "nearest",
}  # fmt: skip
_YOLOS_CELL = 16
# ConvNeXT enlarges a picture below this size before its middle is taken.
_CROPPED_BELOW = 384
_MASK_CELL = 32
_SUPER_CELL = 8


class _Size(NamedTuple):
    """What the key `size` says."""

    height: int | None = None
    width: int | None = None
    short: int | None = None
    longest: int | None = None


def of(path: Path) -> dict[str, Any]:
    """The image processor's settings: in a file of their own, or, since transformers 5, with others'."""
    found = beside(path, "preprocessor_config.json")
    other = beside(path, "processor_config.json").get("image_processor") if not found else None
    return found or (other if isinstance(other, dict) else {})


def family(said: Mapping[str, Any]) -> str:
    """The processor's class without what they all end in; empty where the file does not name it."""
    named = said.get("image_processor_type") or said.get("feature_extractor_type")
    return _CLASS.sub("", named) if isinstance(named, str) else ""


def known(said: Mapping[str, Any]) -> bool:
    """Whether the sizes that it names are all that it does."""
    name = family(said)
    more = any(said.get(key, usual) for key, usual in _DOCUMENTS.get(name, {}).items())
    return name not in _OTHER and not more


def fit(said: Mapping[str, Any]) -> Fit | None:
    """How it brings pictures to their size; None where that is not known, or beyond what a page does."""
    name = family(said)
    if not name or not known(said):
        return None
    found = said.get("resample", FILTERS.index(_FILTERS.get(name, "bilinear")))
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found < len(FILTERS):
        return None
    try:
        sized = _sized(name, said, FILTERS[found])
        return None if sized is None else msgspec.convert(msgspec.to_builtins(_padded(name, said, sized)), Fit)
    except (msgspec.ValidationError, TypeError, ZeroDivisionError):
        return None


def _sized(name: str, said: Mapping[str, Any], resample: Filter) -> Fit | None:
    """The size to which it resizes, and the middle that it takes."""
    crop = _crop(said)
    if name == "Sam":
        longest = (said.get("size") or {}).get("longest_edge")
        return Fit("longest", resample, longest) if isinstance(longest, int) else None
    size = _size(said.get("size"), said, name)
    if name == "Owlv2":
        return _squared(said, size)
    if name == "VitPose":
        around = size is not None and size.height is not None and said.get("do_affine_transform", True) is True
        return Fit("around", "bilinear", size.height, size.width) if size and around else None
    if name == "GLPN":
        cell = said.get("size_divisor", _MASK_CELL)
        return Fit("own", resample, multiple=cell, rounding="down") if said.get("do_resize", True) else None
    if name == "Swin2SR" or not said.get("do_resize", True):
        return Fit("own", resample, crop=crop)
    if size is None:
        return None
    if name in _DOCUMENTS:
        return _document(said, size, resample)
    if size.height is not None:
        return _both(name, said, size, Fit("exact", resample, size.height, size.width, crop=crop))
    return _one(name, said, size, Fit("shortest", resample, size.short, longest=size.longest, crop=crop))


def _squared(said: Mapping[str, Any], size: _Size | None) -> Fit | None:
    """On grey, which is that of shares of white."""
    if size is None or size.height is None or not (said.get("do_resize", True) and said.get("do_rescale", True)):
        return None
    return Fit("exact", "smooth", size.height, size.width, squared=said.get("do_pad", True) is True)


def _both(name: str, said: Mapping[str, Any], size: _Size, plain: Fit) -> Fit:
    """Height and width are given."""
    cell = said.get("ensure_multiple_of")
    if name in ("DPT", "PromptDepthAnything") and isinstance(cell, int):
        rule = "near" if said.get("keep_aspect_ratio") is True else "exact"
        return msgspec.structs.replace(plain, rule=rule, multiple=cell)
    share = said.get("crop_pct")
    if name == "PoolFormer" and isinstance(share, float):
        sides = [int((side or 0) / share) for side in size[:2]]
        rule = "shortest" if sides[0] == sides[1] else "exact"
        return msgspec.structs.replace(
            plain, rule=rule, height=sides[0], width=None if rule == "shortest" else sides[1]
        )
    return plain


def _document(said: Mapping[str, Any], size: _Size, resample: Filter) -> Fit | None:
    """The shorter side to that of `size`, and then into it."""
    if size.height is None or size.width is None:
        return None
    again = [size.height, size.width] if said.get("do_thumbnail", True) else None
    pads = said.get("do_pad", True) and again is not None
    return Fit(
        "shortest", resample, min(size.height, size.width), again=again,
        pad="black" if pads else "", pad_to=again if pads else None, centred=pads,
    )  # fmt: skip


def _one(name: str, said: Mapping[str, Any], size: _Size, plain: Fit) -> Fit | None:
    """The shorter side is given."""
    short = size.short or 0
    share = said.get("crop_pct", 224 / 256 if name == "ConvNext" else None)
    if name == "ConvNext" and isinstance(share, float):
        if short >= _CROPPED_BELOW:
            return Fit("exact", plain.resample, short, short)
        return Fit("shortest", plain.resample, int(short / share), crop=[short, short])
    if name == "PoolFormer" and isinstance(share, float):
        return msgspec.structs.replace(plain, height=int(short / share))
    if name == "Levit":
        return msgspec.structs.replace(plain, height=int((256 / 224) * short))
    if name in _QUERIES:
        cell = _YOLOS_CELL if name == "Yolos" else 1
        return msgspec.structs.replace(plain, rule="queries", multiple=cell, rounding="down")
    if name in _MASKS:
        cell = said.get("size_divisor", 0 if name == "OneFormer" else _MASK_CELL)
        return msgspec.structs.replace(plain, multiple=max(1, int(cell)), rounding="up")
    # Of one size and a largest one nobody else says what they mean.
    return plain if size.longest is None else None


def _padded(name: str, said: Mapping[str, Any], found: Fit) -> Fit:
    """With what it puts around a picture: of one alone most put nothing."""
    if not said.get("do_pad", name == "Swin2SR"):
        return found
    if name == "Swin2SR":
        cell = said.get("size_divisor") or said.get("pad_size") or _SUPER_CELL
        return msgspec.structs.replace(found, pad="mirror", pad_multiple=cell)
    if name in ("DPT", "PromptDepthAnything"):
        return msgspec.structs.replace(found, pad="zeros", pad_multiple=said.get("size_divisor"), centred=True)
    size = said.get("pad_size")
    if name in _QUERIES | _MASKS | {"Sam"} and isinstance(size, Mapping):
        return msgspec.structs.replace(found, pad="zeros", pad_to=[size.get("height"), size.get("width")])
    return found


def _crop(said: Mapping[str, Any]) -> list[int] | None:
    found = said.get("crop_size") if said.get("do_center_crop") else None
    if isinstance(found, Mapping):
        found = [found.get("height"), found.get("width")]
    return [found, found] if isinstance(found, int) else list(found) if found else None


def _size(size: Any, said: Mapping[str, Any], name: str) -> _Size | None:
    """From a mapping, or as older files have it."""
    if isinstance(size, Mapping):
        if "height" in size:
            return _Size(size["height"], size.get("width"))
        short, longest = size.get("shortest_edge"), size.get("longest_edge")
        return _Size(short=short, longest=longest) if isinstance(short, int) else None
    if isinstance(size, list) and len(size) == 2:
        # Pillow's order: width before height.
        return _Size(size[1], size[0])
    if not isinstance(size, int) or isinstance(size, bool):
        return None
    if name in _QUERIES | _MASKS:
        return _Size(short=size, longest=said.get("max_size"))
    return _Size(short=size) if name in _SHORT else _Size(size, size)


def sides(config: Mapping[str, Any]) -> Sides | None:
    """The size of pictures that config.json names."""
    size = config.get("image_size")
    size = [size, size] if isinstance(size, int) and not isinstance(size, bool) else size
    whole = isinstance(size, list) and len(size) == 2 and all(isinstance(each, int) and each > 0 for each in size)
    return (size[0], size[1]) if whole and isinstance(size, list) else None


def top(config: Mapping[str, Any]) -> int | None:
    """Of how many likeliest boxes its kin choose; None: of as many as there are queries."""
    names = classes(config)
    return None if any(name.startswith(("RTDetr", "DFine")) for name in names) else 100


def patch(config: Mapping[str, Any]) -> int | None:
    """The pixels in each part of a picture that becomes a token."""
    size = config.get("patch_size")
    size = [size, size] if isinstance(size, int) and not isinstance(size, bool) else size
    whole = isinstance(size, list) and len(size) == 2 and all(isinstance(each, int) and each > 0 for each in size)
    return size[0] * size[1] if whole and isinstance(size, list) else None
