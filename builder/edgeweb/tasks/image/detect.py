"""Whether a model takes pictures, and what it makes of them as far as anybody or anything says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from edgeweb.config import Config, InputConfig
from edgeweb.errors import ConfigError
from edgeweb.read.towers import TEXT
from edgeweb.schema.tasks import Task
from edgeweb.tasks.evidence import Said
from edgeweb.tasks.image import (
    areas,
    boxes,
    captions,
    features,
    labelled,
    maps,
    mattes,
    pictures,
    pose,
    prompted,
    rows,
    shown,
    sought,
    strokes,
)
from edgeweb.tasks.image.authors import NOBODY, Authors
from edgeweb.tasks.image.case import FILE, Case
from edgeweb.tasks.language import seeing
from edgeweb.tasks.plan import Recognised, Seen

Way = Callable[[Case], Recognised | str]

# In the order in which they are asked: the first that is shown to be it.
_WAYS: Mapping[Task, Way] = {
    sought.TASK: sought.seeker, labelled.TASK: labelled.matched, prompted.TASK: prompted.prompter,
    pose.TASK: pose.poser, "image-classification": rows.classifier, "object-detection": boxes.detector,
    mattes.TASK: mattes.cutter, "image-segmentation": areas.segmenter,
    "depth-estimation": areas.deep, "image-to-image": areas.painter,
    "image-embedding": rows.embedder, "image-feature-extraction": features.extractor, "image-regression": rows.values,
    captions.TASK: captions.writer, captions.ASKED: captions.answerer, shown.TASK: shown.answerer,
}  # fmt: skip
# As transformers calls the second input of OneFormer.
_ASKED = "task_inputs"
# What is said of the whole picture: there is nothing that would have to be moved back over it.
_OF_A_PART: tuple[Task, ...] = (
    "image-classification", "image-embedding", "image-feature-extraction", "image-regression", captions.TASK,
    captions.ASKED, shown.TASK, labelled.TASK,
)  # fmt: skip


def case(seen: Seen, config: Config) -> Case | str:
    """What is known of a model that takes pictures, or why it takes none.

    Raises:
        ConfigError: `[input.NAME]` contradicts the model.
    """
    if len(seen.inputs) == 2 and any(info.name == _ASKED for info in seen.inputs):
        return f'input "{_ASKED}" takes a text that says what is wanted of the picture, which edgeweb does not write'
    if seeing.EMBEDS in seen.parts and (len(seen.inputs) != 1 or len(seen.inputs[0].shape or ()) != 4):
        took = ", ".join(f'"{info.name}"' for info in seen.inputs)
        beside = ", ".join(f"{name}.onnx" for name in sorted(seen.parts))
        return f"it takes a picture in parts ({took}) for {beside}, and edgeweb shows a model whole pictures alone"
    if len(seen.inputs) != 1:
        return "not one input, as a model of pictures has"
    info = seen.inputs[0]
    picture = pictures.find(info, config.input.get(info.name, InputConfig()))
    if isinstance(picture, str):
        return picture
    authors = seen.beside.get("image")
    made = Case(seen, config, picture, authors if isinstance(authors, Authors) else NOBODY)
    doubt = _doubt(made)
    if not doubt:
        return made
    known = replace(seen, classes=()) if seen.classes_from == "config.json" else seen
    return replace(made, seen=known, authors=NOBODY, doubt=doubt)


def _doubt(found: Case) -> str:
    """Why what lies beside the model, or in its metadata, is of another one; empty where it may be of this one."""
    authors, outputs = found.authors, found.seen.outputs
    if authors.doubt:
        return f"config.json is not of this model: {authors.doubt}"
    if not authors.labels or len(outputs) != 1:
        return ""
    if authors.task in ("image-classification", "image-regression"):
        count = found.row(outputs[0])
    elif authors.task == "image-segmentation":
        laid = maps.find(outputs[0], found.gave, found.size, said=True)
        count = None if isinstance(laid, str) or laid.numbers else laid.classes
    else:
        return ""
    # One number, or one map, may be that of the second of two.
    if count is None or count == authors.labels or (count, authors.labels) == (1, 2):
        return ""
    return f'{authors.origin} has {authors.labels} classes, and output "{outputs[0].name}" {count}'


def detect(seen: Seen, config: Config) -> Recognised | str:
    """The task of a model of pictures with the reasons for it and what is known of it, or why it takes none.

    Raises:
        ConfigError: `[input.NAME]` contradicts the model.
    """
    found = case(seen, config)
    if isinstance(found, str):
        return found
    plan = _chosen(found)
    if not isinstance(plan, Recognised):
        return plan
    _fits(found, plan)
    plan = replace(plan, spec=replace(plan.spec, drawn=strokes.pad(found, plan.spec)))
    return replace(plan, reasons=(*plan.reasons, found.doubt)) if found.doubt else plan


def _fits(found: Case, plan: Recognised) -> None:
    """ConfigError where a softmax is asked of what is shown as values."""
    wrong = next((info.name for info in found.seen.outputs if found.asked(info.name).softmax), None)
    if plan.task == "image-regression" and wrong is not None:
        raise ConfigError(
            f'softmax = true does not fit output "{wrong}"',
            "its values are shown as they are, since nothing says that they are scores of classes",
            'Give the labels of the classes, or say task = "image-classification"',
        )


def _chosen(found: Case) -> Recognised | str:
    """The way that is asked for, or the first that is shown; otherwise the numbers alone, or why there is none."""
    config = found.config
    options = config.input.get(found.info.name, InputConfig())
    whole = options.crop_from is None or found.authors.fit is not None
    ways = {task: way for task, way in _WAYS.items() if whole or task in _OF_A_PART}
    if config.task in ways:
        return ways[config.task](found)
    # What has no graph beside it for a way is told nothing of that.
    plans = [each for way in _asked(found, ways) if (each := way(found)) != ""]
    plan = next((each for each in plans if isinstance(each, Recognised)), None)
    if plan is not None and plan.task == "image-regression" and found.told(plan.task) is None:
        # Whoever has a classifier wants to know why these are values.
        return replace(plan, reasons=(*plan.reasons, *(each for each in plans[:1] if isinstance(each, str))))
    if plan is not None:
        return plan
    reasons = tuple(dict.fromkeys(each for each in plans if isinstance(each, str)))
    described = bool(options.size or options.crop_from or options.resize or options.scale)
    # One channel may be a spectrogram, or a table.
    if found.picture.channels == 3 or described or found.authors.task is not None:
        return _plain(found, reasons, described)
    return "; ".join(reasons)


def _asked(found: Case, ways: Mapping[Task, Way]) -> list[Way]:
    """What may be tried: the one thing that somebody says, or everything."""
    config, authors = found.config, found.authors
    if config.detect.form is not None and config.task is None:
        return [boxes.detector]
    if config.gallery is not None and config.task is None:
        return [rows.embedder]
    if config.task is None and authors.task == sought.TASK:
        return [sought.seeker]
    # Whatever the half for pictures is called by itself.
    asked = {TEXT: labelled.TASK, prompted.PART: prompted.TASK}
    if config.task is None and (part := next((each for each in asked if each in found.seen.parts), None)):
        return [ways[asked[part]], *ways.values()]
    if authors.task is None or (authors.task == "tensors" and found.seen.labels):
        return list(ways.values())
    if authors.task == "image-feature-extraction":
        # What the class adds to its features, such as a projection, has a name of its own.
        return [features.extractor, rows.embedder]
    return [ways[authors.task]] if authors.task in ways else [_unknown]


def _unknown(found: Case) -> str:
    return f"edgeweb has no interface for what {found.authors.origin} says"


def _plain(found: Case, reasons: tuple[str, ...], described: bool) -> Recognised:
    """Pictures in, and the numbers as they come out: nobody says what these mean, or only hooks know."""
    said = Said("task", "tensors", "file", FILE)
    why = "as the configuration says" if described else "what it puts out is shown as numbers"
    plan = found.made("tensors", why, (), (said,), result="tensors")
    first = f"{found.what}, {why}" if described else plan.reasons[0]
    return Recognised("tensors", (first, *reasons), plan.spec, evidence=plan.evidence)
