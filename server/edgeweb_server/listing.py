"""The page that lists the sites of a folder: what each does, what it looks like, and what a first visit loads."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from edgeweb_server.words import Words

_PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".avif"}
_STYLE = Path(__file__).with_name("listing.css").read_text("utf-8")
# A photo has more.
_SMALL_BYTES = 4096
# No script, no form; pictures are the sites' own.
POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class Card:
    """What the list shows of a site: `picture` is a path of it, and `icon` one that is shown where it has none.

    `small`: the picture has so few bytes that it is one of some pixels. `bytes`: what a first visit loads, if known.
    """

    title: str
    task: str
    picture: str
    icon: str
    small: bool
    bytes: int


def card(manifest: Mapping[str, Any]) -> Card:
    """A site's card, of a manifest whose spine was checked; of what is not as it should be nothing is shown."""
    files: Mapping[str, Any] = manifest["files"]
    named = manifest.get("examples")
    shown = [path for path in named if isinstance(path, str) and path in files] if isinstance(named, list) else []
    pictures = [path for path in shown if PurePosixPath(path).suffix.lower() in _PICTURES]
    icons = sorted(path for path, entry in files.items() if entry.get("role") == "icon" and path.endswith(".svg"))
    task = manifest.get("task")
    return Card(
        title=str(manifest.get("title", manifest["name"])),
        task=task if isinstance(task, str) else "",
        picture=pictures[0] if pictures else "",
        icon=icons[0] if icons else "",
        small=bool(pictures) and files[pictures[0]]["bytes"] < _SMALL_BYTES,
        bytes=_first_visit(manifest, files),
    )


def _first_visit(manifest: Mapping[str, Any], files: Mapping[str, Any]) -> int:
    """The bytes of page, runtime and model for a browser that takes brotli; 0 where the manifest does not say them."""
    try:
        names = ["index.html", manifest["script"], manifest["interface"], *manifest["runtimes"]["wasm"]["files"]]
        sizes = [files[name].get("encodings", {}).get("br", files[name]["bytes"]) for name in dict.fromkeys(names)]
        return int(sum(sizes) + manifest["variants"][0]["wireBytes"])
    except (KeyError, TypeError, IndexError, ValueError, AttributeError):
        return 0


def page(cards: Mapping[str, Card], words: Words) -> str:
    """The list as HTML; it needs no script. `cards`: by the names of the sites' folders."""
    items = "\n".join(_item(name, each, words) for name, each in cards.items())
    return (
        f'<!doctype html>\n<html lang="{words.lang}">\n<head>\n<meta charset="utf-8">\n<title>{words.title}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<link rel="icon" href="data:,">\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{words.title}</h1>\n"
        f'<p class="promise">{words.promise}</p>\n<ul>\n{items}\n</ul>\n</main>\n</body>\n</html>\n'
    )


def _item(name: str, found: Card, words: Words) -> str:
    """One card, which is a link as a whole. Paths of a manifest and names of folders need no encoding in an address."""
    source, look = (found.picture, "small" if found.small else "") if found.picture else (found.icon, "icon")
    picture = f'<img class="{look}" src="{html.escape(name)}/{html.escape(source)}" alt="">' if source else ""
    task = words.task(found.task)
    size = f"<span>{words.size(found.bytes)}</span>" if found.bytes else ""
    return (
        f'<li><div class="picture">{picture}</div><div class="about">'
        f'<h2><a href="{html.escape(name)}/">{html.escape(found.title)}</a></h2>'
        + (f'<p class="task">{html.escape(task)}</p>' if task else "")
        + f'<p class="facts"><span>/{html.escape(name)}/</span>{size}</p></div></li>'
    )
