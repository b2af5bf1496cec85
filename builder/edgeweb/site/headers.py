"""The response headers that every host of a site must send; hosts/ has them in each host's own form."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TypedDict

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
    "geolocation", "display-capture", "usb", "serial", "hid", "midi", "payment", "clipboard-read",
    "browsing-topics", "local-network-access",
)  # fmt: skip
# 'wasm-unsafe-eval' allows compiling WebAssembly and nothing else; lit-html is Lit's own Trusted Types policy.
# Compute runs from blob: in a frame that is closed before it starts; the frame inherits this policy, hence blob: here.
_DOCUMENT_CSP = (
    "default-src 'none'; script-src 'self' blob: 'wasm-unsafe-eval'{inline}; worker-src 'self' blob:; "
    "connect-src 'self'; style-src 'self'{style}; img-src 'self' blob: data:; font-src 'self'; media-src 'self' blob:; "
    "manifest-src 'self'; frame-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types edgeweb lit-html"
)
# The service worker fetches the site's own files and nothing else.
_SERVICE_WORKER_CSP = "default-src 'none'; script-src 'self'; connect-src 'self'"
_ASSET_CSP = "default-src 'none'; sandbox"
_OWN_ORIGIN = "(response-origin)"
_NEVER_STALE = "no-cache"
_IMMUTABLE = "public, max-age=31536000, immutable"


class Rule(TypedDict):
    """The headers of one path, or of all that begin alike."""

    source: str
    headers: dict[str, str]


def document_policy(inline: str = "", style: str = "", *, in_page: bool = False) -> str:
    """The document's Content-Security-Policy, allowing the one script `inline` and the one `style` by their hashes.

    `in_page`: the form for a <meta> element, which may not say who frames the page.
    """
    policy = _DOCUMENT_CSP.format(inline=_hashed(inline), style=_hashed(style))
    return policy.replace(" frame-ancestors 'none';", "") if in_page else policy


def standing_policy(style: str) -> str:
    """For a page of words alone, with the one `style`."""
    return f"default-src 'none'; style-src{_hashed(style)}; base-uri 'none'; form-action 'none'"


def _hashed(text: str) -> str:
    return f" 'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" if text else ""


def rules(camera: bool, inline: str = "", style: str = "", *, microphone: bool = False) -> list[Rule]:
    """Rules of which the most specific wins: `source` is a path from the site's root, exact or ending in `*`.

    Only the last, for everything else, overlaps the others.
    """
    devices = {"camera": camera, "microphone": microphone}
    allowed = [f"{name}=(self)" if wanted else f"{name}=()" for name, wanted in devices.items()]
    features = ", ".join([*allowed, *(f"{name}=()" for name in _CLOSED_FEATURES), "cross-origin-isolated=(self)"])
    common = {**_COMMON, "Permissions-Policy": features}
    document = {
        **common,
        "Content-Security-Policy": document_policy(inline, style),
        "Connection-Allowlist": _OWN_ORIGIN,
        "Cache-Control": _NEVER_STALE,
    }
    service_worker = {
        **common,
        "Content-Security-Policy": _SERVICE_WORKER_CSP,
        "Connection-Allowlist": _OWN_ORIGIN,
        "Cache-Control": _NEVER_STALE,
        "Content-Type": "text/javascript; charset=utf-8",
    }
    asset = {**common, "Content-Security-Policy": _ASSET_CSP, "Cache-Control": _IMMUTABLE}
    rest = {**common, "Content-Security-Policy": _ASSET_CSP, "Cache-Control": _NEVER_STALE}
    return [
        {"source": "/", "headers": document},
        {"source": "/index.html", "headers": document},
        {"source": "/report/*", "headers": document},
        {"source": "/sw.js", "headers": service_worker},
        {"source": "/assets/*", "headers": asset},
        {"source": "/*", "headers": rest},
    ]


def as_json(found: list[Rule]) -> bytes:
    """headers.json, which the server and the service worker read."""
    return (json.dumps({"format": 1, "rules": found}, indent=1) + "\n").encode()
