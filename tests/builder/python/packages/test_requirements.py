"""Which packages hooks ask for: the configuration and the header of the file, merged."""

from __future__ import annotations

from pathlib import Path

import pytest
from edgeweb import requirements
from edgeweb.errors import ConfigError
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
