"""Outputs that lie over the picture: classes of its pixels, a mask, depth, or another picture."""

from __future__ import annotations

from dataclasses import replace

from edgeweb.schema.tasks import Task
from edgeweb.tasks import settle
from edgeweb.tasks.evidence import Said
from edgeweb.tasks.image import looks, maps, queries, words
from edgeweb.tasks.image.case import Case
from edgeweb.tasks.image.maps import Map
from edgeweb.tasks.image.pictures import Usual
from edgeweb.tasks.plan import Recognised

# Of all pixels at once: their mean, or how far they are spread.
_WHOLE = ("InstanceNormalization", "GroupNormalization", "GlobalAveragePool", "ReduceMean")
# How Torchvision and others call the map that is meant, where there is another for training.
_MAIN = ("out", "logits", "output")
# Of maps the axes that may be those of the channels.
_CHANNELS = (1, 3, -1, -3)
_WHITE = 255.0
_STRETCHED = Usual(None, None, "stretch")


def _found(case: Case, told: Said | None) -> list[Map] | str:
    """The outputs that lie over the picture; why none does. Those of a few cells do only where nothing else does."""
    found = [maps.find(output, case.gave, case.size) for output in case.seen.outputs]
    laid = [each for each in found if isinstance(each, Map)]
    if not laid and told is not None:
        coarse = [maps.find(output, case.gave, case.size, said=True) for output in case.seen.outputs]
        laid = [each for each in coarse if isinstance(each, Map)]
    return laid or next((each for each in found if isinstance(each, str)), "it has no output")


def _only(case: Case, told: Said | None) -> Map | str:
    """The one that is meant; why none is."""
    laid = _found(case, told)
    if isinstance(laid, str):
        return laid
    if len(laid) == 1 and (len(case.seen.outputs) == 1 or told is not None):
        return laid[0]
    main = [each for each in laid if each.output in _MAIN]
    if len(main) == 1:
        return main[0]
    return laid[0] if told is not None else "not one output that lies over the picture"


def segmenter(case: Case) -> Recognised | str:
    """Classes of pixels, where an operator, as many names, or somebody's word shows that they are."""
    told = case.told("image-segmentation")
    asked = queries.find(case) if told is not None else None
    if told is not None and asked is not None:
        return asked if isinstance(asked, str) else _added(case, asked, told)
    found = _only(case, told)
    if isinstance(found, str):
        return found
    said = told or _pixels(case, found)
    if said is None:
        return f'output "{found.output}" may be classes of pixels or another picture'
    names = len(case.seen.labels) or len(case.seen.classes)
    if found.numbers:
        found = replace(found, classes=max(names, 2))
    kinds = "a mask" if found.classes == 1 else f"{found.classes} classes"
    claims = (said, case.answer(found.output, "its name"))
    why = f"the output lies over it with {kinds}"
    return case.made("image-segmentation", why, (found.output,), claims, _STRETCHED, result="segmentation", map=found)


def _added(case: Case, found: Map, told: Said) -> Recognised:
    """The class that most of all queries together say of each pixel; which of them say so is not told."""
    what = f"the class of each pixel, from the masks in {found.output} and the classes in {found.by}"
    claims = (told, Said("answer", what, "file", told.origin))
    why = f"its queries lie over it with masks of {found.classes} classes, which are added up"
    outputs = (found.output, found.by)
    return case.made("image-segmentation", why, outputs, claims, _STRETCHED, result="segmentation", map=found)


def _pixels(case: Case, found: Map) -> Said | None:
    """What shows that the channels are classes: not how many there are."""
    task, name = "image-segmentation", found.output
    if words.depth(name):
        return None
    if found.numbers:
        if case.seen.ends_in(name, "ArgMax") and case.axis(name, "ArgMax") in _CHANNELS:
            return Said("task", task, "file", "operator ArgMax")
        return case.labelled("image-segmentation", max(found.classes, 1)) or _enough(case, found)
    if found.classes == 1:
        if not found.whole:
            return None
        operator = next((each for each in ("Sigmoid", "Clip") if case.seen.ends_in(name, each)), None)
        if operator is not None and words.mask(name):
            # Any map may end so: a likeness, a height, a point's place.
            return Said("task", task, "file", f'operator {operator}, and the name of output "{name}"')
        return case.labelled("image-segmentation", 2)
    axis = -1 if found.layout == "NHWC" else 1
    if case.seen.ends_in(name, "Softmax") and case.adds_up(name, axis):
        return Said("task", task, "file", "operator Softmax")
    return case.labelled("image-segmentation", found.classes)


def _enough(case: Case, found: Map) -> Said | None:
    """Numbers of classes in a run, and names for all of them."""
    count = len(case.seen.labels) or len(case.seen.classes)
    if not count or not case.ran or int(case.gave[found.output].max(initial=0)) >= count:
        return None
    return case.labelled("image-segmentation", count)


def _depth(case: Case, found: Map) -> bool:
    return found.classes == 1 and not found.numbers and words.depth(found.output)


def deep(case: Case) -> Recognised | str:
    """How far things are, or the reverse of it: said, or the output is called so."""
    told = case.told("depth-estimation")
    laid = _found(case, told)
    if isinstance(laid, str):
        return laid
    planes = [each for each in laid if each.classes == 1 and not each.numbers]
    named = [each for each in planes if _depth(case, each)]
    found = next(iter(named), planes[0] if told is not None and planes else None)
    if found is None:
        return "no output is called depth"
    said = told or Said("task", "depth-estimation", "file", f'the name of output "{found.output}"')
    claims = (said, case.answer(found.output, "its name" if named else ""))
    why = "the output lies over it with a depth"
    return case.made("depth-estimation", why, (found.output,), claims, _STRETCHED, result="depth", map=found)


def painter(case: Case) -> Recognised | str:
    """Another picture of as many colours: asked for, larger, called so, or one that follows what came in."""
    told = case.told("image-to-image")
    found = _only(case, told)
    if isinstance(found, str):
        return found
    if found.numbers or found.classes not in (1, 3):
        return f'output "{found.output}" is not a picture like the input'
    task: Task = "image-to-image"
    said = told or _painted(case, found)
    if said is None:
        return f'nothing says that output "{found.output}" is a picture'
    usual = Usual(found.scale, None, "stretch")
    # What is put out as shares is mostly taken so, and what comes in a file's values too.
    claims = (said, case.answer(found.output, "its name"))
    plan = case.made(task, "the output is a picture again", (found.output,), claims, usual, result="image")
    found, evidence = _coloured(case, found, plan)
    # What a model takes from the whole picture is another thing in each part; larger results are made of details.
    parts = found.larger or not any(operator in case.seen.operators for operator in _WHOLE)
    asked = case.asked(found.output).tiles
    spec = replace(plan.spec, map=found, tiles=parts if asked is None else asked)
    return replace(plan, spec=spec, evidence=evidence)


def _coloured(case: Case, found: Map, plan: Recognised) -> tuple[Map, tuple[Said, ...]]:
    """How values become colours, and the claims with that: it is a part of what is assumed where nobody says it."""
    options, spec = case.asked(found.output), plan.spec
    color = options.color or ("GRAY" if found.classes == 1 else "BGR" if spec.color == "BGR" else "RGB")
    said = not (options.scale is None and options.mean is None and options.std is None)
    # A tangent goes from -1 to 1.
    half = not said and found.scale == _WHITE and case.seen.ends_in(found.output, "Tanh")
    mean, std = ([0.5], [0.5]) if half else (list(options.mean or found.mean), list(options.std or found.std))
    scale = options.scale or found.scale
    made = replace(found, color=color, scale=scale, mean=tuple(mean), std=tuple(std))
    if said or case.authors.task is not None:
        return made, plan.evidence
    lines = settle.toml(("output", found.output), scale=scale, mean=mean, std=std)
    return made, tuple(_open(each, f"out (values * {std} + {mean}) * {scale:g}", lines) for each in plan.evidence)


def _open(said: Said, formula: str, lines: str) -> Said:
    """Pre-processing together with what is made of the output, and the lines that settle both."""
    if said.claim != "preprocessing":
        return said
    assumed = said.source == "assumed"
    origin = said.origin if assumed else "the usual for pictures that come out"
    more = f"{said.settle}\n{lines}" if assumed else lines
    return replace(said, value=f"{said.value}; {formula}", source="assumed", origin=origin, settle=more)


def _painted(case: Case, found: Map) -> Said | None:
    """What shows that a map is a picture again."""
    task: Task = "image-to-image"
    if found.classes != case.picture.channels or not found.whole:
        return None
    if found.larger:
        return Said("task", task, "file", f'output "{found.output}" is larger than the picture')
    if words.picture(found.output):
        return Said("task", task, "file", f'the name of output "{found.output}"')
    gave = [look[found.output] for look in case.seen.looks if found.output in look]
    if looks.follows(case.info, case.picture, gave):
        return Said("task", task, "trial", f"values of {len(gave)} runs, which follow the picture")
    return None


def undecided(case: Case) -> bool:
    """Whether runs may show what the file does not say."""
    found = _only(case, None)
    if isinstance(found, str) or case.config.task or case.authors.task:
        return False
    if found.numbers or found.classes not in (1, 3) or _pixels(case, found) is not None:
        return False
    return found.classes == case.picture.channels and found.whole and _painted(case, found) is None
