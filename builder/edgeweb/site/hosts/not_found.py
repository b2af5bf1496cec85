"""`404.html`, which Cloudflare Pages, Netlify and GitHub Pages answer for what a site does not have.

Without one Cloudflare answers such an address with the site's page and status 200, and a missing asset as HTML that may
be kept for a year.
"""

from __future__ import annotations

from edgeweb.site import headers, page
from edgeweb.site.hosts.common import Deployment

PATH = "404.html"


def write(site: Deployment) -> bytes:
    """It stands for any address, so it refers to the site's root, and brings its own policy and style."""
    style = page.template_bytes("404.css").decode()
    words = site.words
    start = words.document["start"].replace("{title}", site.title)
    csp = headers.standing_policy(style)
    return page.render("404.html", words=words, csp=csp, style=style, root=site.root, start=start)
