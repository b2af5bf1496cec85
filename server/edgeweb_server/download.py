"""A part of a file on its way into a connection, no faster than the client takes it."""

from __future__ import annotations

import asyncio
import errno
import os
from typing import BinaryIO

# Then other connections have their turn.
_TURN_BYTES = 256 * 1024
# What one download holds in memory, and only while its client is behind.
_PIECE_BYTES = 16 * 1024
# What sendfile says of a file system that it cannot read from.
_UNSUPPORTED = {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP}


class Download:
    """Sends a part of a file.

    Args:
        transport: the connection; it asks to pause as soon as it has to keep anything.
        file: where the bytes are; `close` closes it.
        part: which of them.
    """

    def __init__(self, transport: asyncio.Transport, file: BinaryIO, part: range) -> None:
        self._transport = transport
        self._socket = transport.get_extra_info("socket")
        self._file = file
        self._at, self._end = part.start, part.stop

    def advance(self) -> bool:
        """Send what the client takes at once, at most a turn; only while the transport keeps nothing.

        The disk is read in the event loop, as nginx does: the system reads ahead of a turn.

        Returns:
            Whether that was the last of it.

        Raises:
            OSError: the client is gone, or the file became shorter than was promised.
        """
        turn = min(self._at + _TURN_BYTES, self._end)
        while self._at < turn and not self._transport.get_write_buffer_size():
            sent = self._direct(turn - self._at) or self._buffered()
            if not sent:
                raise OSError(f"{self._file.name} became shorter while it was sent")
            self._at += sent
        return self._at == self._end

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _direct(self, size: int) -> int:
        """Bytes that went into the socket without passing through Python; 0 when it is full."""
        if not hasattr(os, "sendfile"):  # Windows
            return 0
        try:
            return os.sendfile(self._socket.fileno(), self._file.fileno(), self._at, size)
        except BlockingIOError:
            return 0
        except OSError as error:
            if error.errno not in _UNSUPPORTED:
                raise
            return 0

    def _buffered(self) -> int:
        """Bytes that were given to the transport, which says when the socket takes more."""
        self._file.seek(self._at)
        piece = self._file.read(min(_PIECE_BYTES, self._end - self._at))
        self._transport.write(piece)
        return len(piece)
