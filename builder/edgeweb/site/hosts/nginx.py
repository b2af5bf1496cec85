"""A snippet for one's own nginx."""

from __future__ import annotations

from edgeweb.site.hosts.common import Deployment

PATH = "hosts/nginx.conf"

_TYPES = {
    "application/json": "json",
    "application/manifest+json": "webmanifest",
    "application/wasm": "wasm",
    "image/gif": "gif",
    "image/jpeg": "jpg jpeg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/webp": "webp",
    "text/css": "css",
    "text/html": "html",
    "text/javascript": "js mjs",
    "text/plain": "txt ts md pem",
}


def write(site: Deployment) -> bytes:
    """Locations, of which the most specific wins; `add_header` is not inherited by one that has its own."""
    root = site.root
    types = " ".join(f"{kind} {ends};" for kind, ends in _TYPES.items())
    whole = next(rule for rule in site.rules if rule["source"] == "/*")
    lines = [
        f"# include this file in a server block whose root holds the site{f' in its folder {root}' if root else ''}.",
        f"location ^~ {root}/ {{",
        f"    types {{ {types} }}",
        "    default_type application/octet-stream;",
        "    charset utf-8;",
        "    charset_types text/css text/javascript text/plain;",
        "    gzip_static on;",
        "    gzip_vary on;",
        "    # With the brotli module: brotli_static on;",
        *(f"    {line}" for line in _headers(whole["headers"])),
    ]
    for rule in site.rules:
        source = rule["source"]
        if source != "/*":
            lines += [f"    location {_match(root + source)} {{"]
            lines += [f"        {line}" for line in _headers(rule["headers"])] + ["    }"]
    lines += [f"    location {_match(root + source)} {{ return 404; }}" for source in site.withheld]
    return ("\n".join([*lines, "}"]) + "\n").encode()


def _match(source: str) -> str:
    return f"^~ {source[:-1]}" if source.endswith("*") else f"= {source}"


def _headers(headers: dict[str, str]) -> list[str]:
    """Without `always`, what is missing in the middle of an upload does not stay missing for a year."""
    return [
        f'add_header {name} "{value}"{"" if name == "Cache-Control" else " always"};'
        for name, value in headers.items()
        if name != "Content-Type"
    ]
