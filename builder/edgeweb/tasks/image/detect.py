"""Whether a model takes pictures, what it makes of them, and the arithmetic that makes a picture its input."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import onnx

from edgeweb.config import Config, InputConfig, OutputConfig
from edgeweb.errors import ConfigError
from edgeweb.inputs.golden import Array
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.image import heads, maps, published
from edgeweb.tasks.image.spec import ImageSpec
from edgeweb.tasks.plan import Recognised, Seen
from edgeweb.tasks.scores import classes_in

# A last dimension of one of these sizes, without a softmax, is more likely an embedding than scores.
_EMBEDDING_SIZES = frozenset((
    64, 96, 128, 192, 256, 320, 384, 512, 576, 640, 768, 960, 1024, 1280, 1408, 1536, 1792, 2048, 2560, 4096,
))  # fmt: skip
# The numbers of classes of well-known data sets; other large numbers of plain values may be anything.
_MANY_CLASSES = frozenset((
    100, 101, 102, 103, 120, 200, 205, 250, 256, 365, 397, 400, 525, 555, 1000, 1001, 8142, 11221, 21841, 21843,
))  # fmt: skip


# Of all pixels at once: their mean, or how far they are spread.
_WHOLE = ("InstanceNormalization", "GroupNormalization", "GlobalAveragePool", "ReduceMean")
_EMBEDDING = re.compile(r"embed|descriptor|feature_?vector", re.IGNORECASE)


@dataclass(frozen=True)
class Usual:
    """What models of a kind are mostly given; None: as classifiers are."""

    scale: float | None = None
    color: Literal["RGB", "BGR"] | None = None
    resize: Literal["crop", "stretch", "pad"] = "crop"


@dataclass(frozen=True)
class Picture:
    """The size and form of the pictures that an input takes."""

    height: int
    width: int
    layout: Literal["NCHW", "NHWC"]
    channels: int


def detect(seen: Seen, config: Config) -> Recognised | str:
    """The task of a model of pictures with the reasons for it and what is known of it, or why it takes none.

    Raises:
        ConfigError: `[input.NAME]` contradicts the model.
    """
    if len(seen.inputs) != 1:
        return "not one input, as a model of pictures has"
    info = seen.inputs[0]
    options = config.input.get(info.name, InputConfig())
    picture = _picture(info, options)
    if isinstance(picture, str):
        return picture
    ways = {"image-classification": _classifier, "object-detection": _detector}
    ways |= {"image-segmentation": _segmenter, "image-to-image": _painter, "image-embedding": _embedder}
    if options.crop_from is not None:
        # What lies over the picture would have to be moved; nobody has asked for it yet.
        ways = {"image-classification": _classifier}
    if config.detect.form is not None and config.task is None:
        return _detector(seen, config, picture)
    if config.gallery is not None and config.task is None:
        return _embedder(seen, config, picture)
    if config.task in ways:
        return ways[config.task](seen, config, picture)
    found = [way(seen, config, picture) for way in ways.values()]
    plan = next((each for each in found if isinstance(each, Recognised)), None)
    if plan is None and (options.size or options.crop_from or options.resize or options.scale):
        # Somebody has described pictures; what the outputs mean is told to nobody, or to hooks.
        spec = replace(_spec(seen, config, picture, ()), result="tensors")
        return Recognised("tensors", (f"{_what(info, picture)}, as the configuration says",), spec)
    return plan or "; ".join(dict.fromkeys(each for each in found if isinstance(each, str)))


def _classifier(seen: Seen, config: Config, picture: Picture) -> Recognised | str:
    if len(seen.outputs) != 1:
        return "not one output, as an image classifier has"
    info, output = seen.inputs[0], seen.outputs[0]
    classes = classes_in(output)
    if not output.type.startswith("float") or classes is None or classes < 2:
        return f'output "{output.name}" is not one row of scores'
    softmax = seen.ends_in(output.name, "Softmax")
    certain = softmax or len(seen.labels) == classes or config.task == "image-classification"
    if not certain and _perhaps_embedding(seen, output.name, classes):
        return f"{classes} values without a softmax may be an embedding or coordinates"
    why = f"{_what(info, picture)} and the output {classes} {'probabilities' if softmax else 'scores'}"
    asked = config.output.get(output.name, OutputConfig())
    softmax = softmax if asked.softmax is None else not asked.softmax
    top = None if asked.top is None else min(asked.top, classes)
    spec = replace(_spec(seen, config, picture, (output.name,)), softmax=not softmax, top=top)
    return Recognised("image-classification", (why,), spec)


def _what(info: TensorInfo, picture: Picture) -> str:
    what = f"the shape of a picture ({picture.width} x {picture.height}, {picture.channels} channels)"
    return f'input "{info.name}" has {what}'


def _detector(seen: Seen, config: Config, picture: Picture) -> Recognised | str:
    names, pose = len(seen.labels) or len(seen.classes), published.pose(seen.proto)
    size = (picture.height, picture.width)
    head = heads.find(seen.outputs, _gave(seen), size, names, config.detect.form, seen.proto, pose)
    if isinstance(head, str):
        return head
    asked = config.detect
    head = replace(head, threshold=asked.threshold or head.threshold)
    head = head if asked.overlap is None else replace(head, overlap=asked.overlap)
    # YOLO's take the whole picture with bars beside it, YOLOX's as OpenCV reads it.
    usual = Usual(1.0, "BGR", "pad") if head.form == "grid" else Usual(255.0, "RGB", "pad")
    if head.form in ("pairs", "strides", "queries", "peaks"):
        usual = Usual(None, None, "stretch")
    if head.form == "keypoints":
        usual = Usual(None, None, "pad")
    spec = _spec(seen, config, picture, head.outputs, usual)
    kinds = "1 class" if head.classes == 1 else f"{head.classes} classes"
    what = f"boxes of {kinds}" if head.maps is None else f"heat maps of {head.maps[0]} kinds of points"
    why = f"{_what(seen.inputs[0], picture)} and the outputs are {what} ({head.form})"
    spec = replace(spec, result="detection", head=head, **published.marks(asked, head.points[0]))
    return Recognised("object-detection", (why,), spec)


def _segmenter(seen: Seen, config: Config, picture: Picture) -> Recognised | str:
    found = _map(seen, config, picture)
    if isinstance(found, str):
        return found
    masked = found.classes == 1 and (seen.ends_in(found.output, "Sigmoid") or seen.ends_in(found.output, "Clip"))
    sure = config.task is not None or found.classes == 2 or found.classes > 3 or masked
    if not sure:
        return f'output "{found.output}" may be classes of pixels or another picture'
    spec = _spec(seen, config, picture, (found.output,), Usual(None, None, "stretch"))
    kinds = "a mask" if found.classes == 1 else f"{found.classes} classes"
    why = f"{_what(seen.inputs[0], picture)} and the output lies over it with {kinds}"
    return Recognised("image-segmentation", (why,), replace(spec, result="segmentation", map=found))


def _painter(seen: Seen, config: Config, picture: Picture) -> Recognised | str:
    found = _map(seen, config, picture)
    if isinstance(found, str):
        return found
    larger = found.output in _gave(seen) and max(_gave(seen)[found.output].shape[1:]) >= max(
        picture.height, picture.width
    )
    if found.classes not in (1, 3) or not (config.task or (found.classes == picture.channels and larger)):
        return f'output "{found.output}" is not a picture like the input'
    options = config.output.get(found.output, OutputConfig())
    # What is put out as shares is mostly taken so, and what comes in a file's values too.
    spec = _spec(seen, config, picture, (found.output,), Usual(found.scale, None, "stretch"))
    color = options.color or ("GRAY" if found.classes == 1 else "BGR" if spec.color == "BGR" else "RGB")
    found = replace(
        found, color=color, scale=options.scale or found.scale, mean=tuple(options.mean or found.mean),
        std=tuple(options.std or found.std),
    )  # fmt: skip
    why = f"{_what(seen.inputs[0], picture)} and the output is a picture again"
    # What a model takes from the whole picture is another thing in each part; larger results are made of details.
    enlarges = found.output in _gave(seen) and max(_gave(seen)[found.output].shape[1:]) > max(
        picture.height, picture.width
    )
    parts = enlarges or not any(operator in seen.operators for operator in _WHOLE)
    parts = parts if options.tiles is None else options.tiles
    return Recognised("image-to-image", (why,), replace(spec, result="image", map=found, tiles=parts))


def _embedder(seen: Seen, config: Config, picture: Picture) -> Recognised | str:
    """A row of numbers that stands for the picture: asked for, made of length 1 at last, or called so."""
    rows = [(info, size) for info in seen.outputs if (size := classes_in(info)) is not None and size >= 2]
    rows = [(info, size) for info, size in rows if info.type.startswith("float")]
    named = [each for each in rows if _EMBEDDING.search(each[0].name)]
    if not rows:
        return "no output is one row of numbers, as an embedding is"
    info, size = (named or rows)[0]
    asked = config.task is not None or config.gallery is not None
    certain = bool(named) and not seen.ends_in(info.name, "Softmax")
    if not (asked or certain or seen.ends_in(info.name, "LpNormalization")):
        return f'output "{info.name}" may be scores or an embedding'
    spec = replace(_spec(seen, config, picture, (info.name,)), result="embedding")
    why = f'{_what(seen.inputs[0], picture)} and output "{info.name}" is an embedding of {size} numbers'
    return Recognised("image-embedding", (why,), spec)


def _map(seen: Seen, config: Config, picture: Picture) -> maps.Map | str:
    """The output that lies over the picture: the only one, or the first of those where a task is asked for."""
    if len(seen.outputs) != 1 and config.task is None:
        return "not one output that lies over the picture"
    fed = seen.fed.get(seen.inputs[0].name)
    size = (picture.height, picture.width)
    if fed is not None:
        size = (fed[2], fed[3]) if picture.layout == "NCHW" else (fed[1], fed[2])
    found = [maps.find(output, _gave(seen), size) for output in seen.outputs]
    return next((each for each in found if isinstance(each, maps.Map)), found[0])


def _gave(seen: Seen) -> Mapping[str, Array]:
    """The outputs of a run; without one, zeros where their sizes are known."""
    shapes = {info.name: [1, *(info.shape or [])[1:]] for info in seen.outputs if info.type.startswith("float")}
    known = {name: [size for size in shape if isinstance(size, int)] for name, shape in shapes.items()}
    whole = {name: sizes for name, sizes in known.items() if len(sizes) == len(shapes[name])}
    return seen.gave or {name: np.zeros(sizes, np.float32) for name, sizes in whole.items()}


def _perhaps_embedding(seen: Seen, output: str, classes: int) -> bool:
    unusual = classes in _EMBEDDING_SIZES or (classes > 50 and classes not in _MANY_CLASSES)
    return unusual or seen.ends_in(output, "LpNormalization")


def _picture(info: TensorInfo, options: InputConfig) -> Picture | str:
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
    # A line of text is long; whoever gives its size knows that it is a picture.
    if options.size is None and (min(height, width) < 8 or max(height, width) > 2 * min(height, width)):
        return f'input "{info.name}" is not shaped like a picture ({width} x {height})'
    return Picture(height, width, layout, channels)


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


def _spec(seen: Seen, config: Config, picture: Picture, outputs: tuple[str, ...], usual: Usual = Usual()) -> ImageSpec:
    """Pre-processing from the options; what they leave open is assumed from the usual, and said to be."""
    info, channels = seen.inputs[0], picture.channels
    options = config.input.get(info.name, InputConfig())
    color = options.color or ("GRAY" if channels == 1 else usual.color or "RGB")
    if (color == "GRAY") != (channels == 1):
        raise ConfigError(
            f'color = "{color}" does not fit input "{info.name}"',
            f"it has {channels} channels",
            'Use "GRAY" for one channel, "RGB" or "BGR" for three',
        )
    raw = _normalises(seen.proto, info.name) or info.type == "uint8"
    said = not (options.scale is None and options.mean is None and options.std is None)
    # PyTorch's models take ImageNet's statistics; TensorFlow's (NHWC) mostly take 0..1.
    imagenet = channels == 3 and picture.layout == "NCHW" and not raw and not said and usual.scale is None
    mean = options.mean or ([0.485, 0.456, 0.406] if imagenet else [0.0])
    std = options.std or ([0.229, 0.224, 0.225] if imagenet else [1.0])
    for key, values in (("mean", mean), ("std", std)):
        if len(values) not in (1, channels):
            raise ConfigError(
                f"{key} has {len(values)} values",
                f'input "{info.name}" has {channels} channels',
                f"Give 1 or {channels} values",
            )
    height, width = options.crop_from or (picture.height, picture.width)
    return ImageSpec(
        input=info.name,
        outputs=outputs,
        height=height,
        width=width,
        crop=(picture.height, picture.width) if options.crop_from else None,
        standardise=options.standardise,
        layout=picture.layout,
        color=color,
        scale=options.scale or (1.0 if raw else usual.scale or 255.0),
        mean=tuple(mean),
        std=tuple(std),
        resize=options.resize or usual.resize,
        softmax=False,
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
