"""`make screenshots`: what the page of each task looks like, wide and narrow, light and dark: docs/images/TASK.webp."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import edgeweb
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "playwright")]

import hearing_models  # noqa: E402
import models  # noqa: E402
import text_models  # noqa: E402
from gallery import NOTE, hosted  # noqa: E402

IMAGES = ROOT / "docs" / "images"
SHARED = ROOT.parent / "shared" / "models"
SAMPLE = ROOT / "builder" / "edgeweb" / "sample"
SIZES = ((1280, 900), (390, 900))
# In the composite each is so much smaller.
SHRUNK = 0.6
GAP = 12
MOST_BYTES = 60_000


def upload(*files: Path | dict[str, object]) -> Callable[[Page], None]:
    """Give the page's first field of files these."""

    def act(page: Page) -> None:
        given = [str(file) if isinstance(file, Path) else file for file in files]
        page.locator("edge-model input[type=file]").first.set_input_files(given)

    return act


def typed(selector: str, text: str, button: str) -> Callable[[Page], None]:
    """Write a text and press a button."""

    def act(page: Page) -> None:
        page.locator(selector).fill(text)
        page.get_by_role("button", name=button, exact=True).first.click()

    return act


@dataclass(frozen=True)
class Shot:
    """A site: how its model comes into a folder, what its edgeweb.toml says, and what a visitor does on its page."""

    model: Callable[[Path], Path | list[Path]]
    config: str
    act: Callable[[Page], None]


def shared(name: str) -> Callable[[Path], Path]:
    """A model of the collection."""
    return lambda _: SHARED / name / "model.onnx"


def sample(name: str) -> Path:
    """A file that the collection gives a model, by the model's name and its own."""
    model, file = name.split("/")
    return SHARED / model / "samples" / file


def penguin(page: Page) -> None:
    """A bird of the table, and a table of them."""
    for name, value in (("length", "46.5"), ("depth", "17.9"), ("flipper", "192"), ("mass", "3500")):
        page.get_by_label(name).first.fill(value)
    for name, value in (("island", "Dream"), ("sex", "FEMALE")):
        field = page.get_by_label(name).first
        field.select_option(value) if field.evaluate("(e) => e.tagName") == "SELECT" else field.fill(value)
    page.get_by_role("button", name="Predict", exact=True).click()


def seven(page: Page) -> None:
    """Drawn on the pad with a mouse."""
    place = page.locator("edgeweb-pad .pad").bounding_box()
    assert place is not None
    across, down = place["width"], place["height"]
    page.mouse.move(place["x"] + 0.28 * across, place["y"] + 0.2 * down)
    page.mouse.down()
    page.mouse.move(place["x"] + 0.72 * across, place["y"] + 0.2 * down, steps=8)
    page.mouse.move(place["x"] + 0.42 * across, place["y"] + 0.82 * down, steps=8)
    page.mouse.up()


def room(page: Page) -> None:
    """A day and a half of measurements."""
    rows = "\n".join(f"{a:.2f},{b:.2f}" for a, b in hearing_models.thermostat()[:200])
    upload({"name": "room.csv", "mimeType": "text/csv", "buffer": f"temperature,power\n{rows}\n".encode()})(page)


def album(folder: Path) -> Path:
    """A gallery of pictures beside the model."""
    for name in ("cifar10-resnet8/chelsea.png", "yolox-nano-coco/coffee.jpg", "yunet-320/astronaut.jpg"):
        own = folder / "album" / Path(name).stem
        own.mkdir(parents=True, exist_ok=True)
        whole = Image.open(sample(name)).convert("RGB")
        side = min(whole.size)
        whole.save(own / "whole.jpg")
        whole.crop((0, 0, side * 3 // 4, side * 3 // 4)).save(own / "part.jpg")
    return SHARED / "cifar10-resnet8" / "model.onnx"


def reader(folder: Path) -> list[Path]:
    """The two models of an example, and its hooks beside them."""
    shutil.copy(ROOT / "examples" / "ocr" / "hooks.py", folder)
    return [
        Path(shutil.copy(SHARED / f"ppocr-v4-{name}" / "model.onnx", folder / f"{name}.onnx"))
        for name in ("det", "rec")
    ]


def image(name: str, scale: float, mean: list[float], std: list[float], more: str = "") -> str:
    """How pictures become an input."""
    return f'[input."{name}"]\nscale = {scale}\nmean = {mean}\nstd = {std}\n{more}'


def made() -> dict[str, Shot]:
    """The pages whose models the tests make."""
    series = (
        'title = "The next hour"\ntask = "time-series-forecasting"\n[series]\ncolumns = ["temperature", "power"]\n'
        "mean = [19.5, 0.5]\nstd = [2.0, 0.5]\nthreshold = 21.5"
    )
    return {
        "text-generation": Shot(
            lambda folder: text_models.decoder(folder, chat=True),
            'title = "Story teller"',
            typed("#ask", "once upon", "Send"),
        ),
        "series": Shot(lambda folder: hearing_models.forecaster(folder / "model.onnx"), series, room),
        "tensors": Shot(
            lambda folder: models.scale(folder / "double.onnx"),
            'title = "Any model"',
            lambda page: page.get_by_role("button", name="Run").first.click(),
        ),
    }


def pictured() -> dict[str, Shot]:
    """The pages that take pictures."""
    face, cup = sample("yunet-320/astronaut.jpg"), sample("yolox-nano-coco/coffee.jpg")
    things = f'title = "Things in a picture"\nlabels = {json.dumps(str(SHARED / "yolox-nano-coco" / "labels.txt"))}\n'
    portrait = 'title = "Portrait"\nlabels = ["background", "person"]\n'
    album_of = 'title = "Find it again"\ntask = "image-embedding"\ngallery = "album"\n'
    colours = [102.890434, 111.25247, 126.91212], [16047.8946, 16019.4519, 16920.704775]
    return {
        "image-classification": Shot(
            lambda folder: Path(shutil.copytree(SAMPLE, folder / "sample")) / "model.onnx",
            (SAMPLE / "edgeweb.toml").read_text("utf-8"),
            upload(SAMPLE / "examples" / "example-1.png"),
        ),
        "drawing": Shot(
            lambda folder: Path(shutil.copytree(SAMPLE, folder / "sample")) / "model.onnx",
            (SAMPLE / "edgeweb.toml").read_text("utf-8"),
            seven,
        ),
        "object-detection": Shot(
            shared("yolox-nano-coco"),
            things + image("images", 1, [0], [1], 'color = "BGR"\nresize = "pad"\n'),
            upload(cup),
        ),
        "image-segmentation": Shot(
            shared("sinet-portrait"), portrait + image("data", 1, *colours, 'color = "BGR"\n'), upload(face)
        ),
        "image-to-image": Shot(shared("super-resolution-x3"), 'title = "Three times as large"', upload(face)),
        "image-embedding": Shot(
            album, album_of + image("input_1", 1, [0], [1]), upload(sample("cifar10-resnet8/chelsea.png"))
        ),
        "own-python": Shot(
            reader, (ROOT / "examples/ocr/edgeweb.toml").read_text("utf-8"), upload(sample("ppocr-v4-det/page.png"))
        ),
    }


def pages() -> dict[str, Shot]:
    """Every kind of page, by the name of its picture."""
    speech = (
        'title = "Where somebody speaks"\ntask = "voice-activity-detection"\n'
        "[audio]\nrate = 16000\nwindow = 512\ncontext = 64\n"
    )
    sms = "XXXMobileMovieClub: To use your credit, click the WAP link in the next txt message"
    return {
        **pictured(),
        "text-classification": Shot(
            shared("sms-spam-tfidf"), 'title = "Is it spam?"', typed("textarea >> nth=0", sms, "Classify")
        ),
        "sound": Shot(shared("silero-vad"), speech, upload(sample("silero-vad/speech.wav"))),
        "tabular": Shot(shared("penguins-mixed-inputs"), 'title = "Which penguin?"', penguin),
        **made(),
    }


def built(name: str, shot: Shot, cache: Path) -> Path:
    """The site; one that is there is taken as it is."""
    folder, site = cache / "models" / name, cache / "sites" / name
    if not site.is_dir():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        model = shot.model(folder)
        own = isinstance(model, Path) and model.is_relative_to(folder)
        settings = (model.parent if own and isinstance(model, Path) else folder) / "edgeweb.toml"
        settings.write_text(shot.config, "utf-8")
        edgeweb.build(model, site, config=settings, precision="fp32")
    return site


def taken(browser: Browser, url: str, shot: Shot, folder: Path, whole: bool) -> dict[tuple[int, str], Path]:
    """The page after a visitor did something, at each size and in each theme."""
    found = {}
    for width, height in SIZES:
        for theme in ("light", "dark"):
            page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=theme)
            page.add_init_script(NOTE)
            page.goto(url)
            page.wait_for_function("() => document.documentElement.dataset.edgeweb === 'sealed'", timeout=90_000)
            shot.act(page)
            page.wait_for_function("() => globalThis.resulted === true", timeout=60_000)
            # Bars grow, and a text is written to its end.
            page.wait_for_timeout(1000)
            found[width, theme] = folder / f"{width}-{theme}.png"
            page.screenshot(path=found[width, theme], full_page=whole)
            page.close()
    return found


def together(shots: dict[tuple[int, str], Path]) -> Image.Image:
    """The four in one picture: light above dark, wide beside narrow."""
    columns = [round(width * SHRUNK) for width, _ in SIZES]
    height = round(SIZES[0][1] * SHRUNK)
    picture = Image.new("RGB", (sum(columns) + GAP, 2 * height + GAP), "#808080")
    for (width, theme), path in shots.items():
        place = [each for each, _ in SIZES].index(width)
        small = Image.open(path).convert("RGB").resize((columns[place], height), Image.Resampling.LANCZOS)
        picture.paste(small, (place * (columns[0] + GAP), (theme == "dark") * (height + GAP)))
    return picture


def keep(picture: Image.Image, path: Path) -> None:
    """As good as fits."""
    for quality in range(80, 20, -10):
        picture.save(path, quality=quality, method=6)
        if path.stat().st_size <= MOST_BYTES:
            return


def main() -> None:
    """Build, visit, and write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="names that contain this")
    parser.add_argument("--cache", type=Path, default=ROOT / ".cache" / "screenshots", help="where sites are kept")
    parser.add_argument("--whole", action="store_true", help="keep whole pages in the cache, and write nothing else")
    asked = parser.parse_args()
    if not SHARED.is_dir():
        sys.exit(f"error: there are no models in {SHARED}")
    (asked.cache / "sites").mkdir(parents=True, exist_ok=True)
    host = hosted(asked.cache / "sites")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, shot in pages().items():
            if asked.only not in name:
                continue
            print(name, flush=True)
            folder = asked.cache / "shots" / name
            folder.mkdir(parents=True, exist_ok=True)
            built(name, shot, asked.cache)
            shots = taken(browser, f"{host}{name}/", shot, folder, asked.whole)
            if not asked.whole:
                keep(together(shots), IMAGES / f"{name}.webp")
                if name == "image-classification":
                    shutil.copy(shots[1280, "light"], IMAGES / "page.png")
        browser.close()


if __name__ == "__main__":
    main()
