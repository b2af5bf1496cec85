"""edgeweb.toml: every key, and every way to get one wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from edgeweb import config
from edgeweb.config import CompressConfig, Config, HooksConfig, InputConfig
from edgeweb.errors import ConfigError

WHOLE = """
title = "Bird finder"
task = "image-classification"
labels = "labels.txt"
examples = ["owl.jpg"]
data = "inputs.npz"
base-url = "/birds/"

[input.image]
size = [224, 192]
layout = "NCHW"
color = "BGR"
scale = 255
mean = [0.485, 0.456, 0.406]
std = [0.229, 0.224, 0.225]
resize = "pad"

[input."odd name"]
columns = ["age", "mass"]

[compress]
precision = "fp32"
min-agreement = 0.95
max-size = "5MB"

[hooks]
file = "hooks.py"
packages = ["pydantic"]
"""


def read(tmp_path: Path, text: str | bytes) -> Config:
    path = tmp_path / "edgeweb.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return config.read(path)


def refusal(tmp_path: Path, text: str | bytes) -> str:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(str(tmp_path / "edgeweb.toml"))
    return str(caught.value)


def test_every_key(tmp_path: Path) -> None:
    assert read(tmp_path, WHOLE) == Config(
        title="Bird finder",
        task="image-classification",
        labels="labels.txt",
        examples=["owl.jpg"],
        data="inputs.npz",
        base_url="/birds/",
        input={
            "image": InputConfig(
                size=[224, 192],
                layout="NCHW",
                color="BGR",
                scale=255.0,
                mean=[0.485, 0.456, 0.406],
                std=[0.229, 0.224, 0.225],
                resize="pad",
            ),
            "odd name": InputConfig(columns=["age", "mass"]),
        },
        compress=CompressConfig(precision="fp32", min_agreement=0.95, max_size="5MB"),
        hooks=HooksConfig(file="hooks.py", packages=["pydantic"]),
    )


def test_no_key_is_needed(tmp_path: Path) -> None:
    assert read(tmp_path, "") == Config()
    assert read(tmp_path, 'labels = ["a", "b"]').labels == ["a", "b"]
    assert read(tmp_path, "compress.max-size = 5000").compress.max_size == 5000


@pytest.mark.parametrize(
    ("text", "key", "place", "hint"),
    [
        ('titel = "x"', "titel", "the top level", "Did you mean title?"),
        ('base_url = "/"', "base_url", "the top level", "Did you mean base-url?"),
        ("[input.x]\nmeen = [1]", "meen", "input.x", "Did you mean mean?"),
        ("[compress]\nmax_size = 1", "max_size", "compress", "Did you mean max-size?"),
        ('[hooks]\nflie = "x"', "flie", "hooks", "Did you mean file?"),
        ('[output.y]\nnames = ["a"]', "names", "output.y", "Name classes and values at the top: labels = "),
        ('[input.x]\nclass_names = ["a"]', "class_names", "input.x", "Did you mean columns?"),
        ('classes = ["a"]', "classes", "the top level", "Did you mean labels?"),
        ("[qqqqqqqq]\nx = 1", "qqqqqqqq", "the top level", "Known keys: title, task"),
    ],
)
def test_an_unknown_key_names_the_nearest(tmp_path: Path, text: str, key: str, place: str, hint: str) -> None:
    assert f'has an unknown key "{key}". It stands in {place}. {hint}' in refusal(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        "title = 3",
        'task = "mind-reading"',
        "labels = 3",
        'labels = ["a", 1]',
        'examples = "owl.jpg"',
        "input = 3",
        "[input]\nx = 3",
        "[input.x]\nsize = [224]",
        "[input.x]\nsize = [224, 224, 3]",
        "[input.x]\nsize = [0, 224]",
        "[input.x]\nsize = [224.5, 224]",
        '[input.x]\nlayout = "CHW"',
        '[input.x]\ncolor = "rgb"',
        "[input.x]\nscale = 0",
        "[input.x]\nstd = [0.0]",
        '[input.x]\nmean = "0.5"',
        '[input.x]\nresize = "zoom"',
        "[input.x]\ncolumns = [1]",
        '[compress]\nprecision = "int2"',
        "[compress]\nmin-agreement = 1.5",
        "[compress]\nmin-agreement = true",
        "compress = 1",
        "hooks = []",
    ],
)
def test_wrong_values(tmp_path: Path, text: str) -> None:
    assert "has a wrong value" in refusal(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('task = "image-clasification"', "image-classification"),
        ('task = "sentiment"', "sentiment-analysis"),
        ('[compress]\nprecision = "int-8"', "int8"),
        ('[input.x]\ncolor = "rgb"', "RGB"),
        ('[text]\npooling = "men"', "mean"),
    ],
)
def test_a_word_that_is_none_of_those_allowed_names_the_nearest(tmp_path: Path, text: str, meant: str) -> None:
    assert refusal(tmp_path, text).endswith(f". Did you mean {meant}?")


@pytest.mark.parametrize(
    ("table", "key", "wrong"),
    [
        ("input.x", "scale", "inf"),
        ("input.x", "scale", "nan"),
        # Of these, float32 makes inf, a denormal number and zero.
        ("input.x", "scale", "1e300"),
        ("input.x", "std", "[1, 1e-40, 1]"),
        ("output.x", "std", "[1e-300]"),
        ("input.x", "mean", "[0.5, nan, 0.5]"),
        ("output.x", "scale", "1e-39"),
        ("output.x", "mean", "[-inf]"),
        ("detect", "threshold", "nan"),
        ("audio", "scale", "inf"),
        ("audio", "threshold", "inf"),
        ("audio", "fmax", "inf"),
        ("audio", "std", "[inf]"),
        ("audio", "constants", "{x = nan}"),
        ("series", "mean", "[inf]"),
        ("series", "std", "[1e-39]"),
        ("series", "threshold", "-inf"),
        ("compress", "min-agreement", "nan"),
        ("hooks", "seconds", "nan"),
        ("hooks", "seconds", "inf"),
    ],
)
def test_numbers_that_nothing_can_be_calculated_with(tmp_path: Path, table: str, key: str, wrong: str) -> None:
    said = refusal(tmp_path, f"[{table}]\n{key} = {wrong}")
    assert "has a wrong value" in said and key in said


def test_the_least_and_the_largest_number(tmp_path: Path) -> None:
    found = read(
        tmp_path, "[input.x]\nscale = 3.4028234663852886e38\nmean = [0, -1e-45]\nstd = [1.1754943508222875e-38]"
    )
    assert found.input["x"].std == [2.0**-126] and found.input["x"].mean == [0, -1e-45]


def test_what_is_no_toml(tmp_path: Path) -> None:
    assert "is not valid TOML" in refusal(tmp_path, "title = ")
    assert "line 2" in refusal(tmp_path, "title = 'x'\nlabels = oops\n")
    assert "cannot be read as text. It is UTF-16" in refusal(tmp_path, b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"cannot be read\. No such file"):
        config.read(tmp_path / "missing.toml")
    with pytest.raises(ConfigError, match=r"cannot be read\. Is a directory"):
        config.read(tmp_path)


@pytest.mark.parametrize(
    ("text", "bytes_"),
    [
        (5_000_000, 5_000_000),
        ("5000", 5000),
        ("5MB", 5_000_000),
        ("1.5 kb", 1500),
        (" 2 KiB ", 2048),
        ("1GiB", 1 << 30),
        ("7b", 7),
    ],
)
def test_sizes(text: Any, bytes_: int) -> None:
    assert config.parse_size(text) == bytes_


@pytest.mark.parametrize("text", ["", "MB", "-1MB", "5 M", "5TB", "1e3", "5MB!", "ib"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ConfigError, match="is not a size"):
        config.parse_size(text)


def test_base_urls() -> None:
    for good in ("/", "/birds", "/birds/", "/a/b_c/d~e/"):
        assert config.check_base_url(good) == good
    for bad in ("", "birds", "//host/", "https://example.com/", "/a b/", "/a\n/", "/a/?x", "/*", "/a//b"):
        with pytest.raises(ConfigError, match="is not a base URL"):
            config.check_base_url(bad)


def test_labels(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_bytes("\ufeffowl\r\n  Amsel ü \n\nmoth\n\n\n".encode())
    # An empty line in the middle keeps the numbers of those after it.
    assert config.read_labels(path) == ["owl", "Amsel ü", "", "moth"]
    path.write_bytes(b"")
    assert config.read_labels(path) == []
    path.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(ConfigError, match="cannot be read as text"):
        config.read_labels(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        config.read_labels(tmp_path / "missing.txt")
    with path.open("wb") as file:
        file.truncate(9 << 20)
    with pytest.raises(ConfigError, match="too large"):
        config.read_labels(path)


def test_the_schema_for_editors_knows_every_key() -> None:
    found = config.schema()["$defs"]
    assert set(found["Config"]["properties"]) >= {"title", "labels", "base-url", "input", "compress", "hooks"}
    assert set(found["CompressConfig"]["properties"]) == {
        "precision", "min-agreement", "max-size", "progressive", "draft-agreement", "distill",
    }  # fmt: skip
    assert all(found[name]["additionalProperties"] is False for name in found)


def test_the_schema_that_ships_is_the_current_one() -> None:
    """Editors read the file; CONTRIBUTING.md says how to write it anew."""
    shipped = Path(config.__file__).parent / "schemas" / "edgeweb.toml.json"
    assert json.loads(shipped.read_text("utf-8")) == config.schema()
