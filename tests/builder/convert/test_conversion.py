"""A training library's file becomes ONNX in a process of its own, once, and its library is asked for answers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from edgeweb.convert import conversion, interpreters
from edgeweb.convert.common import How
from edgeweb.convert.taken import taken
from edgeweb.errors import ConfigError, EdgewebError, ModelError, UsageError
from edgeweb.machine import session


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def boosted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import xgboost

    draw = np.random.default_rng(0)
    table = draw.normal(0, 3, (60, 4))
    data = xgboost.DMatrix(table, label=table[:, 0] > 0, feature_names=["age", "weight of it", "f2", "d"])
    path = tmp_path_factory.mktemp("boosted") / "model.ubj"
    xgboost.train({"objective": "binary:logistic", "max_depth": 2}, data, 3).save_model(path)
    return path


def test_a_file_is_converted_once_and_says_what_its_library_says(boosted: Path) -> None:
    steps: list[str] = []
    found = conversion.converted(boosted, How(), steps.append)
    assert found is not None and found.framework.startswith("XGBoost 3") and steps
    assert found.said["network"] == [] or sys.platform != "linux"
    rows = np.random.default_rng(1).normal(0, 3, (20, 4))
    says = conversion.answers(found, {"input": rows})
    (ours,) = session.run(found.place, [{"input": rows.astype(np.float32)}])
    assert np.array_equal(says["label"], ours["label"])
    assert np.allclose(says["probabilities"], ours["probabilities"], atol=1e-6)
    again: list[str] = []
    kept = conversion.converted(boosted, How(), again.append)
    assert kept is not None and kept.place == found.place and not again


def test_it_stands_for_the_model_in_all_that_is_said(boosted: Path) -> None:
    found = taken(boosted, How())
    assert found.source == found.given == boosted and found.place != boosted
    loaded = found.load()
    assert loaded.path == boosted
    assert {each.key: each.value for each in loaded.proto.metadata_props} == {
        "feature_names": '["age", "weight of it", "f2", "d"]'
    }


def test_a_damaged_file_is_one_sentence(tmp_path: Path, boosted: Path) -> None:
    broken = tmp_path / "model.ubj"
    for cut in (40, 300, boosted.stat().st_size - 40):
        broken.write_bytes(boosted.read_bytes()[:cut])
        with pytest.raises(EdgewebError) as error:
            conversion.converted(broken, How())
        assert error.value.exit_code == 2 and "\n" not in str(error.value)
        assert str(error.value).startswith(f"{broken} cannot be")


def test_what_a_later_library_has_written_is_not_guessed_at(tmp_path: Path, boosted: Path) -> None:
    """A part that is new would be left out by both that are compared."""
    import lightgbm
    import xgboost

    model = xgboost.Booster(model_file=boosted)
    binary, text, trees = tmp_path / "m.ubj", tmp_path / "m.json", tmp_path / "m.txt"
    whole = boosted.read_bytes()
    place = whole.rindex(b"version")
    binary.write_bytes(whole[:place] + whole[place:].replace(b"i\x03", b"i\x63", 1))
    text.write_text(model.save_raw("json").decode().replace('"version":[3,', '"version":[99,'))
    table = np.random.default_rng(0).normal(0, 3, (60, 2))
    data = lightgbm.Dataset(table, table[:, 0])
    saved = lightgbm.train({"verbose": -1}, data, 2).model_to_string()
    trees.write_text(saved.replace("version=v4", "version=v99"))
    for path in (binary, text, trees):
        with pytest.raises(ModelError, match=r"is too new\. (XGBoost|LightGBM) 99 has written it, and [34]\."):
            conversion.converted(path, How())


def test_what_is_missing_is_named_with_the_line_to_type(tmp_path: Path, boosted: Path) -> None:
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", bare], check=True)
    python = bare / "bin" / "python"
    with pytest.raises(UsageError) as error:
        conversion.converted(boosted, How(python=python))
    assert str(error.value).startswith(f"{boosted} is an XGBoost model. Converting it needs xgboost, onnxmltools")
    assert f"Run: {python} -m pip install xgboost onnxmltools" in str(error.value)
    assert "--with-deps" in str(error.value)


@pytest.mark.parametrize("named", ["nothing-of-this-name", "/bin/false"])
def test_what_is_no_python_is_named(boosted: Path, named: str) -> None:
    with pytest.raises(UsageError, match="cannot be used as Python"):
        conversion.converted(boosted, How(python=Path(named)))


def test_a_module_of_the_users_folder_is_not_imported(
    tmp_path: Path, boosted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model may have come with a numpy.py, and the child has the names of libraries beside it."""
    (tmp_path / "numpy.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    assert conversion.converted(boosted, How()) is not None


def test_the_child_has_none_of_the_users_secrets(boosted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from edgeweb.convert import process

    seen: dict[str, Any] = {}
    real = process.Program

    def look(words: Any, environment: dict[str, str], **more: Any) -> Any:
        seen.update(environment)
        return real(words, environment, **more)

    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setattr(process, "Program", look)
    interpreters.looked(Path(sys.executable), ())
    assert seen and "secret" not in seen.values()


def test_what_is_no_model_of_a_library_is_left_to_others(tmp_path: Path) -> None:
    for name, content in (("a.json", b'{"learner": 3}'), ("b.onnx", b"\x08\x08"), ("c.txt", b"tree\n")):
        (tmp_path / name).write_bytes(content)
        assert conversion.converted(tmp_path / name, How()) is None
    assert conversion.converted(tmp_path / "nothing", How()) is None
    assert conversion.converted(tmp_path, How()) is None


def test_what_would_fill_the_memory_is_not_read(tmp_path: Path, boosted: Path) -> None:
    path = tmp_path / "m.ubj"
    with path.open("wb") as file:
        file.write(boosted.read_bytes()[:500])
        file.truncate(9 << 30)
    with pytest.raises(ConfigError, match=r"m\.ubj is too large\. It has 9,663,676,416 bytes"):
        conversion.converted(path, How())


def test_what_takes_too_long_or_too_much_is_ended(boosted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    form = conversion.recognised(boosted)
    assert form is not None
    monkeypatch.setattr(conversion, "FORMATS", (replace(form, seconds=0.05),))
    with pytest.raises(ModelError, match=r"was given up\. Reading it took more than 0 s"):
        conversion.converted(boosted, How())
    monkeypatch.setattr(conversion, "FORMATS", (replace(form, memory=64 << 20),))
    with pytest.raises(ModelError, match="cannot be converted"):
        conversion.converted(boosted, How())
