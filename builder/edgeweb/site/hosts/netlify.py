"""`_headers` for Netlify and Cloudflare Pages."""

from __future__ import annotations

from edgeweb.site.hosts.common import Deployment

PATH = "_headers"

# What stands at a site's root and is no page, also of a folder of releases.
_PLAIN = (
    "/edgeweb.*", "/headers.json", "/manifest.webmanifest", "/report.json", "/THIRD_PARTY_NOTICES.txt", "/signers.pem",
    "/card.md", "/bom.json", "/provenance.json", "/channels.json", "/deployed.json", "/releases/*",
)  # fmt: skip


def write(site: Deployment) -> bytes:
    """Every rule that matches applies, and two policies would intersect.

    So what all rules say stands once, at `/*`, and nothing with a policy does: files that no other rule names are
    listed one by one.
    """
    shared = set.intersection(*(set(rule["headers"].items()) for rule in site.rules))
    lines = [f"{site.root}/*", *(f"  {name}: {value}" for name, value in sorted(shared))]
    for rule in site.rules:
        for source in _PLAIN if rule["source"] == "/*" else [rule["source"]]:
            own = sorted(set(rule["headers"].items()) - shared)
            lines += [f"{site.root}{source}", *(f"  {name}: {value}" for name, value in own)]
    return ("\n".join(lines) + "\n").encode()
