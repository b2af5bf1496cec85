"""`edgeweb doctor` as it is typed: its exit codes, its forms, and one sentence where there is no site."""

from __future__ import annotations

import json
import re
import shutil
import socket
from pathlib import Path

import edgeweb
import pytest
from broken_host import Reply, hosted
from edgeweb import cli
from edgeweb.doctor import diagnose, github, opening
from edgeweb.doctor.browser import visited
from edgeweb.doctor.checks.checks import CHECKS
from edgeweb.doctor.common import Checked, Diagnosis
from one_fault import CASES, Headers

Captured = pytest.CaptureFixture[str]


def test_the_page_names_every_check_in_order() -> None:
    text = (Path(__file__).parents[3] / "docs" / "doctor.md").read_text("utf-8")
    named = re.findall(r"^\| `([a-z-]+)` \| (host|folder|both|`--browser`) \|", text, re.MULTILINE)
    places = {(True, True): "both", (True, False): "host", (False, True): "folder"}
    known = [(check.name, places[check.host is not None, check.folder is not None]) for check in CHECKS]
    assert named == [*known, *((name, "`--browser`") for name in visited.NAMES)]


def test_a_good_site_is_exit_code_0_in_one_line_a_check(site: Path, capsys: Captured) -> None:
    assert cli.main(["doctor", str(site)]) == 0
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert lines[0].startswith(f"{site}: release ")
    assert sum(line.startswith("  ok ") for line in lines) >= 6
    assert "not looked at: https, certificate," in out
    assert lines[-1] == "0 failed, 0 to look at, 6 passed"
    assert "means" not in out


def test_a_failed_check_is_exit_code_3_with_fault_consequence_and_mend(site: Path, capsys: Captured) -> None:
    with hosted(site, CASES["no COEP"][0]) as host:
        assert cli.main(["doctor", host.url]) == 3
        out = capsys.readouterr().out
        at = out.index("  FAIL isolation")
        fault, means, mend = out[at:].splitlines()[:3]
        assert "Cross-Origin-Embedder-Policy is missing on /, " in fault
        assert means.split()[0] == "means" and "one thread" in means
        assert mend.split()[0] == "mend" and "Cross-Origin-Embedder-Policy: require-corp" in mend
        assert "1 failed" in out.splitlines()[-1]
        # A warning fails nothing.
    with hosted(site, CASES["a cookie"][0]) as host:
        assert cli.main(["doctor", host.url, "--quiet"]) == 0
        assert capsys.readouterr().err == ""


def test_json_is_one_document(site: Path, capsys: Captured) -> None:
    with hosted(site, CASES["no COEP"][0]) as host:
        assert cli.main(["doctor", host.url, "--json"]) == 3
        found = json.loads(capsys.readouterr().out)
        assert found == edgeweb.doctor(host.url).document
    assert (found["where"], found["passed"], found["counts"]["fail"]) == (host.url, False, 1)
    (failed,) = [each for each in found["checks"] if each["state"] == "fail"]
    assert {*failed} == {"name", "state", "what", "consequence", "mend"}
    assert {each["state"] for each in found["checks"]} == {"pass", "fail", "skipped"}


def test_github_gets_commands_that_no_finding_can_leave(site: Path, capsys: Captured) -> None:
    with hosted(site, CASES["no COEP"][0], CASES["a cookie"][0]) as host:
        assert cli.main(["doctor", host.url, "--format", "github"]) == 3
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["::error", "::warning", "::notice"]
    assert lines[0].startswith("::error title=edgeweb doctor%3A isolation::Cross-Origin-Embedder-Policy is missing")
    evil = Checked("a:b,c", "fail", "100 %\n::error::forged\r\n", "x\x1b[2J", "y")
    (first, _) = github.lines(Diagnosis("w", "r", "h", [evil]))
    assert first == "::error title=edgeweb doctor%3A a%3Ab%2Cc::100 %25%0A::error::forged%0D%0A. x�[2J. Mend: y"


def refused() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/"


def not_one(path: str, asked: Headers, reply: Reply) -> None:
    if path == "edgeweb.json":
        reply.status, reply.body, reply.headers = 404, b"", {}


def of_another_format(path: str, asked: Headers, reply: Reply) -> None:
    if path == "edgeweb.json":
        reply.body = reply.body.replace(b'"format": 1', b'"format": 9', 1)


def of_no_json(path: str, asked: Headers, reply: Reply) -> None:
    if path == "edgeweb.json":
        reply.body = b"{"


def a_page_for_all(path: str, asked: Headers, reply: Reply) -> None:
    reply.status, reply.body, reply.headers = 200, b"<!doctype html>", {"content-type": "text/html"}


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("ftp://example.test/", "is not an address"),
        ("https://", "is not an address"),
        ("https://[::1/", "is not an address"),
        ("http://h:99999/", "is not an address"),
        ("https://me:secret@example.test/", "has a user name in it"),
        ("http://exa mple/", "cannot be reached"),
        ("http://a..b/", "cannot be reached"),
        (f"http://{'a' * 300}.test/", "cannot be reached"),
        ("http://no-such-host.invalid/", "The host name is not known"),
        ("example.test/birds", "Did you mean https://example.test/birds/?"),
        ("no-such-folder", "neither a folder nor an address"),
    ],
)
def test_no_site_is_one_sentence(where: str, words: str, capsys: Captured) -> None:
    assert cli.main(["doctor", where, "--quiet"]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err.count("\n")) == ("", 1)
    assert captured.err.startswith("error: ") and words in captured.err
    assert "secret" not in captured.err


def test_nothing_that_listens_is_one_sentence(capsys: Captured) -> None:
    assert cli.main(["doctor", refused(), "--quiet"]) == 2
    assert "cannot be reached. The connection is refused" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (not_one, "is not a site of edgeweb"),
        (a_page_for_all, "an HTML page"),
        (of_another_format, "has format 9"),
        (of_no_json, "is not a valid manifest"),
    ],
)
def test_a_host_without_a_site_is_one_sentence(fault: object, words: str, site: Path, capsys: Captured) -> None:
    with hosted(site, fault) as host:  # type: ignore[arg-type]
        assert cli.main(["doctor", host.url, "--quiet"]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err.count("\n")) == ("", 1)
    assert words in captured.err


def test_a_folder_without_a_site_is_one_sentence(tmp_path: Path, capsys: Captured) -> None:
    assert cli.main(["doctor", str(tmp_path), "--quiet"]) == 2
    assert "is not a site" in capsys.readouterr().err


def test_a_browser_that_is_missing_is_one_sentence(site: Path, capsys: Captured) -> None:
    """tests/builder says that there is none."""
    assert cli.main(["doctor", str(site), "--browser", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["checks"]
    assert [each["name"] for each in found[-5:]] == ["ready", "isolated", "parity", "foreign", "offline"]
    assert all(each["state"] == "skipped" and "EDGEWEB_BROWSER says so" in each["what"] for each in found[-5:])


def test_the_time_is_bounded_and_what_was_not_looked_at_is_said(site: Path) -> None:
    with hosted(site) as host:
        visit = opening.opened(host.url, 60)
        # As if it had gone by.
        visit.client._until = 0
        asked = len(host.asked)
        checked = diagnose._looked(visit, 60)
        assert (checked[-1].name, checked[-1].state, len(host.asked)) == ("time", "warn", asked)
        # What was not looked at is held against nobody.
        assert not [each for each in checked if each.state == "fail"], checked
        visit.client.close()
        with pytest.raises(edgeweb.EdgewebError, match="time for this check was over"):
            edgeweb.doctor(host.url, seconds=1e-9)
    with pytest.raises(edgeweb.EdgewebError, match="0 seconds"):
        edgeweb.doctor(host.url, seconds=0)


def test_a_copy_without_hidden_files_is_noticed(site: Path, tmp_path: Path) -> None:
    shutil.copytree(site, tmp_path / "copy", ignore=shutil.ignore_patterns(".*"))
    found = edgeweb.doctor(tmp_path / "copy")
    assert [(each.name, each.state) for each in found.checks if each.consequence] == [("host-files", "warn")]
    assert ".nojekyll" in found.of("warn")[0].what
