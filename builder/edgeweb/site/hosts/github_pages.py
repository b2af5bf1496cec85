"""GitHub Pages, which sends no headers of a site's own."""

from __future__ import annotations

from edgeweb.site.hosts.common import Deployment

PATH = ".nojekyll"


def write(site: Deployment) -> bytes:
    """Nothing: that it is there turns Jekyll off, which would leave out what begins with "_"."""
    del site
    return b""
