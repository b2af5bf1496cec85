"""The rules of headers.py in the form of each usual host: files for the host's own reader, not part of the site."""

from __future__ import annotations

import json
import re
from typing import Any

from edgeweb.site.headers import Rule

# What stands at a site's root and is no page.
_PLAIN = ("/edgeweb.*", "/headers.json", "/manifest.webmanifest", "/report.json", "/THIRD_PARTY_NOTICES.txt")
# For hosts, not for visitors; what publishes a whole folder, such as nginx, has to be told.
_WITHHELD = ("/.nojekyll", "/_headers", "/hosts/*", "/vercel.json")
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
    "text/plain": "txt ts",
}
# CloudFront keeps these apart from headers of one's own.
_SECURITY = ("Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options", "X-Frame-Options")


def files(found: list[Rule], base_url: str, name: str) -> dict[str, bytes]:
    """Every host's file by its path in the site's folder.

    Args:
        found: `headers.rules()`.
        base_url: where on its host the site stands.
        name: the site's, for what a host asks to be named.
    """
    root = base_url.rstrip("/")
    return {
        "_headers": _netlify(found, root).encode(),
        "vercel.json": _json({"headers": _vercel(found, root)}),
        "hosts/nginx.conf": _nginx(found, root).encode(),
        "hosts/Caddyfile": _caddy(found, root).encode(),
        "hosts/cloudfront.json": _json({"policies": _cloudfront(found, root, name)}),
    }


def _json(document: Any) -> bytes:
    return (json.dumps(document, indent=1) + "\n").encode()


def _netlify(found: list[Rule], root: str) -> str:
    """`_headers` for Netlify and Cloudflare Pages.

    There every rule that matches applies, and two policies would intersect. So what all rules say stands once, at
    `/*`, and nothing with a policy does: files that no other rule names are listed one by one.
    """
    shared = set.intersection(*(set(rule["headers"].items()) for rule in found))
    lines = [f"{root}/*", *(f"  {name}: {value}" for name, value in sorted(shared))]
    for rule in found:
        for source in _PLAIN if rule["source"] == "/*" else [rule["source"]]:
            own = sorted(set(rule["headers"].items()) - shared)
            lines += [f"{root}{source}", *(f"  {name}: {value}" for name, value in own)]
    return "\n".join(lines) + "\n"


def _vercel(found: list[Rule], root: str) -> list[dict[str, Any]]:
    """Rules for `vercel.json`, whose sources are patterns; all that match apply, so the last excludes the others."""
    others = [re.escape(rule["source"][1:]).replace(r"\*", ".*") for rule in found if rule["source"] not in ("/", "/*")]
    patterns = {"/*": f"/((?!(?:{'|'.join(others)})$).+)"}
    return [
        {
            "source": root + patterns.get(rule["source"], rule["source"].replace("*", "(.*)")),
            "headers": [{"key": name, "value": value} for name, value in rule["headers"].items()],
        }
        for rule in found
    ]


def _nginx(found: list[Rule], root: str) -> str:
    """Locations, of which the most specific wins; `add_header` is not inherited by one that has its own."""
    types = " ".join(f"{kind} {ends};" for kind, ends in _TYPES.items())
    whole = next(rule for rule in found if rule["source"] == "/*")
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
        *(f"    {line}" for line in _nginx_headers(whole["headers"])),
    ]
    for rule in found:
        source = rule["source"]
        if source != "/*":
            lines += [f"    location {_nginx_match(root + source)} {{"]
            lines += [f"        {line}" for line in _nginx_headers(rule["headers"])] + ["    }"]
    lines += [f"    location {_nginx_match(root + source)} {{ return 404; }}" for source in _WITHHELD]
    return "\n".join([*lines, "}"]) + "\n"


def _nginx_match(source: str) -> str:
    return f"^~ {source[:-1]}" if source.endswith("*") else f"= {source}"


def _nginx_headers(headers: dict[str, str]) -> list[str]:
    """Without `always`, what is missing in the middle of an upload does not stay missing for a year."""
    return [
        f'add_header {name} "{value}"{"" if name == "Cache-Control" else " always"};'
        for name, value in headers.items()
        if name != "Content-Type"
    ]


def _caddy(found: list[Rule], root: str) -> str:
    """Matchers that exclude each other: every `header` that matches applies."""
    where = f"whose root holds the site{f' in its folder {root}' if root else ''}"
    lines = [
        f"# import this file into a site block {where}.",
        f"file_server {root}/* {{",
        "\tprecompressed br gzip",
        "}",
    ]
    lines += [
        "handle_errors {",
        "\theader Cache-Control no-store",
        '\trespond "{err.status_code} {err.status_text}"',
        "}",
    ]
    lines += [
        f"@edgeweb_withheld path {' '.join(root + source for source in _WITHHELD)}",
        "error @edgeweb_withheld 404",
    ]
    others = " ".join(root + rule["source"] for rule in found if rule["source"] != "/*")
    for number, rule in enumerate(found, 1):
        lines.append(f"@edgeweb{number} {{")
        lines.append(f"\tpath {root}{rule['source']}")
        lines += [f"\tnot path {others}"] if rule["source"] == "/*" else []
        lines += ["}", f"header @edgeweb{number} {{"]
        lines += [f'\t{name} "{value}"' for name, value in rule["headers"].items()] + ["}"]
    return "\n".join(lines) + "\n"


def _cloudfront(found: list[Rule], root: str, name: str) -> list[dict[str, Any]]:
    """A response headers policy for each set of headers, and the path patterns of the cache behaviours to give it."""
    patterns: dict[str, list[str]] = {}
    for rule in found:
        patterns.setdefault(json.dumps(rule["headers"]), []).append(root + rule["source"])
    return [
        {
            "pathPatterns": sources,
            "ResponseHeadersPolicyConfig": _cloudfront_policy(f"{name}-{number}", json.loads(headers)),
        }
        for number, (headers, sources) in enumerate(patterns.items(), 1)
    ]


def _cloudfront_policy(name: str, headers: dict[str, str]) -> dict[str, Any]:
    # The type comes from the object store, with the file.
    own = {key: value for key, value in headers.items() if key not in (*_SECURITY, "Content-Type")}
    return {
        "Name": name,
        "SecurityHeadersConfig": {
            "ContentSecurityPolicy": {
                "Override": True,
                "ContentSecurityPolicy": headers["Content-Security-Policy"],
            },
            "ContentTypeOptions": {"Override": True},
            "FrameOptions": {"Override": True, "FrameOption": headers["X-Frame-Options"]},
            "ReferrerPolicy": {"Override": True, "ReferrerPolicy": headers["Referrer-Policy"]},
        },
        "CustomHeadersConfig": {
            "Quantity": len(own),
            "Items": [{"Header": key, "Value": value, "Override": True} for key, value in own.items()],
        },
    }
