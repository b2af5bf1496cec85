"""Detectors, segmenters and painters as sites: the page is given a sample and shows what the model's notes say."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hosts import Host
from pages import Visit, visiting
from PIL import Image
from playwright.sync_api import Browser, Page
from test_models import MODELS, edgeweb

pytest_plugins = ("site_fixtures",)

# What each model's notes say of its pictures, and nothing of its outputs.
TOLD: dict[str, dict[str, Any]] = {
    "yolox-nano-coco": {},
    "fastestdet-decoded-extdata": {"color": "BGR", "scale": 255, "mean": [0], "std": [1], "resize": "stretch"},
    "ultraface-rfb-320": {"scale": 1, "mean": [127], "std": [128]},
    "openseeface-detect": {},
    "ppocr-angle-cls": {"color": "BGR", "size": [48, 192], "mean": [0.5], "std": [0.5], "resize": "stretch"},
    "yunet-320": {"color": "BGR", "scale": 1, "mean": [0], "std": [1]},
    "sinet-portrait": {
        "color": "BGR", "scale": 1, "mean": [102.890434, 111.25247, 126.91212],
        "std": [16047.8946, 16019.4519, 16920.704775],
    },
    "style-candy": {"color": "BGR", "scale": 1, "mean": [0], "std": [1]},
    "super-resolution-x3": {},
}  # fmt: skip
# Said besides of what is found.
DETECT = {
    "yunet-320": 'points = ["right eye", "left eye", "nose", "right corner", "left corner"]\nskeleton = [[0, 2], [1, 2], [3, 4]]'
}
LABELS = {
    "ultraface-rfb-320": ["face"], "yunet-320": ["face"], "sinet-portrait": ["background", "person"],
    "openseeface-detect": ["face"], "ppocr-angle-cls": ["0", "180"],
}  # fmt: skip


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    found: dict[str, Path] = {}

    def make(name: str) -> Path:
        folder = MODELS / name
        if not (folder / "model.onnx").is_file():
            pytest.skip(f"{folder} is absent")
        if name not in found:
            root = tmp_path_factory.mktemp(name)
            own = folder / "labels.txt"
            lines = [f"labels = {json.dumps(LABELS.get(name, str(own)))}"] if name in LABELS or own.is_file() else []
            if TOLD[name]:
                inputs = json.loads((folder / "meta.json").read_text())["inputs"]
                lines += [f"[input.{inputs[0]['name']}]", *(f"{k} = {json.dumps(v)}" for k, v in TOLD[name].items())]
            lines += ["[detect]", DETECT[name]] if name in DETECT else []
            (root / "edgeweb.toml").write_text("\n".join(lines))
            # What they see is asked here; test_models.py has the same models' smaller forms.
            given = ("--precision", "fp32", "--config", root / "edgeweb.toml", "-o", root / "site")
            done = edgeweb("build", folder / "model.onnx", *given)
            assert done.returncode == 0, done.stderr
            found[name] = root / "site"
        return found[name]

    return make


@pytest.fixture
def visit(browser: Browser, host: Host, made: Callable[[str], Path]) -> Iterator[Callable[[str], Visit]]:
    with visiting(browser) as go:
        yield lambda name: go(host(made(name)).url)


def given(page: Visit, sample: Path) -> dict[str, Any]:
    return page.result(lambda: page.page.locator("edgeweb-image .source input[type=file]").set_input_files(sample))


def overlap(a: list[float], b: list[float]) -> float:
    """Intersection over union of two boxes (x, y, width, height)."""
    left, top = max(a[0], b[0]), max(a[1], b[1])
    right, bottom = min(a[0] + a[2], b[0] + b[2]), min(a[1] + a[3], b[1] + b[3])
    both = max(0.0, right - left) * max(0.0, bottom - top)
    return both / (a[2] * a[3] + b[2] * b[3] - both)


# The right boxes of the samples, in their pixels: from the models' notes.
PLACES = [
    ("yolox-nano-coco", "coffee.jpg", [("cup", 0.7, [162, 16, 259, 278])]),
    ("yolox-nano-coco", "chelsea.png", [("cat", 0.4, [0, 0, 450, 300])]),
    ("fastestdet-decoded-extdata", "astronaut.jpg", [("person", 0.3, None)]),
    ("fastestdet-decoded-extdata", "chelsea.png", [("cat", 0.3, None)]),
    ("ultraface-rfb-320", "astronaut.jpg", [("face", 0.95, [179, 63, 90, 110])]),
    ("yunet-320", "astronaut.jpg", [("face", 0.8, [180, 60, 90, 118])]),
]


@pytest.mark.alike
@pytest.mark.parametrize(("name", "sample", "wanted"), PLACES)
def test_things_are_found_where_they_are(
    visit: Callable[[str], Visit], name: str, sample: str, wanted: list[tuple[str, float, list[float] | None]]
) -> None:
    page = visit(name)
    found = given(page, MODELS / name / "samples" / sample)
    assert found["task"] == "detection"
    scores = [box["score"] for box in found["boxes"]]
    assert scores == sorted(scores, reverse=True)
    for label, score, place in wanted:
        best = next(box for box in found["boxes"] if box["label"] == label)
        assert best["score"] > score
        if place is not None:
            assert overlap([best[key] for key in ("x", "y", "width", "height")], place) > 0.7
    shown = page.page.locator("edgeweb-boxes .found .item").first
    shown.wait_for()
    assert found["boxes"][0]["label"] in shown.inner_text()
    assert page.foreign() == []


def test_a_face_has_its_landmarks(visit: Callable[[str], Visit]) -> None:
    """Two eyes above a nose above the corners of a mouth, all inside the face."""
    page = visit("yunet-320")
    (face,) = given(page, MODELS / "yunet-320" / "samples" / "astronaut.jpg")["boxes"]
    (x1, y1), (x2, y2), (x3, y3), (x4, y4), (x5, y5) = ((point["x"], point["y"]) for point in face["points"])
    assert x1 < x3 < x2 and x4 < x5 and max(y1, y2) < y3 < min(y4, y5)
    assert face["x"] < x1 and x2 < face["x"] + face["width"] and y5 < face["y"] + face["height"]
    names = ["right eye", "left eye", "nose", "right corner", "left corner"]
    assert [point["name"] for point in face["points"]] == names
    item = page.page.locator("edgeweb-boxes .item").inner_text()
    assert all(name in item for name in names)
    # Each line from the one point to the other, over the picture and with a rim.
    bones = page.page.locator("edgeweb-boxes .bone:not(.rim)")
    ends = bones.evaluate_all(
        "(all) => all.map((line) => ['x1', 'y1', 'x2', 'y2'].map((key) => Number(line.getAttribute(key))))"
    )
    assert ends == [[x1, y1, x3, y3], [x2, y2, x3, y3], [x4, y4, x5, y5]]
    assert page.page.locator("edgeweb-boxes .point").count() == 10


def test_a_heat_map_has_its_peak_where_the_face_is(visit: Callable[[str], Visit]) -> None:
    """The map tells cells of 9 pixels of the picture apart."""
    found = given(visit("openseeface-detect"), MODELS / "openseeface-detect" / "samples" / "astronaut.jpg")
    (face,) = found["boxes"]
    assert face["label"] == "face" and face["score"] > 0.8
    (point,) = face["points"]
    assert abs(point["x"] - 219) < 10 and abs(point["y"] - 110) < 10


def test_a_line_of_text_may_be_long(visit: Callable[[str], Visit]) -> None:
    page = visit("ppocr-angle-cls")
    for sample, label in (("line1.png", "0"), ("line1_180.png", "180")):
        found = given(page, MODELS / "ppocr-angle-cls" / "samples" / sample)
        assert max(found["labels"], key=lambda each: each["score"])["label"] == label


@pytest.mark.alike
def test_a_person_is_told_from_what_is_behind(visit: Callable[[str], Visit]) -> None:
    page = visit("sinet-portrait")
    found = given(page, MODELS / "sinet-portrait" / "samples" / "astronaut.jpg")
    mask = np.array(found["mask"], np.uint8).reshape(found["height"], found["width"])
    assert mask.shape == (512, 512), "as large as the picture"
    assert found["labels"][mask[110, 219]] == "person" and found["labels"][mask[20, 20]] == "background"
    assert 0.45 < mask.mean() < 0.6
    assert "person" in page.page.locator("edgeweb-mask .found").inner_text()


INSTANCES = """async () => {
  const model = document.querySelector('edge-model').model
  const image = await model.predict(new ImageData(64, 64))
  const [shape] = model.manifest.inputs.map(({ shape }) => shape.map((size) => (typeof size === 'number' ? size : 1)))
  const data = new Float32Array(shape.reduce((a, b) => a * b))
  const outputs = await model.run({ [model.manifest.inputs[0].name]: { type: 'float32', dims: shape, data } })
  return [image.image instanceof ImageData, Object.values(outputs)[0].data instanceof Float32Array]
}"""


# What was made, shrunk to the size that is compared: three million numbers take long on their way out of a browser.
MADE = """async ([width, height]) => {
  const image = globalThis.made
  const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height })
  canvas.getContext('2d').putImageData(image, 0, 0)
  const small = Object.assign(document.createElement('canvas'), { width, height })
  const context = small.getContext('2d')
  context.imageSmoothingQuality = 'high'
  context.drawImage(canvas, 0, 0, width, height)
  return { width: image.width, height: image.height, data: Array.from(context.getImageData(0, 0, width, height).data) }
}"""
KEEP = "document.addEventListener('edge-result', ({ detail }) => { globalThis.made = detail.image }, { once: true })"


def painted(browser: Browser, url: str, sample: Path, size: tuple[int, int]) -> tuple[Page, tuple[int, int], Any]:
    page = browser.new_page()
    page.goto(url)
    page.wait_for_function("() => document.documentElement.dataset.edgeweb === 'sealed'", timeout=90_000)
    page.evaluate(KEEP)
    page.locator("edgeweb-image .source input[type=file]").set_input_files(sample)
    page.wait_for_function("() => globalThis.made", timeout=120_000)
    found = page.evaluate(MADE, list(size))
    return page, (found["width"], found["height"]), np.array(found["data"], np.float64).reshape(*size[::-1], 4)[..., :3]


@pytest.mark.alike
@pytest.mark.thorough
def test_a_picture_is_painted(browser: Browser, host: Host, made: Callable[[str], Path]) -> None:
    """As the reference has it from another way of shrinking the picture, so alike and not equal."""
    folder = MODELS / "style-candy"
    page, size, image = painted(
        browser, host(made("style-candy")).url, folder / "samples" / "astronaut.jpg", (720, 720)
    )
    with np.load(folder / "expected.npz") as expected:
        wanted = expected["outputImage"][0][::-1].transpose(1, 2, 0).clip(0, 255)
    assert size == (720, 720)
    assert np.abs(image - wanted).mean() < 8
    page.locator("edgeweb-compare canvas").wait_for()
    page.close()


@pytest.mark.thorough
def test_a_picture_is_enlarged_whole(browser: Browser, host: Host, made: Callable[[str], Path]) -> None:
    """Three times as large along each side, in tiles; shrunk again it is the picture that it was, at 30 dB or more."""
    sample = MODELS / "super-resolution-x3" / "samples" / "astronaut.jpg"
    page, size, image = painted(browser, host(made("super-resolution-x3")).url, sample, (512, 512))
    assert size == (1536, 1536)
    original = np.asarray(Image.open(sample).convert("RGB"), np.float64)
    assert 20 * np.log10(255 / np.sqrt(((image - original) ** 2).mean())) > 30
    assert page.evaluate(INSTANCES) == [True, True], "what JavaScript gets is of the page's own classes"
    page.close()
