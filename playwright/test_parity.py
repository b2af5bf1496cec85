"""What a model sees of a picture: the page against the reference formula in Python, on pictures of every awkward kind."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import models
import numpy as np
import pytest
from harness import edgeweb
from hosts import Host
from onnx import TensorProto, helper
from pages import Visit, visiting
from PIL import Image, ImageDraw, ImageOps
from playwright.sync_api import Browser

pytest_plugins = ("site_fixtures",)
SIDE = 96
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
ALLOWED = 2 / 255

# What the model was given for each file, the milliseconds of that, and those of decoding alone.
READ = """async (given) => {
  const { model } = document.querySelector('edge-model')
  const found = []
  for (const [data, type] of given) {
    const file = new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], 'a', { type })
    const times = [performance.now()]
    const { outputs } = await model.predict(file)
    times.push(performance.now())
    ;(await createImageBitmap(file)).close()
    times.push(performance.now())
    const bytes = new Uint8Array(Object.values(outputs)[0].data.buffer)
    let text = ''
    for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192))
    found.push([btoa(text), times[1] - times[0], times[2] - times[1]])
  }
  return found
}"""
Ask = Callable[[list[tuple[bytes, str]]], list[np.ndarray]]


def photo(width: int, height: int, seed: int = 0) -> Image.Image:
    """Waves of all lengths, noise, hard edges and thin lines."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    planes = [128 + 90 * np.sin(x / (7 + 31 * k) + k) * np.cos(y / (11 + 17 * k)) for k in range(3)]
    pixels = np.stack(planes, 2) + rng.normal(0, 12, (height, width, 1))
    image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    draw.rectangle((width // 5, height // 4, width // 2, height // 2), "white")
    draw.ellipse((width // 2, height // 3, width - width // 9, height - height // 9), "#102040")
    for k in range(0, width, max(2, width // 23)):
        draw.line((k, 0, width - k, height), (255, k % 256, 0), 1 + k % 3)
    return image


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    held = io.BytesIO()
    image.save(held, kind, **options)
    return held.getvalue()


def turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(photo(200, 140, orientation), "JPEG", quality=95, subsampling=0, exif=exif)


def see_through(mode: str = "RGBA") -> Image.Image:
    image = photo(150, 190).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    return image.convert(mode)


def moving(kind: str) -> bytes:
    more = [photo(120, 120, seed) for seed in (1, 2)]
    return encoded(photo(120, 120), kind, save_all=True, append_images=more, duration=80, loop=0)


def deep() -> bytes:
    ramp = np.linspace(0, 65535, 160 * 120).reshape(120, 160).astype(np.uint16)
    return encoded(Image.fromarray(ramp), "PNG")


def pictures() -> dict[str, tuple[bytes, str]]:
    found = {f"exif-{k}": (turned(k), "image/jpeg") for k in range(1, 9)}
    for width, height in ((96, 96), (97, 96), (1, 1), (3, 200), (640, 2), (37, 41), (1920, 1080), (95, 193)):
        found[f"{width}x{height}"] = (encoded(photo(width, height), "PNG"), "image/png")
    smooth = photo(500, 400).resize((1000, 800), Image.Resampling.BICUBIC)
    grey, coloured = photo(300, 200).convert("L"), photo(300, 200)
    return found | {
        "jpeg-444": (encoded(coloured, "JPEG", quality=90, subsampling=0), "image/jpeg"),
        "jpeg-420": (encoded(smooth, "JPEG", quality=90), "image/jpeg"),
        "jpeg-progressive": (encoded(smooth, "JPEG", quality=80, progressive=True, subsampling=0), "image/jpeg"),
        "jpeg-grey": (encoded(grey, "JPEG", quality=90), "image/jpeg"),
        "jpeg-cmyk": (encoded(coloured.convert("CMYK"), "JPEG", quality=95), "image/jpeg"),
        "png-alpha": (encoded(see_through(), "PNG"), "image/png"),
        "png-grey-alpha": (encoded(see_through("LA"), "PNG"), "image/png"),
        "png-grey": (encoded(grey, "PNG"), "image/png"),
        "png-16": (deep(), "image/png"),
        "png-palette": (encoded(coloured.quantize(64), "PNG"), "image/png"),
        "gif": (moving("GIF"), "image/gif"),
        "webp": (encoded(coloured, "WEBP", lossless=True), "image/webp"),
        "webp-moving": (moving("WEBP"), "image/webp"),
        "bmp": (encoded(coloured, "BMP"), "image/bmp"),
    }  # fmt: skip


def reference(data: bytes) -> np.ndarray:
    """On white, the middle square, resized with an antialiasing filter, (x / 255 - mean) / std: [1, 3, H, W]."""
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    if image.mode.startswith("I"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
        image = white
    image = image.convert("RGB")
    side = min(image.size)
    left, top = (image.width - side) / 2, (image.height - side) / 2
    seen = image.resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=(left, top, left + side, top + side))
    return ((np.asarray(seen) / 255 - MEAN) / STD).transpose(2, 0, 1)[None]


def mirrored(folder: Path) -> Path:
    """A site whose model answers with what it is given."""
    flat = helper.make_node("Flatten", ["image"], ["seen"])
    model = models.save(folder / "mirror.onnx", [flat], [("image", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
                        [("seen", TensorProto.FLOAT, [1, 3 * SIDE * SIDE])], {})  # fmt: skip
    (folder / "edgeweb.toml").write_text(f"[input.image]\nscale = 255\nmean = {list(MEAN)}\nstd = {list(STD)}\n")
    built = edgeweb("build", model, "-o", folder / "site")
    assert built.returncode == 0, built.stderr
    return folder / "site"


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return mirrored(tmp_path_factory.mktemp("mirror"))


@pytest.fixture
def ask(browser: Browser, host: Host, mirror: Path) -> Iterator[Ask]:
    """What the model is given for each file."""
    with visiting(browser) as go:
        page: Visit = go(host(mirror).url)

        def see(files: list[tuple[bytes, str]]) -> list[np.ndarray]:
            found = page.page.evaluate(READ, [[base64.b64encode(data).decode(), kind] for data, kind in files])
            shape = (1, 3, SIDE, SIDE)
            return [np.frombuffer(base64.b64decode(seen), np.float32).reshape(shape) for seen, *_ in found]

        yield see


@pytest.mark.alike
def test_page_and_python_see_the_same(ask: Ask) -> None:
    given = pictures()
    assert len(given) == 30
    span = 1 / np.array(STD).reshape(1, 3, 1, 1)
    head = np.random.default_rng(4).normal(size=(3 * SIDE * SIDE, 10))
    apart = {}
    for (name, (data, _)), seen in zip(given.items(), ask(list(given.values())), strict=True):
        wanted = reference(data)
        difference = np.abs(seen - wanted) / span
        if difference.max() > ALLOWED or (seen.ravel() @ head).argmax() != (wanted.ravel() @ head).argmax():
            apart[name] = round(float(difference.max()) * 255, 2), round(float(difference.mean()) * 255, 2)
    assert apart == {}, "largest and mean difference, of 255"
