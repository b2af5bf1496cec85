"""Every file of the user's comes in through one reader: what is no bounded, regular file is one sentence and code 2."""

from __future__ import annotations

import io
import os
import signal
import threading
import wave
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from edgeweb import cli
from edgeweb.errors import ConfigError
from edgeweb.inputs import arrays
from edgeweb.read import intake
from edgeweb.schema.types import TensorInfo
from tiny import linear, picture, saved

Streams = pytest.CaptureFixture[str]
INPUT = TensorInfo(name="x", type="float32", shape=[None, 4])


@pytest.fixture(autouse=True)
def nothing_hangs() -> Iterator[None]:
    """A read that never ends would take the whole suite with it."""

    def ended(*_: object) -> None:
        raise AssertionError("reading did not end")

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, ended)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def refused(capsys: Streams, tmp_path: Path, web: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """What `edgeweb build` says of a model with this configuration and these options; nothing was written."""
    monkeypatch.setenv("EDGEWEB_BROWSER", "none")

    def run(*words: object, toml: str | bytes = "", model: Path | None = None) -> str:
        model = model or saved(tmp_path, linear())
        if toml:
            (model.parent / "edgeweb.toml").write_bytes(toml if isinstance(toml, bytes) else toml.encode())
        code = cli.main(["build", str(model), "-o", str(tmp_path / "out"), *map(str, words)])
        said = capsys.readouterr().err.strip().splitlines()[-1]
        assert (code, (tmp_path / "out").exists()) == (2, False), said
        assert said.startswith("error: ") and said.endswith(".")
        return said

    return run


ENDLESS = ["fifo", "/dev/zero"]


def endless(folder: Path, kind: str, name: str) -> str:
    """The name, in the folder, of a file that never ends."""
    path = folder / name
    os.mkfifo(path) if kind == "fifo" else path.symlink_to(kind)
    return name


@pytest.mark.parametrize("kind", ENDLESS)
@pytest.mark.parametrize("option", ["--labels", "--config", "--data", "--hooks"])
def test_options_that_name_no_file_of_an_end(
    refused: Callable[..., str], tmp_path: Path, option: str, kind: str
) -> None:
    name = endless(tmp_path, kind, "given.npz" if option == "--data" else "given")
    assert "a pipe, a socket or a device" in refused(option, tmp_path / name)


@pytest.mark.parametrize("kind", ENDLESS)
@pytest.mark.parametrize("key", ["labels", "examples", "gallery", "strings", "data"])
def test_keys_that_name_no_file_of_an_end(refused: Callable[..., str], tmp_path: Path, key: str, kind: str) -> None:
    name = endless(tmp_path, kind, "given.csv")
    said = refused(toml=f'{key} = ["{name}"]' if key == "examples" else f'{key} = "{name}"', model=None)
    # An example that leads to a device leads out of the folder, too.
    assert "a pipe, a socket or a device" in said or (key == "examples" and "lies outside" in said)


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_tokenizer_that_never_ends(refused: Callable[..., str], tmp_path: Path, kind: str) -> None:
    name = endless(tmp_path, kind, "own.json")
    said = refused(toml=f'[text]\ntokenizer = "{name}"')
    assert "a pipe, a socket or a device" in said


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("labels.txt", b"cat\nd\0g\n", "NUL byte in line 2"),
        ("labels.txt", b"cat\nd\xffg\n", "not UTF-8 in line 2"),
        ("labels.txt", "cat\n".encode("utf-16"), "UTF-16, not UTF-8"),
        ("labels.txt", b"x\n" * (5 << 20), "too large"),
        ("edgeweb.toml", b"x = " + b"[" * 5000, "nested too deeply"),
        ("edgeweb.toml", b"a." * 30 + b"b = 1", "unknown key"),
        ("edgeweb.toml", b"title = 'a\0b'", "NUL"),
        ("edgeweb.toml", b"x = " + b"9" * 5000, "not valid TOML"),
        ("edgeweb.toml", b"#" * (2 << 20), "too large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_texts_that_are_none(refused: Callable[..., str], tmp_path: Path, name: str, content: bytes, why: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert why in refused()


def test_a_byte_order_mark_is_no_error(refused: Callable[..., str], tmp_path: Path) -> None:
    toml = "\ufefftitle = 'Bird finder'\nlabels = 'own.txt'\n".encode()
    assert "own.txt cannot be read" in refused(toml=toml)


def test_a_title_that_is_no_text(refused: Callable[..., str]) -> None:
    assert "not UTF-8" in refused("--title", os.fsdecode(b"bird \xff"))


# What ends numpy's reading of a header with an exception of the tokenizer.
MALFORMED = b"\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (1, 4), ((".ljust(128)


@pytest.mark.parametrize("name", ["d.npy", "d.npz"])
def test_arrays_with_a_malformed_header(refused: Callable[..., str], tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(MALFORMED)
    if name == "d.npz":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("x.npy", MALFORMED)
    assert "cannot be read as data" in refused("--data", path)


def test_an_archive_is_not_unpacked_before_its_names_are_known(tmp_path: Path) -> None:
    path = tmp_path / "d.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("other.npy", b"this would be no array")
    with pytest.raises(ConfigError, match="holds arrays for other"):
        arrays.load(path, [INPUT])


def test_an_archive_that_would_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "d.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("x.npy", "w") as member:
        for _ in range(260):
            member.write(bytes(1 << 20))
    with pytest.raises(ConfigError, match="Unpacked it has 272,629,760 bytes"):
        arrays.load(path, [INPUT])


def test_labels_beside_the_inputs_are_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", x=np.ones((2, 4), np.float32), y=np.array([0, 1]))
    assert sorted(arrays.load(tmp_path / "d.npz", [INPUT])) == ["x", "y"]


def painted(path: Path, side: tuple[int, int] = (8, 8), **more: object) -> Path:
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (*side, 3), dtype=np.uint8)).save(path, **more)  # type: ignore[arg-type]
    return path


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG whose header promises 0.9 gigapixels."""
    made = io.BytesIO()
    from PIL import Image

    Image.new("L", (1, 1)).save(made, "PNG")
    data = bytearray(made.getvalue())
    data[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    import zlib

    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    return bytes(data)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("bomb.png", bomb(), "more than 100 million pixels"),
        ("flat.png", bomb(12_000, 12_000), "100 million in all"),
        ("empty.png", b"", "cannot be decoded as a picture"),
        ("svg.png", b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "cannot be decoded"),
        ("page.jpg", b"<!doctype html><script>1</script>", "cannot be decoded"),
        ("long.wav", b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x10\0\0\0\x10\0\0\0\1\0\x08\0data\0\0\1\0" + bytes(65536),
         "1.1 hours"),
        ("bare.wav", b"RIFF\0\0\0\0WAVE", "It is no RIFF file"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_examples_that_are_not_what_they_seem(
    refused: Callable[..., str], tmp_path: Path, name: str, content: bytes, why: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert why in refused(toml=f'examples = ["{name}"]', model=saved(tmp_path, picture()))


@pytest.mark.parametrize("key", ["examples", "gallery"])
def test_nothing_from_outside_the_folder_is_published(refused: Callable[..., str], tmp_path: Path, key: str) -> None:
    painted(tmp_path / "secret" / "a.png")
    model = saved(tmp_path / "m", picture())
    (model.parent / "link").symlink_to(tmp_path / "secret")
    for name in ("../secret/a.png", str(tmp_path / "secret" / "a.png"), "link/a.png"):
        where = name if key == "examples" else name.removesuffix("/a.png")
        toml = f'{key} = ["{where}"]' if key == "examples" else f'task = "image-embedding"\n{key} = "{where}"'
        assert f"cannot be one of the {key}" in refused(toml=toml, model=model)


def test_what_grows_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_bytes(b"a\r\nb\rc")
    assert intake.text(path, "", 6) == "a\nb\nc"
    with pytest.raises(ConfigError, match="at most 5 are read"):
        intake.text(path, "", 5)


def test_a_sound_without_what_its_file_says(tmp_path: Path) -> None:
    from edgeweb.site import cleaned

    held = io.BytesIO()
    with wave.open(held, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(b"\1\2" * 100)
    plain = held.getvalue()
    tagged = plain[:12] + b"LIST\x05\0\0\0owner\0" + plain[12:] + b"id3 \x04\0\0\0name"
    assert cleaned.wave(tmp_path / "a.wav", tagged) == plain


def dotted(depth: int) -> str:
    return "a" + ".a" * depth + " = 1\n"


@pytest.mark.parametrize(
    "key", [dotted(40_000), dotted(60), '"a b"' + " . 'c d'" * 60 + " = 1", f"x = {{ {dotted(60)[:-1]} }}"]
)
def test_a_key_of_many_parts(refused: Callable[..., str], key: str) -> None:
    """Each of its dots would cost tomllib as much as all before it: 80 kB took 6 GB."""
    assert "nested too deeply" in refused(toml=key)


def test_many_dots_that_are_no_key() -> None:
    text = f'mean = [{", ".join(["0.485"] * 500)}]\ntitle = "wait{"." * 100} what"\n'
    assert len(intake.toml(text)["mean"]) == 500


HOOKS = "def postprocess(outputs, model):\n    return {}\n"


@pytest.mark.parametrize(
    ("packages", "why"),
    [
        ("~nouser-of-this/x", "is no path"),
        ("./a\\u0000b", "is no path"),
        ("./loop", "is no path"),
        ("./" + "a" * 300, "is no path"),
        ("numpy; os_name ~= 'x'", "is no requirement"),
        ("./out-of", "lies outside"),
        ("./piped", "a pipe, a socket or a device"),
        ("./endless", "lies outside"),
        ("./large", "larger than 512 MB"),
        ("./bomb-1-py3-none-any.whl", "is too large"),
        ("./none-1-py3-none-any.whl", "is no archive"),
    ],
    ids=lambda value: value[:20],
)
def test_packages_of_ones_own(refused: Callable[..., str], tmp_path: Path, packages: str, why: str) -> None:
    (tmp_path / "hooks.py").write_text(HOOKS)
    (tmp_path / "loop").symlink_to("loop")
    for name in ("piped", "endless", "large", "out-of"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    os.mkfifo(tmp_path / "piped" / "x.py")
    (tmp_path / "endless" / "x.py").symlink_to("/dev/zero")
    (tmp_path / "out-of" / "x.txt").symlink_to("/etc/passwd")
    with (tmp_path / "large" / "x.bin").open("wb") as file:
        file.truncate(50 << 30)
    (tmp_path / "none-1-py3-none-any.whl").write_bytes(b"no archive")
    bomb = zipfile.ZipFile(tmp_path / "bomb-1-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED)
    with bomb as archive, archive.open("bomb-1.dist-info/METADATA", "w") as member:
        for _ in range(260 if "bomb" in packages else 1):
            member.write(bytes(1 << 20))
    assert why in refused(toml=f'[hooks]\nfile = "hooks.py"\npackages = ["{packages}"]\n')


@pytest.mark.parametrize("line", ["# dependencies = " + "[" * 5000, "# x = " + "9" * 5000, "# " + dotted(15_000)[:-1]])
def test_a_header_of_a_hooks_file(refused: Callable[..., str], tmp_path: Path, line: str) -> None:
    (tmp_path / "hooks.py").write_text(f"# /// script\n{line}\n# ///\n{HOOKS}")
    assert "The header of hooks.py cannot be read" in refused(toml='[hooks]\nfile = "hooks.py"\n')


@pytest.mark.parametrize("size", ["9" * 400 + "MB", "9" * 5000, "1." + "9" * 400 + "MB"])
def test_a_size_that_is_none(refused: Callable[..., str], size: str) -> None:
    assert "is not a size" in refused("--max-size", size)


def test_numbers_and_names_that_nobody_would_write(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(",".join(["9" * 400] * 4) + "\n")
    assert "NaN or infinity" in refused("--data", tmp_path / "a.csv")
    (tmp_path / "config.json").write_text('{"id2label": {"0": "\\ud800", "1": "b", "2": "c"}}')
    with pytest.raises(ConfigError, match="half of a surrogate pair"):
        intake.json_object(tmp_path / "config.json", "")
    assert intake.json_hint([tmp_path], "config.json") == {}
    (tmp_path / "whole.json").write_text('{"a": "\\ud83d\\ude00"}')
    assert intake.json_object(tmp_path / "whole.json", "") == {"a": "\U0001f600"}


def test_a_folder_that_changes_is_no_defect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> Iterator[Path]:
        raise FileNotFoundError(2, "No such file or directory", "stat")

    monkeypatch.setattr(Path, "rglob", gone)
    with pytest.raises(ConfigError, match="cannot be read"):
        intake.below(tmp_path)
