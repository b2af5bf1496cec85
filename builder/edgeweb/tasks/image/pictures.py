"""The input that takes pictures: its size and form, the arithmetic that makes a picture it, and who says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import onnx

from edgeweb.config import Config, InputConfig
from edgeweb.errors import ConfigError
from edgeweb.schema.evidence import STRENGTH
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import settle
from edgeweb.tasks.evidence import Said
from edgeweb.tasks.image import fit as fits
from edgeweb.tasks.image.manifest import Fit
from edgeweb.tasks.image.spec import ImageSpec
from edgeweb.tasks.plan import Seen

# Means of pictures in bytes are at least so large, and those of shares of white lie between these.
_LARGE = 20.0
_GREY = (0.3, 0.65)
# What bytes are divided by, and how far from it a constant may be.
_WHITE, _ABOUT = (255.0, 127.5), 0.02
_SCALES = ("Sub", "Div", "Mul")


@dataclass(frozen=True)
class Usual:
    """What models of a kind are mostly given; None: as classifiers are."""

    scale: float | None = None
    color: Literal["RGB", "BGR"] | None = None
    resize: Literal["crop", "stretch", "pad"] = "crop"


USUAL = Usual()


@dataclass(frozen=True)
class Picture:
    """The size and form of the pictures that an input takes."""

    height: int
    width: int
    layout: Literal["NCHW", "NHWC"]
    channels: int


def find(info: TensorInfo, options: InputConfig) -> Picture | str:
    """What an input that takes pictures takes, or why it does not take any.

    Raises:
        ConfigError: `options` contradict the model.
    """
    shape = info.shape
    if shape is None or len(shape) != 4 or info.type not in ("float32", "float16", "float64", "uint8"):
        return f'input "{info.name}" has not the shape of a picture'
    # Where the model leaves the channels open, whoever says the colour says how many there are.
    said = None if options.color is None else 1 if options.color == "GRAY" else 3
    first = shape[1] in (1, 3) or (said is not None and not isinstance(shape[1], int) and shape[3] not in (1, 3))
    layout = options.layout or ("NCHW" if first else "NHWC")
    channels, height, width = (shape[1], shape[2], shape[3]) if layout == "NCHW" else (shape[3], shape[1], shape[2])
    channels = channels if isinstance(channels, int) else said
    if channels not in (1, 3):
        return f'input "{info.name}" has not 1 or 3 channels'
    if isinstance(shape[0], int) and shape[0] != 1:
        return f'input "{info.name}" takes {shape[0]} pictures at once'
    height, width = _size(info, options, height, width)
    if not isinstance(height, int) or not isinstance(width, int):
        where = f"say one in edgeweb.toml: [input.{settle.key(info.name)}] size = [224, 224]"
        return f'input "{info.name}" takes pictures of any size; {where}'
    # A line of text is long; whoever gives its size knows that it is a picture.
    if options.size is None and (min(height, width) < 8 or max(height, width) > 2 * min(height, width)):
        return f'input "{info.name}" is not shaped like a picture ({width} x {height})'
    return Picture(height, width, layout, int(channels))


def _size(
    info: TensorInfo, options: InputConfig, height: int | str | None, width: int | str | None
) -> tuple[int | str | None, int | str | None]:
    """The sides, from the model and, where it leaves them open, from the options."""
    if options.size is None:
        return height, width
    for have, want in ((height, options.size[0]), (width, options.size[1])):
        if isinstance(have, int) and have != want:
            raise ConfigError(
                f"size = {options.size} does not fit input {info.name}",
                f"it takes pictures of height {height} and width {width}",
                "Remove size; the model fixes it",
            )
    return options.size[0], options.size[1]


def prepared(
    seen: Seen,
    config: Config,
    picture: Picture,
    outputs: tuple[str, ...],
    usual: Usual = USUAL,
    fit: Fit | None = None,
) -> tuple[ImageSpec, Said]:
    """Pre-processing from the options, the model, and the usual where both leave it open; with who says it."""
    info, channels = seen.inputs[0], picture.channels
    options = config.input.get(info.name, InputConfig())
    color = options.color or ("GRAY" if channels == 1 else usual.color or "RGB")
    if (color == "GRAY") != (channels == 1):
        raise ConfigError(
            f'color = "{color}" does not fit input "{info.name}"',
            f"it has {channels} channels",
            'Use "GRAY" for one channel, "RGB" or "BGR" for three',
        )
    own = ("bytes", "its type, uint8") if info.type == "uint8" else scaled(seen.proto, info.name)
    said = not (options.scale is None and options.mean is None and options.std is None)
    # PyTorch's models take ImageNet's statistics; TensorFlow's (NHWC) mostly take 0..1.
    imagenet = channels == 3 and picture.layout == "NCHW" and own is None and not said and usual.scale is None
    mean = options.mean or ([0.485, 0.456, 0.406] if imagenet else [0.0])
    std = options.std or ([0.229, 0.224, 0.225] if imagenet else [1.0])
    _numbered(mean, std, info.name, channels)
    raw = own is not None and own[0] == "bytes"
    fit = fit if fit is not None and _fits(fit, info, picture) else None
    cut = options.crop_from if fit is None else None
    height, width = cut or (picture.height, picture.width)
    spec = ImageSpec(
        input=info.name,
        outputs=outputs,
        height=height,
        width=width,
        crop=(picture.height, picture.width) if cut else None,
        standardise=options.standardise,
        layout=picture.layout,
        color=color,
        scale=options.scale or (1.0 if raw else 255.0 if own else usual.scale or 255.0),
        mean=tuple(mean),
        std=tuple(std),
        resize=options.resize or usual.resize,
        softmax=False,
        assumed=own is None and not said,
        fit=fit,
    )
    return spec, _said(seen, options, spec, own[1] if own else "")


def _numbered(mean: Sequence[float], std: Sequence[float], name: str, channels: int) -> None:
    """ConfigError where they are not as many as the colours."""
    for key, values in (("mean", mean), ("std", std)):
        if len(values) not in (1, channels):
            raise ConfigError(
                f"{key} has {len(values)} values",
                f'input "{name}" has {channels} channels',
                f"Give 1 or {channels} values",
            )


def _fits(fit: Fit, info: TensorInfo, picture: Picture) -> bool:
    """Whether what the processor makes of any picture is what the model takes."""
    shape = info.shape or []
    sides = shape[2:] if picture.layout == "NCHW" else shape[1:3]
    same = fits.steady(fit) and fits.nominal(fit, None) == (picture.height, picture.width)
    return same or not any(isinstance(side, int) for side in sides)


def _said(seen: Seen, options: InputConfig, spec: ImageSpec, own: str) -> Said:
    """The formula with its weakest source, since all of it must be right."""
    name = spec.input
    parts: list[tuple[Said, dict[str, Any]]] = []
    fitted = spec.fit is not None
    ways: tuple[tuple[tuple[str, ...], str], ...] = (
        (("scale", "mean", "std"), own),
        (("color",), "its one channel" if spec.channels == 1 else ""),
        (() if fitted else ("resize", "crop_from"), "preprocessor_config.json" if fitted else ""),
        (("size",), "the shape of its input"),
    )
    for keys, otherwise in ways:
        set_ = next((each for each in keys if getattr(options, each) is not None), None)
        if set_ is not None:
            said = seen.says("preprocessing", spec.formula, f"input.{name}.{set_}")
        elif otherwise:
            said = Said("preprocessing", spec.formula, "file", otherwise)
        else:
            said = Said("preprocessing", spec.formula, "assumed", "")
        parts.append((said, {each: getattr(spec, each) for each in keys if hasattr(spec, each)}))
    open_ = {each: value for said, keys in parts if said.source == "assumed" for each, value in keys.items()}
    if open_:
        why = f"the usual for {spec.color} pictures in {spec.layout}"
        return Said("preprocessing", spec.formula, "assumed", why, settle.toml(("input", name), **open_), name)
    # Nobody doubts the size.
    source = max((said.source for said, _ in parts[:3]), key=STRENGTH.index)
    origins = dict.fromkeys(said.origin for said, _ in parts[:3] if said.source == source)
    return Said("preprocessing", spec.formula, source, ", ".join(origins), about=name)


def scaled(proto: onnx.ModelProto, name: str) -> tuple[Literal["bytes", "shares"], str] | None:
    """Whether the graph itself scales or shifts its input first, by constants that can be no weights, and what it takes
    then; with what shows it.
    """
    constants = {tensor.name: tensor for tensor in proto.graph.initializer}
    constants |= {
        node.output[0]: attribute.t
        for node in proto.graph.node
        if node.op_type == "Constant"
        for attribute in node.attribute
        if attribute.name == "value"
    }
    for node in proto.graph.node:
        if name not in node.input:
            continue
        if node.op_type in ("Cast", "Transpose", "Identity"):
            name = node.output[0]
            continue
        by = [each for each in node.input if each != name]
        first = node.op_type == "Mul" or node.input[0] == name
        if node.op_type not in _SCALES or len(by) != 1 or by[0] not in constants or not first:
            return None
        taken = _taken(node.op_type, constants[by[0]])
        return None if taken is None else (taken, f"operator {node.op_type}")
    return None


def _taken(operator: str, constant: onnx.TensorProto) -> Literal["bytes", "shares"] | None:
    """Bytes or shares of white where the constant is a mean, or a scale, of such and of nothing else."""
    if constant.data_location == onnx.TensorProto.EXTERNAL:
        return None
    values = onnx.numpy_helper.to_array(constant).astype(np.float64).ravel()
    if not 1 <= values.size <= 3:
        return None
    if operator == "Sub":
        low, high = float(values.min()), float(values.max())
        return "bytes" if low >= _LARGE and high < 256 else "shares" if _GREY[0] <= low and high <= _GREY[1] else None
    factors = values if operator == "Div" else 1 / np.where(values == 0, np.inf, values)
    near = [np.abs(factors / each - 1).max() < _ABOUT for each in _WHITE]
    return "bytes" if any(near) else None
