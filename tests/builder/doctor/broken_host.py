"""A host on this machine that answers as it should but for the faults that are switched on."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from edgeweb_server import answer as answers
from edgeweb_server import site as sites


@dataclass
class Reply:
    """What is about to be sent; a header that is sent twice has a list."""

    status: int
    headers: dict[str, str | list[str]]
    body: bytes


Fault = Callable[[str, Mapping[str, str], Reply], None]


@dataclass
class Host:
    """`asked`: every path that was asked for; `most`: connections at once."""

    url: str
    asked: list[str] = field(default_factory=list)
    open: int = 0
    most: int = 0


@contextmanager
def hosted(
    folder: Path, *faults: Fault, below: str = "/", extra: Mapping[str, bytes] | None = None,
    tls: ssl.SSLContext | None = None, name: str = "127.0.0.1",
) -> Iterator[Host]:  # fmt: skip
    """A site at a path of the host; `extra`: files that no manifest names."""
    site, more, lock = sites.load(folder), dict(extra or {}), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Else each answer waits for the other side's word on its first half.
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            with lock:
                host.open += 1
                host.most = max(host.most, host.open)

        def finish(self) -> None:
            with lock:
                host.open -= 1
            super().finish()

        def do_GET(self) -> None:
            host.asked.append(self.path)
            asked = {key.lower(): value for key, value in self.headers.items()}
            reply = self.good(asked)
            for fault in faults:
                fault(self.path.removeprefix(below), asked, reply)
            self.send(reply)

        def good(self, asked: Mapping[str, str]) -> Reply:
            path = "/" + self.path.removeprefix(below)
            if not self.path.startswith(below):
                there = self.path == below.rstrip("/")
                return Reply(301, {"location": below}, b"") if there else Reply(404, {}, b"")
            if path[1:] in more and path not in site.files:
                kind = "application/json" if path.endswith(".json") else "application/octet-stream"
                own = {"content-type": kind} if path.endswith(".json") else {}
                return Reply(200, {**site.rules.at(path), **own}, more[path[1:]])
            found = answers.answer(site, answers.Ask("GET", path, asked))
            body = found.body
            if found.form is not None:
                body = Path(found.form.path).read_bytes()[found.part.start : found.part.stop]
            kept = {key: value for key, value in found.headers.items() if key not in ("content-length", "etag")}
            return Reply(found.status, dict(kept), body)

        def send(self, reply: Reply) -> None:
            self.send_response_only(reply.status)
            length = str(len(reply.body))
            usual = {"date": self.date_time_string(), "server": "made by hand", "content-length": length}
            for key, value in {**usual, **reply.headers}.items():
                for each in [value] if isinstance(value, str) else value:
                    self.send_header(key, each)
            self.end_headers()
            self.wfile.write(reply.body)
            if reply.headers.get("content-length", length) != length:
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        scheme = "https" if tls else "http"
        host = Host(f"{scheme}://{name}:{server.server_port}{below}")
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield host
        finally:
            server.shutdown()
