"""github:OWNER/REPO into a bare repository on this machine: at once or not at all, and nothing of others is lost."""

from __future__ import annotations

import subprocess
from pathlib import Path

import git_server
import pytest
import shipped
from edgeweb import cli
from edgeweb.errors import OutputError, UsageError
from edgeweb.targets import git as branches

TARGET = "github:maker/birds"
BRANCH = "gh-pages"


def git(*words: object, data: bytes = b"") -> bytes:
    return subprocess.run(["git", *map(str, words)], input=data, capture_output=True, check=True).stdout


@pytest.fixture(autouse=True)
def remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The repository, behind git's own way to serve it: with partial fetches, as GitHub has them."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("GITHUB_SERVER_URL", raising=False)
    own = {"COUNT": "1", "KEY_0": f"url.file://{tmp_path}/server/.insteadOf", "VALUE_0": "https://github.com/"}
    for name, value in own.items():
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    path = tmp_path / "server" / "maker" / "birds.git"
    git("init", "-q", "--bare", path)
    git("-C", path, "config", "uploadpack.allowFilter", "true")
    return path


def shown(remote: Path) -> dict[str, bytes]:
    rows = git("-C", remote, "ls-tree", "-r", "-z", "--name-only", BRANCH).decode().split("\0")
    return {row: git("-C", remote, "cat-file", "blob", f"{BRANCH}:{row}") for row in rows if row}


def commits(remote: Path) -> list[str]:
    return git("-C", remote, "log", "--format=%s", BRANCH).decode().splitlines()


def by_hand(remote: Path, name: str, data: bytes) -> None:
    """A commit of somebody else's, with one file more."""
    blob = git("-C", remote, "hash-object", "-w", "--stdin", data=data).decode().strip()
    known = git("-C", remote, "for-each-ref", f"refs/heads/{BRANCH}", "--format=%(objectname)").decode().strip()
    rows = git("-C", remote, "ls-tree", known) if known else b""
    tree = git("-C", remote, "mktree", data=rows + f"100644 blob {blob}\t{name}\n".encode()).decode().strip()
    parent = ("-p", known) if known else ()
    made = git("-C", remote, "commit-tree", tree, *parent, data=b"By hand\n").decode().strip()
    git("-C", remote, "update-ref", f"refs/heads/{BRANCH}", made)


def test_one_release_after_the_other_and_the_first_again(sites: tuple[Path, Path], remote: Path) -> None:
    first, second = sites
    for site, old in ((first, None), (second, first), (first, second)):
        done = shipped.sent(site, TARGET)
        assert done.url == "https://maker.github.io/birds/"
        shipped.shown(shown(remote), site, old)
        # However often, the branch has no more than what is on it.
        assert len(commits(remote)) == 1
    shipped.sent(second, TARGET, keep_days=0)
    shipped.shown(shown(remote), second)


def test_what_is_on_the_branch_and_not_ours_stays(sites: tuple[Path, Path], remote: Path) -> None:
    by_hand(remote, "CNAME", b"birds.example\n")
    for site, old in ((sites[0], None), (sites[1], sites[0])):
        assert shipped.sent(site, TARGET).url == "https://birds.example/"
        found = shown(remote)
        assert found.pop("CNAME") == b"birds.example\n"
        shipped.shown(found, site, old)
        # Its history is somebody's work; ours on top of it is one commit.
        assert commits(remote) == [commits(remote)[0], "By hand"]


def test_a_branch_of_something_else_is_refused(sites: tuple[Path, Path], remote: Path) -> None:
    by_hand(remote, "setup.py", b"pass\n")
    with pytest.raises(OutputError, match="edgeweb did not make it"):
        shipped.sent(sites[0], TARGET)
    assert commits(remote) == ["By hand"]
    shipped.sent(sites[0], TARGET, force=True)
    assert shown(remote)["setup.py"] == b"pass\n"


def test_a_dry_run_pushes_nothing(sites: tuple[Path, Path], remote: Path) -> None:
    done = shipped.sent(sites[0], TARGET, dry_run=True)
    assert done.plan is not None
    assert done.plan.sent.keys() == shipped.content(sites[0]).keys()
    assert git("-C", remote, "for-each-ref") == b""


@pytest.mark.parametrize("first_time", [True, False])
def test_a_race_is_lost_by_whoever_comes_last(
    first_time: bool, sites: tuple[Path, Path], remote: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another deployment ends between the look at the branch and the push."""
    if not first_time:
        shipped.sent(sites[0], TARGET)
    push = branches.Branch.push

    def late(self: branches.Branch, commit: str) -> None:
        monkeypatch.setattr(branches.Branch, "push", push)
        shipped.sent(sites[1], TARGET)
        push(self, commit)

    monkeypatch.setattr(branches.Branch, "push", late)
    with pytest.raises(UsageError, match=r"left as it is. Release \w+ was deployed there meanwhile, at 20") as error:
        shipped.sent(sites[0], TARGET)
    assert error.value.exit_code == 2
    shipped.shown(shown(remote), sites[1], None if first_time else sites[0])


@pytest.mark.parametrize(
    "name", ["", "maker", "maker/birds/x", "maker/..", "-x/birds", "maker/birds#", "maker/birds#a..b"]
)
def test_what_names_no_repository(name: str, sites: tuple[Path, Path]) -> None:
    with pytest.raises(UsageError, match="Write github:OWNER/REPO"):
        shipped.sent(sites[0], f"github:{name}")


def test_a_repository_that_is_not_there(sites: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["deploy", str(sites[0]), "github:maker/nosuch", "-q"]) == 2
    assert "Make the repository first" in capsys.readouterr().err


def test_a_refusal_of_the_server_leaves_the_old_site(sites: tuple[Path, Path], remote: Path) -> None:
    shipped.sent(sites[0], TARGET)
    hook = remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'error: no pushes on Tuesdays' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(OutputError, match="no pushes on Tuesdays"):
        shipped.sent(sites[1], TARGET)
    shipped.shown(shown(remote), sites[0])


def test_a_token_logs_in(
    sites: tuple[Path, Path],
    remote: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """To git's own server behind TLS, which refuses a wrong one in the words of GitHub's."""
    git("-C", remote, "config", "http.receivepack", "true")
    with git_server.serving(tmp_path / "server", "ghp_planted123", tmp_path) as (server, url, certificate):
        monkeypatch.setenv("GITHUB_SERVER_URL", url)
        monkeypatch.setenv("GIT_SSL_CAINFO", str(certificate))
        monkeypatch.setenv("GITHUB_TOKEN", "ghp_planted124")
        assert cli.main(["deploy", str(sites[0]), TARGET, "-q"]) == 2
        assert "Set GITHUB_TOKEN to a token" in capsys.readouterr().err
        assert server.refused
        monkeypatch.setenv("GITHUB_TOKEN", "ghp_planted123")
        assert cli.main(["deploy", str(sites[0]), TARGET, "-v", "--debug"]) == 0
    shipped.shown(shown(remote), sites[0])
    assert "planted" not in "".join(capsys.readouterr())


def test_a_login_reaches_no_output(
    sites: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Against a server that refuses it: nothing listens there."""
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_planted123")
    monkeypatch.setenv("GITHUB_SERVER_URL", f"https://me:planted123@127.0.0.1:{shipped.free_port()}")
    monkeypatch.setenv("GIT_TRACE", "1")
    monkeypatch.setenv("GIT_TRACE_CURL", "1")
    assert cli.main(["deploy", str(sites[0]), TARGET, "--debug"]) == 2
    said = "".join(capsys.readouterr())
    assert "cannot be reached" in said
    assert "planted123" not in said


@pytest.mark.thorough
def test_cut_anywhere(sites: tuple[Path, Path], remote: Path) -> None:
    """Killed with all that git has started."""
    shipped.sent(sites[0], TARGET)

    def deploy(site: Path, part: float) -> None:
        if part > 1:
            shipped.sent(site, TARGET)
        else:
            shipped.killed(["deploy", str(site), TARGET, "-q"], 0.15 + 0.5 * part)

    shipped.cut_anywhere(deploy, lambda: shown(remote), sites)
    assert len(commits(remote)) == 1
