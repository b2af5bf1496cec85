"""The browser that a build starts: which one, when it is given up, and that it reaches its own page only."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from edgeweb.machine import browsers
from edgeweb.machine.browsers import NoBrowserError

PAGE = b'<!doctype html><title>page</title><script type="module" src="page.js"></script>'
# As long as Chromium takes to ask its vendor for the first things.
SCRIPT = b"""
const post = (report) => fetch('report', { method: 'POST', body: JSON.stringify(report) })
await post({ isolated: crossOriginIsolated })
await new Promise((done) => setTimeout(done, 700))
await post({ done: true })
"""
VISIT = f"""
import sys
from edgeweb.machine import browsers
if sys.argv[1] == "beside":
    sys.platform = "other"
print(list(browsers.reports(browsers.find(), {{"index.html": {PAGE!r}, "page.js": {SCRIPT!r}}}, 60)))
"""
# In the browser's place: asks as others on this machine could, and says what it was given, and what else it reaches.
CLIENT = """
import errno, http.client, json, os, socket, sys
from urllib.parse import urlsplit

def ask(path, body=None):
    connection = http.client.HTTPConnection(url.netloc)
    connection.request("POST" if body else "GET", path, body and json.dumps(body))
    answer = connection.getresponse()
    return [answer.status, answer.read().decode(), answer.headers["Cross-Origin-Embedder-Policy"]]

def code(family, *address):
    try:
        with socket.socket(family) as trying:
            trying.settimeout(0.2)
            return errno.errorcode.get(trying.connect_ex(address), "reached")
    except OSError as error:
        return errno.errorcode[error.errno]

url = urlsplit(sys.argv[-1])
asked = [ask(path)[0] for path in ("/", "/index.html", f"{url.path}../x")]
asked += [*ask(url.path), ask("/report", {"no": 1})[0]]
tried = [code(socket.AF_INET, "127.0.0.1", PORT), code(socket.AF_INET, "192.0.2.1", 80)]
tried += [code(socket.AF_INET6, "2001:db8::1", 80)]
ask(f"{url.path}report", {"network": os.stat("/proc/self/ns/net").st_ino, "asked": asked, "tried": tried})
ask(f"{url.path}report", {"done": True})
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """An executable to write a script into."""
    found = tmp_path / "browser"
    found.touch(0o755)
    return found


def test_which_browser(tmp_path: Path) -> None:
    program = tmp_path / "google-chrome"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert browsers.find({"PATH": str(tmp_path)}) == program
    assert browsers.find({"PATH": "", "EDGEWEB_BROWSER": str(program)}) == program
    with pytest.raises(NoBrowserError, match="no Chromium or Chrome was found"):
        browsers.find({"PATH": str(tmp_path / "none")})
    with pytest.raises(NoBrowserError, match="which cannot be started"):
        browsers.find({"PATH": str(tmp_path), "EDGEWEB_BROWSER": "/no/such/browser"})
    with pytest.raises(NoBrowserError, match="EDGEWEB_BROWSER says so"):
        browsers.find({"PATH": str(tmp_path), "EDGEWEB_BROWSER": "none"})


def test_a_browser_that_ends_or_hangs_is_given_up(program: Path, tmp_path: Path) -> None:
    program.write_text("#!/bin/sh\nexit 7\n")
    with pytest.raises(NoBrowserError, match="browser ended with code 7"):
        list(browsers.reports(program, {}, 20))
    # Its child, which would hold the build up, goes with it.
    program.write_text(f"#!/bin/sh\n{shutil.which('sleep')} 600 &\necho $! > {tmp_path}/child\nwait\n")
    with pytest.raises(NoBrowserError, match="browser took more than 1 s"):
        list(browsers.reports(program, {}, 1))
    process = Path(f"/proc/{int((tmp_path / 'child').read_text())}")
    deadline = time.monotonic() + 5
    while process.is_dir() and "Z" not in (process / "stat").read_text().rpartition(")")[2].split()[0]:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def listening() -> Iterator[int]:
    """The port of somebody else on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_only_the_page_is_served_and_nothing_else_reached(program: Path, listening: int) -> None:
    program.write_text(f"#!{sys.executable}\n{CLIENT.replace('PORT', str(listening))}")
    (said,) = browsers.reports(program, {"index.html": b"page"}, 20)
    assert said["asked"] == [404, 404, 404, 200, "page", "require-corp", 404]
    if said["network"] == Path("/proc/self/ns/net").stat().st_ino:
        pytest.skip("this system lets nobody leave the network")
    assert said["tried"] == ["ECONNREFUSED", "ENETUNREACH", "EAFNOSUPPORT"]


def test_a_browser_that_cannot_start_in_a_namespace_starts_without(program: Path, tmp_path: Path) -> None:
    outside = Path("/proc/self/ns/net").stat().st_ino
    stay = f'[ "$(stat -Lc %i /proc/self/ns/net)" = {outside} ] || exit 1'
    (tmp_path / "client").write_text(CLIENT.replace("PORT", "1"))
    program.write_text(f'#!/bin/sh\n{stay}\nexec {sys.executable} {tmp_path}/client "$@"\n')
    (said,) = browsers.reports(program, {"index.html": b"page"}, 20)
    assert said["network"] == outside


@pytest.mark.parametrize("way", ["alone", "beside"])
def test_chromium_looks_nothing_up_and_reaches_nobody(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EDGEWEB_BROWSER")
    strace = shutil.which("strace") or pytest.skip("there is no strace")
    try:
        browsers.find()
    except NoBrowserError as error:
        pytest.skip(f"{error}")
    log = tmp_path / "log"
    trace = [strace, "-f", "-qq", "-e", "trace=network,unshare", "-o", str(log)]
    if subprocess.run([*trace, sys.executable, "-c", ""]).returncode != 0:
        pytest.skip("this system lets nobody trace a process")
    done = subprocess.run([*trace, sys.executable, "-c", VISIT, way], capture_output=True, text=True, timeout=120)
    assert done.stdout == "[{'isolated': True}]\n", done.stderr
    lines = [line for line in log.read_text().splitlines() if "sin_port" in line or "sin6_port" in line]
    sent = [line for line in lines if re.search(r" send(to|msg|mmsg)\(", line)]
    connected = [line for line in lines if " connect(" in line]
    foreign = [line for line in connected if '"127.0.0.1"' not in line]
    if way == "beside":
        # Whether there is a route to its vendor: for a datagram that is never sent. Only a namespace stops it.
        foreign = [line for line in foreign if "2001:4860:4860::8888" not in line]
    elif "CLONE_NEWNET" not in log.read_text():
        pytest.skip("this system lets nobody leave the network")
    assert connected
    assert (sent, foreign) == ([], [])
