"""Pictures in numbers, large ones, and the camera: galleries, tiles, archives, cut-outs and live results on small sites."""

from __future__ import annotations

import base64
import io
import itertools
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import models
import numpy as np
import pytest
from harness import QUIET, edgeweb
from hosts import Host
from onnx import TensorProto, helper
from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, expect

pytest_plugins = ("site_fixtures",)
SIDE = 64
PICTURE: tuple[str, int, list[int | str]] = ("image", TensorProto.FLOAT, [1, 3, SIDE, SIDE])
PLAIN = "[input.image]\nscale = 255\nmean = [0]\nstd = [1]\n"
COLOURS = {
    "red/a.png": (220, 30, 20),
    "red/b.png": (180, 60, 50),
    "green.png": (20, 200, 40),
    "blue.png": (30, 40, 230),
}
NOTE = """globalThis.results = []
document.addEventListener('edge-result', ({ detail }) => results.push(detail), true)
// Firefox, driven as here, does not tell of downloads.
globalThis.saved = []
const addressOf = URL.createObjectURL
let last
URL.createObjectURL = (blob) => addressOf.call(URL, last = blob)
HTMLAnchorElement.prototype.click = function () { saved.push(last) }"""
SAVED = """async () => {
  const bytes = new Uint8Array(await saved.pop().arrayBuffer())
  let text = ''
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192))
  return btoa(text)
}"""


def inverse(folder: Path) -> Path:
    """White less the picture: what tiles make of it is known to the pixel."""
    nodes = [helper.make_node("Sub", ["white", "image"], ["inverse"])]
    return models.save(folder / "inverse.onnx", nodes, [PICTURE], [("inverse", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
                       {"white": np.ones(1, np.float32)})  # fmt: skip


def colour(folder: Path) -> Path:
    """A picture's mean colour less grey, as a vector of length 1."""
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["mean"], axes=[2, 3], keepdims=0),
        helper.make_node("Sub", ["mean", "grey"], ["apart"]),
        helper.make_node("LpNormalization", ["apart"], ["unit"], axis=1),
    ]
    return models.save(folder / "colour.onnx", nodes, [PICTURE], [("unit", TensorProto.FLOAT, [1, 3])],
                       {"grey": np.full(1, 0.4, np.float32)})  # fmt: skip


def bright(folder: Path) -> Path:
    """How far a pixel is brighter than the middle; with some work to do, as a model has."""
    rng = np.random.default_rng(0)
    nodes = [
        helper.make_node("Conv", ["image", "many"], ["wide"], pads=[3] * 4),
        helper.make_node("Conv", ["wide", "none"], ["nothing"], pads=[3] * 4),
        helper.make_node("ReduceMean", ["image"], ["level"], axes=[1], keepdims=1),
        helper.make_node("Sub", ["level", "half"], ["over"]),
        helper.make_node("Mul", ["over", "steep"], ["logit"]),
        helper.make_node("Add", ["logit", "nothing"], ["sum"]),
        helper.make_node("Sigmoid", ["sum"], ["mask"]),
    ]
    weights = {
        "many": rng.normal(size=(96, 3, 7, 7)), "none": np.full((1, 96, 7, 7), 1e-9), "half": np.array([0.5]),
        "steep": np.array([20.0]),
    }  # fmt: skip
    return models.save(folder / "bright.onnx", nodes, [PICTURE], [("mask", TensorProto.FLOAT, [1, 1, SIDE, SIDE])],
                       {name: value.astype(np.float32) for name, value in weights.items()})  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, host: Host) -> Callable[[str], str]:
    made: dict[str, str] = {}
    kinds = {
        "inverse": (inverse, ""),
        "colour": (colour, 'task = "image-embedding"\n'),
        "gallery": (colour, 'gallery = "gallery"\n'),
        "bright": (bright, ""),
    }

    def url(kind: str) -> str:
        if kind not in made:
            folder = tmp_path_factory.mktemp(kind)
            for name, shade in COLOURS.items():
                (folder / "gallery" / name).parent.mkdir(parents=True, exist_ok=True)
                Image.new("RGB", (40, 30), shade).save(folder / "gallery" / name)
            model, more = kinds[kind]
            (folder / "edgeweb.toml").write_text(more + PLAIN)
            built = edgeweb("build", model(folder), "--precision", "fp32", "-o", folder / "site")
            assert built.returncode == 0, built.stderr
            made[kind] = host(folder / "site").url
        return made[kind]

    return url


@pytest.fixture
def visit(browser: Browser, site: Callable[[str], str]) -> Iterator[Callable[[str], Page]]:
    contexts = []

    def go(kind: str) -> Page:
        contexts.append(browser.new_context())
        return opened(contexts[-1].new_page(), site(kind))

    yield go
    for context in contexts:
        context.close()


def opened(page: Page, url: str) -> Page:
    page.add_init_script(NOTE)
    page.goto(url)
    page.wait_for_function("() => document.documentElement.dataset.edgeweb === 'sealed'", timeout=90_000)
    return page


def file(name: str, image: Image.Image) -> Any:
    held = io.BytesIO()
    image.save(held, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": held.getvalue()}


def give(page: Page, *files: Any) -> Any:
    """The last of the results, pixels left out."""
    before = page.evaluate("() => results.length")
    page.locator("edgeweb-image .source input[type=file]").set_input_files(list(files))
    page.wait_for_function("(n) => results.length >= n", arg=before + len(files), timeout=60_000)
    return page.evaluate("() => { const { image, mask, alpha, ...rest } = results.at(-1); return rest }")


def downloaded(page: Page, name: str) -> bytes:
    page.get_by_role("button", name=name).click()
    page.wait_for_function("() => saved.length > 0", timeout=30_000)
    return base64.b64decode(page.evaluate(SAVED))


def noise(width: int, height: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(width).integers(0, 256, (height, width, 3), dtype=np.uint8))


@pytest.mark.alike
def test_large_pictures_are_made_whole_and_many_come_as_an_archive(visit: Callable[[str], Page]) -> None:
    """Larger than the model along both sides, along one, and not at all: tiles leave no seam, and edges none behind."""
    page = visit("inverse")
    given = {"large.png": noise(200, 150), "wide.png": noise(150, 40), "same.png": noise(SIDE, SIDE)}
    give(page, *(file(name, image) for name, image in given.items()))
    with zipfile.ZipFile(io.BytesIO(downloaded(page, "Pictures (ZIP)"))) as archive:
        assert archive.namelist() == ["results.csv", *given]
        for name, image in given.items():
            made = np.asarray(Image.open(io.BytesIO(archive.read(name))).convert("RGB")).astype(int)
            np.testing.assert_allclose(made, 255 - np.asarray(image).astype(int), atol=1)
    assert [entry["file"] for entry in json.loads(downloaded(page, "Results (JSON)"))] == list(given)


@pytest.mark.alike
def test_a_picture_is_matched_against_a_gallery(visit: Callable[[str], Page]) -> None:
    page = visit("gallery")
    found = give(page, file("tomato.png", Image.new("RGB", (90, 80), (230, 40, 30))))
    assert found["task"] == "similarity"
    assert found["matches"][0]["id"] == "red" and len(found["matches"]) == 3
    assert found["matches"][0]["score"] > 0.99 > found["matches"][1]["score"]
    best = page.locator("edgeweb-matches li").first
    expect(best).to_contain_text("red")
    best.locator("img").evaluate("(image) => image.decode()")


@pytest.mark.alike
def test_pictures_are_compared_without_a_gallery(visit: Callable[[str], Page]) -> None:
    page = visit("colour")
    shades = {"first.png": (230, 40, 30), "near.png": (210, 60, 50), "far.png": (20, 20, 240)}
    found = give(page, *(file(name, Image.new("RGB", (50, 50), shade)) for name, shade in shades.items()))
    assert found["task"] == "embedding" and len(found["vector"]) == 3
    expect(page.locator("edgeweb-matches li").first).to_contain_text("near.png")


@pytest.mark.alike
def test_a_cut_out_is_as_large_as_the_picture(visit: Callable[[str], Page]) -> None:
    page = visit("bright")
    pixels = np.zeros((300, 200, 3), np.uint8)
    pixels[:150] = (250, 240, 230)
    assert give(page, file("half.png", Image.fromarray(pixels)))["task"] == "segmentation"
    cut = Image.open(io.BytesIO(downloaded(page, "Download cut-out")))
    assert cut.size == (200, 300) and cut.mode == "RGBA"
    assert cut.getpixel((100, 20)) == (250, 240, 230, 255) and cut.getpixel((100, 280))[3] == 0  # type: ignore[index]


def camera(path: Path, image: Image.Image) -> None:
    """A film of one picture, as Chromium's own camera shows it."""
    y, cb, cr = (np.asarray(plane) for plane in image.convert("YCbCr").split())
    small = [plane[::2, ::2].tobytes() for plane in (cb, cr)]
    head = f"YUV4MPEG2 W{image.width} H{image.height} F30:1 Ip A1:1 C420jpeg\n".encode()
    path.write_bytes(head + 2 * (b"FRAME\n" + y.tobytes() + b"".join(small)))


def test_the_model_follows_the_camera(driver: Playwright, site: Callable[[str], str], tmp_path: Path) -> None:
    """What is seen is drawn over the picture, again and again, and the page's memory does not grow with it."""
    picture = Image.new("RGB", (320, 240), "black")
    picture.paste("white", (0, 0, 160, 240))
    camera(tmp_path / "film.y4m", picture)
    fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--js-flags=--expose-gc"]
    fake += [f"--use-file-for-fake-video-capture={tmp_path / 'film.y4m'}", "--enable-precise-memory-info"]
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    browser = driver.chromium.launch(executable_path=path, args=[*QUIET, "--no-sandbox", *fake])
    try:
        page = opened(browser.new_page(), site("bright"))
        page.get_by_role("button", name="Use camera").click()
        expect(page.locator("edgeweb-camera .pace")).to_contain_text("pictures a second", timeout=30_000)
        left, right = page.locator("edgeweb-camera canvas").evaluate(
            "(c) => [c.width / 4, 3 * c.width / 4].map((x) => c.getContext('2d').getImageData(x, c.height / 2, 1, 1).data[3])"
        )
        assert left > 100 and right == 0, "the bright half is marked"
        heap = "async () => { results.length = 0; gc(); await new Promise((done) => setTimeout(done, 3000)); gc(); return [performance.memory.usedJSHeapSize, results.length] }"
        # What grows with every picture grows in each window; what arrives once, late on a busy machine, in one of them.
        sizes, counts = zip(*(page.evaluate(heap) for _ in range(3)), strict=True)
        assert min(counts[1:]) > 3 and min(after - before for before, after in itertools.pairwise(sizes)) < 2_000_000
        page.get_by_role("button", name="Take the picture").click()
        expect(page.locator("edgeweb-mask canvas")).to_be_visible(timeout=30_000)
    finally:
        browser.close()
