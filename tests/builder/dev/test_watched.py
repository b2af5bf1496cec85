"""What is watched of the user's files, and what counts as a change: renaming over, deleting, and links too."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import tiny
from edgeweb import options
from edgeweb.dev import changes, watched
from edgeweb.options import Options
from onnx import external_data_helper


def of(model: Path, **given: object) -> watched.Watched:
    return watched.of([model], options.options(given))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tiny.saved(tmp_path / "iris", tiny.linear(), "iris.onnx")


def test_a_model_s_own_files_are_watched_before_they_are_there_and_its_neighbours_are_not(model: Path) -> None:
    home = model.parent
    (home / "train.log").write_text("epoch 1")
    known = of(model)
    assert {model, home / "edgeweb.toml", home / "labels.txt", home / "preprocessor_config.json"} <= known.files
    assert not known.has(home / "train.log")
    assert known.places() == [home, home / "1_Pooling"] or known.places() == [home]


def test_what_the_configuration_names_is_watched(model: Path) -> None:
    home = model.parent
    (home / "pictures").mkdir()
    (home / "edgeweb.toml").write_text(
        'labels = "words.txt"\nstrings = "fr.json"\nexamples = ["a.png"]\ndata = "pictures"\n'
        '[hooks]\nfile = "own.py"\npackages = ["./helpers", "pydantic"]\n'
    )
    (home / "helpers").mkdir()
    known = of(model)
    assert {home / name for name in ("words.txt", "fr.json", "a.png", "own.py")} <= known.files
    assert known.folders == {home / "pictures", home / "helpers"}


def test_while_the_configuration_is_wrong_the_options_are_still_watched(model: Path) -> None:
    home = model.parent
    (home / "edgeweb.toml").write_text('title = "half')
    labels, hooks = home / "words.txt", home / "hooks.py"
    labels.write_text("a\nb\nc\n")
    known = of(model, labels=labels, hooks=hooks)
    assert {model, home / "edgeweb.toml", labels, hooks} <= known.files


def test_the_file_with_a_model_s_weights_is_watched(tmp_path: Path) -> None:
    import onnx

    proto = tiny.linear()
    external_data_helper.convert_model_to_external_data(proto, location="model.data", size_threshold=0)
    onnx.save(proto, tmp_path / "model.onnx")
    assert tmp_path / "model.data" in of(tmp_path / "model.onnx").files


def test_a_folder_is_watched_with_what_is_below_but_not_what_tools_write_there(tmp_path: Path) -> None:
    for name in ("a/x.png", "a/b/y.png", ".git/z", "a/__pycache__/m.pyc", "build/kept.png", "a/.hidden"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"1")
    known = watched.Watched(folders=frozenset([tmp_path]))
    assert {path.relative_to(tmp_path).as_posix() for path in known.states()} == {
        "a/x.png",
        "a/b/y.png",
        "build/kept.png",
    }
    assert {tmp_path, tmp_path / "a", tmp_path / "a" / "b"} < {*known.places()}
    # To install a package leaves things in its folder, which would be a change after every build.
    (tmp_path / "pyproject.toml").write_text("")
    assert tmp_path / "build" / "kept.png" not in known.states()


def test_a_folder_with_a_model_is_watched_as_deep_as_a_model_lies(tmp_path: Path) -> None:
    tiny.saved(tmp_path / "whole" / "onnx", tiny.linear())
    (tmp_path / "whole" / "config.json").write_text("{}")
    (tmp_path / "whole" / "node_modules" / "deep").mkdir(parents=True)
    (tmp_path / "whole" / "node_modules" / "deep" / "x.js").write_text("1")
    known = of(tmp_path / "whole")
    there = {path.relative_to(tmp_path / "whole").as_posix() for path, state in known.states().items() if state}
    assert there == {"config.json", "onnx/model.onnx"}
    assert known.has(tmp_path / "whole" / "onnx" / "model_q4.onnx")
    assert not known.has(tmp_path / "whole" / "node_modules" / "deep" / "x.js")


def replaced(path: Path) -> None:
    """As most editors save."""
    (path.parent / ".new~").write_text("other")
    (path.parent / ".new~").replace(path)


def relinked(path: Path) -> None:
    (path.parent / "target").write_text("other text")
    path.unlink()
    path.symlink_to("target")


WAYS: list[Callable[[Path], object]] = [
    lambda path: path.write_text("more"), replaced, relinked, Path.unlink, lambda path: os.utime(path, ns=(1, 1)),
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_saving_is_a_change(tmp_path: Path, way: Callable[[Path], object]) -> None:
    file = tmp_path / "labels.txt"
    file.write_text("one")
    known = watched.Watched(frozenset([file]))
    before = known.states()
    assert not watched.differing(before, known.states())
    way(file)
    assert watched.differing(before, known.states()) == [file]


def test_what_came_while_a_build_ran_is_a_change_after_it(tmp_path: Path) -> None:
    file, later = tmp_path / "a.txt", tmp_path / "b.txt"
    folder = tmp_path / "data"
    folder.mkdir()
    was = watched.Watched(frozenset([file]), frozenset([folder]))
    before = was.states()
    later.write_text("named by the configuration since")
    (folder / "new.png").write_bytes(b"1")
    file.write_text("written")
    known = was | watched.Watched(frozenset([later]))
    assert watched.differing(watched.carried(before, was, known), known.states()) == [file, folder / "new.png"]


def waited(known: watched.Watched, then: Callable[[], object]) -> list[Path]:
    """What `wait` gives when `then` happens a moment after it has begun."""
    stop, before = threading.Event(), known.states()
    threading.Timer(0.3, then).start()
    end = threading.Timer(20, stop.set)
    end.start()
    try:
        return changes.wait(known, before, stop)
    finally:
        end.cancel()


def test_a_file_that_is_written_for_a_while_is_one_change(tmp_path: Path) -> None:
    file = tmp_path / "model.onnx"
    file.write_bytes(b"old")

    def slowly() -> None:
        with file.open("wb") as target:
            for _ in range(10):
                target.write(b"x" * 1000)
                target.flush()
                time.sleep(0.01)

    known = watched.Watched(frozenset([file]))
    assert waited(known, slowly) == [file]
    assert file.stat().st_size == 10_000


def test_a_file_that_comes_into_being_and_one_in_a_new_folder_are_seen(tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    assert waited(watched.Watched(frozenset([labels])), lambda: labels.write_text("a")) == [labels]
    data = tmp_path / "data"
    data.mkdir()

    def copied() -> None:
        (data / "cats").mkdir()
        (data / "cats" / "1.png").write_bytes(b"1")

    assert waited(watched.Watched(folders=frozenset([data])), copied) == [data / "cats" / "1.png"]


def test_others_files_beside_it_are_no_change_and_stop_ends_the_wait(tmp_path: Path) -> None:
    file, stop = tmp_path / "model.onnx", threading.Event()
    file.write_bytes(b"1")
    known = watched.Watched(frozenset([file]))
    threading.Timer(0.2, lambda: (tmp_path / "train.log").write_text("1")).start()
    threading.Timer(0.8, stop.set).start()
    assert changes.wait(known, known.states(), stop) == []


def test_where_the_system_tells_nothing_it_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where no watches are left, or a folder has gone."""
    file = tmp_path / "model.onnx"
    file.write_bytes(b"1")
    monkeypatch.setattr(watched.Watched, "places", lambda _: [tmp_path / "gone"])
    known = watched.Watched(frozenset([file]))
    assert waited(known, lambda: file.write_bytes(b"12")) == [file]


def test_nothing_of_a_repository_is_watched_and_its_configuration_is(tmp_path: Path) -> None:
    settings = tmp_path / "edgeweb.toml"
    settings.write_text('title = "x"')
    known = watched.of(["hf://org/name"], Options(config=settings))
    assert settings in known.files
    assert known == watched.Watched(frozenset([settings]))


def test_what_is_half_written_when_the_wait_begins_is_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "edgeweb.toml"
    file.write_text('title = "old"\n')
    known = watched.Watched(frozenset([file]))
    before = known.states()
    file.write_bytes(b"")
    threading.Timer(0.03, lambda: file.write_text('title = "new"\n')).start()
    assert changes.wait(known, before, threading.Event()) == [file]
    assert file.read_text() == 'title = "new"\n'


def test_what_comes_back_as_it_was_is_no_change(tmp_path: Path) -> None:
    file, away, stop = tmp_path / "model.onnx", tmp_path / "away", threading.Event()
    file.write_bytes(b"1")
    known = watched.Watched(frozenset([file]))
    before = known.states()
    file.rename(away)
    threading.Timer(0.02, lambda: away.rename(file)).start()
    threading.Timer(0.5, stop.set).start()
    assert changes.wait(known, before, stop) == []
