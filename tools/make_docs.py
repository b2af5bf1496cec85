"""Makes the docs a static site in docs-site/, and fails where a link leads nowhere: python tools/make_docs.py."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs-site"
STAGE = ROOT / ".make" / "docs"
LINK = re.compile(r"(?<!!)\[(?P<text>[^\]]*)\]\((?P<target>[^)#\s]+)(?P<fragment>#[^)]*)?\)")
# Stands for the site's own origin, wherever it will be.
_HERE = "http://docs.invalid"
SOURCES = {".py": "python", ".toml": "toml", ".html": "html", ".tsx": "tsx"}
# What a browser fetches by itself.
FETCHED = {("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("link", "href")}


def main() -> int:
    """Exit status 1 where a page or a link is wrong."""
    config = tomllib.loads((ROOT / "docs" / "zensical.toml").read_text("utf-8"))
    pages = list(named(config["project"]["nav"]))
    stage(pages)
    problems = [f"{page} is in no place of nav in docs/zensical.toml" for page in forgotten(pages)]
    problems = problems or build() or [*broken(STAGE / "site")]
    for problem in problems:
        print(f"error: {problem}")
    if problems:
        return 1
    shutil.rmtree(OUT, ignore_errors=True)
    shutil.copytree(STAGE / "site", OUT)
    size = sum(path.stat().st_size for path in OUT.rglob("*") if path.is_file())
    print(f"{OUT.relative_to(ROOT)}: {len(pages)} pages, {size / 1e6:.1f} MB, every link leads somewhere")
    print(f"Next: {Path(sys.executable).name} -m http.server -d {OUT.relative_to(ROOT)}")
    return 0


def named(nav: list[Any]) -> Iterator[str]:
    """The files of all places in the navigation."""
    for entry in nav:
        for value in entry.values():
            yield from named(value) if isinstance(value, list) else [value]


def forgotten(pages: list[str]) -> list[str]:
    """Pages of docs/ that the navigation lacks."""
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")}
    return sorted(there - set(pages))


def stage(pages: list[str]) -> None:
    """The pages as they lie in the checkout, so that their links hold."""
    shutil.rmtree(STAGE, ignore_errors=True)
    content = STAGE / "pages"
    beside = ["docs/extra.css", *(f"docs/images/{path.name}" for path in (ROOT / "docs" / "images").iterdir())]
    for name in (*pages, *beside):
        (content / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, content / name)
    for name in pages:
        (content / name).write_text(with_sources((content / name).read_text("utf-8"), name, pages), "utf-8")
    shutil.copy(ROOT / "builder" / "edgeweb" / "templates" / "icon.svg", content / "docs" / "images")
    # No link to the sources: hatchling follows such, and takes a folder that it has seen for packed.
    config = (ROOT / "docs" / "zensical.toml").read_text("utf-8")
    (STAGE / "zensical.toml").write_text(config.replace("../builder", (ROOT / "builder").as_posix()), "utf-8")


def with_sources(text: str, page: str, pages: list[str]) -> str:
    """The page, with each source that it links shown at its end; a link to another file that is no page is its text."""
    shown: dict[str, str] = {}

    def kept(found: re.Match[str]) -> str:
        target = found["target"]
        path = os.path.normpath(Path(page).parent / target)
        if urlsplit(target).scheme or path in pages or not (ROOT / path).exists():
            return found[0]
        language = SOURCES.get(Path(path).suffix)
        if language is None:
            return found["text"]
        anchor = "source-" + re.sub(r"\W+", "-", target)
        shown[path] = f"### {target} {{#{anchor}}}\n\n`````{language}\n{(ROOT / path).read_text('utf-8')}`````\n"
        return f"[{found['text']}](#{anchor})"

    changed = LINK.sub(kept, text)
    return "\n".join([changed, "## Source\n", *shown.values()]) if shown else changed


def build() -> list[str]:
    """Run Zensical, which tells of links between pages that lead nowhere."""
    words = [Path(sys.executable).parent / "zensical", "build", "--strict", "--clean"]
    plain = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(words, cwd=STAGE, env=plain, text=True, capture_output=True, check=False)
    if done.returncode == 0:
        return []
    # Its words, without the traceback that ends them.
    print((done.stdout + done.stderr).partition("Traceback")[0])
    return ["Zensical does not build the pages. Its words are above. Correct the page that they name"]


class Page(HTMLParser):
    """The anchors of a page, and what it leads to or fetches."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: set[str] = set()
        self.fetched: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Both kinds of anchor, and every address."""
        given = {key: value or "" for key, value in attrs}
        self.anchors |= {given[key] for key in ("id", "name") if given.get(key)}
        if tag == "a" and "href" in given:
            self.links.add(given["href"])
        if given.get("rel") != "canonical":
            self.fetched |= {given[key] for kind, key in FETCHED if kind == tag and given.get(key)}


def broken(site: Path) -> Iterator[str]:
    """A sentence for each address that leads nowhere, and for what would be fetched from elsewhere."""
    # That of an unknown address does not know how deep it stands.
    found = {path: Page(path.read_text("utf-8")) for path in sorted(site.rglob("*.html")) if path.name != "404.html"}
    for path, page in found.items():
        where = path.relative_to(site).as_posix()
        yield from (f"{where} fetches {each} from elsewhere" for each in sorted(page.fetched) if urlsplit(each).netloc)
        for link in sorted(page.links | page.fetched):
            parts = urlsplit(urljoin(f"{_HERE}/{where}", link))
            if not parts.geturl().startswith(_HERE):
                continue
            target = site / unquote(parts.path).lstrip("/")
            target = target / "index.html" if target.is_dir() or parts.path.endswith("/") else target
            if not target.is_file():
                yield f"{where} leads to {link}, which is not there"
            elif parts.fragment and target in found and unquote(parts.fragment) not in found[target].anchors:
                yield f"{where} leads to {link}, which that page does not have"


if __name__ == "__main__":
    sys.exit(main())
