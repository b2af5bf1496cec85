"""Which interface a model gets: its task, why, and what the page needs to know to feed and read it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import onnx

from edgeweb.config import Config, InputConfig
from edgeweb.errors import ConfigError
from edgeweb.manifest import Column, TabularPipeline, TensorInfo

_MAX_COLUMNS = 128
# A last dimension of one of these sizes, without a softmax, is more likely an embedding than scores.
_EMBEDDING_SIZES = {
    64,
    96,
    128,
    192,
    256,
    320,
    384,
    512,
    576,
    640,
    768,
    960,
    1024,
    1280,
    1408,
    1536,
    1792,
    2048,
    2560,
    4096,
}
_MANY_CLASSES = {
    100,
    101,
    102,
    103,
    120,
    200,
    205,
    250,
    256,
    365,
    397,
    400,
    525,
    555,
    1000,
    1001,
    8142,
    11221,
    21841,
    21843,
}
_PASS_THROUGH = {"Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Cast", "Transpose", "Dropout"}
_NOT_TABULAR = {
    "Conv",
    "ConvTranspose",
    "LSTM",
    "GRU",
    "RNN",
    "Attention",
    "MultiHeadAttention",
    "Scan",
    "Loop",
    "STFT",
    "DFT",
    "NonMaxSuppression",
}


@dataclass(frozen=True)
class ImageSpec:
    """What the pre-processing graph is made from: (x / scale - mean) / std over `channels`, then `layout` and the input's type."""

    input: str
    output: str
    height: int
    width: int
    layout: str
    color: str
    scale: float
    mean: tuple[float, ...]
    std: tuple[float, ...]
    resize: str
    softmax: bool
    assumed: bool

    @property
    def channels(self) -> int:
        return 1 if self.color == "GRAY" else 3

    @property
    def formula(self) -> str:
        """The arithmetic in one line, for people."""
        span = f"({self.color} 0..255 / {self.scale:g} - {list(self.mean)}) / {list(self.std)}"
        return f"{self.resize} to {self.width} x {self.height}, {span}, {self.layout}"


@dataclass(frozen=True)
class Plan:
    """The task with the reasons for it; at most one of `image` and `tabular`."""

    task: str
    reasons: tuple[str, ...]
    image: ImageSpec | None = None
    tabular: TabularPipeline | None = None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Seen:
    """What is known of a model when its task is chosen. `labels`: from the user; `classes`: from the graph."""

    proto: onnx.ModelProto
    inputs: Sequence[TensorInfo]
    outputs: Sequence[TensorInfo]
    operators: Mapping[str, int]
    labels: Sequence[str]
    classes: Sequence[str]


def choose(seen: Seen, config: Config) -> Plan:
    """The task from the configuration, or detected where that is safe; otherwise "tensors", which serves any model.

    Raises:
        ConfigError: a task that does not fit the model, labels of another number, an input that does not exist.
    """
    names = [info.name for info in seen.inputs]
    for name in config.input:
        if name not in names:
            raise ConfigError(
                f'edgeweb.toml describes an input "{name}"',
                "the model has no such input",
                f"Its inputs are: {', '.join(names) or 'none'}",
            )
    image, tabular = _image(seen, config), _tabular(seen, config)
    plan = {
        "image-classification": image,
        "tabular-classification": tabular,
        "tabular-regression": tabular,
        "tensors": None,
    }
    if config.task is not None:
        return _asked(config.task, seen, plan[config.task])
    for found in (image, tabular):
        if isinstance(found, Plan):
            return _labelled(found, seen)
    reasons = [reason for reason in (image, tabular) if isinstance(reason, str)]
    return Plan("tensors", (*reasons, "so it gets the form that serves any model"))


def _asked(task: str, seen: Seen, found: Plan | str | None) -> Plan:
    if task == "tensors":
        return Plan(task, ("asked for in the options",))
    if not isinstance(found, Plan):
        raise ConfigError(
            f'The model cannot be served as "{task}"', str(found), 'Leave the task out, or use task = "tensors"'
        )
    tabular = found.tabular
    if tabular is not None and task == "tabular-regression" and tabular.values is None:
        tabular = replace_values(tabular)
    return _labelled(replace(found, task=task, tabular=tabular, reasons=("asked for in the options",)), seen)


def replace_values(tabular: TabularPipeline) -> TabularPipeline:
    """Scores read as plain values: the model regresses after all."""
    return TabularPipeline(columns=tabular.columns, values=tabular.scores or tabular.label)


def _labelled(plan: Plan, seen: Seen) -> Plan:
    """The plan with its labels; the user's must be as many as the scores."""
    output = plan.image.output if plan.image else plan.tabular.scores if plan.tabular else None
    size = next((_classes_in(info) for info in seen.outputs if info.name == output), None)
    if plan.task == "tabular-regression":
        return plan
    if seen.labels and size is not None and len(seen.labels) != size:
        raise ConfigError(
            f"There are {len(seen.labels)} labels",
            f'output "{output}" has {size} scores',
            f"Give a labels file with {size} lines",
        )
    classes = seen.labels or (seen.classes if size in (None, len(seen.classes)) else ())
    return replace(plan, labels=tuple(classes))


def _classes_in(info: TensorInfo) -> int | None:
    """How many scores an output holds: its dimensions but the first, all known."""
    sizes = [dim for dim in (info.shape or [])[1:] if isinstance(dim, int)]
    return (
        sizes[0]
        if len(sizes) == len((info.shape or [None, None])[1:]) and sizes and all(s == 1 for s in sizes[1:])
        else None
    )


def _image(seen: Seen, config: Config) -> Plan | str:
    """An image classifier's plan, or why it is none."""
    if len(seen.inputs) != 1 or len(seen.outputs) != 1:
        return "not one input and one output, as an image classifier has"
    info, output = seen.inputs[0], seen.outputs[0]
    options = config.input.get(info.name, InputConfig())
    found = _picture_shape(info, options)
    if isinstance(found, str):
        return found
    height, width, layout, channels = found
    classes = _classes_in(output)
    if not output.type.startswith("float") or classes is None or classes < 2:
        return f'output "{output.name}" is not one row of scores'
    softmax = _ends_in(seen.proto, output.name, "Softmax")
    certain = softmax or len(seen.labels) == classes or config.task == "image-classification"
    if not certain and (
        classes in _EMBEDDING_SIZES
        or (classes > 50 and classes not in _MANY_CLASSES)
        or _ends_in(seen.proto, output.name, "LpNormalization")
    ):
        return f"{classes} values without a softmax may be an embedding or coordinates"
    why = f'input "{info.name}" has the shape of a picture ({width} x {height}, {channels} channels) and the output {classes} {"probabilities" if softmax else "scores"}'
    spec = _image_spec(
        info, output, options, (height, width, layout, channels), normalised=_normalises(seen.proto, info.name)
    )
    return Plan("image-classification", (why,), image=replace(spec, softmax=not softmax))


def _picture_shape(info: TensorInfo, options: InputConfig) -> tuple[int, int, str, int] | str:
    """Height, width, layout and channels of an input that takes pictures, or why it does not."""
    shape = info.shape
    if shape is None or len(shape) != 4 or info.type not in ("float32", "float16", "float64", "uint8"):
        return f'input "{info.name}" has not the shape of a picture'
    layout = options.layout or ("NCHW" if shape[1] in (1, 3) else "NHWC" if shape[3] in (1, 3) else "")
    if not layout or shape[0] not in (1, None) and not isinstance(shape[0], str):
        return f'input "{info.name}" has not 1 or 3 channels'
    channels, height, width = (shape[1], shape[2], shape[3]) if layout == "NCHW" else (shape[3], shape[1], shape[2])
    if options.size:
        height, width = (
            want if not isinstance(have, int) else have
            for want, have in zip(options.size, (height, width), strict=True)
        )
    if not isinstance(height, int) or not isinstance(width, int):
        return f'input "{info.name}" takes pictures of any size; say one in edgeweb.toml: [input.{info.name}] size = [224, 224]'
    if not isinstance(channels, int) or min(height, width) < 8 or max(height, width) > 2 * min(height, width):
        return f'input "{info.name}" is not shaped like a picture ({width} x {height})'
    return height, width, layout, channels


def _image_spec(
    info: TensorInfo, output: TensorInfo, options: InputConfig, shape: tuple[int, int, str, int], normalised: bool
) -> ImageSpec:
    """Pre-processing from the options; what they leave open is assumed from the usual, and said to be."""
    height, width, layout, channels = shape
    color = options.color or ("GRAY" if channels == 1 else "RGB")
    if (color == "GRAY") != (channels == 1):
        raise ConfigError(
            f'color = "{color}" does not fit input "{info.name}"',
            f"it has {channels} channels",
            'Use "GRAY" for one channel, "RGB" or "BGR" for three',
        )
    raw = normalised or info.type == "uint8"
    imagenet = channels == 3 and layout == "NCHW" and not raw
    scale = options.scale or (1.0 if raw else 255.0)
    mean = options.mean or ([0.485, 0.456, 0.406] if imagenet and options.scale is None else [0.0])
    std = options.std or ([0.229, 0.224, 0.225] if imagenet and options.scale is None else [1.0])
    for key, values in (("mean", mean), ("std", std)):
        if len(values) not in (1, channels):
            raise ConfigError(
                f"{key} has {len(values)} values",
                f'input "{info.name}" has {channels} channels',
                f"Give 1 or {channels} values",
            )
    assumed = info.type != "uint8" and options.scale is None and options.mean is None and options.std is None
    return ImageSpec(
        info.name,
        output.name,
        height,
        width,
        layout,
        color,
        scale,
        tuple(mean),
        tuple(std),
        options.resize or "crop",
        softmax=False,
        assumed=assumed,
    )


def _tabular(seen: Seen, config: Config) -> Plan | str:
    """A tabular model's plan, or why it is none."""
    if not seen.inputs or not seen.outputs:
        return "no inputs or no outputs"
    if _NOT_TABULAR & set(seen.operators):
        return "its operators are not those of a tabular model"
    columns = _columns(seen, config)
    if isinstance(columns, str):
        return columns
    shape = f"{len(columns)} column{'s' if len(columns) > 1 else ''}"
    flat = [info for info in seen.outputs if info.shape is not None and len(info.shape) <= 2]
    if len(flat) != len(seen.outputs):
        return "its outputs are not rows of values"
    label = next((o for o in flat if not o.type.startswith("float") and _width(o) == 1), None)
    scores = next((o for o in flat if o.type.startswith("float") and (_width(o) or 2) > 1), None)
    if label is not None:
        why = f'{shape} in, label "{label.name}" out' + (f' with scores "{scores.name}"' if scores else "")
        return Plan(
            "tabular-classification",
            (why,),
            tabular=TabularPipeline(columns=columns, label=label.name, scores=scores.name if scores else None),
        )
    if len(flat) != 1 or not flat[0].type.startswith("float"):
        return "its outputs are not one label or one value"
    return _one_float(seen, columns, flat[0], shape)


def _one_float(seen: Seen, columns: list[Column], output: TensorInfo, shape: str) -> Plan | str:
    """Scores or values: several numbers are scores when a softmax made them, or when there are labels; one is a value."""
    width = _width(output)
    if width == 1:
        return Plan(
            "tabular-regression",
            (f'{shape} in, one value "{output.name}" out',),
            tabular=TabularPipeline(columns=columns, values=output.name),
        )
    if width is None or width == len(columns) or width > 100:
        return f'output "{output.name}" is neither one value nor a few scores'
    softmax = _ends_in(seen.proto, output.name, "Softmax")
    kind = "probabilities" if softmax else "scores"
    pipeline = TabularPipeline(columns=columns, scores=output.name, softmax=not softmax)
    return Plan("tabular-classification", (f'{shape} in, {width} {kind} "{output.name}" out',), tabular=pipeline)


def _width(info: TensorInfo) -> int | None:
    shape = info.shape or []
    last = shape[1] if len(shape) == 2 else 1
    return last if isinstance(last, int) else None


def _columns(seen: Seen, config: Config) -> list[Column] | str:
    """The fields of a row, or why the inputs are no row."""
    choices = texts(seen.proto)
    columns: list[Column] = []
    for info in seen.inputs:
        width = _width(info) if info.shape is not None and 1 <= len(info.shape) <= 2 else None
        if width is None or width < 1:
            return f'input "{info.name}" is not a row of values'
        if info.shape and isinstance(info.shape[0], int) and info.shape[0] != 1:
            return f'input "{info.name}" has a fixed number of rows'
        named = config.input.get(info.name, InputConfig()).columns or _metadata_names(seen.proto, width)
        if named and len(named) != width:
            raise ConfigError(
                f"[input.{info.name}] names {len(named)} columns", f"the input has {width}", f"Give {width} names"
            )
        names = named or (
            [info.name]
            if width == 1 and len(seen.inputs) > 1
            else [f"x{i + 1}" for i in range(width)]
            if width > 1
            else [info.name]
        )
        kind = (
            "text"
            if info.type == "string"
            else "boolean"
            if info.type == "bool"
            else "number"
            if info.type.startswith("float")
            else "integer"
        )
        columns += [
            Column(
                name=name, input=info.name, index=i, type=kind, choices=choices.get(info.name) if width == 1 else None
            )
            for i, name in enumerate(names)
        ]
    if len(columns) > _MAX_COLUMNS:
        return f"{len(columns)} columns are more than a form can show"
    if len({column.name for column in columns}) != len(columns):
        return "its columns do not have names of their own"
    return columns


def _metadata_names(proto: onnx.ModelProto, width: int) -> list[str] | None:
    """Column names that the exporter left in the metadata, as a JSON list of the right length."""
    for prop in proto.metadata_props:
        if prop.key in ("feature_names", "features", "columns", "feature_names_in_"):
            try:
                names = json.loads(prop.value)
            except json.JSONDecodeError:
                continue
            if isinstance(names, list) and len(names) == width and all(isinstance(n, str) and n for n in names):
                return list(names)
    return None


def texts(proto: onnx.ModelProto) -> dict[str, list[str]]:
    """The values that a one-hot encoder knows for each string input it reads directly."""
    found: dict[str, list[str]] = {}
    for node in proto.graph.node:
        for attribute in node.attribute:
            if (
                node.op_type == "OneHotEncoder"
                and attribute.name == "cats_strings"
                and attribute.strings
                and node.input
            ):
                found[node.input[0]] = [text.decode("utf-8", "replace") for text in attribute.strings]
    return found


def _ends_in(proto: onnx.ModelProto, output: str, operator: str) -> bool:
    """Whether `operator` made the output, but for nodes that only change its shape or type."""
    makers = {name: node for node in proto.graph.node for name in node.output}
    for _ in range(16):
        node = makers.get(output)
        if node is None or node.op_type == operator:
            return node is not None
        if node.op_type not in _PASS_THROUGH or not node.input:
            return False
        output = node.input[0]
    return False


def _normalises(proto: onnx.ModelProto, name: str) -> bool:
    """Whether the graph itself scales or shifts its input first."""
    for node in proto.graph.node:
        if name in node.input:
            if node.op_type in ("Cast", "Transpose", "Identity"):
                name = node.output[0]
                continue
            return node.op_type in ("Sub", "Div", "Mul", "Add", "BatchNormalization", "ImageScaler", "Scaler")
    return False
