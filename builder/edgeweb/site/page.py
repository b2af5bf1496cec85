"""What a browser opens first: index.html with its plan, the module for other pages, and what installs the page."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import jinja2

from edgeweb.files.table import FileTable
from edgeweb.files.webdist import WebDist
from edgeweb.schema.model import Variant
from edgeweb.schema.site import FileEntry, Hooks, Python, Runtime
from edgeweb.site import headers
from edgeweb.site.report import chart, claims, compression, document
from edgeweb.site.wording import Wording

_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("edgeweb"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters |= {"size": document.size, "share": compression.share}
# The grounds of page.css.
_LIGHT, _DARK = "#f6f7f5", "#0e1211"
_PLAN = re.compile(rb'id="edgeweb-plan">(.*?)</script>', re.DOTALL)
# A launcher shows about this much.
_SHORT_NAME = 12


@dataclass(frozen=True)
class Content:
    """What a page runs, by the paths of the site; `python` and `hooks` both or neither. `more`: the variants of the
    further models, which hooks run. `fetched`: the tokenizer and its code, where the model needs them.
    """

    script: str
    interface: str
    runtimes: Mapping[str, Runtime]
    variants: Sequence[Variant]
    python: Python | None = None
    hooks: Hooks | None = None
    more: Sequence[Sequence[Variant]] = ()
    fetched: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Icons:
    """The paths of the site's icons; PNGs by their width. `maskable` fills its square, so that a system may cut it.
    `inline`, `apple`: not paths but data: addresses.
    """

    svg: str
    plain: Mapping[int, str]
    maskable: str
    inline: str
    apple: str


def add_icons(table: FileTable) -> Icons:
    """Put the icons into the site."""

    def png(name: str) -> str:
        return table.add_hashed(name, ".png", template_bytes(f"{name}.png"), "icon")

    return Icons(
        svg=table.add_hashed("icon", ".svg", template_bytes("icon.svg"), "icon"),
        plain={size: png(f"icon-{size}") for size in (192, 512)},
        maskable=png("icon-maskable-512"),
        inline=_inline("icon.svg", "image/svg+xml"),
        apple=_inline("icon-apple-180.png", "image/png"),
    )


def _inline(name: str, media_type: str) -> str:
    return f"data:{media_type};base64,{b64encode(template_bytes(name)).decode()}"


def add_page(table: FileTable, title: str, content: Content, web: WebDist, icons: Icons, words: Wording) -> None:
    """Put index.html, edgeweb.js and manifest.webmanifest into the site, whose other files are there."""
    table.compress()
    table.add("manifest.webmanifest", _web_app(title, icons, words), "page")
    entries = table.entries
    csp = headers.document_policy(web.inline, web.style, in_page=True)
    table.add(
        "index.html",
        render(
            "index.html", title=title, plan=plan(entries, content), icons=icons, web=web, csp=csp,
            words=words, light=_LIGHT, dark=_DARK,
        ),
        "page",
    )  # fmt: skip
    table.add("edgeweb.js", render("edgeweb.js", script=_linked(content.script, entries)), "page")


def plan(entries: Mapping[str, FileEntry], content: Content) -> dict[str, Any]:
    """What is to be fetched before any script has run; the page makes the same from the manifest, and compares."""

    def asset(path: str) -> dict[str, Any]:
        entry = entries[path]
        wire = entry.encodings.get("br", entry.bytes)
        return {"path": path, "bytes": entry.bytes, "wire": wire, "sha256": entry.sha256}

    own: dict[str, Any] = {}
    if content.python and content.hooks:
        found = content.python
        files = {name: asset(getattr(found, name)) for name in ("worker", "glue", "library", "api")}
        packages = [[asset(path) for path in each.files] for each in found.packages]
        wasm = [asset(path) for path in found.wasm]
        own = {"python": {**files, "wasm": wasm, "source": asset(content.hooks.file), "packages": packages}}
    if content.fetched:
        own["text"] = {name: asset(path) for name, path in content.fetched.items()}
    return {
        "script": asset(content.script),
        "interface": asset(content.interface),
        "runtimes": {
            name: {
                **{"worker": asset(found.worker), "glue": asset(found.glue), "wasm": [asset(p) for p in found.wasm]},
                "restores": found.cut is not None and found.cut.restores > 0,
            }
            for name, found in content.runtimes.items()
        },
        "variants": [
            {
                "files": [asset(path) for path in each.files],
                "backends": each.backends,
                "draft": each.draft.files if each.draft else None,
            }
            for each in content.variants
        ],
        "accelerate": any(each.accelerate for each in content.variants),
        **own,
    }


def copy_path(index: bytes) -> str:
    """Where a copy of the manifest lies for a page that meets another release's: by the hash of the page's plan."""
    found = _PLAN.search(index)
    if found is None:
        raise ValueError("index.html has no plan")
    return f"assets/manifest-{sha256(found[1]).hexdigest()[:16]}.json"


def _linked(path: str, entries: Mapping[str, FileEntry]) -> dict[str, str]:
    digest = bytes.fromhex(entries[path].sha256)
    return {"path": path, "integrity": f"sha256-{b64encode(digest).decode()}"}


def _web_app(title: str, icons: Icons, words: Wording) -> bytes:
    """The web app manifest: with it and the service worker the page can be installed."""
    sized = [{"src": path, "sizes": f"{size}x{size}", "type": "image/png"} for size, path in icons.plain.items()]
    document = {
        "lang": words.lang,
        "dir": words.dir,
        "name": title,
        "short_name": _short(title),
        "start_url": "./",
        "scope": "./",
        "display": "standalone",
        "theme_color": _LIGHT,
        "background_color": _LIGHT,
        "icons": [
            {"src": icons.svg, "sizes": "any", "type": "image/svg+xml"},
            *sized,
            {"src": icons.maskable, "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
        ],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _short(title: str) -> str:
    """The first words of a title that fit under an icon; the beginning of the first when it does not fit."""
    whole, *words = title.split() or [title]
    for word in words:
        if len(whole) + 1 + len(word) > _SHORT_NAME:
            break
        whole = f"{whole} {word}"
    return whole[:_SHORT_NAME]


def render(name: str, **context: Any) -> bytes:
    """A template of this package, filled in."""
    return _TEMPLATES.get_template(name).render(**context).encode()


def render_report(content: Mapping[str, Any], **context: Any) -> bytes:
    """report/index.html, from the content of report.json."""
    found = content["compression"]
    lossy = any(form["measure"] != "exact" for form in found["forms"])
    return render(
        "report.html",
        report=content,
        lossy=lossy,
        claims=[claims.shown(row) for row in content["evidence"]],
        assumed=claims.counted(content["evidence"]),
        picture=chart.picture(found) if lossy else None,
        bars=chart.bars(found["layers"]),
        bits=compression.bits_a_weight(found),
        **context,
    )


def template_bytes(name: str) -> bytes:
    """A file that lies beside the templates and is shipped as it is."""
    return (Path(__file__).parents[1] / "templates" / name).read_bytes()
