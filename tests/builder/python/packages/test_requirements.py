"""Which packages hooks ask for: the configuration and the header of the file, merged."""

from __future__ import annotations

from pathlib import Path

import pytest
from edgeweb.errors import ConfigError
from edgeweb.python.packages import requirements
from packaged import HEADER


def test_requirements_come_from_the_configuration_and_the_header(tmp_path: Path) -> None:
    found = requirements.of(["pydantic >= 2", "../mine", "tomli_w==1.2.0"], HEADER, tmp_path / "h" / "own.py", tmp_path)
    assert found == ("pydantic>=2", (tmp_path / "../mine").resolve(), "tomli_w==1.2.0", tmp_path / "h" / "orchard")
    assert requirements.of([], "x = 1\n", tmp_path / "own.py", tmp_path) == ()


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (HEADER + "\n" + HEADER, "two blocks"),
        ("# /// script\n# dependencies = [\n# ///\n", "not TOML"),
        ('# /// script\n# dependencies = "pydantic"\n# ///\n', "no list"),
        ('# /// script\n# dependencies = ["a b"]\n# ///\n', "header of own.py is no requirement"),
        ('# /// script\n# requires-python = "<3.14"\n# ///\n', "browser's Python is 3.14"),
        ('# /// script\n# requires-python = "new"\n# ///\n', "requires-python"),
    ],
)
def test_a_header_that_cannot_be_read_is_said(tmp_path: Path, source: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        requirements.of([], source, tmp_path / "own.py", tmp_path)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("numpy", False),
        ("numpy>=2", False),
        ("numpy.whl", True),
        ("./numpy", True),
        ("~/numpy", True),
        ("/opt/numpy", True),
        ("mine/numpy", True),
        ("mine\\numpy", True),
        ("numpy @ file:///opt/numpy.whl", False),
        ("mine.whl ", False),
    ],
)
def test_what_is_a_path(text: str, path: bool) -> None:
    assert requirements.is_path(text) is path


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("numpy >> 2", '"numpy >> 2" in packages of \\[hooks\\] is no requirement'),
        ("numpy; nobody == 'here'", "is no requirement"),
        ("./a\0b", "is no path"),
    ],
)
def test_entries_that_are_nothing(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        requirements.of([text], "", tmp_path / "own.py", tmp_path)


def test_a_header_is_read_as_pep_723_says(tmp_path: Path) -> None:
    block = '# /// script\n# dependencies = ["a"]\n#\n# # a comment\n# ///\n'
    assert requirements.header(block, "own.py") == ["a"]
    assert requirements.header(block.replace("\n", "\r\n"), "own.py") == ["a"]
    assert requirements.header(block.replace("script", "other"), "own.py") == []
    assert requirements.header(block.replace("# ///\n", ""), "own.py") == [], "it does not end"
    assert requirements.header("# /// script\n# x = 1\n# ///\n", "own.py") == []
    assert requirements.header('# /// script\n# requires-python = ">=3.11"\n# ///\n', "own.py") == []
    with pytest.raises(ConfigError, match="no list of texts"):
        requirements.header("# /// script\n# dependencies = [1]\n# ///\n", "own.py")


def test_what_is_asked_for_twice_comes_once(tmp_path: Path) -> None:
    found = requirements.of(
        ["a", "b", "a"], '# /// script\n# dependencies = ["b", "c"]\n# ///\n', tmp_path / "o.py", tmp_path
    )
    assert found == ("a", "b", "c")


def test_only_what_is_wanted_here_has_to_be_installed(tmp_path: Path) -> None:
    requirements.check_installed(["numpy", "nowhere-to-be-had; sys_platform == 'emscripten'", tmp_path])
    for missing, word in ((["a-1", "b-2"], "a-1, b-2 are not installed"), (["a-1"], "a-1 is not installed")):
        with pytest.raises(ConfigError, match=word):
            requirements.check_installed(["numpy", *missing])
    assert requirements.version_here("numpy") and requirements.version_here("a-1") is None


def test_numpy_is_needed_by_name_or_through_another(tmp_path: Path) -> None:
    assert requirements.needs_numpy(["NumPy>=2"]) and requirements.needs_numpy(["onnx"])
    assert not requirements.needs_numpy(["packaging", "nowhere-to-be-had", tmp_path])
