"""Pyodide's distribution, or a stand-in for it: what it gives, and what it does wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from edgeweb.errors import ConfigError
from edgeweb.python.packages.distribution import Distribution
from packaged import PURE, StandIn, resolved
from packaging.requirements import Requirement


def test_the_distribution_gives_what_no_index_has(
    stand_in: tuple[StandIn, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, url = stand_in
    # The markers of what a package needs are those of the browser.
    found.add("apple-tree", ("branch>=1; sys_platform == 'emscripten'", "saw; sys_platform != 'emscripten'"))
    found.add("branch", ("leaf; python_version >= '3.14' and platform_machine == 'wasm32'",))
    found.add("leaf", tag=PURE)
    names = [f"{name} 1.0 Pyodide's distribution" for name in ("apple-tree", "branch", "leaf")]
    assert resolved(url, "apple_tree") == names
    assert sorted(set(found.asked)) == sorted(found.files)
    found.asked.clear()
    # From the cache the second time, but for the lock file.
    monkeypatch.setenv("EDGEWEB_PYODIDE_URL", url)
    assert resolved("http://127.0.0.1:9/", "apple_tree") == names and set(found.asked) == {"pyodide-lock.json"}
    with pytest.raises(ConfigError, match=r"apple[-_]tree>2 has no wheel that runs in a browser"):
        resolved(url, "apple_tree>2")


def test_a_folder_serves_as_the_distribution(stand_in: tuple[StandIn, str], tmp_path: Path) -> None:
    stand_in[0].add("leaf")
    for name, data in stand_in[0].files.items():
        (tmp_path / name).write_bytes(data)
    assert resolved(str(tmp_path), "leaf") == ["leaf 1.0 Pyodide's distribution"]


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        ("flip", "is not what the lock file names. Its"),
        ("cut", "cut off after"),
        ("gone", "The server answered 404"),
        ("lock", "is no lock file"),
        ("other", "is of another Pyodide. It is for Python 3.12"),
        ("shared", "cannot be bundled"),
        ("sideways", "cannot be bundled"),
        ("upwards", "is no lock file"),
    ],
)
def test_what_the_distribution_does_wrong_is_said(stand_in: tuple[StandIn, str], harm: str, words: str) -> None:
    found, url = stand_in
    if harm == "other":
        found.info["python"] = "3.12.1"
    found.add("root", package_type="shared_library")
    found.add("leaf", **({"depends": ["root"]} if harm == "shared" else {}))
    file = found.entries["leaf"]["file_name"]
    if harm == "sideways":
        found.add("leaf", file_name=f"../../{file}")
    if harm == "upwards":
        found.add("leaf", sha256="../../up")
    data = found.files[file]
    if harm == "flip":
        found.sent[file] = data[:100] + bytes([data[100] ^ 1]) + data[101:]
    if harm == "cut":
        found.sent[file] = data[:100]
    if harm == "gone":
        del found.files[file]
    if harm == "lock":
        found.files["pyodide-lock.json"] = b"<html>"
    with pytest.raises(ConfigError) as caught:
        resolved(url, "leaf")
    told = str(caught.value)
    assert words in told and url in told and "leaf" in told + file
    assert not list(Path(caught.value.what).glob("*"))


def test_without_its_network_the_sentence_names_the_ways_out(tmp_path: Path) -> None:
    # A port that nobody listens on, with the lock file that came with Pyodide: `numpy` is known, and cannot be had.
    with pytest.raises(ConfigError) as caught:
        resolved("http://127.0.0.1:9/full", "numpy")
    told = str(caught.value)
    assert all(
        word in told
        for word in ("numpy could not be fetched from http://127.0.0.1:9/full/", "EDGEWEB_PYODIDE_URL", "pyodide-url")
    )


def test_where_the_distribution_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's word comes first, then the configuration's, whose paths begin beside it."""

    def url(elsewhere: str | None) -> str:
        return Distribution("1.2.3", tmp_path / "lock.json", elsewhere, tmp_path, lambda _: None).url

    assert "v1.2.3/full/" in url(None)
    assert url("https://mirror/x") == "https://mirror/x/" and url("http://mirror/x/") == "http://mirror/x/"
    assert url("kept") == (tmp_path / "kept").as_uri() + "/" == url(f"file://{tmp_path}/kept")
    with pytest.raises(ConfigError, match="Ftp is no way to fetch files"):
        url("ftp://mirror/")
    monkeypatch.setenv("EDGEWEB_PYODIDE_URL", "https://first/")
    assert url("https://second/") == "https://first/"


def test_a_package_that_is_not_there_or_of_another_version_is_for_others_to_find(
    stand_in: tuple[StandIn, str], tmp_path: Path
) -> None:
    found, url = stand_in
    found.add("leaf")
    distribution = Distribution("1", tmp_path, url, tmp_path, lambda _: None)
    assert distribution.wheel(Requirement("nothing")) is None
    assert distribution.wheel(Requirement("leaf>1")) is None
    kept = distribution.wheel(Requirement("Leaf>=1.0"))
    assert kept is not None and kept.name == found.entries["leaf"]["file_name"]


def test_what_arrives_damaged_once_is_asked_for_again(stand_in: tuple[StandIn, str], tmp_path: Path) -> None:
    found, url = stand_in
    found.add("leaf")
    file = found.entries["leaf"]["file_name"]
    found.sent[file] = bytes(len(found.files[file]))
    told: list[str] = []
    distribution = Distribution("1", tmp_path, url, tmp_path, told.append)
    with pytest.raises(ConfigError, match="is not what the lock file names"):
        distribution.wheel(Requirement("leaf"))
    assert found.asked.count(file) == 2 and told == [f"fetching leaf 1.0 from {url}/"]
    del found.sent[file]
    assert distribution.wheel(Requirement("leaf")) is not None and found.asked.count(file) == 3


def test_a_damaged_file_in_the_cache_is_fetched_again(stand_in: tuple[StandIn, str], tmp_path: Path) -> None:
    found, url = stand_in
    found.add("leaf")
    distribution = Distribution("1", tmp_path, url, tmp_path, lambda _: None)
    kept = distribution.wheel(Requirement("leaf"))
    assert kept is not None
    kept.write_bytes(b"damaged")
    assert distribution.wheel(Requirement("leaf")) == kept
    assert kept.read_bytes() == found.files[kept.name]
