"""Models that take pictures: the kind."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from edgeweb.config import Config, InputConfig
from edgeweb.errors import ConfigError
from edgeweb.files.table import FileTable
from edgeweb.inputs import picture
from edgeweb.inputs.arrays import Feed, Found
from edgeweb.manifest import Manifest
from edgeweb.read.model import Model
from edgeweb.read.published import beside
from edgeweb.schema.model import GoldenInput
from edgeweb.schema.site import Gallery
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks import labels, scores, settle
from edgeweb.tasks.further import Run, Steps
from edgeweb.tasks.image import (
    areas,
    authors,
    captions,
    detect,
    files,
    gallery,
    graphs,
    labelled,
    looks,
    mattes,
    native,
    pose,
    processors,
    prompted,
    published,
    rows,
    shown,
    sought,
    strokes,
    unmasked,
)
from edgeweb.tasks.image import fit as fits
from edgeweb.tasks.image.manifest import Fit, ImagePipeline
from edgeweb.tasks.image.spec import ImageSpec
from edgeweb.tasks.kind import Before, Kind, Native, Packed, SampleFiles, unsuited
from edgeweb.tasks.language import crossing, matching, seeing, writing
from edgeweb.tasks.plan import Plan, Recognised, Seen

# Of pictures that the profiler gives the page one after another.
_VISITS = ((640, 480), (31, 77), (224, 224))


class Image(Kind):
    """`spec` is an `ImageSpec`."""

    key = "image"
    tasks = (
        "image-classification", "object-detection", "image-segmentation", "image-to-image", "image-embedding",
        "image-regression", "depth-estimation", "image-feature-extraction", captions.TASK, captions.ASKED,
        labelled.TASK, prompted.TASK, mattes.TASK, sought.TASK, pose.TASK, shown.TASK,
    )  # fmt: skip
    device = "camera"
    example = "image"
    value = "image"
    samples = SampleFiles("picture", picture.SUFFIXES, folders=True)
    takes = "a folder of pictures"

    def join(self, model: Model, settings: Config, base: Path) -> tuple[Model, Config, list[str]]:
        """Which pixels are padding is no question that a page could answer."""
        whole, notes = unmasked.step(model, settings)
        return whole, settings, notes

    def before(self, model: Model, seen: Seen, settings: Config, base: Path) -> Before:
        """Sizes and formulas that image processors and exporters write down."""
        found = published.configured(settings, seen.inputs, model.proto, model.path)
        said = replace(authors.of(model.proto, model.path), fit=_fit(settings, seen, model.path))
        cases = tuple(_case(seen, found.settings))
        wrong = _wrong(said.fit, cases, model.path) if settings.data is None else None
        return Before(found.settings, found.notes, said, cases=cases, origins=found.origins, wrong=wrong)

    def looks(self, seen: Seen, settings: Config, base: Path) -> Sequence[Feed]:
        """Pictures that show whether scores are shares, where the file does not say it, and whether digits are read."""
        try:
            found = detect.case(seen, settings)
        except ConfigError:
            # Told where its task is chosen.
            return ()
        if isinstance(found, str):
            return ()
        unsure = rows.undecided(found) or areas.undecided(found)
        made: list[Feed] = [*looks.feeds(found.info, found.picture)] if unsure else []
        return [*made, *strokes.feeds(found)] if strokes.wanted(found) else made

    def detect(self, seen: Seen, settings: Config) -> Recognised | str:
        """One input with the shape of a picture, and outputs that say something of it."""
        return detect.detect(seen, settings)

    def labels(self, plan: Plan, seen: Seen) -> tuple[str, ...]:
        """Of scores, boxes or areas."""
        spec: ImageSpec = plan.spec
        if spec.matching is not None or spec.result in ("embedding", "tensors", "image", "depth", "text"):
            return plan.labels
        if spec.result == "regression":
            return self._names(plan, seen)
        output, size = spec.scores, None
        if spec.pair:
            output, size = spec.outputs[0], 2
        if spec.head is not None:
            output, size = spec.outputs[-1], spec.head.classes
        elif spec.map is not None:
            # One channel tells something from nothing.
            if plan.task == mattes.TASK and not seen.labels:
                # The page's own words for something and nothing.
                return ()
            output, size = spec.outputs[0], None if spec.map.numbers else max(2, spec.map.classes)
        elif not spec.pair:
            size = scores.classes_of(output, seen.outputs)
        named = labels.checked(plan, seen, output, size, "scores" if spec.scores else "classes")
        said = seen.beside.get("image")
        # As transformers calls classes that nobody has named: it writes into config.json all but two of these.
        unnamed = isinstance(said, authors.Authors) and said.counted and said.labels == size
        return tuple(f"LABEL_{place}" for place in range(size)) if not named and unnamed and size else named

    def _names(self, plan: Plan, seen: Seen) -> tuple[str, ...]:
        """Those of values, where the user or the file gives any; ConfigError where the user's are of no use."""
        spec: ImageSpec = plan.spec
        given = tuple(seen.labels or seen.classes)
        if given and not set(given) <= set(spec.names):
            given = labels.checked(plan, seen, ", ".join(spec.outputs), len(spec.names), "values")
        return given

    def scores(self, plan: Plan, outputs: Sequence[TensorInfo]) -> str | None:
        """Those of a classifier."""
        return scores.among(plan.spec.scores, outputs)

    def writes(self, plan: Plan) -> bool:
        """What a second graph writes about it; and where a map's highest place is."""
        spec: ImageSpec = plan.spec
        return spec.writer is not None or (spec.head is not None and spec.head.refined)

    def read(self, path: Path, files_of: Sequence[Path], inputs: Sequence[TensorInfo], plan: Plan) -> Found:
        """A picture each, prepared by the graph that ships."""
        if plan.kind is not self:
            raise unsuited(path, "pictures", plan)
        spec: ImageSpec = plan.spec
        kind = next(info.type for info in inputs if info.name == spec.input)
        # The names of values are no classes.
        return files.read(path, files_of, spec, kind, () if spec.result == "regression" else plan.labels)

    def further(self, plan: Plan, name: str, case: Sequence[GoldenInput], run: Run) -> Steps:
        """What writes about a picture, or reads the labels that it is held against."""
        spec: ImageSpec = plan.spec
        if spec.prompted is not None:
            return prompted.steps(spec.prompted, TensorInfo(name=spec.input, type="float32", shape=None), case, run)
        if spec.matching is not None and spec.language is not None:
            return matching.steps(spec.matching, spec.language)
        if spec.writer is None or spec.language is None:
            return super().further(plan, name, case, run)
        if spec.writer.seeing is not None:
            embeds = name == seeing.EMBEDS
            return seeing.words(spec.writer, spec.language) if embeds else seeing.steps(spec.writer, case, run)
        return crossing.steps(spec.writer, case, run, captions.begins(spec.writer, spec.language))

    def pipelines(self, plan: Plan, made: Packed) -> Mapping[str, msgspec.Struct]:
        """The two graphs around the model, and what stands in the way of pictures to them."""
        spec: ImageSpec = plan.spec
        before, after = graphs.around(spec, made.inputs, made.outputs)
        pipeline = ImagePipeline(
            input=spec.input, outputs=list(spec.outputs), result=spec.result, brightness=spec.brightness,
            tiles=spec.tiles, points=list(spec.points), skeleton=[list(pair) for pair in spec.skeleton],
            height=spec.height, width=spec.width, resize=spec.resize, assumed=spec.assumed, formula=spec.formula,
            names=list(spec.names), fit=spec.fit, prompted=spec.prompted, pad=spec.drawn,
            least=spec.head.least if spec.head else 0,
            preprocess=b64encode(before).decode(), postprocess=b64encode(after).decode() if after else None,
        )  # fmt: skip
        return {"image": pipeline, **writing.beside(made, spec.language, spec.writer, spec.matching)}

    def interface(self, plan: Plan) -> str:
        """What is found in a picture, or made of it, is shown by another script than classes, and so are values."""
        views = {"classification": "image", "regression": "values", "text": "caption"}
        if plan.spec.drawn:
            return "drawn"
        if plan.spec.prompted:
            return "prompted"
        if plan.spec.matching:
            return "sought" if plan.task == sought.TASK else "labelled"
        if plan.task in (captions.ASKED, shown.TASK):
            return "asked"
        return views.get(plan.spec.result, "vision")

    def visits(self, pipeline: ImagePipeline, site: Manifest) -> Iterator[dict[str, Any]]:
        """Pictures of several shapes, with what can be said or asked about them."""
        yield from ({"input": "picture", "size": size} for size in _VISITS)
        with_them: list[dict[str, Any]] = []
        if site.matching is not None:
            with_them += [{"labels": ["a cat"]}, {"labels": ["a dog", "two parrots in a green tree", "漢字"]}]
        if pipeline.prompted is not None:
            box = {"x": 10, "y": 20, "width": 200, "height": 150}
            with_them += [{"points": [{"x": 30, "y": 40}, {"x": 300, "y": 99, "label": 0}]}, {"boxes": [box]}]
        yield from ({"input": "parts", "picture": _VISITS[0], "value": value} for value in with_them)
        if site.writer is not None:
            asked = site.writer.asked is not None or site.writer.seeing is not None
            question = {
                "input": "parts",
                "picture": _VISITS[0],
                "value": {"question": "What is the total, in € or 円?"},
            }
            shown = question if asked else {"input": "picture", "size": _VISITS[0]}
            for way in ({"temperature": 0}, {"beams": 3}):
                yield {**shown, "options": {**way, "maxTokens": 6}}

    def gallery(
        self, plan: Plan, table: FileTable, where: Path, inputs: Sequence[TensorInfo], model: bytes | Path
    ) -> Gallery:
        """Of pictures, where the model gives an embedding of each."""
        spec: ImageSpec = plan.spec
        if spec.result != "embedding":
            return super().gallery(plan, table, where, inputs, model)
        kind = next(each.type for each in inputs if each.name == spec.input)
        return gallery.of_pictures(table, where, model, spec, kind)

    def native(self, plan: Plan, inputs: Sequence[TensorInfo], outputs: Sequence[TensorInfo]) -> Native:
        """The graphs that a site ships, around the model."""
        return native.Pictures(plan, inputs, outputs)


def _fit(settings: Config, seen: Seen, path: Path) -> Fit | None:
    """How its image processor brings pictures to their size, unless the user says how."""
    given = [settings.input.get(info.name, InputConfig()) for info in seen.inputs]
    if any(each.size or each.resize or each.crop_from for each in given):
        return None
    return processors.fit(processors.of(path))


def _wrong(fit: Fit | None, cases: Sequence[Sequence[GoldenInput]], path: Path) -> ConfigError | None:
    """What to say where the model does not take the one size to which its image processor brings every picture."""
    if fit is None or not fits.steady(fit) or not cases:
        return None
    (height, width), sides = fits.nominal(fit, None), processors.sides(beside(path, "config.json"))
    other = sides is not None and sides != (height, width)
    return ConfigError(
        f"{path} takes no pictures of {width} x {height}",
        "preprocessor_config.json brings every picture to that size, but the model does not run on it"
        + (f", and config.json has {sides[1]} x {sides[0]}" if other and sides else ""),
        f"Correct size in preprocessor_config.json, or say it in edgeweb.toml: [input.{settle.key(cases[0][0].name)}] "
        f"size = [{', '.join(map(str, sides if other and sides else (height, width)))}]",
    )


def _case(seen: Seen, settings: Config) -> Iterator[list[GoldenInput]]:
    """Pictures of the size and colours that are said, for a model that leaves them open."""
    info = seen.inputs[0] if len(seen.inputs) == 1 else None
    if info is None or all(isinstance(size, int) for size in (info.shape or [])[1:]):
        return
    try:
        found = detect.case(seen, settings)
    except ConfigError:
        return
    if isinstance(found, str):
        return
    picture = found.picture
    sides = [picture.height, picture.width]
    dims = [1, picture.channels, *sides] if picture.layout == "NCHW" else [1, *sides, picture.channels]
    low, high = (0.0, 256.0) if info.type == "uint8" else (0.0, 1.0)
    yield [GoldenInput(name=info.name, type=info.type, dims=dims, seed=1, low=low, high=high)]


IMAGE = Image()
