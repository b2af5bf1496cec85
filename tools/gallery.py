"""`make gallery`: a site of each model in a collection, and one page that shows them after a sample was given.

A model's folder holds model.onnx and meta.json (`task`; `preprocess`: the reference formula), perhaps labels.txt and
samples/. What edgeweb.toml says of a model comes from its meta.json alone.
"""

from __future__ import annotations

import argparse
import functools
import json
import re
import shutil
import sys
import tempfile
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import edgeweb
import jinja2
from edgeweb.arguments import TASKS
from edgeweb.errors import EdgewebError
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = Path(__file__).with_name("gallery.html.j2")
RESULT_MS = 30_000
SAID = {"kind", "rate", "window", "chunk", "context", "hop", "frames", "stateful"}
COLORS = ("RGB", "BGR", "GRAY")
NOTE = "document.addEventListener('edge-result', () => { globalThis.resulted = true }, true)"


def config(folder: Path, meta: dict[str, Any]) -> str:
    """edgeweb.toml as far as the model's notes justify one."""
    about = meta.get("preprocess") or {}
    lines = []
    if (folder / "labels.txt").is_file():
        lines.append(f"labels = {json.dumps(str(folder / 'labels.txt'))}")
    kind = {"image": "image", "tabular": "tabular", None: "tabular"}.get(about.get("kind"))
    word = {"image": "classification", "tabular": "tabular classification"}.get(kind or "", "nothing")
    if word in meta["task"]:
        lines.append(f'task = "{kind}-classification"')
    if about.get("kind") == "image" and about["channel_order"] in COLORS:
        lines += [f"[input.{json.dumps(meta['inputs'][0]['name'])}]", *picture(about)]
    # Notes that say more of the sound than we have keys for justify nothing: half of it would be another model's input.
    if about.get("kind") == "audio" and SAID.issuperset(about):
        lines += sound(about, meta["task"])
    return "\n".join(lines) + "\n"


def picture(about: dict[str, Any]) -> list[str]:
    """The keys of an input: x * scale as x / scale, and one number for each colour or for all of them."""
    scale, _, divisor = str(about["scale"]).partition("/")
    whole = float(divisor or 1) / float(scale)
    spread = [about[key] if isinstance(about[key], list) else [about[key]] for key in ("mean", "std")]
    # Means and deviations count pixels of 0 to 255 where nothing is scaled.
    lines = [f"scale = {whole:g}", f"mean = {spread[0]}", f"std = {spread[1]}", f'layout = "{about["layout"]}"']
    lines.append(f'color = "{about["channel_order"]}"')
    if all(isinstance(about[key], int) for key in ("width", "height")):
        lines.append(f"size = [{about['height']}, {about['width']}]")
    return [*lines, f'resize = "{"pad" if "letterbox" in about["resize"] else "stretch"}"']


def sound(about: dict[str, Any], task: str) -> list[str]:
    """The task, where the notes have our words for it, and the windows."""
    named = [f'task = "{each}"' for each in TASKS if each.replace("-", " ") in task]
    numbers = {"window": about.get("chunk"), **about}
    if told := re.search(r"(\d+) context \+ (\d+)", str(about.get("frames"))):
        numbers |= {"context": told[1], "window": told[2]}
    keys = [f"{key} = {numbers[key]}" for key in ("rate", "window", "context", "hop") if numbers.get(key) is not None]
    return [*named, "[audio]", *keys]


def built(folder: Path, out: Path) -> dict[str, Any]:
    """Build the site of a model; with what its notes say, and where that does not fit, without."""
    meta = json.loads((folder / "meta.json").read_text("utf-8"))
    entry = {"name": folder.name, "about": meta.get("task", ""), "samples": samples(folder)}
    with tempfile.TemporaryDirectory() as scratch:
        settings = Path(scratch) / "edgeweb.toml"
        for text in dict.fromkeys((config(folder, meta), "")):
            settings.write_text(text)
            try:
                site = edgeweb.build(
                    folder / "model.onnx", out, config=settings, precision="fp32", title=folder.name, force=True
                )
            except EdgewebError as error:
                entry["problem"] = str(error)
            else:
                return {
                    **entry,
                    "task": site.manifest.task,
                    "bytes": sum(f.bytes for f in site.manifest.files.values()),
                }
    return entry


def samples(folder: Path) -> list[Path]:
    """What a page may be given."""
    return sorted(each for each in (folder / "samples").glob("*") if each.suffix in {".png", ".jpg", ".wav", ".csv"})


class Quiet(SimpleHTTPRequestHandler):
    """As any static host does it, without a line for each request."""

    def log_message(self, *given: object) -> None:
        """Say nothing."""


def hosted(folder: Path) -> str:
    """The address at which `folder` is served until the program ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


def seen(browser: Browser, url: str, given: list[Path], shot: Path) -> None:
    """The page at 1280 pixels, after a sample or, where it takes none, as it opens."""
    page: Page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.add_init_script(NOTE)
    page.goto(url)
    page.wait_for_function("() => document.documentElement.dataset.edgeweb === 'sealed'", timeout=90_000)
    field = page.locator("edge-model input[type=file]")
    if given and field.count():
        field.first.set_input_files(given[0])
        try:
            page.wait_for_function("() => globalThis.resulted === true", timeout=RESULT_MS)
        except Exception as error:  # noqa: BLE001 - the picture shows what the page says
            print(f"  no result: {error}".splitlines()[0], file=sys.stderr)
    page.wait_for_timeout(300)
    page.screenshot(path=shot)
    page.close()


def main() -> None:
    """Build, look, and write index.html."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", type=Path, nargs="?", default=ROOT.parent / "shared" / "models")
    parser.add_argument("-o", "--out", type=Path, default=ROOT / "gallery")
    parser.add_argument("--only", default="", help="names that contain this")
    asked = parser.parse_args()
    folders = sorted(path.parent for path in asked.models.glob("*/meta.json") if asked.only in path.parent.name)
    if not folders:
        sys.exit(
            f"error: there are no models in {asked.models}. A folder of each with model.onnx and meta.json is wanted."
        )
    (asked.out / "shots").mkdir(parents=True, exist_ok=True)
    entries, host = [], hosted(asked.out)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for folder in folders:
            print(folder.name, flush=True)
            entry = built(folder, asked.out / folder.name)
            if "task" in entry:
                seen(browser, f"{host}{folder.name}/", entry["samples"], asked.out / "shots" / f"{folder.name}.png")
            entries.append(entry)
        browser.close()
    template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(
        TEMPLATE.read_text("utf-8")
    )
    (asked.out / "index.html").write_text(template.render(entries=entries), "utf-8")
    right = sum("task" in entry for entry in entries)
    print(f"{right} of {len(entries)} sites; look at them with: python3 -m http.server -d {asked.out}")


if __name__ == "__main__":
    main()
