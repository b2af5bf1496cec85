"""`vercel.json` for Vercel."""

from __future__ import annotations

import re
from typing import Any

from edgeweb.site.hosts.common import Deployment, as_json

PATH = "vercel.json"


def write(site: Deployment) -> bytes:
    """Every rule as a pattern of its own."""
    return as_json({"headers": _rules(site)})


def _rules(site: Deployment) -> list[dict[str, Any]]:
    """Sources are patterns; all that match apply, so the last excludes the others."""
    others = [
        re.escape(rule["source"][1:]).replace(r"\*", ".*") for rule in site.rules if rule["source"] not in ("/", "/*")
    ]
    patterns = {"/*": f"/((?!(?:{'|'.join(others)})$).+)"}
    return [
        {
            "source": site.root + patterns.get(rule["source"], rule["source"].replace("*", "(.*)")),
            "headers": [{"key": name, "value": value} for name, value in rule["headers"].items()],
        }
        for rule in site.rules
    ]
