"""How a store of objects keeps a site: each file once, in one encoding, with the headers that it is then sent with."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from edgeweb.targets.common import Sent
from edgeweb.targets.ledger import Entry
from edgeweb.targets.plan import Plan
from edgeweb.targets.shipment import Shipment

# Stores do not choose by what a browser takes. Every browser that can run a site takes brotli over HTTPS.
_ENCODED, _ENCODING = ".br", "br"
_FORMS = (".br", ".gz")
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".ts": "text/plain; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".wasm": "application/wasm",
    ".svg": "image/svg+xml",
    ".zip": "application/zip",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".ogg": "audio/ogg",
    "": "text/plain; charset=utf-8",
}
_BINARY = "application/octet-stream"
_NEVER_STALE = "no-cache"
_BETWEEN = " | "


def entries(site: Shipment) -> dict[str, Entry]:
    """What is to be stored: without the other forms of a file, and with how each is kept."""
    rules = _rules(site.folder)
    found: dict[str, Entry] = {}
    for path, entry in site.files.items():
        plain, form = path[: -len(_ENCODED)], path[-len(_ENCODED) :]
        if form in _FORMS and plain in site.files:
            continue
        encoding = _ENCODING if f"{path}{_ENCODED}" in site.files else ""
        stored = _BETWEEN.join((encoding, kind(path), _cache(path, rules)))
        found[path] = Entry(entry.bytes, entry.sha256, stored)
    return found


def source(path: str, entry: Entry) -> str:
    """The file of the site that is stored as `path`."""
    return f"{path}{_ENCODED}" if entry.stored.startswith(_ENCODING) else path


def attributes(entry: Entry) -> dict[str, str]:
    """The headers that a store is told for it."""
    encoding, of_kind, cache = entry.stored.split(_BETWEEN)
    found = {"Content-Type": of_kind, "Cache-Control": cache}
    return found | ({"Content-Encoding": encoding} if encoding else {})


def sent(where: str, site: Shipment, planned: Plan, url: str) -> Sent:
    """What was done, with the bytes that went over the wire."""
    wire = sum(site.files[source(path, entry)].bytes for path, entry in planned.sent.items())
    encoded = ("stored as", "brotli, with Content-Encoding: br, where the site has that form")
    return Sent(where, (encoded,), plan=planned, url=url, wire=wire)


def kind(path: str) -> str:
    """Its media type."""
    suffix = PurePosixPath(path).suffix
    return _TYPES.get(suffix) or mimetypes.types_map.get(suffix, _BINARY)


def _rules(folder: Path) -> Mapping[str, str]:
    """Cache-Control by what headers.json has as source."""
    try:
        told = json.loads((folder / "headers.json").read_bytes())["rules"]
        return {rule["source"]: rule["headers"].get("Cache-Control", _NEVER_STALE) for rule in told}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {"/assets/*": "public, max-age=31536000, immutable"}


def _cache(path: str, rules: Mapping[str, str]) -> str:
    """Of the most specific rule, which is how headers.json is read."""
    matching = [
        rule for rule in rules if rule == f"/{path}" or (rule.endswith("*") and f"/{path}".startswith(rule[:-1]))
    ]
    return rules[max(matching, key=lambda rule: (not rule.endswith("*"), len(rule)))] if matching else _NEVER_STALE
