"""headers.json: which response headers each path of a site must have, the most specific rule alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

# What a check of its own looks at.
ISOLATION = ("cross-origin-opener-policy", "cross-origin-embedder-policy", "cross-origin-resource-policy")
POLICY, ALLOWLIST = "content-security-policy", "connection-allowlist"
SNIFFING, FRAMES = "x-content-type-options", "x-frame-options"
CACHING, TYPE = "cache-control", "content-type"
APART = (*ISOLATION, POLICY, ALLOWLIST, SNIFFING, FRAMES, CACHING, TYPE)


@dataclass(frozen=True)
class Rules:
    """Headers by exact path and by prefix, the longest first; `names`: how each header's name is written."""

    exact: Mapping[str, Mapping[str, str]]
    prefixes: tuple[tuple[str, Mapping[str, str]], ...]
    names: Mapping[str, str]

    def at(self, path: str) -> Mapping[str, str]:
        """Those of a path from the site's root, without a slash before it; names are in lower case."""
        whole = f"/{path}"
        if whole in self.exact:
            return self.exact[whole]
        return next((headers for prefix, headers in self.prefixes if whole.startswith(prefix)), {})


def parsed(data: bytes) -> Rules | None:
    """The rules; None where they cannot be read in full."""
    try:
        document = json.loads(data)
        sources = {rule["source"]: dict(rule["headers"]) for rule in document["rules"]}
        names = {name.lower(): name for headers in sources.values() for name in headers}
        lower = {
            source: {name.lower(): str(value) for name, value in headers.items()} for source, headers in sources.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    exact = {source: headers for source, headers in lower.items() if not source.endswith("*")}
    prefixes = ((source[:-1], headers) for source, headers in lower.items() if source.endswith("*"))
    return Rules(exact, tuple(sorted(prefixes, key=lambda each: -len(each[0]))), names)
