"""Folders with models of pictures, as the Hub has them: built with no option, they answer as transformers' own pipelines."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harness import SHARED, Served, Watched, each, edgeweb
from playwright.sync_api import Browser, Page

HUB = SHARED / "hub"
pytestmark = pytest.mark.skipif(not HUB.is_dir(), reason=f"the folders as the Hub has them are not at {HUB}")

FOLDERS = each(["vit", "detr2", "segformer", "dpt", "swin2sr"], "resnet", "vit-embed", "yolos2", "detr5")
SCORE, LEVELS = 2e-3, 2
PREDICT = """async (picture) => {
  const { load } = await import('./edgeweb.js')
  globalThis.asked ??= await load()
  const bytes = Uint8Array.from(atob(picture), (each) => each.charCodeAt(0))
  const plain = (_, value) => value instanceof ImageData ? { width: value.width, height: value.height, data: [...value.data] }
    : ArrayBuffer.isView(value) ? [...value] : value
  return JSON.parse(JSON.stringify(await globalThis.asked.predict(new Blob([bytes], { type: 'image/png' })), plain))
}"""
Answer = dict[str, Any]
Arrays = dict[str, np.ndarray[Any, Any]]


def asked(page: Page, picture: str) -> Answer:
    answer: Answer = page.evaluate(PREDICT, base64.b64encode((HUB / "_inputs" / picture).read_bytes()).decode())
    return answer


def pixels(image: Answer) -> np.ndarray[Any, Any]:
    return np.array(image["data"], int).reshape(image["height"], image["width"], 4)[..., :3]


def check_classes(answer: Answer, wanted: list[Answer], arrays: Arrays) -> None:
    scores = {each["label"]: each["score"] for each in answer["labels"]}
    assert scores == pytest.approx({each["label"]: each["score"] for each in wanted}, abs=SCORE)


def check_boxes(answer: Answer, wanted: list[Answer], arrays: Arrays, least: float = 0.2) -> None:
    """Each has one of its own: transformers cuts coordinates to whole pixels."""
    left = [each for each in answer["boxes"] if each["score"] > least]
    assert len(left) == len(wanted)
    for box in wanted:
        corners = list(box["box"].values())
        fits = [
            each for each in left if each["label"] == box["label"] and abs(each["score"] - box["score"]) < SCORE
            and np.allclose([each["x"], each["y"], each["x"] + each["width"], each["y"] + each["height"]], corners, atol=1.1)
        ]  # fmt: skip
        assert fits, (box, left)
        left.remove(fits[0])


def check_areas(answer: Answer, wanted: list[Answer], arrays: Arrays) -> None:
    counts, labels = Counter(answer["mask"]), answer["labels"]
    told = {labels[index]: count for index, count in counts.items()}
    assert told == pytest.approx({each["label"]: each["pixels"] for each in wanted}, abs=SCORE * len(answer["mask"]))


def check_depth(answer: Answer, wanted: str, arrays: Arrays) -> None:
    values = np.array(answer["values"]).reshape(answer["height"], answer["width"])
    np.testing.assert_allclose(values, arrays["predicted_depth"], atol=SCORE)
    assert np.abs(pixels(answer["image"])[..., 0] - arrays["depth"].astype(int)).max() <= LEVELS


def check_picture(answer: Answer, wanted: str, arrays: Arrays) -> None:
    assert np.abs(pixels(answer["image"]) - arrays["image"].astype(int)).max() <= LEVELS


def check_vector(answer: Answer, wanted: str, arrays: Arrays) -> None:
    np.testing.assert_allclose(answer["vector"], arrays["last_hidden_state"][0], atol=SCORE)


CHECKS: dict[str, Callable[..., None]] = {
    "image-classification": check_classes, "object-detection": check_boxes, "image-segmentation": check_areas,
    "depth-estimation": check_depth, "image-to-image": check_picture, "image-feature-extraction": check_vector,
}  # fmt: skip


def answers_as_expected(page: Page, name: str, out: Path, serve: Callable[[Path], Served]) -> None:
    done = edgeweb("build", HUB / name, "-o", out)
    assert done.returncode == 0, done.stderr
    said = json.loads((HUB / name / "expected.json").read_text())
    manifest = json.loads((out / "edgeweb.json").read_text())
    assert manifest["task"] == said["pipeline"]
    assert {each["source"] for each in manifest["evidence"]} == {"file"}
    arrays = dict(np.load(HUB / name / "expected.npz")) if (HUB / name / "expected.npz").is_file() else {}
    page.goto(serve(out).url)
    for case in said["cases"]:
        CHECKS[said["pipeline"]](asked(page, case["input"]["image"]), case["output"], arrays)


@pytest.mark.parametrize("name", FOLDERS)
def test_the_answer_is_that_of_transformers(
    name: str, tmp_path: Path, serve: Callable[[Path], Served], watch: Callable[..., Watched]
) -> None:
    answers_as_expected(watch().page, name, tmp_path / "site", serve)


def test_firefox_answers_alike(tmp_path: Path, serve: Callable[[Path], Served], firefox: Browser) -> None:
    context = firefox.new_context()
    answers_as_expected(context.new_page(), "detr2", tmp_path / "site", serve)
    context.close()
