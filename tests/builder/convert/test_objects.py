"""Objects and frames that Python hands over: as the files that their formats are read from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import edgeweb
import numpy as np
import pytest
from edgeweb.convert import objects
from edgeweb.errors import EdgewebError, UsageError
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def fitted() -> Any:
    table = np.random.default_rng(0).normal(0, 3, (40, 3))
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(table, np.where(table[:, 0] > 0, "up", "down"))


def test_a_path_stays_what_it_is() -> None:
    with objects.handed("hf://org/name", {"data": "rows.csv"}) as (paths, given):
        assert (paths, given) == (["hf://org/name"], {"data": "rows.csv"})


def test_an_object_is_a_file_while_it_is_needed(fitted: Any) -> None:
    with objects.handed(fitted, {}) as ((path,), given):
        assert Path(path).name == "LogisticRegression" and Path(path).is_file()
        assert given == {"trust_pickle": True}
    assert not Path(path).exists()


def test_it_is_read_like_any_other(fitted: Any) -> None:
    info = edgeweb.inspect(fitted)
    assert [(each.name, each.type, each.shape) for each in info.inputs] == [("input", "float32", [None, 3])]
    assert [(each.name, each.type) for each in info.outputs] == [("label", "string"), ("probabilities", "float32")]


def test_an_array_is_data(fitted: Any) -> None:
    with objects.handed(fitted, {"data": np.zeros((4, 3))}) as (_, given):
        assert np.load(given["data"]).shape == (4, 3) and given["columns"] == ()


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_a_frame_teaches_names_and_types(library: str) -> None:
    module = pytest.importorskip(library)
    frame = module.DataFrame({"age": [1, 2], "size": [0.5, 1.5], "new": [True, False], "city": ["Rome", "Paris, F"]})
    kinds = (("age", "integer"), ("size", "number"), ("new", "boolean"), ("city", "text"))
    assert objects.columns(frame) == kinds
    with objects.handed("model.onnx", {"data": frame}) as (paths, given):
        assert paths == ["model.onnx"] and given["columns"] == kinds and "trust_pickle" not in given
        head, *rows = given["data"].read_text("utf-8").splitlines()
        assert head == "age,size,new,city" and rows[1].endswith('"Paris, F"')


def test_what_a_column_of_pandas_holds_is_asked_of_what_is_in_it() -> None:
    pandas = pytest.importorskip("pandas")
    flags, days = [True, False, None], ["2026-01-01", "2026-02-01", None]
    columns = {
        "code": pandas.Categorical([1, 2, None]), "flag": pandas.Categorical(flags), "plain": pandas.Series(flags[:2]),
        "loose": pandas.Series([True, False, True], dtype=object), "open": pandas.array(flags, dtype="boolean"),
        "count": pandas.array([1, 2, None], dtype="Int64"), "city": pandas.Categorical(["Rome", "Oslo", None]),
        "word": pandas.array(["a", "b", None], dtype="string"), "mixed": ["a", 1, None],
        "maybe": pandas.Series([True, None, False], dtype=object),
        "day": pandas.to_datetime(days),
    }  # fmt: skip
    kinds = {name: objects.columns(pandas.DataFrame({name: column})) for name, column in columns.items()}
    assert {name: kind for ((name, kind),) in kinds.values()} == {
        "code": "integer", "flag": "boolean", "plain": "boolean", "loose": "boolean", "open": "boolean",
        "count": "integer", "city": "text", "word": "text", "mixed": "text", "maybe": "boolean", "day": "text",
    }  # fmt: skip


def test_dates_among_the_categories_are_refused_and_beside_them_are_not_missed() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"age": [1.0, 2.0, 3.0, 4.0], "day": pandas.to_datetime(["2026-01-01", "2026-02-01"] * 2)})
    says = ["no", "yes", "no", "yes"]
    known = make_pipeline(make_column_transformer((OneHotEncoder(), ["day"])), LogisticRegression()).fit(frame, says)
    with pytest.raises(EdgewebError, match="A column of dates stands among the categories") as told:
        edgeweb.inspect(known, data=frame)
    assert told.value.exit_code == 2
    other = make_pipeline(make_column_transformer((StandardScaler(), ["age"])), LogisticRegression()).fit(frame, says)
    assert [each.name for each in edgeweb.inspect(other, data=frame).inputs] == ["age"]


def test_init_takes_an_object_and_writes_where_the_user_is(
    fitted: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = np.random.default_rng(1).normal(0, 3, (20, 3))
    started = edgeweb.init(fitted, data=rows)
    assert started.path == Path("edgeweb.toml") and "LogisticRegression" in started.path.read_text("utf-8")
    with pytest.raises(EdgewebError, match=r"edgeweb\.toml is there already"):
        edgeweb.init(fitted)


def test_a_frame_that_cannot_be_a_table_is_one_sentence(fitted: Any) -> None:
    class Odd:
        columns = ()

        def write_csv(self, path: Path) -> None:
            raise RuntimeError("lists do not fit into a cell")

    with pytest.raises(EdgewebError, match=r"(?i)data is a Odd that cannot be written\. Lists do not fit into a cell"):
        edgeweb.inspect(fitted, data=Odd())


@pytest.mark.parametrize("thing", [object(), 3, {"a": 1}])
def test_what_nobody_knows_is_named(thing: Any) -> None:
    with pytest.raises(UsageError, match=r"is no model that edgeweb knows.*lists the formats"):
        edgeweb.inspect(thing)


def test_what_cannot_leave_this_program_is_told() -> None:
    model = make_pipeline(FunctionTransformer(lambda table: table), LogisticRegression())
    with pytest.raises(EdgewebError, match="This Pipeline cannot be handed to the process that converts it"):
        edgeweb.inspect(model)
