"""The bytes of stored forms, never others than the manifest describes: files to send from, and small ones in memory."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import BinaryIO

from edgeweb_server.site import Form

# Larger ones cost more to send than to open.
SMALL_BYTES = 64 * 1024
# What a page loads at its start but runtime and model, each in every coding, is about 2 MB.
_TOTAL_BYTES = 16 * 1024 * 1024

_Seen = tuple[int, int, int, int]
_NOTHING = "", (0, 0, 0, 0), b""


def open_form(form: Form) -> BinaryIO:
    """The file of a form.

    Raises:
        OSError: it is gone, or has another length than the manifest says.
    """
    file = Path(form.path).open("rb")  # noqa: SIM115 - whoever asked for it closes it
    size = os.fstat(file.fileno()).st_size
    if size != form.size:
        file.close()
        raise OSError(f"{form.path} has {size} bytes, not {form.size}")
    return file


class Memory:
    """Whole small forms, each only as long as its file is still the one that it was read from.

    Args:
        total: bytes to keep at most; those that were read first go first.
    """

    def __init__(self, total: int = _TOTAL_BYTES) -> None:
        self._left = total
        self._kept: dict[str, tuple[str, _Seen, bytes]] = {}
        # What touches the disk runs in a thread, what is here already in the event loop.
        self._lock = threading.Lock()

    def kept(self, form: Form) -> bytes | None:
        """The bytes of a form if they are here and its file is the same as then.

        Raises:
            OSError: the file is gone.
        """
        etag, seen, data = self._kept.get(form.path, _NOTHING)
        # The tag, because another build may have kept its own; a Path costs more than the system call.
        return data if etag == form.etag and seen == _seen(os.stat(form.path)) else None  # noqa: PTH116

    def read(self, form: Form) -> bytes:
        """The bytes of a form.

        Raises:
            OSError: they are gone, or are not as many as the manifest says.
        """
        kept = self.kept(form)
        if kept is not None:
            return kept
        with open_form(form) as file:
            seen = _seen(os.fstat(file.fileno()))
            data = file.read()
        if len(data) != form.size:
            raise OSError(f"{form.path} changed its length while it was read")
        with self._lock:
            self._keep(form, seen, data)
        return data

    def _keep(self, form: Form, seen: _Seen, data: bytes) -> None:
        self._forget(form.path)
        while self._kept and len(data) > self._left:
            self._forget(next(iter(self._kept)))
        if len(data) <= self._left:
            self._kept[form.path] = form.etag, seen, data
            self._left -= len(data)

    def _forget(self, path: str) -> None:
        _, _, data = self._kept.pop(path, _NOTHING)
        self._left += len(data)


def _seen(found: os.stat_result) -> _Seen:
    """What changes when a file is written or replaced; ctime, because a copy may keep the time of its original."""
    return found.st_ctime_ns, found.st_mtime_ns, found.st_ino, found.st_size
