"""What visitors of a deployed site get just now, over the web, each file checked by its hash."""

from __future__ import annotations

import hashlib
import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

from edgeweb import manifest
from edgeweb.errors import EdgewebError, OutputError
from edgeweb.targets import ledger
from edgeweb.targets.common import Wanted, check_place
from edgeweb.targets.ledger import Deployment, Entry, Ledger
from edgeweb.targets.plan import MANIFEST

_SECONDS = 60
_AT_ONCE = 8
_LARGEST_LIST = 64 << 20
_HEADERS = "headers.json"


def read(target: str, url: str, wanted: Wanted) -> Ledger | None:
    """What stands there: by its ledger, or by its manifest where somebody published the site by hand.

    Raises:
        OutputError: it cannot be asked, or something else than a site of edgeweb's is there.
    """
    try:
        known = ledger.decode(_get(url, ledger.NAME, _LARGEST_LIST))
        if known is not None:
            return known
        found = {name: _get(url, name, _LARGEST_LIST) for name in (MANIFEST, _HEADERS)}
    except OSError as error:
        if wanted.force:
            return None
        hint = "Try again; --force replaces it without what open pages of older releases need"
        raise OutputError(f"What {target} shows cannot be read", f"{url} does not answer: {error}", hint) from None
    check_place(target, {url, *(name for name, data in found.items() if _is_object(data))}, wanted.force)
    return _by_hand(found[MANIFEST], wanted)


def fetch(url: str, files: Mapping[str, Entry], room: Path) -> set[str]:
    """Those files into a folder; the paths of those that are not there any more, or not as they were."""

    def one(item: tuple[str, Entry]) -> str:
        path, entry = item
        try:
            data = _get(url, path, entry.bytes)
        except OSError:
            data = None
        if data is None or hashlib.sha256(data).hexdigest() != entry.sha256:
            return path
        (room / path).parent.mkdir(parents=True, exist_ok=True)
        (room / path).write_bytes(data)
        return ""

    with ThreadPoolExecutor(_AT_ONCE) as workers:
        return {path for path in workers.map(one, files.items()) if path}


def _get(url: str, path: str, most: int) -> bytes | None:
    """Its bytes; None where there is none. OSError where the host cannot be asked."""
    asked = urllib.request.Request(  # noqa: S310
        url + quote(path), headers={"Accept-Encoding": "identity", "Cache-Control": "no-cache"}
    )
    try:
        with urllib.request.urlopen(asked, timeout=_SECONDS) as answer:  # noqa: S310
            data: bytes = answer.read(most + 1)
            return data
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in (404, 410):
            return None
        raise OSError(f"status {error.code}") from None
    except urllib.error.URLError as error:
        raise OSError(str(error.reason)) from None
    except (http.client.HTTPException, ValueError) as error:
        raise OSError(str(error)) from None


def _is_object(data: bytes | None) -> bool:
    try:
        return isinstance(json.loads(data or b""), dict)
    except (ValueError, RecursionError):
        return False


def _by_hand(data: bytes | None, wanted: Wanted) -> Ledger | None:
    try:
        about = manifest.decode(data or b"")
    except (EdgewebError, ValueError):
        return None
    files = {path: Entry(file.bytes, file.sha256) for path, file in about.files.items()}
    return Ledger(
        format=1, number=0, deployments=[Deployment(release=about.release, at=ledger.instant(wanted.at), files=files)]
    )
