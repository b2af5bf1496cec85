"""The response headers of a site, once, and their forms for the usual hosts."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

# Every path. `require-corp`, not `credentialless`: everything is same-origin, and Safari lacks the latter.
_COMMON = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-DNS-Prefetch-Control": "off",
    "Origin-Agent-Cluster": "?1",
    "X-Frame-Options": "DENY",
}
_CLOSED_FEATURES = (
    "microphone", "geolocation", "display-capture", "usb", "serial", "hid", "midi", "payment", "clipboard-read",
    "browsing-topics", "local-network-access",
)  # fmt: skip
# 'wasm-unsafe-eval' allows compiling WebAssembly and nothing else; lit-html is Lit's own Trusted Types policy.
_DOCUMENT_CSP = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{inline}; worker-src 'self'; connect-src 'self'; "
    "style-src 'self'; img-src 'self' blob: data:; font-src 'self'; media-src 'self' blob:; manifest-src 'self'; "
    "frame-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types edgeweb lit-html"
)
# A worker's script is ruled by the policy it was served with: it may import and start threads, never connect.
_WORKER_CSP = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'none'"
_ASSET_CSP = "default-src 'none'; sandbox"
_NEVER_STALE = "no-cache"
_IMMUTABLE = "public, max-age=31536000, immutable"


def document_policy(inline: str = "", *, in_page: bool = False) -> str:
    """The document's Content-Security-Policy, allowing the one script `inline` by its hash.

    `in_page`: the form for a <meta> element, which may not say who frames the page.
    """
    digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
    policy = _DOCUMENT_CSP.format(inline=f" 'sha256-{digest}'" if inline else "")
    return policy.replace(" frame-ancestors 'none';", "") if in_page else policy


def rules(camera: bool, inline: str = "") -> list[dict[str, Any]]:
    """Rules of which the most specific wins: `source` is a path from the site's root, exact or ending in `*`."""
    allowed = "camera=(self)" if camera else "camera=()"
    features = ", ".join([allowed, *(f"{name}=()" for name in _CLOSED_FEATURES), "cross-origin-isolated=(self)"])
    common = {**_COMMON, "Permissions-Policy": features}
    document = {
        **common,
        "Content-Security-Policy": document_policy(inline),
        "Connection-Allowlist": "(response-origin)",
        "Cache-Control": _NEVER_STALE,
    }
    script = {**common, "Content-Security-Policy": _WORKER_CSP, "Cache-Control": _IMMUTABLE}
    asset = {**common, "Content-Security-Policy": _ASSET_CSP, "Cache-Control": _IMMUTABLE}
    rest = {**common, "Content-Security-Policy": _ASSET_CSP, "Cache-Control": _NEVER_STALE}
    return [
        {"source": "/", "headers": document},
        {"source": "/index.html", "headers": document},
        {"source": "/report/*", "headers": document},
        {"source": "/assets/worker-*", "headers": script},
        {"source": "/assets/ort-*", "headers": script},
        {"source": "/assets/*", "headers": asset},
        {"source": "/edgeweb.*", "headers": rest},
        {"source": "/*", "headers": rest},
    ]


def as_json(found: list[dict[str, Any]]) -> bytes:
    """headers.json, which the server reads and other forms are made from."""
    return (json.dumps({"format": 1, "rules": found}, indent=1) + "\n").encode()


def as_netlify(found: list[dict[str, Any]], base_url: str) -> bytes:
    """`_headers` for Netlify and Cloudflare Pages.

    There all matching rules apply at once and two CSPs intersect, so the common headers stand once at `/*` and the CSP
    only at sources that do not overlap; the hosts' wildcard has no exclusion, hence none for assets and the rest.
    """
    root = base_url.rstrip("/")
    shared = set.intersection(*(set(rule["headers"].items()) for rule in found))
    lines = [f"{root}/*", *(f"  {name}: {value}" for name, value in sorted(shared))]
    for rule in found:
        own = {k: v for k, v in rule["headers"].items() if (k, v) not in shared}
        if rule["source"] == "/*":
            continue
        if rule["source"] == "/assets/*":
            own = {"Cache-Control": own["Cache-Control"]}
        elif rule["source"].startswith("/assets/"):
            own.pop("Cache-Control")
        lines += [f"{root}{rule['source']}", *(f"  {name}: {value}" for name, value in sorted(own.items()))]
    return ("\n".join(lines) + "\n").encode()
