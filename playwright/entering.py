"""What a visitor does on the page of any model, by the controls that are there, and what the page shows then."""

from __future__ import annotations

import base64
import csv
import io
import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, Page, expect

Array = NDArray[Any]
# How often the model has answered, and what the page last gave to be saved: Firefox tells Playwright of no download.
NOTE = """globalThis.answered = 0
for (const type of ['edge-result', 'edge-error']) document.addEventListener(type, () => { answered++ }, true)
const name = URL.createObjectURL
URL.createObjectURL = (blob) => name.call(URL, globalThis.saved = blob)"""
SAVED = """() => new Promise((resolve) => {
  const reader = new FileReader()
  reader.onload = () => resolve(reader.result)
  reader.readAsDataURL(saved)
})"""
# As much of a tensor as the page writes out.
WRITTEN = 50
# Of the timeline's drawing: where 0 and 1 are.
BOTTOM, HEIGHT = 198, 196


@dataclass(frozen=True)
class Notes:
    """A model's folder and what its meta.json says."""

    folder: Path

    @property
    def meta(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "meta.json").read_text("utf-8"))
        return found

    @property
    def labels(self) -> list[str]:
        file = self.folder / "labels.txt"
        return file.read_text("utf-8").removesuffix("\n").split("\n") if file.is_file() else []

    @property
    def samples(self) -> list[Path]:
        return [self.folder / each["file"] for each in self.meta["samples"]]

    def arrays(self, kind: str, case: int) -> dict[str, Array]:
        with np.load(self.folder / f"{kind}{f'_{case + 1}' if case else ''}.npz") as found:
            return dict(found)


@dataclass
class Box:
    label: str
    score: float
    place: list[float]
    points: list[list[float]]


@dataclass
class Answer:
    """What the page shows: of a picture, a sound or a text, or of several of them as rows."""

    labels: list[tuple[str, float]] = field(default_factory=list)
    outputs: dict[str, Array] = field(default_factory=dict)
    boxes: list[Box] = field(default_factory=list)
    # The picture that was made, or the classes of a picture in their colours.
    picture: Array | None = None
    curve: list[float] = field(default_factory=list)
    alike: dict[str, float] = field(default_factory=dict)


def share(text: str) -> float:
    """98.2%, > 99.9% or a plain number, with words around it or none."""
    found = re.search(r"(-?[\d.]+(?:e[+-]\d+)?)\s*(%?)", text)
    assert found, text
    return float(found[1]) / (100 if found[2] else 1)


def after(page: Page, act: Callable[[], object]) -> None:
    """Until the model has answered `act`."""
    before = page.evaluate("() => answered")
    act()
    page.wait_for_function("(before) => answered > before", arg=before, timeout=120_000)


def file_of(url: str) -> io.BytesIO:
    """What a data: URL holds."""
    return io.BytesIO(base64.b64decode(url.partition(",")[2]))


def drawn(canvas: Locator) -> Array:
    """The pixels of a canvas, without their opacity."""
    return np.asarray(Image.open(file_of(canvas.evaluate("(canvas) => canvas.toDataURL()"))).convert("RGB"))


def pictures(page: Page, notes: Notes, want: dict[str, Any], _: Path) -> Answer:
    """Pick a sample in the file dialog; all of them where they are the rows of one case."""
    case = want.get("case", 0)
    given = notes.samples if want["type"] == "top1_rows" else [notes.samples[case]]
    answer, shown = Answer(), page.locator("edgeweb-image section.answer")
    for sample in given:
        after(page, lambda: page.locator("edgeweb-image .source input[type=file]").first.set_input_files(sample))  # noqa: B023
        shown.locator(".winner, edgeweb-boxes, edgeweb-mask, edgeweb-compare, .problem").first.wait_for()
        assert shown.locator(".problem").count() == 0, shown.inner_text()
        if shown.locator(".winner").count():
            answer.labels.append(winner(shown))
        canvas = shown.locator("edgeweb-mask canvas, edgeweb-compare canvas")
        if canvas.count():
            # It is named by its size once that is known.
            shown.locator("edgeweb-mask, edgeweb-compare canvas:not([aria-label*='0 × 0'])").wait_for()
            answer.picture = drawn(canvas)
        if shown.locator("edgeweb-boxes").count():
            answer.boxes = boxes(shown)
    return answer


def winner(shown: Locator) -> tuple[str, float]:
    """The best class and its score; NaN where the page shows none, since nothing says that it is a probability."""
    best = shown.locator(".winner")
    sure = best.locator(".sure")
    return best.locator(".name").inner_text(), share(sure.inner_text()) if sure.count() else math.nan


def boxes(shown: Locator) -> list[Box]:
    """The list beside the picture, and what is drawn over it for each of its entries."""
    shown.locator("edgeweb-boxes svg.layer").wait_for()
    number = "(element, keys) => keys.map((key) => Number(element.getAttribute(key)))"
    found = []
    items, marks = shown.locator("edgeweb-boxes .item").all(), shown.locator("edgeweb-boxes svg.layer > g").all()
    for item, mark in zip(items, marks, strict=True):
        edges, points = mark.locator("rect.edge"), mark.locator(".point:not(.rim)").all()
        place = edges.evaluate(number, ["x", "y", "width", "height"]) if edges.count() else []
        ends = [point.evaluate(number, ["x1", "y1"]) for point in points]
        name = item.locator(".name").first.inner_text()
        found.append(Box(name, share(item.locator(".figure").first.inner_text()), place, ends))
    return found


def rows(page: Page, notes: Notes, want: dict[str, Any], _: Path) -> Answer:
    """A CSV file where there is one, otherwise rows pasted in the order of the form's fields."""
    many = page.locator("edgeweb-csv")
    tables = [sample for sample in notes.samples if sample.suffix == ".csv"]
    if tables:
        many.locator("input[type=file]").set_input_files(tables[want.get("case", 0)])
    else:
        feeds = notes.arrays("inputs", want.get("case", 0))
        columns = [feeds[each["name"]] for each in notes.meta["inputs"]]
        cells = np.concatenate([each.reshape(len(each), -1).astype(str) for each in columns], axis=1)
        text = io.StringIO()
        csv.writer(text).writerows(cells)
        many.locator("#paste").fill(text.getvalue())
        many.get_by_role("button", name="Predict rows").click()
    many.locator(".results table, .problem").first.wait_for()
    assert many.locator(".problem").count() == 0, many.inner_text()
    heads = many.locator("th.is").all_inner_texts()
    cells = np.array(many.locator("td.is").all_inner_texts()).reshape(-1, len(heads))
    if len(heads) == 2 and heads[1].lower() == "score":
        return Answer(labels=[(name, share(score) if score else np.nan) for name, score in cells])
    try:
        return Answer(outputs={want["output"]: cells.astype(float)})
    except ValueError:
        # Classes whose scores are no probabilities.
        return Answer(labels=[(name, np.nan) for (name,) in cells])


def texts(page: Page, notes: Notes, want: dict[str, Any], _: Path) -> Answer:
    """One text and those to compare it with, or many texts to classify."""
    case = want.get("case", 0)
    if page.locator("#others").count():
        own, row = list(notes.meta["preprocess"]["texts"]), want["row"]
        page.locator("#text").fill(own[row])
        page.locator("#others").fill("\n".join(own[each] for each in want["others"]))
        after(page, lambda: page.locator("#text").press("Control+Enter"))
        found = page.locator("section.answer .fill")
        expect(found).to_have_count(len(want["others"]))
        return Answer(
            alike={
                each.locator("span").first.inner_text(): share(each.locator(".figure").inner_text())
                for each in found.all()
            }
        )
    given = [str(text) for text in next(iter(notes.arrays("inputs", case).values())).ravel()]
    lines = page.locator("edgeweb-lines")
    lines.locator("#lines").fill("\n".join(text.replace("\n", " ") for text in given))
    lines.get_by_role("button", name="Classify all").click()
    lines.locator("table, .problem").first.wait_for()
    names, scores = (lines.locator(f"td:nth-child({place})").all_inner_texts() for place in (1, 2))
    told = lines.locator("th").count() == 3
    return Answer(
        labels=[(name, share(score) if told else math.nan) for name, score in zip(names, scores, strict=True)]
    )


def sounds(page: Page, notes: Notes, want: dict[str, Any], _: Path) -> Answer:
    """Pick the sound; the curve as it is drawn."""
    shown = page.locator("edgeweb-audio section.answer")
    picker = page.locator("edgeweb-audio input[type=file]").first
    after(page, lambda: picker.set_input_files(notes.samples[want.get("case", 0)]))
    shown.locator("edgeweb-timeline .axis, .problem").first.wait_for()
    assert shown.locator(".problem").count() == 0, shown.inner_text()
    lines = shown.locator("edgeweb-timeline polyline.curve")
    points = lines.get_attribute("points") if lines.count() else ""
    curve = [(BOTTOM - float(point.partition(",")[2])) / HEIGHT for point in (points or "").split()]
    return Answer(curve=curve)


def tensors(page: Page, notes: Notes, want: dict[str, Any], scratch: Path) -> Answer:
    """An .npy file for each input; the outputs as they are written out, or as they are downloaded where they are larger."""
    forms = page.locator("edgeweb-tensor-input")
    for place, (name, array) in enumerate(notes.arrays("inputs", want.get("case", 0)).items()):
        file = scratch / f"{place}.npy"
        np.save(file, array)
        form = forms.filter(has=page.get_by_role("heading", name=name, exact=True))
        form.locator("input[type=file][accept*=npy]").set_input_files(file)
        expect(form.locator(".filled")).to_contain_text(file.name)
    after(page, lambda: page.get_by_role("button", name="Run the model").click())
    cards = page.locator("edgeweb-tensor-output")
    cards.or_(page.locator("edgeweb-tensors .problem")).first.wait_for()
    outputs = {card.locator("h3").inner_text(): tensor(page, card) for card in cards.all()}
    assert outputs, page.locator("edgeweb-tensors").inner_text()
    found = outputs.get(want.get("output", ""), np.zeros(0))
    scores = found.reshape(len(found), -1) if found.ndim > 1 and found.dtype.kind == "f" else np.zeros((0, 1))
    names = notes.labels or [f"class {place}" for place in range(scores.shape[1])]
    return Answer(outputs=outputs, labels=[(names[row.argmax() % len(names)], row.max()) for row in scores])


def tensor(page: Page, card: Locator) -> Array:
    kind, dims = re.match(r"(\w+) \[(.*)\]", card.locator(".mono").inner_text()).groups()  # type: ignore[union-attr]
    shape = [int(size) for size in dims.split(",") if size.strip()]
    if max(shape[-2:], default=1) > WRITTEN or int(np.prod(shape[:-2])) > 1:
        card.get_by_role("button", name="npy").click()
        loaded: Array = np.load(file_of(page.evaluate(SAVED)))
        return loaded
    return np.array(card.locator("td.end, td.text").all_inner_texts(), object if kind == "string" else kind).reshape(
        shape
    )


ENTER: dict[str, Callable[[Page, Notes, dict[str, Any], Path], Answer]] = {
    "edgeweb-image": pictures, "edgeweb-tabular": rows, "edgeweb-text": texts, "edgeweb-audio": sounds, "edgeweb-tensors": tensors,
}  # fmt: skip


def interface(page: Page) -> str:
    """The one interface that the page has."""
    (found,) = [name for name in ENTER if page.locator(name).count()]
    return found
