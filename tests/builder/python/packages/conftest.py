"""A stand-in for Pyodide's distribution, and no package index."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from packaged import StandIn


@pytest.fixture
def stand_in() -> Iterator[tuple[StandIn, str]]:
    found = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.removeprefix("/full/")
            found.asked.append(name)
            if name not in found.files:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(found.files[name])))
            self.end_headers()
            self.wfile.write(found.sent.get(name, found.files[name]))

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found, f"http://127.0.0.1:{server.server_port}/full"
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of the test's own, and no package index."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("EDGEWEB_PYODIDE_URL", raising=False)
