"""A server in a thread of the program that asked for it."""

from __future__ import annotations

import asyncio
import socket
import threading

import uvicorn

from edgeweb_server.errors import ServeError

_STARTS_WITHIN_S = 10.0
_ENDS_WITHIN_S = 3.0


class Background:
    """A server in a thread, which ends with this program, however that ends.

    Args:
        listener: is closed with it.
        url: the site's address.
        ready: set by the server once it answers.

    Raises:
        ServeError: it does not start.
    """

    def __init__(self, server: uvicorn.Server, listener: socket.socket, url: str, ready: threading.Event) -> None:
        self.url = url
        self._server, self._listener = server, listener
        self._thread = threading.Thread(target=self._work, name=f"edgeweb at {url}", daemon=True)
        self._thread.start()
        if not ready.wait(_STARTS_WITHIN_S):
            self.close()
            raise ServeError(f"The server at {url} does not start", "Its thread does not run", "Try it again")

    def _work(self) -> None:
        # Not asyncio.run, which notebooks replace at times.
        with self._listener, asyncio.Runner() as runner:
            runner.run(self._server.serve(sockets=[self._listener]))

    @property
    def alive(self) -> bool:
        """Whether it still answers."""
        return self._thread.is_alive() and not self._server.should_exit

    def close(self) -> None:
        """End it; downloads that go on are cut within a second. Once more does nothing."""
        self._server.should_exit = True
        self._thread.join(_ENDS_WITHIN_S)

    def wait(self) -> None:
        """Until it has ended, or Ctrl-C."""
        while self._thread.is_alive():
            # In pieces: on Windows nothing interrupts a wait without end.
            self._thread.join(0.5)
