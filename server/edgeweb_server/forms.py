"""The bytes of stored forms, never others than the manifest describes: files to send from, and small ones in memory."""

from __future__ import annotations

import os
import threading
import time
from io import BufferedReader

from edgeweb_server.disk import Seen, digest_of, opened, seen_of
from edgeweb_server.site import Form

# Larger ones cost more to send than to open.
SMALL_BYTES = 64 * 1024
# What a page loads at its start but runtime and model, each in every coding, is about 2 MB.
_TOTAL_BYTES = 16 * 1024 * 1024
# File systems count time in steps of some milliseconds, so that two writes can leave one state.
_SETTLED_NS = 1_000_000_000

_NEVER: Seen = 0, 0, 0, 0
_NOTHING = "", _NEVER, b""
_UNJUDGED = "", _NEVER, False


class Trust:
    """Opens forms whose bytes are those that the manifest describes: as at load, or with the same SHA-256 since."""

    def __init__(self) -> None:
        self._judged: dict[str, tuple[str, Seen, bool]] = {}
        # One reading of a large file is enough, whoever asks for it meanwhile.
        self._lock = threading.Lock()

    def verdict(self, form: Form, seen: Seen) -> bool | None:
        """Whether a form's file in this state has the form's bytes; None when its bytes have yet to be read for that.

        A copy of the same bytes, or a changed time, is a new state as well.
        """
        if seen == form.seen:
            return True
        if seen[-1] != form.size:
            return False
        digest, at, same = self._judged.get(form.path, _UNJUDGED)
        return same if digest == form.sha256 and at == seen else None

    def judged(self, form: Form) -> bool:
        """Whether `open` can tell at once, so that nobody has to wait for it."""
        try:
            return self.verdict(form, seen_of(os.stat(form.path))) is not None  # noqa: PTH116 - as in `Memory.kept`
        except OSError:
            return True

    def open(self, form: Form) -> BufferedReader:
        """The file of a form.

        Raises:
            OSError: it is gone, or has other bytes than the manifest says.
        """
        file = opened(form.path)
        try:
            self._check(form, file)
        except OSError:
            file.close()
            raise
        return file

    def _check(self, form: Form, file: BufferedReader) -> None:
        seen = seen_of(os.fstat(file.fileno()))
        if seen[-1] != form.size:
            raise OSError(f"{form.path} has {seen[-1]} bytes, not {form.size}")
        same = self.verdict(form, seen)
        if same is None:
            with self._lock:
                same = self.verdict(form, seen)
                if same is None:
                    same = self._judge(form, file, seen)
        if not same:
            raise OSError(f"{form.path} has other bytes than when the site was built")

    def _judge(self, form: Form, file: BufferedReader, seen: Seen) -> bool:
        same = digest_of(file) == form.sha256
        if seen != seen_of(os.fstat(file.fileno())):
            return False
        # What is being written just now may be right in the next moment.
        if same or time.time_ns() - seen[0] > _SETTLED_NS:
            self._judged[form.path] = form.sha256, seen, same
        return same


class Memory:
    """Whole small forms, each only as long as its file is still the one that it was read from.

    Args:
        trust: what opens them.
        total: bytes to keep at most; those that were read first go first.
    """

    def __init__(self, trust: Trust, total: int = _TOTAL_BYTES) -> None:
        self._trust = trust
        self._left = total
        self._kept: dict[str, tuple[str, Seen, bytes]] = {}
        # What touches the disk runs in a thread, what is here already in the event loop.
        self._lock = threading.Lock()

    def kept(self, form: Form) -> bytes | None:
        """The bytes of a form if they are here and its file is the same as then.

        Raises:
            OSError: the file is gone.
        """
        etag, seen, data = self._kept.get(form.path, _NOTHING)
        # The tag, because another build may have kept its own; a Path costs more than the system call.
        return data if etag == form.etag and seen == seen_of(os.stat(form.path)) else None  # noqa: PTH116

    def read(self, form: Form) -> bytes:
        """The bytes of a form.

        Raises:
            OSError: they are gone, or are not those that the manifest describes.
        """
        kept = self.kept(form)
        if kept is not None:
            return kept
        with self._trust.open(form) as file:
            data = file.read()
            seen = seen_of(os.fstat(file.fileno()))
        if len(data) != form.size or not self._trust.verdict(form, seen):
            raise OSError(f"{form.path} changed while it was read")
        with self._lock:
            self._keep(form, seen, data)
        return data

    def _keep(self, form: Form, seen: Seen, data: bytes) -> None:
        self._forget(form.path)
        while self._kept and len(data) > self._left:
            self._forget(next(iter(self._kept)))
        if len(data) <= self._left:
            self._kept[form.path] = form.etag, seen, data
            self._left -= len(data)

    def _forget(self, path: str) -> None:
        _, _, data = self._kept.pop(path, _NOTHING)
        self._left += len(data)
