"""Policies for CloudFront, in front of S3."""

from __future__ import annotations

import json
from typing import Any

from edgeweb.site.hosts.common import Deployment, as_json

PATH = "hosts/cloudfront.json"

# CloudFront keeps these apart from headers of one's own.
_SECURITY = ("Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options", "X-Frame-Options")


def write(site: Deployment) -> bytes:
    """A document with all policies, of which CloudFront takes one at a time."""
    return as_json({"policies": _policies(site)})


def _policies(site: Deployment) -> list[dict[str, Any]]:
    """A response headers policy for each set of headers, and the path patterns of the cache behaviours to give it."""
    patterns: dict[str, list[str]] = {}
    for rule in site.rules:
        patterns.setdefault(json.dumps(rule["headers"]), []).append(site.root + rule["source"])
    return [
        {
            "pathPatterns": sources,
            "ResponseHeadersPolicyConfig": _policy(f"{site.name}-{number}", json.loads(headers)),
        }
        for number, (headers, sources) in enumerate(patterns.items(), 1)
    ]


def _policy(name: str, headers: dict[str, str]) -> dict[str, Any]:
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
