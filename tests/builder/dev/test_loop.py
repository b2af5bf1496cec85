"""Builds that follow changes: what is told of them, and errors that come and go."""

from __future__ import annotations

import queue
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import tiny
from edgeweb.dev import loop
from edgeweb.dev.loop import State
from edgeweb.errors import EdgewebError, ModelError, UsageError

NOTHING = dict.fromkeys(("config", "task", "title", "labels", "data", "hooks"))
Next = Callable[[], State]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tiny.saved(tmp_path / "iris", tiny.linear(), "iris.onnx")


@contextmanager
def running(model: Path, out: Path, **given: Any) -> Iterator[Next]:
    """The states at the end of builds, as they come."""
    ends: queue.Queue[State] = queue.Queue()
    stop = threading.Event()

    def tell(state: State, site: object) -> None:
        assert (site is not None) == (not state.building and state.error is None)
        if not state.building:
            ends.put(state)

    thread = threading.Thread(target=loop.run, args=([model], out, {**NOTHING, **given}, tell, stop))
    thread.start()
    try:
        yield lambda: ends.get(timeout=30)
    finally:
        stop.set()
        thread.join(30)
    assert not thread.is_alive()


@pytest.mark.usefixtures("small_web")
def test_a_change_of_labels_configuration_and_model_each_makes_another_site(model: Path, tmp_path: Path) -> None:
    home, out = model.parent, tmp_path / "site"
    with running(model, out) as following:
        first = following()
        assert (first.title, first.changed, first.error) == ("Iris", (), None)
        assert (out / "index.html").is_file()
        # Neither was there when the first build ended.
        (home / "labels.txt").write_text("a\nb\nc\n")
        second = following()
        assert second.changed == ("labels.txt",)
        (home / "edgeweb.toml").write_text('title = "Flowers"\n')
        third = following()
        assert (third.title, third.changed) == ("Flowers", ("edgeweb.toml",))
        tiny.saved(home, tiny.linear(columns=5), "iris.onnx")
        fourth = following()
        assert fourth.changed == ("iris.onnx",)
        assert len({each.release for each in (first, second, third, fourth)}) == 4


@pytest.mark.usefixtures("small_web")
def test_an_error_leaves_the_last_good_site_and_goes_away(model: Path, tmp_path: Path) -> None:
    settings, out = model.parent / "edgeweb.toml", tmp_path / "site"
    with running(model, out) as following:
        good, page = following(), (out / "index.html").read_bytes()
        settings.write_text('titel = "Flowers"\n')
        failed = following()
        assert failed.error is not None
        assert 'unknown key "titel"' in failed.error.what
        assert (failed.release, failed.at) == (good.release, good.at)
        assert (out / "index.html").read_bytes() == page
        settings.unlink()
        assert following().error is None


@pytest.mark.usefixtures("small_web")
def test_a_file_that_was_only_half_written_is_no_error(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "_GRACE_S", 5.0)
    whole = model.read_bytes()
    with running(model, tmp_path / "site") as following:
        following()
        # Longer than a pause may be within a change, so that the half is built.
        model.write_bytes(whole[:100])
        threading.Event().wait(0.15)
        model.write_bytes(whole)
        assert following().error is None


@pytest.mark.usefixtures("small_web")
def test_a_defect_is_an_error_as_well_and_the_next_build_goes_on(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division by zero")

    build = loop.recipe.build
    with running(model, tmp_path / "site") as following:
        following()
        monkeypatch.setattr(loop.recipe, "build", fails)
        (model.parent / "labels.txt").write_text("a\nb\nc\n")
        failed = following()
        assert failed.error is not None
        assert failed.error.line.endswith("edgeweb itself failed: division by zero. " + failed.error.hint + ".")
        monkeypatch.setattr(loop.recipe, "build", build)
        (model.parent / "labels.txt").write_text("d\ne\nf\n")
        assert following().error is None


@pytest.mark.usefixtures("small_web")
def test_a_hook_that_fails_is_shown_with_its_traceback(model: Path, tmp_path: Path) -> None:
    hooks = tmp_path / "hooks.py"
    hooks.write_text("def postprocess(outputs, model):\n    return outputs['nothing']\n")
    with running(model, tmp_path / "site", hooks=hooks) as following:
        failed = following()
        assert failed.error is not None
        assert "outputs['nothing']" in failed.error.text
        hooks.write_text("def postprocess(outputs, model):\n    return {'tensors': 1}\n")
        assert following().changed == ("hooks.py",)


MISSING: list[tuple[dict[str, Any], type[EdgewebError]]] = [
    ({"labels": "none.txt"}, UsageError), ({"data": "none"}, UsageError), ({"hooks": "none.py"}, UsageError),
    ({"config": "none.toml"}, UsageError), ({"task": "nonsense"}, UsageError),
]  # fmt: skip


@pytest.mark.parametrize(("given", "kind"), MISSING)
def test_what_was_mistyped_is_said_at_once(model: Path, given: dict[str, Any], kind: type[EdgewebError]) -> None:
    with pytest.raises(kind):
        loop.check([model], {**NOTHING, **given})


def test_a_model_that_is_not_there_is_said_at_once_and_one_that_is_wrong_may_be_mended(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        loop.check([tmp_path / "none.onnx"], NOTHING)
    (tmp_path / "model.onnx").write_bytes(b"no model")
    (tmp_path / "edgeweb.toml").write_text("titel = 1")
    loop.check([tmp_path / "model.onnx"], NOTHING)


@pytest.mark.usefixtures("small_web")
def test_of_many_changes_the_first_are_named(model: Path, tmp_path: Path) -> None:
    (data := tmp_path / "data").mkdir()
    with running(model, tmp_path / "site", data=data) as following:
        following()
        for number in range(1500):
            (data / f"{number:04}.txt").touch()
        assert following().changed == ("0000.txt", "0001.txt", "0002.txt", "1,497 more")


@pytest.mark.usefixtures("small_web")
def test_a_folder_that_is_made_anew_under_a_command_that_runs_in_it(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `rm -r` and another export do it in the folder where somebody typed `edgeweb dev iris.onnx`."""
    home, away = model.parent, tmp_path / "away"
    shutil.copytree(home, away)
    monkeypatch.chdir(home)
    with running(Path("iris.onnx"), tmp_path / "site") as following:
        assert following().error is None
        shutil.rmtree(home)
        gone = following()
        assert gone.error is not None and "iris.onnx is not there" in gone.error.what
        shutil.copytree(away, home)
        assert following().error is None
