"""ssh://HOST/PATH to OpenSSH's own server on this machine, over a connection that may break anywhere."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import shipped
from edgeweb import cli
from edgeweb.errors import OutputError, UsageError
from edgeweb.targets import ledger, ssh

SSHD = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin")
pytestmark = pytest.mark.skipif(SSHD is None, reason="OpenSSH's server is not installed")


@dataclass(frozen=True)
class Host:
    """`way`: what stands between, and may break; `room`: this user's settings and keys."""

    way: shipped.Cutting
    room: Path

    def target(self, path: Path | str) -> str:
        return f"ssh://127.0.0.1:{self.way.port}{path}"

    def knows(self, key: str) -> None:
        (self.room / "known").write_text(f"[127.0.0.1]:{self.way.port} {(self.room / key).read_text()}")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    room = tmp_path_factory.mktemp("ssh")
    for name in ("host", "other", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", room / name], check=True)
    port = shipped.free_port()
    (room / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {room}/host\nAuthorizedKeysFile {room}/user.pub\n"
        "StrictModes no\nUsePAM no\nPidFile none\nPasswordAuthentication no\nSubsystem sftp internal-sftp\n"
        "MaxStartups 100\nLogLevel ERROR\n"
    )
    if os.getuid() == 0:
        # Where a server of root's keeps what it shuts away before a login.
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with (
        subprocess.Popen([str(SSHD), "-D", "-e", "-f", room / "sshd_config"], stderr=subprocess.DEVNULL) as process,
        shipped.Cutting(port) as way,
    ):
        try:
            shipped.wait_for(port)
            yield Host(way, room)
        finally:
            process.terminate()


@pytest.fixture
def host(server: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    """The real ssh and sftp, told by their own option to read settings from here and not from the user's home."""
    (server.room / "config").write_text(
        f"Host *\n IdentityFile {server.room}/user\n IdentitiesOnly yes\n IdentityAgent none\n"
        f" UserKnownHostsFile {server.room}/known\n StrictHostKeyChecking yes\n User {getpass.getuser()}\n"
    )
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    for name in ("ssh", "sftp"):
        (bin_ / name).write_text(f'#!/bin/sh\nexec {shutil.which(name)} -F {server.room}/config "$@"\n')
        (bin_ / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(ssh, "_LOOKS_AGAIN_S", 0.1)
    server.knows("host.pub")
    server.way.after(float("inf"))
    return server


def test_one_release_after_the_other_and_the_first_again(sites: tuple[Path, Path], host: Host, tmp_path: Path) -> None:
    www = tmp_path / 'a [b] *c "d" \\e'
    for site, old in ((sites[0], None), (sites[1], sites[0]), (sites[0], sites[1])):
        shipped.sent(site, host.target(www))
        shipped.shown(shipped.content(www), site, old)
    done = shipped.sent(sites[0], host.target(www), keep_days=0)
    assert done.plan is not None
    assert done.plan.deleted.keys() == shipped.assets(sites[1]) - shipped.assets(sites[0])
    shipped.shown(shipped.content(www), sites[0])


def test_a_dry_run_makes_nothing(sites: tuple[Path, Path], host: Host, tmp_path: Path) -> None:
    done = shipped.sent(sites[0], host.target(tmp_path / "www"), dry_run=True)
    assert done.plan is not None
    assert done.plan.sent.keys() == shipped.content(sites[0]).keys()
    assert not (tmp_path / "www").exists()


@pytest.mark.thorough
def test_what_is_not_ours_is_refused_and_with_force_stays(sites: tuple[Path, Path], host: Host, tmp_path: Path) -> None:
    www = tmp_path / "www"
    www.mkdir()
    shipped.sent(sites[0], host.target(www))
    (www / ".htaccess").write_text("mine")
    (www / ledger.NAME).unlink()
    (www / "headers.json").unlink()
    with pytest.raises(OutputError, match="edgeweb did not make it"):
        shipped.sent(sites[0], host.target(www))
    shipped.sent(sites[0], host.target(www), force=True)
    assert (www / ".htaccess").read_text() == "mine"


def test_a_race_is_noticed(
    sites: tuple[Path, Path], host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another deployment ends, or is at work, between the look at the host and the first change."""
    www = tmp_path / "www"
    shipped.sent(sites[0], host.target(www))
    hold = ssh._Folder._hold

    def late(self: ssh._Folder) -> None:
        monkeypatch.setattr(ssh._Folder, "_hold", hold)
        shipped.sent(sites[1], host.target(www))
        hold(self)

    monkeypatch.setattr(ssh._Folder, "_hold", late)
    with pytest.raises(UsageError, match=r"left as it is. Release \w+ was deployed there meanwhile, at 20"):
        shipped.sent(sites[0], host.target(www))
    shipped.shown(shipped.content(www), sites[1], sites[0])

    send = ssh._Folder.send

    def during(self: ssh._Folder, *given: object) -> None:
        monkeypatch.setattr(ssh._Folder, "send", send)
        with pytest.raises(UsageError, match=r"Release \w+ is being deployed there since 20"):
            shipped.sent(sites[1], host.target(www))
        send(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(ssh._Folder, "send", during)
    shipped.sent(sites[0], host.target(www))
    shipped.shown(shipped.content(www), sites[0], sites[1])


def test_what_keeps_ssh_out_is_one_sentence(
    sites: tuple[Path, Path], host: Host, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    way = host.way.port

    def says(target: str, *words: str) -> None:
        assert cli.main(["deploy", str(sites[0]), target, "-q"]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert all(word in said for word in words), said

    says(host.target(tmp_path / "no" / "where"), str(tmp_path / "no" / "where"), "there is no such folder")
    says(f"ssh://127.0.0.1:{shipped.free_port()}/srv", "No ssh server answers at that port")
    says(f"ssh://nobody-here@127.0.0.1:{way}/srv", "It takes none of your keys", f"-p {way} nobody-here@127.0.0.1")
    host.knows("other.pub")
    says(host.target("/srv"), "Its host key is another one than before", f"'[127.0.0.1]:{way}'")
    (host.room / "known").write_text("")
    says(host.target("/srv"), "does not know its host key")
    for name in ("//", "//host", "//host/", "host/path", "//-oProxyCommand=x/y", "//a b/c", "//h:x/y"):
        says(f"ssh:{name}", "Write ssh://[USER@]HOST[:PORT]/PATH")


def test_a_killed_deployment_leaves_no_connection(sites: tuple[Path, Path], host: Host, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "edgeweb.cli", "deploy", str(sites[0]), host.target(tmp_path / "www"), "-q"]
    own = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, env=own) as process:
        _until(lambda: connections(tmp_path) != [])
        process.kill()
    _until(lambda: connections(tmp_path) == [])


def connections(room: Path) -> list[str]:
    """Processes that share one of a deployment whose files are there."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = path.read_bytes().split(b"\0")
            found += [str(path) for word in words if b"-M" in words and word.startswith(f"{room}/edgeweb-".encode())]
    return found


def _until(is_so: Callable[[], bool]) -> None:
    limit = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < limit
        time.sleep(0.01)


@pytest.mark.thorough
def test_cut_anywhere(sites: tuple[Path, Path], host: Host, tmp_path: Path) -> None:
    www = tmp_path / "www"
    deploy = shipped.cut_on_the_way(host.way, host.target(www))
    assert shipped.cut_anywhere(deploy, lambda: shipped.content(www), sites) > 0
    assert not (www / ".edgeweb-new").exists()
