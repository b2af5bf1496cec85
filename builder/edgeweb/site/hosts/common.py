"""What a host is, and what hosts share."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Protocol

from edgeweb.site.headers import Rule
from edgeweb.site.wording import Wording


@dataclass(frozen=True)
class Deployment:
    """What a host has to know of a site.

    `rules`: `headers.rules()`. `root`: where on its host the site stands, without a slash at its end. `name`: the
    site's, for what a host asks to be named. `withheld`: sources, as in rules, of what is for hosts and not for
    visitors; whoever publishes a whole folder, such as nginx, has to be told. `title`, `words`: the page's.
    """

    rules: list[Rule]
    root: str
    name: str
    withheld: tuple[str, ...]
    title: str
    words: Wording


class Host(Protocol):
    """A module beside this one, which `hosts.py` lists."""

    # Where the host looks for its file in the site's folder; `hosts/` where it looks nowhere.
    PATH: str

    def write(self, site: Deployment, /) -> bytes:
        """The file: the rules in the host's own form."""


def as_json(document: Any) -> bytes:
    """A document as these files hold it."""
    return (json.dumps(document, indent=1) + "\n").encode()
