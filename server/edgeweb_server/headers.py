"""`headers.json`: the response headers of each path of a site, the most specific rule first."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from edgeweb_server.errors import ServeError

FORMAT = 1
HEADERS_FILE = "headers.json"

_HINT = "Build the site again: edgeweb build MODEL"
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")
# These say how one answer is framed or which bytes it holds; a fixed value would be a lie about most of them.
_COMPUTED = frozenset(
    {"accept-ranges", "allow", "connection", "content-encoding", "content-length", "content-range"}
    | {"date", "etag", "location", "transfer-encoding"}
)


@dataclass(frozen=True, slots=True)
class HeaderRules:
    """Headers by path. Names are in lower case.

    Attributes:
        exact: path to headers.
        prefixes: (prefix, headers), the longest first; the last is "/", so that every path has headers.
    """

    exact: Mapping[str, Mapping[str, str]]
    prefixes: tuple[tuple[str, Mapping[str, str]], ...]

    def at(self, path: str) -> Mapping[str, str]:
        """The headers of `path`, relative to the site; an odd request target (`*`) gets those of "/*"."""
        found = self.exact.get(path)
        if found is not None:
            return found
        fallback = self.prefixes[-1][1]
        return next((headers for prefix, headers in self.prefixes if path.startswith(prefix)), fallback)


def parse(data: bytes, source: str) -> HeaderRules:
    """Read and check headers.json.

    Args:
        data: the file.
        source: its name, for the error.

    Raises:
        ServeError: it cannot be read in full; sending only some of a site's headers would open it.
    """
    try:
        return _rules(json.loads(data))
    except (ValueError, RecursionError) as error:
        reason = "It is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise ServeError(f"{source} is malformed", reason, _HINT) from error


def _rules(found: Any) -> HeaderRules:
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError(f"It must be an object with format {FORMAT}")
    rules = found.get("rules")
    if not isinstance(rules, list):
        raise ValueError("It has no list of rules")
    exact: dict[str, Mapping[str, str]] = {}
    prefixes: dict[str, Mapping[str, str]] = {}
    for rule in rules:
        source, headers = _rule(rule)
        home, key = (prefixes, source[:-1]) if source.endswith("*") else (exact, source)
        if key in home:
            raise ValueError(f"It has two rules for {source!r}")
        home[key] = headers
    if "/" not in prefixes:
        raise ValueError("It has no rule for '/*', so some answers would have no headers")
    longest_first = sorted(prefixes.items(), key=lambda item: len(item[0]), reverse=True)
    return HeaderRules(MappingProxyType(exact), tuple(longest_first))


def _rule(rule: Any) -> tuple[str, Mapping[str, str]]:
    if not isinstance(rule, dict) or not isinstance(rule.get("headers"), dict):
        raise ValueError("A rule must be an object with a source and headers")
    source = rule.get("source")
    if not isinstance(source, str) or not source.startswith("/") or "*" in source[:-1]:
        raise ValueError(f"The source {source!r} must be a path from the site's root, with at most one * at its end")
    headers: dict[str, str] = {}
    for name, value in rule["headers"].items():
        if not _NAME.fullmatch(name) or not isinstance(value, str) or not _VALUE.fullmatch(value):
            raise ValueError(f"The rule for {source!r} has a header {name!r} that HTTP cannot carry")
        if name.lower() in _COMPUTED:
            raise ValueError(f"The rule for {source!r} sets {name!r}, which depends on each answer")
        if name.lower() in headers:
            raise ValueError(f"The rule for {source!r} sets {name!r} twice")
        headers[name.lower()] = value
    return source, MappingProxyType(headers)
