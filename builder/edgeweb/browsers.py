"""A Chromium or Chrome of this machine, and a page of ours opened in it: headless, with no network but the loopback."""

from __future__ import annotations

import json
import os
import queue
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

# A path to a browser, or "none": then no browser is used.
VARIABLE = "EDGEWEB_BROWSER"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_WINDOWS = r"Google\Chrome\Application\chrome.exe"
_FLAGS = (
    "--headless=new", "--no-first-run", "--no-default-browser-check", "--disable-gpu", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
    "--disable-domain-reliability", "--disable-extensions", "--disable-breakpad", "--disable-crash-reporter",
    "--metrics-recording-only", "--no-pings", "--password-store=basic", "--use-mock-keychain",
    "--disable-background-timer-throttling", "--disable-renderer-backgrounding",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)  # fmt: skip
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".json": "application/json",
}
_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Content-Security-Policy": "default-src 'none'; connect-src 'self'; worker-src blob:; "
    "script-src 'self' blob: 'wasm-unsafe-eval'",
    "Cache-Control": "no-store",
}
_MOST_POSTED = 64 << 20
_ENDS_WITHIN = 5.0


class NoBrowserError(Exception):
    """There is no browser, or it did not do what it was asked; the message says why, for the report."""


def find(environment: Mapping[str, str] = os.environ) -> Path:
    """The browser to use.

    Raises:
        NoBrowserError: there is none, or the variable says "none".
    """
    named = environment.get(VARIABLE, "")
    if named.lower() == "none":
        raise NoBrowserError(f"{VARIABLE} says so")
    if named:
        found = shutil.which(named, path=environment.get("PATH"))
        if found is None:
            raise NoBrowserError(f"{VARIABLE} names {named}, which cannot be started")
        return Path(found)
    on_path = (shutil.which(name, path=environment.get("PATH")) for name in _NAMES)
    roots = [environment[name] for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA") if name in environment]
    installed = (path for path in (*_MAC, *(str(Path(root) / _WINDOWS) for root in roots)) if Path(path).is_file())
    for found in (*filter(None, on_path), *installed):
        return Path(found)
    raise NoBrowserError("no Chromium or Chrome was found")


def reports(browser: Path, files: Mapping[str, bytes | Path], seconds: float) -> Iterator[dict[str, Any]]:
    """What the page says, as it says it, until it says `{"done": true}`.

    The page is `index.html` of `files`, cross-origin isolated; it posts JSON objects to `report`.

    Raises:
        NoBrowserError: the browser ended, or did not end within `seconds`; what it had said by then was yielded.
    """
    said: queue.Queue[dict[str, Any]] = queue.Queue()
    limit = time.monotonic() + seconds
    with _served(files, said) as url, _opened(browser, url) as child:
        while True:
            try:
                report = said.get(timeout=0.2)
            except queue.Empty:
                if child.poll() is not None:
                    raise NoBrowserError(f"{browser.name} ended with code {child.returncode}") from None
                if time.monotonic() > limit:
                    raise NoBrowserError(f"{browser.name} took more than {seconds:.0f} s") from None
                continue
            if report.get("done") is True:
                return
            yield report


@contextmanager
def _served(files: Mapping[str, bytes | Path], said: queue.Queue[dict[str, Any]]) -> Iterator[str]:
    """The address of the page. Others on this machine do not know its folder."""
    folder = f"/{secrets.token_urlsafe(24)}/"

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            name = self.path.removeprefix(folder) or "index.html"
            found = files.get(name) if self.path.startswith(folder) else None
            if found is None:
                return self.answer(404, b"")
            return self.answer(200, found if isinstance(found, bytes) else found.read_bytes(), name)

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if self.path != f"{folder}report" or not 0 < length <= _MOST_POSTED:
                self.close_connection = True
                return self.answer(404, b"")
            report = json.loads(self.rfile.read(length))
            if isinstance(report, dict):
                said.put(report)
            return self.answer(204, b"")

        def answer(self, status: int, data: bytes, name: str = "") -> None:
            self.send_response(status)
            kind = _TYPES.get(Path(name).suffix, "application/octet-stream")
            for header, value in {**_HEADERS, "Content-Type": kind, "Content-Length": str(len(data))}.items():
                self.send_header(header, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            """Nobody reads it."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A browser that is ended leaves connections behind."""

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}{folder}"
        finally:
            server.shutdown()


@contextmanager
def _opened(browser: Path, url: str) -> Iterator[subprocess.Popen[bytes]]:
    """The browser with a profile of its own, both gone afterwards."""
    # The sandbox does not start for root.
    sandbox = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    with tempfile.TemporaryDirectory(prefix="edgeweb-", ignore_cleanup_errors=True) as profile:
        command = [str(browser), *_FLAGS, *sandbox, f"--user-data-dir={profile}", url]
        try:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise NoBrowserError(f"{browser.name} could not be started ({error.strerror})") from error
        try:
            yield child
        finally:
            _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    """With all its processes: they are a group of their own."""
    if sys.platform == "win32":
        child.kill()
    else:
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
    child.wait(_ENDS_WITHIN)
