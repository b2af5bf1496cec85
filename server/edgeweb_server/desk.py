"""Answers requests from the newest loadable state of a folder; it touches the disk, but knows no connection."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from edgeweb_server.answer import BARE_HEADERS, Answer, Ask, answer, problem
from edgeweb_server.errors import ServeError
from edgeweb_server.forms import SMALL_BYTES, Memory, Trust
from edgeweb_server.releases import Releases, load_any
from edgeweb_server.site import Form, Site

_log = logging.getLogger(__name__)


class Desk:
    """Answers for a site, or for every site in a folder.

    Args:
        folder: where they are.

    Raises:
        ServeError: the folder cannot be served exactly as its manifest says.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._place = load_any(folder)
        self._trust = Trust()
        self._memory = Memory(self._trust)

    def current(self) -> Site | Releases:
        """The site as it is on disk now, so that a build shows without a restart.

        A state that cannot be loaded is one that is still being copied: the last good one stays until then.
        """
        if not self._place.fresh():
            try:
                self._place = load_any(self._folder)
            except ServeError as error:
                _log.warning("%s", error)
        return self._place

    def unchanged(self) -> Site | Releases | None:
        """The site as it is on disk now when it has not changed; to load another would take long."""
        return self._place if self._place.fresh() else None

    def kept(self, form: Form) -> bytes | None:
        """The bytes of a small form that are in memory already and still those on disk."""
        try:
            return self._memory.kept(form)
        except OSError:
            return None

    def ready(self, form: Form) -> bool:
        """Whether `fill` takes no longer than to open a file; what was written since the start is read in full once."""
        return self._trust.judged(form)

    def fill(self, found: Answer, method: str) -> tuple[Answer, BinaryIO | None]:
        """The answer with the bytes of its form in it or, when those are many, the open file that has them."""
        form = found.form
        if form is None:
            return found, None
        try:
            if method == "GET" and form.size <= SMALL_BYTES:
                return replace(found, body=self._memory.read(form)[found.part.start : found.part.stop]), None
            file = self._trust.open(form)
        except OSError as error:
            _log.warning("%s", error)
            headers = {**BARE_HEADERS, "retry-after": "1"}
            return problem(503, "The site is being replaced. Try again in a moment.", headers), None
        if method == "GET":
            return found, file
        file.close()
        return found, None

    def find(self, ask: Ask) -> tuple[Answer, BinaryIO | None]:
        """The answer to a request, and the open file when its bytes are too many to be in the answer already."""
        return self.fill(answer(self.current(), ask), ask.method)
