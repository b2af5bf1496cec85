"""Tiny sites made in code, an ASGI client that sends paths exactly as given, and a real server process."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import edgeweb_server
import pytest

SECURITY = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
RULES = [
    {"source": "/*", "headers": {**SECURITY, "Cache-Control": "no-cache"}},
    {"source": "/", "headers": {**SECURITY, "Content-Security-Policy": "script-src 'self'"}},
    {"source": "/assets/*", "headers": {**SECURITY, "Cache-Control": "public, max-age=31536000, immutable"}},
    {"source": "/assets/w/*", "headers": {**SECURITY, "Cache-Control": "no-cache", "X-Kind": "worker"}},
]
MODEL = random.Random(1).randbytes(1000)
SCRIPT = b"export const answer = 42;\n" * 200
CONTENT = {
    "index.html": b"<!doctype html><title>t</title>",
    "report/index.html": b"<!doctype html><title>report</title>",
    "assets/app.js": SCRIPT,
    "assets/model.onnx": MODEL,
    "assets/w/worker.js": b"self.onmessage = null",
    "assets/empty.txt": b"",
    "edgeweb.d.ts": b"export {}",
    "LICENSE": b"MIT",
}
# Not brotli, but the server must not care: it sends what lies beside the file.
BROTLI = b"\x0bpretend-brotli"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def write_site(
    folder: Path,
    content: Mapping[str, bytes] = CONTENT,
    encoded: tuple[str, ...] = ("assets/app.js",),
    rules: list[dict[str, Any]] | None = None,
    **manifest: Any,
) -> Path:
    """A site with `content`, of which `encoded` have .br and .gz beside them."""
    files: dict[str, Any] = {}
    for path, data in content.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        files[path] = {"bytes": len(data), "sha256": sha256(data), "role": "page"}
        if path in encoded:
            zipped = gzip.compress(data, mtime=0)
            (folder / f"{path}.br").write_bytes(BROTLI)
            (folder / f"{path}.gz").write_bytes(zipped)
            files[path]["encodings"] = {"br": len(BROTLI), "gzip": len(zipped)}
    found = {"format": 1, "name": "bird", "title": "Bird <finder>", "release": "r1", "files": files, **manifest}
    (folder / "edgeweb.json").write_text(json.dumps(found))
    (folder / "headers.json").write_text(json.dumps({"format": 1, "rules": RULES if rules is None else rules}))
    return folder


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


class Client:
    """Calls an ASGI application; Starlette's own client would normalise the paths under test (and warns on httpx)."""

    def __init__(self, app: Any, runner: asyncio.Runner) -> None:
        self._app = app
        self._runner = runner

    def __call__(
        self,
        path: str,
        method: str = "GET",
        headers: list[tuple[str, str]] | None = None,
        raw: bytes | None = None,
        root_path: str = "",
        **more: str,
    ) -> Reply:
        """`more`: headers as keywords (accept_encoding="br")."""
        sent = [*(headers or []), *((name.replace("_", "-"), value) for name, value in more.items())]
        return self._runner.run(self._call(self._scope(path, method, sent, raw, root_path)))

    def each_range(self, path: str, values: list[str]) -> list[Reply]:
        """One GET for each Range header, in one run of the loop."""

        async def all_of_them() -> list[Reply]:
            return [await self._call(self._scope(path, "GET", [("range", value)])) for value in values]

        return self._runner.run(all_of_them())

    def _scope(
        self, path: str, method: str, sent: list[tuple[str, str]], raw: bytes | None = None, root_path: str = ""
    ) -> dict[str, Any]:
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode() if raw is None else raw,
            "query_string": b"",
            "root_path": root_path,
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in sent],
        }

    async def _call(self, scope: dict[str, Any]) -> Reply:
        messages: list[dict[str, Any]] = []
        received = iter([{"type": "http.request", "body": b"", "more_body": False}])

        async def receive() -> dict[str, Any]:
            if (message := next(received, None)) is None:
                await asyncio.Event().wait()
                raise AssertionError
            return message

        async def send(message: dict[str, Any]) -> None:
            messages.append(message)

        await self._app(scope, receive, send)
        start = messages[0]
        headers = [(name.decode(), value.decode("latin-1")) for name, value in start["headers"]]
        assert len(headers) == len(dict(headers)), f"a header was sent twice: {headers}"
        return Reply(start["status"], dict(headers), b"".join(message["body"] for message in messages[1:]))


@pytest.fixture(scope="session")
def make_site() -> Callable[..., Path]:
    return write_site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site that tests only read, with files beside it that it does not name."""
    folder = write_site(tmp_path_factory.mktemp("served") / "site")
    (folder / ".env").write_text("SECRET")
    (folder / "unlisted.txt").write_text("SECRET")
    (folder.parent / "outside.txt").write_text("SECRET")
    return folder


@pytest.fixture(scope="session")
def client_of() -> Iterator[Callable[..., Client]]:
    with asyncio.Runner() as runner:

        def make(folder: Path, **options: Any) -> Client:
            return Client(edgeweb_server.create_app(folder, **options), runner)

        yield make


@pytest.fixture(scope="session")
def client_for() -> Iterator[Callable[[Any], Client]]:
    """A client of any application."""
    with asyncio.Runner() as runner:
        yield lambda app: Client(app, runner)


@pytest.fixture(scope="session")
def get(site: Path, client_of: Callable[..., Client]) -> Client:
    """The client of the read-only site."""
    return client_of(site)


PROGRAM = """
import json, logging, sys, edgeweb_server
options = json.loads(sys.argv[2])
logging.getLogger("uvicorn.access").addHandler(logging.StreamHandler(sys.stdout))
ended_by = edgeweb_server.serve(sys.argv[1], port=0, on_ready=lambda url: print(url, flush=True), **options)
sys.exit(128 + ended_by)
"""


class Process:
    """`serve` in an interpreter of its own, where every warning is an error."""

    def __init__(self, folder: Path, **options: Any) -> None:
        home = str(Path(edgeweb_server.__file__).parents[1])
        self.popen = subprocess.Popen(
            [sys.executable, "-W", "error", "-X", "dev", "-c", PROGRAM, str(folder), json.dumps(options)],
            env={"PYTHONPATH": home, "PATH": "", "PYTHONUTF8": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.popen.stdout is not None
        self.url = self.popen.stdout.readline().strip()
        self.port = int(self.url.rstrip("/").rpartition(":")[2]) if self.url else 0

    def stop(self, sig: signal.Signals = signal.SIGINT) -> tuple[int, str, str]:
        """Exit code, and what it wrote after its address to stdout and stderr."""
        if self.popen.poll() is None:
            self.popen.send_signal(sig)
        try:
            out, err = self.popen.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            out, err = self.popen.communicate()
            pytest.fail(f"the server did not end: {out} {err}")
        return self.popen.returncode, out, err


@pytest.fixture(scope="session")
def start() -> type[Process]:
    return Process


@pytest.fixture(scope="module")
def running(site: Path) -> Iterator[Process]:
    """A server over the read-only site that drops half-open connections after half a second."""
    process = Process(site, receipt_seconds=0.5)
    yield process
    code, out, err = process.stop()
    assert (code, out, err) == (128 + signal.SIGINT, "", "")
