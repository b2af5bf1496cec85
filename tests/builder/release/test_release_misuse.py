"""Folders of releases in clumsy and hostile hands: one sentence each, and whatever visitors have stays whole."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import several
import tiny
from edgeweb import cli, manifest
from edgeweb.errors import SiteError, UsageError
from edgeweb.recipe import Site
from edgeweb.release import channels, files, folder, registry
from edgeweb.targets import shipment
from edgeweb.trust import whole

# Ends itself, as if from outside, at its n-th change of the file system.
_KILLED = """
import os, sys
from edgeweb import cli
import edgeweb.release.folder
left = int(sys.argv[1])
def seen(event, given):
    global left
    writes = event == "open" and isinstance(given[2], int) and given[2] & 3
    if writes or event in ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.copyfile", "shutil.rmtree"):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), 9)
sys.addaudithook(seen)
sys.exit(cli.main(sys.argv[2:]))
"""


@pytest.fixture(scope="module")
def sites(build_once: Callable[..., Site], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    place = tmp_path_factory.mktemp("sites")
    first = build_once(tiny.saved(place, tiny.linear()), quick=True).path
    return {manifest.read(first).release: first, several.another(first, place / "two", "two"): place / "two"}


@pytest.fixture
def two(sites: dict[str, Path], tmp_path: Path) -> tuple[Path, str, str]:
    place = tmp_path / "releases"
    for site in sites.values():
        folder.add(site, place)
    a, b = sites
    return place, a, b


@pytest.mark.parametrize("percent", [float("nan"), float("inf"), -1, 0, 100.1])
def test_a_share_of_arms_is_a_number_of_a_hundred(two: tuple[Path, str, str], percent: float) -> None:
    place, a, b = two
    with pytest.raises(UsageError, match="between 0 and 100"):
        folder.experiment("e", [("A", a), ("B", b)], place, percent)


@pytest.mark.parametrize("days", [float("nan"), -1])
def test_days_that_are_none_delete_nothing(two: tuple[Path, str, str], days: float) -> None:
    place, a, b = two
    with pytest.raises(UsageError, match="0 or more"):
        folder.gc(place, days)
    assert files.there(place) == sorted([a, b])


@pytest.mark.parametrize("name", ["file/below", "link", "loop", "x" * 300])
def test_what_the_system_refuses_is_a_sentence(
    sites: dict[str, Path], tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "file" / "nowhere")
    (tmp_path / "loop").symlink_to("loop")
    for words in (["add", str(next(iter(sites.values())))], ["list"], ["gc"]):
        assert cli.main(["release", *words, "-R", str(tmp_path / name)]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1


def test_neither_a_folder_of_releases_nor_a_site_is_put_into_itself(
    two: tuple[Path, str, str], sites: dict[str, Path], tmp_path: Path
) -> None:
    place, a, _ = two
    before = (place / channels.FILE).read_bytes()
    for other in (place, tmp_path / "other"):
        with pytest.raises(UsageError, match="is a folder of releases"):
            folder.add(place, other)
    with pytest.raises(UsageError, match="into itself"):
        folder.add(sites[a], sites[a] / "releases")
    assert (place / channels.FILE).read_bytes() == before
    assert not (sites[a] / "releases").exists()


@pytest.mark.parametrize("time", ["2026-12-01T05:00:00", "soon"])
def test_a_damaged_time_is_a_sentence(two: tuple[Path, str, str], time: str) -> None:
    place, _, b = two
    path = place / registry.FOLDER / "registry.json"
    known = registry.read(place).releases[b].unused
    assert known is not None
    path.write_text(path.read_text().replace(f'"unused": "{known}"', f'"unused": "{time}"'))
    with pytest.raises(SiteError, match="cannot be read"):
        folder.gc(place)


@pytest.mark.parametrize("text", [b"[" * 100_000, b"1" * 5000, b'{"format":' + b"1" * 5000 + b"}"])
def test_json_that_no_parser_takes_is_a_sentence(text: bytes) -> None:
    with pytest.raises(SiteError, match="not a valid manifest"):
        manifest.decode(text)
    with pytest.raises(SiteError, match="malformed"):
        channels.decode(text)


def test_a_number_beyond_what_browsers_count_is_refused(two: tuple[Path, str, str]) -> None:
    place, _, _ = two
    path = place / channels.FILE
    path.write_text(path.read_text().replace('"number": 1', f'"number": {2**53}'))
    with pytest.raises(SiteError, match="malformed"):
        channels.read(place)


def test_a_root_of_another_release_than_the_stable_one_is_not_sent(two: tuple[Path, str, str]) -> None:
    place, a, b = two
    files.lay_root(place, b)
    with pytest.raises(SiteError, match=f"promote {a}"):
        shipment.shipment(place)
    folder.promote(a, place)
    assert shipment.shipment(place).manifest.release == a


def test_tidying_up_mends_the_root_first(two: tuple[Path, str, str]) -> None:
    place, a, b = two
    files.lay_root(place, b)
    folder.gc(place, 0)
    assert files.there(place) == [a]
    assert whole.whole(place).release == a


@pytest.mark.parametrize("words", [["add"], ["gc", "--keep-days", "0"]], ids=["add", "gc"])
def test_what_visitors_have_is_whole_wherever_a_command_is_killed(
    two: tuple[Path, str, str], sites: dict[str, Path], words: list[str]
) -> None:
    place, a, _ = two
    if words == ["add"]:
        words = ["add", str(sites[a])]
    code, changes = -signal.SIGKILL, 1
    while code == -signal.SIGKILL:
        command = [sys.executable, "-c", _KILLED, str(changes), "release", *words, "-R", str(place)]
        code = subprocess.run(command, capture_output=True, check=False).returncode
        shipment.shipment(place)
        # Either whole or gone: none of a release stays behind.
        names = {path.name for path in (place / files.RELEASES).iterdir()}
        assert names == set(files.there(place))
        changes += 1 if changes < 8 else changes // 4
    assert code == 0
    assert [path.name for path in (place / registry.FOLDER).iterdir() if path.is_dir()] == []
