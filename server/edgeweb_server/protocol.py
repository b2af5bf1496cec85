"""uvicorn's HTTP/1.1 protocol with the deadlines it lacks: for a request to arrive, and for a client to read on."""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

# A client that takes nothing for this long is gone; nginx waits as long between two writes.
_STALL_SECONDS = 60.0


class _Deadline:
    """Aborts a connection unless it is stopped in time; starting it twice does not move it."""

    def __init__(self, transport: asyncio.Transport, seconds: float) -> None:
        self._transport = transport
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to count, unless it counts already."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._transport.abort)

    def stop(self) -> None:
        """Let the connection live."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class DeadlineProtocol(H11Protocol):
    """Closes a connection whose request (line, headers and body) is not complete in time.

    uvicorn 0.54 times idle connections only after a first response, and any byte stops that clock, so a client that
    sends nothing, or one byte a minute, holds its socket for ever. Remove when uvicorn has a request timeout.
    """

    receipt_seconds = 10.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a request from now on."""
        super().connection_made(transport)
        self._receipt = _Deadline(transport, self.receipt_seconds)
        self._stall = _Deadline(transport, _STALL_SECONDS)
        self._receipt.start()

    def data_received(self, data: bytes) -> None:
        """Take in bytes; only a complete request stops the clock, and the next one starts it anew."""
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before or not self._partial():
            self._receipt.stop()
        if self._partial():
            self._receipt.start()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget both deadlines."""
        self._receipt.stop()
        self._stall.stop()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client does not keep up: it has a minute to take something."""
        super().pause_writing()
        self._stall.start()

    def resume_writing(self) -> None:
        """The client has caught up."""
        super().resume_writing()
        self._stall.stop()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP, with an answer where none is under way."""
        if self.conn.our_state is h11.IDLE:
            super().send_400_response(msg)
            return
        # After valid headers came a broken chunk. uvicorn would start a second answer, which h11 refuses with a
        # traceback; this connection has nothing more to say.
        self.cycle.disconnected = True
        self.cycle.message_event.set()
        self.transport.abort()

    def _partial(self) -> bool:
        """Whether a request has begun and is not complete."""
        state = self.conn.their_state
        return state is h11.SEND_BODY or (state is h11.IDLE and bool(self.conn.trailing_data[0]))


def protocol(receipt_seconds: float) -> type[DeadlineProtocol]:
    """The protocol class with another deadline; uvicorn makes the instances itself, so it needs a class."""
    return type("ConfiguredProtocol", (DeadlineProtocol,), {"receipt_seconds": receipt_seconds})
