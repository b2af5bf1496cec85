"""A folder behind an address of this machine, as `edgeweb serve` serves it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edgeweb.errors import SiteError
from edgeweb.machine.child import Child

_STARTS_S = 30.0


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Its address. SiteError where it cannot be served."""
    with Child("cli", "serve", str(folder.resolve()), "--port", "0", "--json") as child:
        try:
            said = child.message(time.monotonic() + _STARTS_S)
        except TimeoutError:
            said = None
        url = None if said is None else said.get("url")
        if not isinstance(url, str):
            hint = f"edgeweb serve {folder} says why"
            raise SiteError(f"{folder} cannot be served", "edgeweb serve ended before it answered", hint)
        yield url
