"""uvicorn's HTTP/1.1 protocol with what it lacks: deadlines, stricter reading, and a short way for plain requests."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from edgeweb_server.answer import BARE_HEADERS, problem
from edgeweb_server.download import Download
from edgeweb_server.quick import Quick, Reply, closing
from edgeweb_server.strict import StrictConnection

# A client that takes nothing for this long is gone; nginx waits as long between two writes.
_STALL_SECONDS = 60.0
# How long a client may go on to send what was refused; closing at once could take the answer from it.
_LINGER_SECONDS = 1.0

_log = logging.getLogger(__name__)


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

    Plain requests are answered here: h11, a task and a stack of ASGI applications cost ten times as much as they do.
    """

    receipt_seconds = 10.0
    quick: Quick

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.conn: StrictConnection = StrictConnection()
        self._download: Download | None = None
        self._held = b""
        self._answered = 0.0
        self._closes = False
        self._deaf = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a request from now on."""
        super().connection_made(transport)
        # What a client is behind waits in the file, not here.
        transport.set_write_buffer_limits(high=0)
        self._receipt = _Deadline(transport, self.receipt_seconds)
        self._stall = _Deadline(transport, _STALL_SECONDS)
        self._linger = _Deadline(transport, _LINGER_SECONDS)
        self._receipt.start()

    def data_received(self, data: bytes) -> None:
        """Take in bytes; only a complete request stops the clock, and the next one starts it anew."""
        if self._deaf:
            return
        if self._download is not None:
            self._held += data
            return
        reply = self._reply(data)
        if reply is not None:
            self._send(reply)
            return
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before or not self._partial():
            self._receipt.stop()
        if self._partial():
            self._receipt.start()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadlines and the file."""
        for deadline in (self._receipt, self._stall, self._linger):
            deadline.stop()
        self._end_download()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client does not keep up: it has a minute to take something."""
        super().pause_writing()
        self._stall.start()

    def resume_writing(self) -> None:
        """The client has caught up."""
        super().resume_writing()
        self._stall.stop()
        if self._download is not None:
            # Not at once: asyncio's transport cannot be closed in the middle of this.
            self.loop.call_soon(self._go_on)

    def shutdown(self) -> None:
        """End the connection, after the answer that is under way."""
        if self._download is not None:
            self._closes = True
        elif self._deaf:
            self.transport.close()
        else:
            super().shutdown()

    def timeout_keep_alive_handler(self) -> None:
        """Close an idle connection; that of plain requests is asked once in a while instead of set anew each time."""
        left = self.timeout_keep_alive - (self.loop.time() - self._answered)
        if self._download is not None or left > 0:
            self.timeout_keep_alive_task = None
            self._expect_another(max(left, 1.0))
        else:
            super().timeout_keep_alive_handler()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP, with an answer where none is under way."""
        if self.conn.refusal is not None:
            self._refuse(*self.conn.refusal)
            return
        # After valid headers came a broken chunk. uvicorn would start a second answer, which h11 refuses with a
        # traceback; this connection has nothing more to say.
        self.cycle.disconnected = True
        self.cycle.message_event.set()
        self.transport.abort()

    def _refuse(self, status: int, sentence: str) -> None:
        self._deaf = True
        self.transport.write(closing(problem(status, sentence, BARE_HEADERS), self._date()))
        self.flow.resume_reading()
        self.transport.write_eof()
        self._linger.start()

    def _partial(self) -> bool:
        """Whether a request has begun and is not complete."""
        state = self.conn.their_state
        return state is h11.SEND_BODY or (state is h11.IDLE and bool(self.conn.trailing_data[0]))

    def _date(self) -> bytes:
        return b"".join(b"%s: %s\r\n" % header for header in self.server_state.default_headers)

    def _reply(self, data: bytes) -> Reply | None:
        """The response to `data` when it is one plain request and nothing else is under way."""
        conn = self.conn
        idle = conn.their_state is h11.IDLE is conn.our_state and not conn.trailing_data[0]
        if not idle or self.flow.write_paused:
            return None
        try:
            return self.quick.reply(data, self._date())
        except Exception:  # noqa: BLE001 - a defect: the application meets it too, and answers it with its headers
            _log.exception("A plain request failed.")
            return None

    def _send(self, reply: Reply) -> None:
        self._receipt.stop()
        self._closes = not reply.keeps_open
        if self.access_log:
            # uvicorn's own words, because its formatter takes them apart.
            method, target, version = reply.request.split(" ")
            client = ":".join(map(str, self.client or ()))
            said = client, method, target, version.removeprefix("HTTP/"), reply.status
            self.access_logger.info('%s - "%s %s HTTP/%s" %d', *said)
        if reply.file is None:
            self.transport.write(reply.head + reply.body)
            self._sent()
            return
        self.flow.pause_reading()
        self._download = Download(self.transport, reply.file, reply.part)
        self.transport.write(reply.head)
        self._go_on()

    def _go_on(self) -> None:
        """Send the next turn of a download, unless the client is behind; `resume_writing` comes back here."""
        if self._download is None or self.flow.write_paused:
            return
        try:
            done = self._download.advance()
        except OSError as error:
            # The length is promised already; a cut connection is the only honest end.
            _log.warning("%s", error)
            self.transport.abort()
            return
        if not done:
            if not self.flow.write_paused:
                self.loop.call_soon(self._go_on)
            return
        self._end_download()
        self._sent()
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        held, self._held = self._held, b""
        if held:
            self.data_received(held)

    def _end_download(self) -> None:
        if self._download is not None:
            self._download.close()
            self._download = None

    def _sent(self) -> None:
        self.server_state.total_requests += 1
        if self._closes:
            self.transport.close()
            return
        self._answered = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._expect_another(self.timeout_keep_alive)

    def _expect_another(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)


def protocol(receipt_seconds: float, quick: Quick) -> type[DeadlineProtocol]:
    """The protocol class for one server; uvicorn makes the instances itself, so it needs a class."""
    return type("ConfiguredProtocol", (DeadlineProtocol,), {"receipt_seconds": receipt_seconds, "quick": quick})
