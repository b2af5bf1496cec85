"""Whether a model classifies pictures, and the arithmetic that makes a picture its input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import onnx

from edgeweb.config import Config, InputConfig
from edgeweb.errors import ConfigError
from edgeweb.manifest import TensorInfo
from edgeweb.plan import ImageSpec, Plan, Seen, classes_in

# A last dimension of one of these sizes, without a softmax, is more likely an embedding than scores.
_EMBEDDING_SIZES = frozenset((
    64, 96, 128, 192, 256, 320, 384, 512, 576, 640, 768, 960, 1024, 1280, 1408, 1536, 1792, 2048, 2560, 4096,
))  # fmt: skip
# The numbers of classes of well-known data sets; other large numbers of plain values may be anything.
_MANY_CLASSES = frozenset((
    100, 101, 102, 103, 120, 200, 205, 250, 256, 365, 397, 400, 525, 555, 1000, 1001, 8142, 11221, 21841, 21843,
))  # fmt: skip


@dataclass(frozen=True)
class _Picture:
    """The size and form of the pictures that an input takes."""

    height: int
    width: int
    layout: Literal["NCHW", "NHWC"]
    channels: int


def detect(seen: Seen, config: Config) -> Plan | str:
    """An image classifier's plan, or why it is none.

    Raises:
        ConfigError: `[input.NAME]` contradicts the model.
    """
    if len(seen.inputs) != 1 or len(seen.outputs) != 1:
        return "not one input and one output, as an image classifier has"
    info, output = seen.inputs[0], seen.outputs[0]
    options = config.input.get(info.name, InputConfig())
    picture = _picture(info, options)
    if isinstance(picture, str):
        return picture
    classes = classes_in(output)
    if not output.type.startswith("float") or classes is None or classes < 2:
        return f'output "{output.name}" is not one row of scores'
    softmax = seen.ends_in(output.name, "Softmax")
    certain = softmax or len(seen.labels) == classes or config.task == "image-classification"
    if not certain and _perhaps_embedding(seen, output.name, classes):
        return f"{classes} values without a softmax may be an embedding or coordinates"
    what = f"the shape of a picture ({picture.width} x {picture.height}, {picture.channels} channels)"
    why = f'input "{info.name}" has {what} and the output {classes} {"probabilities" if softmax else "scores"}'
    spec = _spec(info, output, options, picture, normalised=_normalises(seen.proto, info.name), softmax=not softmax)
    return Plan("image-classification", (why,), image=spec)


def _perhaps_embedding(seen: Seen, output: str, classes: int) -> bool:
    unusual = classes in _EMBEDDING_SIZES or (classes > 50 and classes not in _MANY_CLASSES)
    return unusual or seen.ends_in(output, "LpNormalization")


def _picture(info: TensorInfo, options: InputConfig) -> _Picture | str:
    """What an input that takes pictures takes, or why it does not take any."""
    shape = info.shape
    if shape is None or len(shape) != 4 or info.type not in ("float32", "float16", "float64", "uint8"):
        return f'input "{info.name}" has not the shape of a picture'
    layout = options.layout or ("NCHW" if shape[1] in (1, 3) else "NHWC")
    channels, height, width = (shape[1], shape[2], shape[3]) if layout == "NCHW" else (shape[3], shape[1], shape[2])
    if not isinstance(channels, int) or channels not in (1, 3):
        return f'input "{info.name}" has not 1 or 3 channels'
    if isinstance(shape[0], int) and shape[0] != 1:
        return f'input "{info.name}" takes {shape[0]} pictures at once'
    height, width = _size(info, options, height, width)
    if not isinstance(height, int) or not isinstance(width, int):
        where = f"say one in edgeweb.toml: [input.{info.name}] size = [224, 224]"
        return f'input "{info.name}" takes pictures of any size; {where}'
    if min(height, width) < 8 or max(height, width) > 2 * min(height, width):
        return f'input "{info.name}" is not shaped like a picture ({width} x {height})'
    return _Picture(height, width, layout, channels)


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


def _spec(
    info: TensorInfo, output: TensorInfo, options: InputConfig, picture: _Picture, *, normalised: bool, softmax: bool
) -> ImageSpec:
    """Pre-processing from the options; what they leave open is assumed from the usual, and said to be."""
    channels = picture.channels
    color = options.color or ("GRAY" if channels == 1 else "RGB")
    if (color == "GRAY") != (channels == 1):
        raise ConfigError(
            f'color = "{color}" does not fit input "{info.name}"',
            f"it has {channels} channels",
            'Use "GRAY" for one channel, "RGB" or "BGR" for three',
        )
    raw = normalised or info.type == "uint8"
    said = not (options.scale is None and options.mean is None and options.std is None)
    # PyTorch's models take ImageNet's statistics; TensorFlow's (NHWC) mostly take 0..1.
    imagenet = channels == 3 and picture.layout == "NCHW" and not raw and not said
    mean = options.mean or ([0.485, 0.456, 0.406] if imagenet else [0.0])
    std = options.std or ([0.229, 0.224, 0.225] if imagenet else [1.0])
    for key, values in (("mean", mean), ("std", std)):
        if len(values) not in (1, channels):
            raise ConfigError(
                f"{key} has {len(values)} values",
                f'input "{info.name}" has {channels} channels',
                f"Give 1 or {channels} values",
            )
    return ImageSpec(
        input=info.name,
        output=output.name,
        height=picture.height,
        width=picture.width,
        layout=picture.layout,
        color=color,
        scale=options.scale or (1.0 if raw else 255.0),
        mean=tuple(mean),
        std=tuple(std),
        resize=options.resize or "crop",
        softmax=softmax,
        assumed=info.type != "uint8" and not said,
    )


def _normalises(proto: onnx.ModelProto, name: str) -> bool:
    """Whether the graph itself scales or shifts its input first."""
    for node in proto.graph.node:
        if name in node.input:
            if node.op_type in ("Cast", "Transpose", "Identity"):
                name = node.output[0]
                continue
            return node.op_type in ("Sub", "Div", "Mul", "Add", "BatchNormalization", "ImageScaler", "Scaler")
    return False
