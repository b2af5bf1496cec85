"""edgeweb.Local: hooks around models in this process, what they declare as the graphs that a site would ship."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

from edgeweb import declared, golden, model, picture_files, prepost, probe, tasks, zipmap
from edgeweb.config import Config
from edgeweb.declared import Declarations
from edgeweb.errors import UnsupportedError
from edgeweb.golden import DTYPES, Array
from edgeweb.hooks_api.model import Outputs
from edgeweb.local import Around, session
from edgeweb.model import to_bytes
from edgeweb.picture_files import Placed
from edgeweb.plan import ImageSpec, Plan, Seen

Named = dict[str, Array]
# As in web/src/tasks/image/worker/results.ts.
_MASK_SIDE = 1024


class Local(Around):
    """A site's hooks around its models, natively: functions as they are, declarations as the graphs that a site ships.

    `models`: the files in the order of `edgeweb build`; the first leads. `names`: what hooks call them; default: the
    stems of the files. `metadata`: by those names; default: the files'. `numpy`: whether arrays are NumPy's; default:
    whether it is among the packages that the hooks' header, or the edgeweb.toml that names the hooks, asks for.

    Raises:
        ConfigError: that header or edgeweb.toml cannot be read, or what is declared does not fit the model.
        HookError: the hooks fail while they are imported.
    """

    def _open(self, models: Mapping[str, Path], labels: Sequence[str]) -> dict[str, ort.InferenceSession]:
        said = declared.of(self._hooks.declared())
        first, *others = models
        self._compiled = _Compiled(models[first], said, labels) if said.functions else None
        own = session(models[first]) if self._compiled is None else self._compiled.session
        return {first: own, **{name: session(models[name]) for name in others}}

    def _feeds(self, value: Any) -> Any:
        ready = self._compiled
        return value if ready is None or ready.said.preprocess is None else self.feeds_of(ready.feeds(value))

    def _result(self, outputs: Outputs) -> Any:
        if self._compiled is None:
            return super()._result(outputs)
        given = {name: np.asarray(array.tolist(), DTYPES[array.dtype]) for name, array in outputs.items()}
        result = self._compiled.result(given)
        made = {key: self.feeds_of({key: each})[key] for key, each in result.items() if isinstance(each, np.ndarray)}
        return {**result, **made, **({"outputs": dict(outputs)} if "outputs" in result else {})}


class _Compiled:
    """A model with what hooks declare around it.

    Args:
        path: the model's file.
        said: what is declared.
        labels: of the model.

    Raises:
        ConfigError: what is declared does not fit the model.
    """

    def __init__(self, path: Path, said: Declarations, labels: Sequence[str]) -> None:
        flat = zipmap.step(model.load(path)).model
        settings = declared.configured(Config(), flat, said)
        ready = declared.step(flat, said).model
        info = probe.inspect_model(ready)
        self.said, self.session = said, session(to_bytes(ready.proto))
        gave, fed = self._trial(info)
        classes = zipmap.class_labels(flat.proto)
        seen = Seen(ready.proto, info.inputs, info.outputs, info.operators, labels, "labels", classes, fed, gave)
        self.plan: Plan = tasks.choose(seen, settings)
        self._before: ort.InferenceSession | None = None
        self._after: ort.InferenceSession | None = None
        if self.plan.image:
            self._before, self._after = self._graphs(info)
        self._placed: Placed | None = None

    def _trial(self, info: probe.ModelInfo) -> tuple[Named, dict[str, list[int]]]:
        """Outputs and dims of a first run; where the boxes of a detector are is told by its outputs alone."""
        for case in golden.candidates(info.inputs, {}):
            feeds = {spec.name: golden.make_input(spec) for spec in case}
            try:
                return self.run(feeds), {spec.name: list(spec.dims) for spec in case}
            except Exception:  # noqa: BLE001, S112 - whatever ONNX Runtime throws: the next case may fit
                continue
        return {}, {}

    def _graphs(self, info: probe.ModelInfo) -> tuple[ort.InferenceSession, ort.InferenceSession | None]:
        spec = self._spec
        kind = next(each.type for each in info.inputs if each.name == spec.input)
        outputs = [next(each for each in info.outputs if each.name == name) for name in spec.outputs]
        after = prepost.postprocess(spec, outputs)
        return session(prepost.preprocess(spec, kind)), session(after) if after else None

    @property
    def _spec(self) -> ImageSpec:
        if self.plan.image is None:
            raise TypeError("the model takes no pictures")
        return self.plan.image

    def run(self, feeds: Named) -> Named:
        """The outputs of the model, with what is compiled into its own graph."""
        names = [output.name for output in self.session.get_outputs()]
        return dict(zip(names, map(np.asarray, self.session.run(names, feeds)), strict=True))

    def feeds(self, value: Any) -> Named:
        """Those that the declared preprocess makes of RGB uint8 [height, width, 3], or of a row."""
        if self._before is not None:
            from PIL import Image

            pixels = np.ascontiguousarray(np.asarray(_nested(value), np.uint8))
            given, self._placed = picture_files.placed_feeds(Image.fromarray(pixels), self._spec)
            return {self._spec.input: self._before.run(["tensor"], given)[0]}
        kinds = {info.name: info.type for info in self.session.get_inputs()}
        return {name: np.array([[value[name]]], object if "string" in kinds[name] else np.float32) for name in kinds}

    def result(self, outputs: Named) -> dict[str, Any]:
        """The result form that a page shows; UnsupportedError for pictures, which a browser alone paints."""
        if self._after is not None:
            return self._pictured(outputs)
        tabular = self.plan.tabular
        if tabular and tabular.values:
            return {"task": "regression", "values": outputs[tabular.values].ravel().tolist()}
        if tabular and tabular.scores:
            scores = outputs[tabular.scores].ravel().astype(np.float64)
            return self._ranked(_softmax(scores) if tabular.softmax else scores)
        if tabular and tabular.label:
            found = outputs[tabular.label].ravel()[0]
            return {"task": "classification", "labels": [{"label": self._label(found), "score": 1}]}
        return {"task": "tensors", "outputs": outputs}

    def _pictured(self, outputs: Named) -> dict[str, Any]:
        spec, after = self._spec, self._after
        if after is None:
            raise TypeError("nothing reads the outputs")
        names = [output.name for output in after.get_outputs()]
        raws = {f"raw{place}": outputs[name] for place, name in enumerate(spec.outputs)}
        read = dict(zip(names, map(np.asarray, after.run(names, raws)), strict=True))
        placed = self._placed or Placed.whole(spec)
        if spec.result == "classification":
            return self._ranked(read["scores"].ravel(), read["classes"].ravel() if "classes" in read else None)
        if spec.result == "detection":
            return {"task": "detection", "boxes": self._boxes(read, placed)}
        if spec.result == "segmentation":
            most = max(1, int(read["mask"].max()))
            names = [f"class {i}" for i in range(most + 1)] if most > 1 else ["background", "foreground"]
            return {
                "task": "segmentation",
                "mask": _laid(read["mask"], spec, placed),
                "labels": [*self.plan.labels] or names,
            }
        raise UnsupportedError("edgeweb.Local cannot paint", f"the task is {self.plan.task}", "Look at it on the page")

    def _ranked(self, scores: Array, classes: Array | None = None) -> dict[str, Any]:
        places = range(len(scores)) if classes is None else classes.tolist()
        found = [{"label": self._name(i), "score": float(s)} for i, s in zip(places, scores.tolist(), strict=True)]
        return {"task": "classification", "labels": sorted(found, key=lambda each: -each["score"])}

    def _name(self, index: int) -> str:
        labels = self.plan.labels
        return labels[index] if index < len(labels) else f"class {index}"

    def _label(self, found: Any) -> str:
        return (
            found
            if isinstance(found, str)
            else self.plan.labels[found]
            if found < len(self.plan.labels)
            else str(found)
        )

    def _boxes(self, read: Mapping[str, Array], placed: Placed) -> list[dict[str, Any]]:
        """From the model's pixels to the picture's; what lies outside of it is cut off."""
        (left, top, width, height), inner = placed.area, placed.inner
        scale = np.array([width / inner[2], height / inner[3]])
        start = read["boxes"][:, :2].astype(np.float64)
        corners = np.stack([start, start + read["boxes"][:, 2:]], 1)
        corners = np.array([left, top]) + (corners - inner[:2]) * scale
        corners = corners.clip(0, [placed.width, placed.height])
        found = []
        marks = read.get("points")
        for place, ((low, high), score, kind) in enumerate(zip(corners, read["scores"], read["classes"], strict=True)):
            x, y, w, h = (float(v) for v in (*low, *(high - low)))
            if w > 0 and h > 0:
                label = self._name(int(kind))
                box = {"label": label, "score": float(score), "x": x, "y": y, "width": w, "height": h}
                if marks is not None:
                    at = np.array([left, top]) + (marks[place, :, :2] - inner[:2]) * scale
                    sure = marks[place, :, 2]
                    box["points"] = [
                        {"x": float(u), "y": float(v), "score": float(s)} for (u, v), s in zip(at, sure, strict=True)
                    ]
                found.append(box)
        return sorted(found, key=lambda box: -box["score"])


def _softmax(scores: Array) -> Array:
    powers: Array = np.exp(scores - scores.max())
    shares: Array = powers / powers.sum()
    return shares


def _nested(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value


def _laid(mask: Array, spec: ImageSpec, placed: Placed) -> Array:
    """The mask over the picture, or over a smaller one of its proportions; 0 where the model did not look."""
    shrink = min(1.0, _MASK_SIDE / max(placed.width, placed.height))
    sides = [max(1, math.floor(side * shrink + 0.5)) for side in (placed.height, placed.width)]
    area, inner, whole = placed.area[1::-1] + placed.area[:1:-1], placed.inner, (spec.height, spec.width)
    places = []
    for axis, (count, side) in enumerate(zip(sides, (placed.height, placed.width), strict=True)):
        share = ((np.arange(count) + 0.5) * side / count - area[axis]) / area[axis + 2]
        cells = mask.shape[axis]
        at = np.floor((inner[1 - axis] + share * inner[3 - axis]) * cells / whole[axis]).clip(0, cells - 1).astype(int)
        places.append((at, (share >= 0) & (share < 1)))
    (rows, seen_rows), (columns, seen_columns) = places
    return np.where(np.outer(seen_rows, seen_columns), mask[np.ix_(rows, columns)], 0).astype(np.uint8)
