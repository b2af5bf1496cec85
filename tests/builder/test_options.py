"""What a build was asked for: options over the file, where paths begin, and what is refused before any work."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from edgeweb import config, options
from edgeweb.config import Config
from edgeweb.errors import ConfigError, EdgewebError, UsageError
from edgeweb.options import Options
from msgspec import convert


def read(folder: Path, table: str = "", **given: Any) -> Config:
    (folder / "edgeweb.toml").write_text(table)
    return options.read(folder / "model.onnx", Options(**given))[0]


def test_paths_may_be_given_as_text() -> None:
    made = options.options({"data": "rows.csv", "labels": None, "title": "T", "hooks": Path("h.py")})
    assert made == Options(data=Path("rows.csv"), title="T", hooks=Path("h.py"))


def test_the_file_beside_the_model_or_another_and_where_its_paths_begin(tmp_path: Path) -> None:
    model = tmp_path / "model.onnx"
    assert options.read(model, Options()) == (Config(), tmp_path, {})
    (tmp_path / "edgeweb.toml").write_text('title = "beside"')
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "mine.toml"
    other.write_text('title = "other"')
    for given, title, folder in ((Options(), "beside", tmp_path), (Options(config=other), "other", other.parent)):
        settings, base, _ = options.read(model, given)
        assert (settings.title, base) == (title, folder)


def test_examples_are_taken_of_the_data_only_where_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for name in ("d.png", "a.png", "notes.txt", "b.JPG", "c.wav", ".hidden.png"):
        (tmp_path / "photos" / name).touch()
    assert read(tmp_path, 'data = "photos"\n').examples == []
    found = read(tmp_path, 'data = "photos"\nexamples = ["own.png"]\nexamples-of-data = 2\n').examples
    assert found == ["own.png", *(str(tmp_path / "photos" / name) for name in ("a.png", "c.wav"))]
    assert read(tmp_path, 'data = "rows.csv"\nexamples-of-data = 2\n').examples == []


def test_options_come_before_the_file_and_what_is_not_said_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = 'title = "file"\ntask = "tensors"\nspecialise = true\n[compress]\nprecision = "fp16"\nmax-size = "2 MB"\n'
    plain = read(tmp_path, table)
    assert (plain.title, plain.task, plain.compress.precision, options.size_limit(plain)) == (
        "file",
        "tensors",
        "fp16",
        2_000_000,
    )
    said = read(tmp_path, table, title="", specialise=False, precision="int8", max_size=7, min_agreement=0.0)
    assert (said.title, said.task, said.specialise) == ("", "tensors", False)
    assert (said.compress.precision, options.size_limit(said), said.compress.min_agreement) == ("int8", 7, 0.0)
    assert options.size_limit(read(tmp_path)) is None
    # The command line's paths begin where it was typed, not beside the file.
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deep").mkdir()
    paths = read(
        tmp_path / "deep", "[hooks]\nseconds = 7\n", data=Path("d.npz"), labels=Path("l.txt"), hooks=Path("h.py")
    )
    assert (paths.data, paths.labels, paths.hooks.file) == tuple(
        str(tmp_path / name) for name in ("d.npz", "l.txt", "h.py")
    )
    assert paths.hooks.seconds == 7


@pytest.mark.parametrize(
    ("given", "error", "why"),
    [
        ({"task": "cooking"}, UsageError, 'There is no task "cooking".*See: edgeweb build --help'),
        ({"task": "image-clasification"}, UsageError, r"Did you mean image-classification or .*\?"),
        ({"title": "a\x07b"}, UsageError, "cannot be shown"),
        ({"title": "\udcff"}, UsageError, "cannot be shown"),
        ({"base_url": "no slash"}, EdgewebError, "slash"),
        ({"max_size": "many"}, EdgewebError, "many"),
    ],
)
def test_what_is_refused_before_any_work(tmp_path: Path, given: Any, error: type[EdgewebError], why: str) -> None:
    with pytest.raises(error, match=f"(?i){why}"):
        read(tmp_path, **given)


def test_words_that_the_page_has_not_are_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='no words for the language "fr"'):
        read(tmp_path, 'lang = "fr"')
    with pytest.raises(ConfigError, match=r"own\.json"):
        read(tmp_path, 'strings = "own.json"')


def test_labels_of_the_configuration_a_file_or_the_one_beside(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("a\nb\n")
    assert config.labels(Config(), tmp_path) == ([], "")
    assert config.labels(Config(labels=["x"]), tmp_path) == (["x"], "edgeweb.toml")
    assert config.labels(Config(labels="mine.txt"), tmp_path) == (["a", "b"], str(tmp_path / "mine.txt"))
    (tmp_path / "labels.txt").write_text("c\n")
    assert config.labels(Config(), tmp_path) == (["c"], str(tmp_path / "labels.txt"))
    assert config.labels(Config(labels=[]), tmp_path) == ([], "edgeweb.toml")


@pytest.mark.parametrize("key", ["data", "gallery", "labels"])
def test_files_that_are_read_late_are_opened_at_once(tmp_path: Path, key: str) -> None:
    settings = convert({key: "there.txt"}, Config)
    with pytest.raises(ConfigError, match=r"there\.txt"):
        options.check_files(settings, tmp_path)
    (tmp_path / "there.txt").write_text("a\n")
    options.check_files(settings, tmp_path)
    (tmp_path / "folder").mkdir()
    options.check_files(Config(data="folder", gallery="folder"), tmp_path)


def test_every_file_of_the_users_is_known(tmp_path: Path) -> None:
    settings = convert(
        {
            "labels": "l.txt", "examples": ["e.png"], "data": "d.npz", "gallery": "g", "strings": "s.json",
            "hooks": {"file": "h.py", "packages": ["numpy", "./mine", "w.whl"]},
        },
        Config,
    )  # fmt: skip
    given = Options(config=tmp_path / "c.toml")
    own = options.own_files(tmp_path / "m.onnx", given, settings, tmp_path)
    names = ["m.onnx", "c.toml", "l.txt", "e.png", "d.npz", "g", "s.json", "h.py", "mine", "w.whl"]
    assert own == [tmp_path / name for name in names]
    assert options.own_files(tmp_path / "m.onnx", Options(), Config(labels=["a"]), tmp_path) == [tmp_path / "m.onnx"]


def test_what_is_published_with_a_model_of_sound_comes_before_the_command_line(tmp_path: Path) -> None:
    about = {"feature_extractor_type": "Wav2Vec2FeatureExtractor", "sampling_rate": 16000}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(about))
    (tmp_path / "config.json").write_text(json.dumps({"id2label": {"0": "calm", "1": "angry"}}))
    for task in ("voice-activity-detection", "tensors", None):
        found = read(tmp_path, task=task)
        assert found.audio is not None and found.audio.rate == 16000 and found.labels == ["calm", "angry"]
        assert found.task == (task or "audio-classification")


def test_other_names_of_the_hub_are_taken(tmp_path: Path) -> None:
    (tmp_path / "edgeweb.toml").write_text('task = "ner"')
    settings, _, _ = options.read(tmp_path / "m.onnx", options.Options())
    assert settings.task == "token-classification"
    settings, _, _ = options.read(tmp_path / "m.onnx", options.Options(task="sentence-similarity"))
    assert settings.task == "text-embedding"
