"""What a model's notes expect (`expect` in its meta.json), compared with what a page has shown."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from entering import Answer, Notes
from PIL import Image

Check = Callable[[Answer, dict[str, Any], Notes], None]
# Pages write percentages with one digit, and numbers with six.
DIGIT = 0.0006
# Samples are shrunk with another filter than the reference has, and where the notes take borders of grey, with black ones.
RESIZED = 0.15


def is_class(shown: str, *wanted: object) -> bool:
    """By its label, or by its number where there are none."""
    return shown in {str(each) for each in wanted} | {f"class {each}" for each in wanted}


def labels(answer: Answer, want: dict[str, Any], _: Notes) -> None:
    shown = [name for name, _ in answer.labels]
    # Of a model that only gives whole numbers, nothing says that these are classes.
    shown = shown or [f"{number:g}" for number in answer.outputs[want["output"]].ravel()]
    assert [is_class(str(name), wanted) for name, wanted in zip(shown, want["want"], strict=True)] == [True] * len(
        shown
    ), shown


def top1(answer: Answer, want: dict[str, Any], _: Notes) -> None:
    ((name, score),) = answer.labels
    assert is_class(name, want["label"], want["index"]), answer.labels
    assert math.isnan(score) or score >= want.get("min", 0) - DIGIT


def top1_rows(answer: Answer, want: dict[str, Any], _: Notes) -> None:
    right = list(zip(*(want[key] for key in ("indices", "labels") if key in want), strict=True))
    assert all(is_class(name, *each) for (name, _), each in zip(answer.labels, right, strict=True)), answer.labels


def values(answer: Answer, want: dict[str, Any], _: Notes) -> None:
    np.testing.assert_allclose(answer.outputs[want["output"]].ravel(), want["want"], atol=want["atol"])


def outputs(answer: Answer, want: dict[str, Any], notes: Notes) -> None:
    """Nothing is said of the answer, or only of many windows put together: the reference's numbers."""
    assert answer.outputs
    right, most = notes.arrays("expected", want.get("case", 0)), notes.meta["tolerance"]
    for name, shown in answer.outputs.items():
        np.testing.assert_allclose(shown, right[name], rtol=most["rtol"], atol=most["atol"])


def overlap(a: list[float], b: list[float]) -> float:
    """Intersection over union of two boxes (x, y, width, height)."""
    left, top = max(a[0], b[0]), max(a[1], b[1])
    right, bottom = min(a[0] + a[2], b[0] + b[2]), min(a[1] + a[3], b[1] + b[3])
    both = max(0.0, right - left) * max(0.0, bottom - top)
    return both / (a[2] * a[3] + b[2] * b[3] - both)


def size_of(want: dict[str, Any], notes: Notes) -> tuple[int, int]:
    with Image.open(notes.samples[want["case"]]) as image:
        return image.size


def scaled(want: dict[str, Any], key: str, notes: Notes) -> list[float]:
    """Numbers in pixels of a picture as wide as the end of the key says, in those of the sample."""
    (full,) = [each for each in want if each.startswith(key)]
    found = np.ravel(want[full]) * size_of(want, notes)[0] / int(re.search(r"_(\d+)", full)[1])  # type: ignore[index]
    return [float(each) for each in found]


def all_boxes(answer: Answer, want: dict[str, Any], notes: Notes) -> None:
    width, height = size_of(want, notes)
    for label, score, (x, y, w, h) in want["want"]:
        best = max((box for box in answer.boxes if box.label == label), key=lambda box: box.score)
        assert best.score >= score - RESIZED
        left, top = max(0, x), max(0, y)
        assert overlap(best.place, [left, top, min(width, x + w) - left, min(height, y + h) - top]) > 0.7


def best_box(answer: Answer, want: dict[str, Any], _: Notes) -> None:
    assert max(answer.boxes, key=lambda box: box.score).label == want["label"]


def best_row(answer: Answer, want: dict[str, Any], notes: Notes) -> None:
    best = max(answer.boxes, key=lambda box: box.score)
    assert best.score >= want["min_score"] - DIGIT
    a, b, c, d = scaled(want, "box_px", notes)
    corners = not any(key.endswith("xywh") for key in want)
    assert overlap(best.place, [a, b, c - a, d - b] if corners else [a, b, c, d]) > 0.7


def heatmap_peak(answer: Answer, want: dict[str, Any], notes: Notes) -> None:
    """A cell of the map is nine pixels of the picture."""
    best = max(answer.boxes, key=lambda box: box.score)
    assert best.score >= want["min"] - DIGIT
    assert np.abs(np.subtract(best.points[0], scaled(want, "centre_px", notes))).max() < 10


def mask(answer: Answer, want: dict[str, Any], notes: Notes) -> None:
    """What is in front has another colour than what is behind, and the right share of the picture."""
    if "foreground_fraction" not in want:
        return lines(answer, want)
    assert answer.picture is not None
    places = {key: scaled(want, key, notes) for key in ("person_at", "background_at")}
    front, behind = (answer.picture[int(y), int(x)] for x, y in places.values())
    assert (front != behind).any()
    low, high = want["foreground_fraction"]
    assert low < (answer.picture == front).all(axis=-1).mean() < high
    return None


def lines(answer: Answer, want: dict[str, Any]) -> None:
    """One run of rows above the threshold for each line of text that the notes see ("y=20..60"), and within it."""
    (heat,) = answer.outputs.values()
    rows = (heat[0, 0] > float(want["op"].lstrip(">"))).any(axis=1)
    bands = [(int(top), int(bottom)) for top, bottom in re.findall(r"y=(\d+)\.\.(\d+)", want["want"])]
    edges = np.flatnonzero(np.diff(np.pad(rows, 1).astype(int))).reshape(-1, 2).tolist()
    assert bands and len(edges) == len(bands)
    assert all(top <= first < last <= bottom for (top, bottom), (first, last) in zip(bands, edges, strict=True)), edges


def image(answer: Answer, want: dict[str, Any], notes: Notes) -> None:
    """As the reference has it from another way of shrinking the picture, so alike and not equal."""
    right = notes.arrays("expected", want["case"])[want["output"]][0].transpose(1, 2, 0).clip(*want["clip"])
    right = right[..., ["RGB".index(color) for color in want["order"]]]
    assert answer.picture is not None and answer.picture.shape == right.shape
    assert np.abs(answer.picture - right).mean() < 8


def psnr_vs_original(answer: Answer, want: dict[str, Any], notes: Notes) -> None:
    """Shrunk again it is the picture that it was."""
    assert answer.picture is not None
    with Image.open(notes.samples[want["case"]]) as given:
        small = Image.fromarray(answer.picture.astype(np.uint8)).resize(given.size, Image.Resampling.BOX)
        apart = np.asarray(given.convert("RGB"), float) - np.asarray(small, float)
    assert answer.picture.shape[1] > given.size[0]
    assert 20 * np.log10(255 / np.sqrt((apart**2).mean())) > want["min_db"]


def series(answer: Answer, want: dict[str, Any], _: Notes) -> None:
    """A value a window; what follows the sample is not given."""
    right = np.array(want["probs" if "probs" in want else "want"])
    shown = np.ravel(answer.outputs[want["output"]]) if answer.outputs else np.array(answer.curve)
    assert len(shown) >= 100
    np.testing.assert_allclose(shown[: len(right)], right[: len(shown)], atol=want.get("atol", 0.001))


def cosine(answer: Answer, want: dict[str, Any], notes: Notes) -> None:
    given = notes.meta["preprocess"]["texts"]
    shown = [answer.alike[given[each]] for each in want["others"]]
    np.testing.assert_allclose(shown, want["model_card"], atol=want["atol"])


def ctc_text(answer: Answer, want: dict[str, Any], notes: Notes) -> None:
    """The likeliest character of each step, runs as one, without blanks."""
    (scores,) = answer.outputs.values()
    for row, text in zip(scores.argmax(axis=-1), want["want"], strict=True):
        kept = [each for each, before in zip(row, [-1, *row[:-1]], strict=True) if each not in (before, want["blank"])]
        assert "".join(notes.labels[each] for each in kept) == text


CHECKS: dict[str, Check] = {
    "labels": labels, "top1": top1, "top1_rows": top1_rows, "values": values, "outputs": outputs, "boxes": all_boxes,
    "best_box": best_box, "best_row": best_row, "heatmap_peak": heatmap_peak, "mask": mask, "image": image,
    "psnr_vs_original": psnr_vs_original, "series": series, "stream": series, "cosine": cosine, "ctc_text": ctc_text,
    "upstream_npz": outputs,
}  # fmt: skip
