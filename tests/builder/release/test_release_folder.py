"""A folder of releases: what lies where, who gets what, and what a command that was killed leaves."""

from __future__ import annotations

import datetime
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import several
import tiny
from edgeweb import cli, manifest
from edgeweb.errors import SiteError, UsageError
from edgeweb.recipe import Site
from edgeweb.release import channels, files, folder, registry
from edgeweb.trust import whole


@pytest.fixture(scope="module")
def sites(build_once: Callable[..., Site], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Three releases by their ids, in the order of their making."""
    place = tmp_path_factory.mktemp("sites")
    first = build_once(tiny.saved(place, tiny.linear()), quick=True).path
    found = {manifest.read(first).release: first}
    for title in ("two", "three"):
        found[several.another(first, place / title, title)] = place / title
    return found


@pytest.fixture
def three(sites: dict[str, Path], tmp_path: Path) -> tuple[Path, str, str, str]:
    """A folder with all of them, the first one stable."""
    place = tmp_path / "releases"
    for site in sites.values():
        folder.add(site, place)
    a, b, c = sites
    return place, a, b, c


def at_root(place: Path) -> str:
    return whole.whole(place).release


def test_the_first_release_is_stable_and_later_ones_wait(three: tuple[Path, str, str, str]) -> None:
    place, a, b, c = three
    found = channels.read(place)
    assert found is not None
    assert (found.number, found.stable, found.canary, found.revoked) == (1, a, None, [])
    assert at_root(place) == a
    assert set(files.there(place)) == {a, b, c}
    assert not list((place / "releases" / b).glob("assets/*"))
    for release in (a, b, c):
        about = files.about(place, release)
        assert all((place / name).is_file() for name in about.files if name.startswith("assets/"))


def test_the_file_has_the_keys_of_the_contract(three: tuple[Path, str, str, str]) -> None:
    place, a, b, c = three
    folder.promote(b, place, "canary", 5)
    found = json.loads((place / "channels.json").read_text())
    assert {**found, "canary": {**found["canary"], "salt": "", }, "expires": ""} == {
        "format": 1, "number": 2, "expires": "", "stable": a, "canary": {"release": b, "percent": 5, "salt": ""},
        "revoked": [],
    }  # fmt: skip
    folder.stop("canary", place)
    folder.experiment("x", [("A", a), ("B", c)], place, 50)
    found = json.loads((place / "channels.json").read_text())["experiment"]
    assert found == {
        "name": "x", "salt": found["salt"], "arms": [{"name": "B", "release": c, "percent": 50}], "control": "A"
    }  # fmt: skip


def test_a_canary_grows_with_its_salt_and_becomes_stable(three: tuple[Path, str, str, str]) -> None:
    place, a, b, _ = three
    first = folder.promote(b[:6], place, "canary", 5).channels.canary
    more = folder.promote(b, place, "canary", 20).channels.canary
    assert first is not None
    assert more is not None
    assert (first.salt, first.percent, more.percent) == (more.salt, 5, 20)
    assert at_root(place) == a
    done = folder.promote(b, place).channels
    assert (done.number, done.stable, done.canary) == (4, b, None)
    assert at_root(place) == b


def test_every_command_raises_the_number_and_renews_the_day(three: tuple[Path, str, str, str]) -> None:
    place, a, _, _ = three
    again = folder.promote(a, place).channels
    assert again.number == 2
    left = datetime.date.fromisoformat(again.expires) - datetime.datetime.now(datetime.UTC).date()
    assert left.days == folder.EXPIRES_DAYS


def test_going_back_goes_further_back_the_next_time(three: tuple[Path, str, str, str]) -> None:
    place, a, b, c = three
    folder.promote(b, place)
    folder.promote(c, place)
    assert folder.rollback(place).channels.stable == b
    assert folder.rollback(place).channels.stable == a
    assert at_root(place) == a
    with pytest.raises(UsageError, match="nothing to go back to"):
        folder.rollback(place)
    assert channels.read(place) == folder.listed(place)[0]


def test_what_is_revoked_is_nobodys_and_never_comes_back(
    three: tuple[Path, str, str, str], sites: dict[str, Path]
) -> None:
    place, a, b, c = three
    folder.promote(b, place)
    folder.promote(c, place, "canary", 10)
    found = folder.revoke(b, place).channels
    assert (found.stable, found.canary, found.revoked) == (a, None, [b])
    for attempt in (lambda: folder.promote(b, place), lambda: folder.add(sites[b], place)):
        with pytest.raises(UsageError, match="revoke"):
            attempt()
    with pytest.raises(UsageError, match="nothing to go back to"):
        folder.revoke(a, place)
    assert folder.revoke(b, place).channels.revoked == [b]


def test_experiments_and_canaries_do_not_mix(three: tuple[Path, str, str, str]) -> None:
    place, a, b, c = three
    folder.experiment("x", [("A", a), ("B", b)], place, 10)
    for attempt in (
        lambda: folder.promote(c, place), lambda: folder.promote(c, place, "canary"),
        lambda: folder.experiment("y", [("A", a), ("B", c)], place, 10),
    ):  # fmt: skip
        with pytest.raises(UsageError, match="The experiment x is running"):
            attempt()
    salt = channels.read(place).experiment.salt  # type: ignore[union-attr]
    grown = folder.experiment("x", [("A", a), ("B", b)], place, 50).channels.experiment
    assert grown is not None
    assert (grown.salt, grown.arms[0].percent) == (salt, 50)
    folder.stop("x", place)
    folder.promote(b, place, "canary")
    with pytest.raises(UsageError, match="There is a canary"):
        folder.experiment("x", [("A", a), ("B", c)], place, 10)


WRONG: dict[str, tuple[Callable[[Path, str, str], Any], str]] = {
    "unknown": (lambda place, a, b: folder.promote("ffff", place), "There is no release ffff"),
    "short": (lambda place, a, b: folder.promote(b[:2], place), "There is no release"),
    "stable as canary": (lambda place, a, b: folder.promote(a, place, "canary"), "is stable"),
    "none": (lambda place, a, b: folder.promote(b, place, "canary", 0), "0 % cannot be given"),
    "too many": (lambda place, a, b: folder.promote(b, place, "canary", 101), "101 % cannot be given"),
    "one arm": (lambda place, a, b: folder.experiment("x", [("B", b)], place, 5), "There is one arm"),
    "twice": (lambda place, a, b: folder.experiment("x", [("A", a), ("A", b)], place, 5), "cannot be told apart"),
    "name": (lambda place, a, b: folder.experiment("a b", [("A", a), ("B", b)], place, 5), "is no name"),
    "arms": (lambda place, a, b: folder.experiment("x", [("A", a), ("B", b)], place, 120), "120 % cannot be given"),
    "channel": (lambda place, a, b: folder.experiment("canary", [("A", a), ("B", b)], place, 5), "cannot be called"),
    "stop": (lambda place, a, b: folder.stop("x", place), "x is not running"),
    "elsewhere": (lambda place, a, b: folder.promote(b, place / "releases"), "is no folder of releases"),
}


@pytest.mark.parametrize("attempt, said", WRONG.values(), ids=WRONG)
def test_what_cannot_be_done_changes_nothing(
    three: tuple[Path, str, str, str], attempt: Callable[[Path, str, str], Any], said: str
) -> None:
    place, a, b, _ = three
    before = (place / "channels.json").read_bytes()
    with pytest.raises(UsageError, match=said):
        attempt(place, a, b)
    assert (place / "channels.json").read_bytes() == before


def test_a_damaged_site_and_a_folder_of_something_else_are_refused(sites: dict[str, Path], tmp_path: Path) -> None:
    first = next(iter(sites.values()))
    broken = shutil.copytree(first, tmp_path / "broken")
    model = next(broken.glob("assets/*.wasm"))
    model.write_bytes(model.read_bytes()[:-1])
    with pytest.raises(SiteError, match="is damaged"):
        folder.add(broken, tmp_path / "releases")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="Something else is in it"):
        folder.add(first, tmp_path / "other")
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["thesis.txt"]


def test_gc_keeps_what_visitors_have_and_the_way_back(
    three: tuple[Path, str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, a, b, c = three
    folder.promote(b, place)
    folder.promote(c, place)
    assert "0 shared files" in folder.gc(place, 7)[-1]
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=8)
    monkeypatch.setattr(folder, "_time", lambda: later)
    assert folder.gc(place, 7, dry_run=True)[0].startswith(f"{a} would go")
    assert set(files.there(place)) == {a, b, c}
    folder.gc(place, 7)
    assert set(files.there(place)) == {b, c}
    assert folder.rollback(place).channels.stable == b
    assert at_root(place) == b
    folder.revoke(c, place)
    said = folder.gc(place, 7)
    assert said[0] == f"{c} is gone: revoked"
    assert (place / "assets" / "two.txt").is_file()
    assert not (place / "assets" / "three.txt").exists()


def test_a_command_that_was_killed_is_made_undone(
    three: tuple[Path, str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, a, b, _ = three

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(files, "write_channels", dies)
        with pytest.raises(KeyboardInterrupt):
            folder.promote(b, place)
    assert at_root(place) == b
    found = folder.promote(a, place).channels
    assert (found.stable, at_root(place)) == (a, a)
    with monkeypatch.context() as patch:
        patch.setattr(registry, "write", dies)
        with pytest.raises(KeyboardInterrupt):
            folder.promote(b, place)
    assert folder.rollback(place).channels.stable == a


def test_only_one_command_at_a_time(three: tuple[Path, str, str, str]) -> None:
    place, _, b, _ = three
    with registry.locked(place), pytest.raises(UsageError, match="in use"):
        folder.promote(b, place)


def test_files_of_no_release_stay_at_the_root(three: tuple[Path, str, str, str]) -> None:
    place, _, b, _ = three
    (place / "CNAME").write_text("birds.example")
    folder.promote(b, place)
    assert (place / "CNAME").read_text() == "birds.example"


def test_it_is_typed(
    three: tuple[Path, str, str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, a, b, _ = three
    monkeypatch.chdir(place.parent)
    assert cli.main(["release", "promote", b[:5], "--channel", "canary", "--percent", "2.5"]) == 0
    said = capsys.readouterr().out
    assert f"canary 2.5 % {b}" in said
    assert cli.main(["release", "list", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {row["release"]: row["use"] for row in found["releases"]}[a] == "stable"
    assert cli.main(["release", "experiment", "x", "A", "B=1"]) == 2
    assert "is no arm" in capsys.readouterr().err
    assert cli.main(["release"]) == 2
    assert "needs a word more" in capsys.readouterr().err
