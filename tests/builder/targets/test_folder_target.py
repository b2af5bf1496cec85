"""folder:PATH beside a real nginx: old or new at any instant, one deployment at a time, whatever cuts it."""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import shipped
from edgeweb import cli
from edgeweb.errors import OutputError, UsageError
from edgeweb.targets import folder, ledger


@pytest.fixture
def www(tmp_path: Path) -> Path:
    return tmp_path / "srv" / "www"


@pytest.fixture
def nginx(www: Path, sites: tuple[Path, Path], tmp_path: Path) -> Iterator[int]:
    """Its port; it shows the folder, by the rules of the first site."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed")
    port = shipped.free_port()
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    scratch = "".join(f"{kind}_temp_path {tmp_path}/{kind}; " for kind in kinds)
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {tmp_path}/pid; error_log {tmp_path}/errors; events {{}}\n"
        f"http {{ access_log off; {scratch} server {{ listen 127.0.0.1:{port}; root {www};\n"
        f"include {sites[0]}/hosts/nginx.conf; }} }}\n"
    )
    with subprocess.Popen([program, "-c", tmp_path / "nginx.conf", "-e", tmp_path / "errors"]) as process:
        try:
            shipped.wait_for(port)
            yield port
        finally:
            process.terminate()


def asked(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", f"/{path}")
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def test_nginx_shows_one_release_after_the_other_and_the_first_again(
    sites: tuple[Path, Path], www: Path, nginx: int
) -> None:
    first, second = sites
    for site, old in ((first, None), (second, first), (first, second)):
        shipped.sent(site, f"folder:{www}")
        shipped.shown(shipped.content(www), site, old)
        assert asked(nginx, "") == (200, (site / "index.html").read_bytes())
        assert asked(nginx, "edgeweb.json") == (200, (site / "edgeweb.json").read_bytes())
        for path in shipped.assets(site) | (shipped.assets(old) if old else set()):
            assert asked(nginx, path)[0] == 200
    shipped.sent(second, f"folder:{www}", keep_days=0)
    shipped.shown(shipped.content(www), second)


def test_a_reader_never_finds_a_mixed_site(sites: tuple[Path, Path], www: Path, nginx: int) -> None:
    shipped.sent(sites[0], f"folder:{www}")
    over, seen = threading.Event(), set()
    pages = {(site / "index.html").read_bytes(): n for n, site in enumerate(sites)}

    def read() -> None:
        while not over.is_set():
            status, data = asked(nginx, "index.html")
            seen.add(pages.get(data, status))

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(10):
        shipped.sent(sites[turn % 2], f"folder:{www}")
    over.set()
    reader.join()
    assert seen == {0, 1}


def test_a_dry_run_says_all_of_it_and_makes_nothing(
    sites: tuple[Path, Path], www: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["deploy", str(sites[0]), f"folder:{www}", "--dry-run", "--json", "-q"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert not www.parent.exists()
    assert told["plan"]["send"].keys() == shipped.content(sites[0]).keys()
    assert told["wireBytes"] == sum(told["plan"]["send"].values()) == told["bytes"]
    shipped.sent(sites[0], f"folder:{www}")
    before = shipped.content(www.parent)
    line = ["deploy", str(sites[1]), f"folder:{www}", "--dry-run", "--keep-days", "0"]
    assert cli.main([*line, "--json", "-q"]) == 0
    plan = json.loads(capsys.readouterr().out)["plan"]
    old = shipped.assets(sites[0]) - shipped.assets(sites[1])
    assert (plan["delete"].keys(), plan["keep"]) == (old, {})
    assert cli.main([*line, "-q"]) == 0
    said = capsys.readouterr().out
    assert f"{len(plan['send'])} files" in said
    assert "would delete" in said
    assert shipped.content(www.parent) == before


def test_what_is_not_ours_is_refused_and_with_force_stays(sites: tuple[Path, Path], www: Path) -> None:
    (www / ".well-known").mkdir(parents=True)
    (www / ".well-known" / "security.txt").write_text("mail")
    with pytest.raises(OutputError, match="edgeweb did not make it"):
        shipped.sent(sites[0], f"folder:{www}")
    shipped.sent(sites[0], f"folder:{www}", force=True)
    (www / "robots.txt").write_text("all")
    shipped.sent(sites[1], f"folder:{www}")
    assert (www / ".well-known" / "security.txt").read_text() == "mail"
    assert (www / "robots.txt").read_text() == "all"


def test_what_somebody_changed_on_the_host_is_put_right(sites: tuple[Path, Path], www: Path) -> None:
    shipped.sent(sites[0], f"folder:{www}")
    (www / "index.html").write_text("changed")
    (www / next(iter(sorted(shipped.assets(sites[0]))))).unlink()
    done = shipped.sent(sites[0], f"folder:{www}")
    assert done.plan is not None
    assert len(done.plan.sent) == 2
    shipped.shown(shipped.content(www), sites[0])
    # Without a ledger all goes up, and nothing goes.
    (www / ledger.NAME).unlink()
    done = shipped.sent(sites[1], f"folder:{www}")
    assert done.plan is not None
    assert not done.plan.deleted
    assert shipped.assets(sites[0]) < shipped.content(www).keys()


@pytest.mark.parametrize("name", ["", ".", "dist", "dist/below", "a\nb"])
def test_what_is_no_place_for_a_site(name: str, sites: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(sites[0].parent)
    with pytest.raises(UsageError):
        shipped.sent(sites[0], f"folder:{name}")


def test_a_second_deployment_at_once_is_refused(sites: tuple[Path, Path], www: Path) -> None:
    shipped.sent(sites[0], f"folder:{www}")
    before = shipped.content(www)
    other = os.open(www.parent, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    with pytest.raises(UsageError, match="Another deployment is at work"):
        shipped.sent(sites[1], f"folder:{www}")
    os.close(other)
    assert shipped.content(www) == before


@pytest.mark.parametrize("swapped", [True, False])
def test_cut_anywhere(swapped: bool, sites: tuple[Path, Path], www: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed, with or without leave to replace the folder as a whole."""
    code = "import sys; from edgeweb import cli; from edgeweb.targets import folder; "
    code += "" if swapped else "folder._is_swapped = lambda place: False; "
    code += "sys.exit(cli.main(sys.argv[1:]))"
    if not swapped:
        monkeypatch.setattr(folder, "_is_swapped", lambda place: False)

    def deploy(site: Path, part: float) -> None:
        if part > 1:
            shipped.sent(site, f"folder:{www}")
        else:
            shipped.killed(["deploy", str(site), f"folder:{www}", "-q"], 0.1 + 0.25 * part, code)

    shipped.cut_anywhere(deploy, lambda: shipped.content(www), sites)
    assert [path.name for path in www.parent.iterdir()] == ["www"]
    assert not (www / ".edgeweb-new").exists()
