"""A Chromium or Chrome of this machine, and a page of ours opened in it: headless, with no way but the one to us."""

from __future__ import annotations

import json
import os
import queue
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from edgeweb.machine import isolated, scratch
from edgeweb.machine.child import command as program
from edgeweb.machine.child import end, surroundings

# A path to a browser, or "none": then no browser is used.
VARIABLE = "EDGEWEB_BROWSER"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_WINDOWS = r"Google\Chrome\Application\chrome.exe"
# Without a window, and without what it asks its maker for.
QUIET = (
    "--headless=new", "--no-first-run", "--no-default-browser-check", "--disable-gpu", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
    "--disable-domain-reliability", "--disable-extensions", "--disable-breakpad", "--disable-crash-reporter",
    "--metrics-recording-only", "--no-pings", "--password-store=basic", "--use-mock-keychain",
    "--disable-background-timer-throttling", "--disable-renderer-backgrounding", "--disable-quic",
    "--disable-features=AutofillServerCommunication,CertificateTransparencyComponentUpdater,DnsOverHttps,"
    "MediaRouter,NetworkTimeServiceQuerying,OptimizationHints,Translate",
)  # fmt: skip
_ALONE = (
    # What it asks for in spite of these finds no address; nor does the proxy, where all goes but what is for our port.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--proxy-server=refused.invalid:9",
    f"--proxy-bypass-list=<-loopback>;127.0.0.1:{isolated.PORT}",
)  # fmt: skip
# It would look for the desktop's buses.
NO_BUSES = {"DBUS_SESSION_BUS_ADDRESS": "disabled:", "DBUS_SYSTEM_BUS_ADDRESS": "disabled:"}
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
# The path of a UNIX socket has at most 103 bytes on macOS, of which Chromium's names take 44.
_LONGEST_TMPDIR = 59
_MOST_POSTED = 64 << 20


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
    ways = (True, False) if sys.platform == "linux" else (False,)
    for isolate in ways:
        visit = _Visit(files)
        try:
            yield from visit.reports(browser, seconds, isolate)
            return
        except _EndedError:
            # Some cannot start in a namespace, for instance those that a package manager confines itself.
            if visit.begun.is_set() or not isolate:
                raise
        except TimeoutError:
            raise NoBrowserError(f"{browser.name} took more than {seconds:.0f} s") from None


class _EndedError(NoBrowserError):
    """The browser ended by itself."""


class _Visit:
    """One start of a browser, and what its page says."""

    def __init__(self, files: Mapping[str, bytes | Path]) -> None:
        self.files = files
        # Others on this machine do not know it.
        self.folder = f"/{secrets.token_urlsafe(24)}/"
        self.said: queue.Queue[dict[str, Any]] = queue.Queue()
        self.begun = threading.Event()

    def reports(self, browser: Path, seconds: float, isolate: bool) -> Iterator[dict[str, Any]]:
        """
        Raises:
            TimeoutError: it took more than `seconds`.
        """
        with _opened(browser, self.folder, isolate) as (child, listener), _served(listener, self):
            limit = time.monotonic() + seconds
            while True:
                try:
                    report = self.said.get(timeout=0.2)
                except queue.Empty:
                    if child.poll() is not None:
                        raise _EndedError(f"{browser.name} ended with code {child.returncode}") from None
                    if time.monotonic() > limit:
                        raise TimeoutError from None
                    continue
                if report.get("done") is True:
                    return
                yield report


def sandbox() -> list[str]:
    """It does not start for root."""
    return ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []


@contextmanager
def _served(listener: socket.socket, visit: _Visit) -> Iterator[None]:
    folder = visit.folder

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            visit.begun.set()
            name = self.path.removeprefix(folder) or "index.html"
            found = visit.files.get(name) if self.path.startswith(folder) else None
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
                visit.said.put(report)
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

    with Server(("127.0.0.1", 0), Handler, bind_and_activate=False) as server:
        server.socket.close()
        server.socket = listener
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()


@contextmanager
def _opened(browser: Path, folder: str, isolate: bool) -> Iterator[tuple[subprocess.Popen[bytes], socket.socket]]:
    """The browser with a profile of its own, both gone afterwards, and the socket that it will ask for its page."""
    with scratch.folder() as profile:
        url = f"http://127.0.0.1:{isolated.PORT}{folder}"
        command = [str(browser), *QUIET, *_ALONE, *sandbox(), f"--user-data-dir={profile}", url]
        try:
            child, listener = _alone(command, profile) if isolate else _beside(command, profile)
        except OSError as error:
            raise NoBrowserError(f"{browser.name} could not be started ({error.strerror})") from error
        try:
            with listener:
                yield child, listener
        finally:
            end(child)


def _alone(command: list[str], profile: Path) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """In a namespace of its own, where the system allows one."""
    ours, its = socket.socketpair()
    with ours, its:
        child = _started([*program("machine.isolated"), str(its.fileno()), *command], profile, its.fileno())
        its.close()
        _, found, _, _ = socket.recv_fds(ours, 1, 1)
    if not found:
        end(child)
        raise _EndedError("it cannot be isolated")
    return child, socket.socket(fileno=found[0])


def _beside(command: list[str], profile: Path) -> tuple[subprocess.Popen[bytes], socket.socket]:
    listener = socket.create_server(("127.0.0.1", 0))
    port = str(listener.getsockname()[1])
    try:
        return _started([word.replace(isolated.PORT, port) for word in command], profile), listener
    except OSError:
        listener.close()
        raise


def _started(command: list[str], profile: Path, *passed: int) -> subprocess.Popen[bytes]:
    # What it writes beside its profile goes with it, such as reports of crashes; where its socket's path has room.
    places = ["XDG_CACHE_HOME", "XDG_CONFIG_HOME", *(["TMPDIR"] if len(str(profile)) <= _LONGEST_TMPDIR else [])]
    own = dict.fromkeys(places, str(profile))
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        pass_fds=passed,
        env={**surroundings(), **NO_BUSES, **own},
    )
