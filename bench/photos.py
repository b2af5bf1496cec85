"""`make bench-photos`: what a photo of 12 megapixels costs on the page more than one of the model's own size, in milliseconds.

The model answers with what it is given, so that all else is the page's own: decoding, turning, cropping, scaling, standardising.
"""

from __future__ import annotations

import base64
import json
import platform
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "playwright"), str(ROOT / "bench")]

import edgeweb  # noqa: E402
from cold_start import QUIET, edgeweb_page  # noqa: E402
from test_parity import READ, encoded, mirrored, photo  # noqa: E402
from throttled import Line, StaticServer  # noqa: E402

ROUNDS = 9


def measure(url: str) -> dict[str, Any]:
    """Small and large in turn, so that what else the machine does meets both."""
    large = photo(1000, 750).resize((4000, 3000), Image.Resampling.BICUBIC)
    given = [[base64.b64encode(encoded(each, "JPEG", quality=85)).decode(), "image/jpeg"]
             for each in (large.resize((224, 224)), large)]  # fmt: skip
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=[*QUIET, "--no-sandbox"])
        page = browser.new_page()
        page.goto(url)
        page.wait_for_function("() => document.querySelector('edge-model')?.model")
        page.evaluate(READ, given)
        found = [page.evaluate(READ, given) for _ in range(ROUNDS)]
        browser.close()
    small, whole, decoding = (
        statistics.median(each) for each in zip(*((a[1], b[1], b[2]) for a, b in found), strict=True)
    )
    return {"own_size_ms": small, "12_megapixels_ms": whole, "extra_ms": whole - small, "decoding_alone_ms": decoding}


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        site = edgeweb_page(mirrored(Path(scratch)))
        server = StaticServer(site.folder, Line(), site.codings, site.headers)
        found = measure(server.url)
        server.close()
    for name, value in found.items():
        print(f"{name:<20}{value:>8.0f}")
    about = {"edgeweb": edgeweb.__version__, "machine": platform.platform(), "rounds": ROUNDS}
    (ROOT / "bench" / "results" / "photos.json").write_text(json.dumps(about | found, indent=1) + "\n")


if __name__ == "__main__":
    main()
