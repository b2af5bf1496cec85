"""Deployments in clumsy hands: nothing of somebody else's is lost, and nothing that was taken back comes again."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from edgeweb import cli
from edgeweb.errors import UsageError
from edgeweb.release import folder as releases
from edgeweb.targets.deploy import deploy


def test_folders_of_others_stay_as_they_are(sites: tuple[Path, Path], tmp_path: Path) -> None:
    www = tmp_path / "srv" / "www"
    deploy(sites[0], f"folder:{www}")
    (www / "mine").mkdir()
    (www / "mine" / "secret").write_text("s")
    (www / "mine").chmod(0o700)
    (www / "data").symlink_to(tmp_path)
    (www / "gone").symlink_to("nowhere")
    if os.getuid() == 0:
        os.chown(www / "mine", 65534, 65534)
        os.chown(www, 65534, 65534)
    deploy(sites[1], f"folder:{www}")
    assert (www / "mine" / "secret").read_text() == "s"
    assert (www / "mine").stat().st_mode & 0o777 == 0o700
    assert (www / "data").readlink() == tmp_path
    assert (www / "gone").readlink() == Path("nowhere")
    if os.getuid() == 0:
        assert {each.stat().st_uid for each in (www, www / "mine")} == {65534}


@pytest.mark.parametrize("name", ["~nobody-of-that-name/x", "loop", "file/x"])
def test_a_path_that_is_none_is_a_sentence(
    name: str, sites: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("loop").symlink_to("loop")
    Path("file").write_text("")
    assert cli.main(["deploy", str(sites[0]), f"folder:{name}", "--no-doctor", "--json"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(
    "url", ["ftp://x/", "https://", "http://[x", "http://x:99999/", "https://me:hidden@x/", "https://x/a b", "//x/"]
)
def test_an_address_that_is_none_is_refused_and_never_told(url: str, sites: tuple[Path, Path], tmp_path: Path) -> None:
    settings = tmp_path / "own.toml"
    settings.write_text(f'[deploy.www]\ntarget = "folder:{tmp_path}/www"\nurl = {json.dumps(url)}\n')
    with pytest.raises(UsageError, match="has no address") as told:
        deploy(sites[0], "www", config=settings, dry_run=True)
    assert "hidden" not in str(told.value)


def test_two_folders_that_went_apart_do_not_take_each_other_back(sites: tuple[Path, Path], tmp_path: Path) -> None:
    mine, other, www = tmp_path / "mine", tmp_path / "other", f"folder:{tmp_path}/www"
    for site in sites:
        ids = releases.add(site, mine).channels.stable
        releases.add(site, other)
    second = next(row.release for row in releases.listed(mine)[1] if row.release != ids)
    deploy(mine, www)
    releases.revoke(second, mine)
    releases.promote(second, other)
    deploy(mine, www)
    deploy(mine, www)
    with pytest.raises(UsageError, match="another one with that number"):
        deploy(other, www)
    releases.promote(second, other)
    deploy(other, www)
