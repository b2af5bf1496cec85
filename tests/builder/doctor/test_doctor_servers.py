"""No false alarm: the servers that people have, with the files that a build writes for them; and certificates."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import tiny
import uvicorn
from broken_host import hosted
from edgeweb.doctor.common import Diagnosis
from edgeweb.doctor.diagnose import doctor
from edgeweb.errors import SiteError
from edgeweb.recipe import Site
from edgeweb_server import create_app

Build = Callable[..., Site]


def free_port() -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def complaints(found: Diagnosis) -> list[tuple[str, str, str]]:
    return [(each.name, each.state, each.what) for each in found.checks if each.state in ("warn", "fail")]


@contextmanager
def running(command: list[str | Path], port: int) -> Iterator[None]:
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(100):
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.05)
            yield
        finally:
            process.terminate()


@pytest.fixture(params=["/", "/birds/"], ids=["root", "folder"], scope="module")
def below(
    request: pytest.FixtureRequest, build_once: Build, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """A root for a server, and where in it the site stands."""
    base: str = request.param
    folder = tmp_path_factory.mktemp("served")
    build_once(tiny.saved(folder / "m", tiny.linear()), folder / "root" / base.strip("/"), base_url=base)
    return folder, base


def test_edgeweb_serve_is_well(site: Path) -> None:
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(create_app(site), port=port, log_level="error", server_header=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        found = doctor(f"http://127.0.0.1:{port}/")
    finally:
        server.should_exit = True
        thread.join()
    assert (complaints(found), found.host) == ([], "edgeweb serve")


def test_nginx_with_its_own_file_is_well(below: tuple[Path, str]) -> None:
    folder, base = below
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed")
    port = free_port()
    scratch = "".join(
        f"{kind}_temp_path {folder}/{kind}; " for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    conf = folder / "root" / base.strip("/") / "hosts" / "nginx.conf"
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors; events {{}}\n"
        f"http {{ access_log off; {scratch} server {{ listen 127.0.0.1:{port}; root {folder}/root;\n"
        f"include {conf}; }} }}\n"
    )
    with running([program, "-c", folder / "nginx.conf", "-e", folder / "errors"], port):
        found = doctor(f"http://127.0.0.1:{port}{base}")
    assert (complaints(found), found.host) == ([], "nginx")


def test_caddy_with_its_own_file_is_well(below: tuple[Path, str]) -> None:
    folder, base = below
    program = shutil.which("caddy")
    if program is None:
        pytest.skip("Caddy is not installed")
    port = free_port()
    snippet = folder / "root" / base.strip("/") / "hosts" / "Caddyfile"
    (folder / "Caddyfile").write_text(
        "{\n\tadmin off\n\tauto_https off\n}\n"
        f"http://127.0.0.1:{port} {{\n\troot * {folder}/root\n\timport {snippet}\n}}\n"
    )
    with running([program, "run", "--config", folder / "Caddyfile", "--adapter", "caddyfile"], port):
        found = doctor(f"http://127.0.0.1:{port}{base}")
    assert (complaints(found), found.host) == ([], "Caddy")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority's certificate."""
    folder = tmp_path_factory.mktemp("tls")
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
            "-subj", "/CN=test authority", "-keyout", folder / "ca.key", "-out", folder / "ca.pem")  # fmt: skip
    return folder


def openssl(*words: str | Path) -> None:
    subprocess.run(["openssl", *words], check=True, capture_output=True)


def certified(folder: Path, name: str, days: int, alone: bool = False) -> ssl.SSLContext:
    key, request, out = (folder / f"{name}{days}{end}" for end in (".key", ".csr", ".pem"))
    extensions = folder / f"{name}{days}.ext"
    extensions.write_text(f"subjectAltName=DNS:{name}\nbasicConstraints=CA:FALSE\n")
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
            "-keyout", key, "-out", request)  # fmt: skip
    by = ["-key", key] if alone else ["-CA", folder / "ca.pem", "-CAkey", folder / "ca.key", "-CAcreateserial"]
    signing: list[str | Path] = ["-signkey", key] if alone else list(by)
    openssl("x509", "-req", "-in", request, "-days", str(days), "-extfile", extensions, "-out", out, *signing)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(out, key)
    return context


@pytest.mark.parametrize(
    ("name", "days", "alone", "expected", "words"),
    [
        ("localhost", 30, False, set(), "is trusted, until"),
        ("localhost", 5, False, {("certificate", "warn")}, "ends on"),
        ("localhost", -1, False, {("certificate", "fail")}, "has expired"),
        ("other.test", 30, False, {("certificate", "fail")}, "another host name"),
        ("localhost", 31, True, {("certificate", "fail")}, "signed by itself"),
    ],
)
def test_certificates_are_told_apart(
    name: str, days: int, alone: bool, expected: set[tuple[str, str]], words: str,
    site: Path, authority: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("SSL_CERT_FILE", str(authority / "ca.pem"))
    with hosted(site, tls=certified(authority, name, days, alone), name="localhost") as host:
        found = doctor(host.url)
    # It is https without HSTS, which is advice.
    assert {(each, state) for each, state, _ in complaints(found)} == expected | {("hsts", "warn")}
    assert any(words in each.what for each in found.checks if each.name == "certificate"), found.checks


def test_a_port_without_tls_is_one_sentence(site: Path) -> None:
    with hosted(site) as host, pytest.raises(SiteError, match="No browser's TLS is spoken at port"):
        doctor(host.url.replace("http:", "https:"))
