"""Draws the icons of an installed page from templates/icon.svg, with Chromium; run after changing it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

TEMPLATES = Path(__file__).resolve().parent.parent / "builder" / "edgeweb" / "templates"
# Name, width, and whether the picture fills its square: Android and iOS cut their own shape out of it, Android within
# a circle of 80 % of the width.
ICONS = (
    ("icon-192", 192, False),
    ("icon-512", 512, False),
    ("icon-maskable-512", 512, True),
    ("icon-apple-180", 180, True),
)


def filled(svg: str) -> str:
    """The icon without round corners, its drawing smaller and in the middle."""
    head, ground, drawing = re.findall(r"^(<svg[^>]*>)(<rect[^>]*/>)(.*)</svg>", svg.strip(), re.DOTALL)[0]
    return f'{head}{re.sub(" rx=.[0-9]+.", "", ground)}<g transform="translate(4 4) scale(.75)">{drawing}</g></svg>'


def draw(page: Page, svg: str, size: int, path: Path) -> None:
    """One picture, transparent where the icon is."""
    page.set_viewport_size({"width": size, "height": size})
    page.set_content(f"<style>body {{ margin: 0 }} svg {{ display: block }}</style>{svg}")
    page.screenshot(path=path, omit_background=True)
    print(f"{path.name}: {path.stat().st_size} bytes")


def main() -> None:
    """Draws all of them."""
    svg = (TEMPLATES / "icon.svg").read_text("utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        page = browser.new_page()
        for name, size, whole in ICONS:
            draw(page, filled(svg) if whole else svg, size, TEMPLATES / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
