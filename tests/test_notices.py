"""Whatever is in a site has its licence in the notices."""

from __future__ import annotations

import json
import re

import make_notices


def test_the_notices_are_those_of_what_is_pinned() -> None:
    """An upgrade that changes a licence fails here: run tools/make_notices.py, and read what has changed."""
    assert make_notices.NOTICES.read_text("utf-8") == make_notices.notices()


def test_every_library_of_the_browser_half_is_named() -> None:
    titles = make_notices.NOTICES.read_text("utf-8").lower()
    for name in json.loads((make_notices.ROOT / "web" / "package.json").read_text("utf-8"))["dependencies"]:
        assert re.search(rf"^{re.escape(name)}[ ,(]", titles, re.MULTILINE), name
