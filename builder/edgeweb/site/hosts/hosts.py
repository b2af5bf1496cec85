"""The rules of headers.py in the form of each usual host: files for the host's own reader, not part of the site."""

from __future__ import annotations

from pathlib import PurePosixPath

from edgeweb.site.headers import Rule
from edgeweb.site.hosts import caddy, cloudfront, github_pages, netlify, nginx, not_found, vercel
from edgeweb.site.hosts.common import Deployment, Host
from edgeweb.site.wording import Wording

HOSTS: tuple[Host, ...] = (github_pages, not_found, netlify, vercel, nginx, caddy, cloudfront)


def files(found: list[Rule], base_url: str, name: str, title: str, words: Wording) -> dict[str, bytes]:
    """Every host's file by its path in the site's folder.

    Args:
        found: `headers.rules()`.
        base_url: where on its host the site stands.
        name: the site's, for what a host asks to be named.
        title, words: the page's, for what a host shows of its own.
    """
    paths = (PurePosixPath("/", host.PATH) for host in HOSTS)
    # A folder that holds one such file holds nothing else.
    withheld = {str(path) if path.parent.name == "" else f"{path.parent}/*" for path in paths}
    site = Deployment(found, base_url.rstrip("/"), name, tuple(sorted(withheld)), title, words)
    return {host.PATH: host.write(site) for host in HOSTS}
