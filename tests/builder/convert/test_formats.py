"""Each format: what its library made is converted and says the same, and what is damaged is one sentence."""

from __future__ import annotations

import zipfile
from pathlib import Path

import edgeweb
import numpy as np
import pytest
from alike import converted, pickled, same
from edgeweb.convert.common import How
from edgeweb.errors import ConfigError, EdgewebError, LimitError, ModelError
from edgeweb.read import zipmap
from edgeweb.read.model import load
from onnx import TensorProto
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler


def table() -> tuple[np.ndarray, np.ndarray]:
    """Whole numbers and words, as tables have them."""
    draw = np.random.default_rng(0)
    rows = np.empty((300, 3), object)
    rows[:, 0] = draw.integers(18, 90, 300)
    rows[:, 1] = draw.choice(["Berlin", "Paris", "Rome"], 300)
    rows[:, 2] = draw.integers(0, 30, 300)
    stays = (rows[:, 0] > 50) ^ (rows[:, 1] == "Rome") ^ (rows[:, 2] % 3 == 0)
    return rows, np.where(stays, "stays", "leaves")


def columns(rows: np.ndarray) -> dict[str, np.ndarray]:
    numbers = {f"x{i + 1}": rows[:, i : i + 1].astype(np.float64) for i in (0, 2)}
    return {"x1": numbers["x1"], "x2": rows[:, 1:2], "x3": numbers["x3"]}


def test_a_forest_behind_a_scaler_falls_to_the_same_side_of_each_threshold(tmp_path: Path) -> None:
    """Whole numbers lie on thresholds, and a scaler of 32 bits moves them."""
    rows, stays = table()
    before = ColumnTransformer([
        ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), [0, 2]),
        ("words", OneHotEncoder(handle_unknown="ignore"), [1]),
    ])  # fmt: skip
    model = make_pipeline(before, RandomForestClassifier(20, random_state=0)).fit(rows, stays)
    found = pickled(model, tmp_path)
    assert found.framework.startswith("scikit-learn 1.")
    assert same(found, columns(rows)) == (300, 300)
    kinds = {each.name: each.type.tensor_type.elem_type for each in load(found.place).proto.graph.input}
    assert kinds == {"x1": TensorProto.DOUBLE, "x2": TensorProto.STRING, "x3": TensorProto.DOUBLE}
    assert zipmap.class_labels(load(found.place).proto) == ["leaves", "stays"]


def test_columns_that_nothing_reads_are_not_asked_for(tmp_path: Path) -> None:
    rows, _ = table()
    model = make_pipeline(make_column_transformer((OrdinalEncoder(), [1])), Ridge()).fit(rows, np.arange(300))
    found = pickled(model, tmp_path)
    assert [*found.said["inputs"]] == ["x2"]
    assert same(found, {"x2": rows[:, 1:2]}) == (300, 300)


def test_texts_that_are_missing_are_filled_in_as_in_training(tmp_path: Path) -> None:
    rows, stays = table()
    rows[::7, 1] = np.nan
    texts = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder())
    model = make_pipeline(make_column_transformer((texts, [1]), (SimpleImputer(), [0, 2])), LogisticRegression())
    found = pickled(model.fit(rows, stays), tmp_path)
    given = columns(rows)
    given["x2"][::7] = ""
    assert same(found, given) == (300, 300)


def test_estimators_of_other_libraries_in_a_pipeline(tmp_path: Path) -> None:
    from lightgbm import LGBMClassifier

    data = load_iris()
    model = make_pipeline(StandardScaler(), LGBMClassifier(n_estimators=5, verbose=-1))
    found = pickled(model.fit(data.data, data.target > 0), tmp_path)
    assert same(found, {"input": data.data}) == (150, 150)
    # Not 0 and 1, which say less.
    assert zipmap.class_labels(load(found.place).proto) == ["False", "True"]


def test_categories_go_in_by_name(tmp_path: Path) -> None:
    """The numbers that stand for them are known to the file alone."""
    import lightgbm

    pandas = pytest.importorskip("pandas")
    rows, stays = table()
    frame = pandas.DataFrame({"age": rows[:, 0].astype(int), "city": pandas.Categorical(rows[:, 1])})
    data = lightgbm.Dataset(frame, stays == "stays")
    lightgbm.train({"objective": "binary", "verbose": -1}, data, 5).save_model(tmp_path / "m.txt")
    found = converted(tmp_path / "m.txt", How())
    assert found.said["categories"] == {"city": ["Berlin", "Paris", "Rome"]}
    given = {"age": rows[:, :1].astype(np.float64), "city": np.where(rows[:, 1:2] == "Rome", "Oslo", rows[:, 1:2])}
    assert same(found, given) == (300, 300)


def test_what_is_no_estimator_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"holds a builtins\.dict\. That is no estimator"):
        pickled({"model": 1}, tmp_path)


def test_a_class_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "gone.pkl").write_bytes(b"\x80\x04cmodels_of_mine.steps\nOwn\n.")
    with pytest.raises(EdgewebError, match=r"needs the Python module models_of_mine.*--python the Python in which"):
        converted(tmp_path / "gone.pkl")


def test_a_step_that_no_converter_knows_is_named(tmp_path: Path) -> None:
    from sklearn.preprocessing import SplineTransformer

    data = load_iris()
    with pytest.raises(ModelError, match=r"step that skl2onnx does not convert\. It is SplineTransformer"):
        pickled(make_pipeline(SplineTransformer(), LogisticRegression()).fit(data.data, data.target), tmp_path)


def test_skops_says_which_types_are_trusted(tmp_path: Path) -> None:
    skops = pytest.importorskip("skops.io")
    data = load_iris()
    names = data.target_names[data.target]
    skops.dump(RandomForestClassifier(3).fit(data.data, names), tmp_path / "b.skops")
    with pytest.raises(ModelError, match=r"does not trust\. To load it would import sklearn\.tree\._tree\.Tree"):
        converted(tmp_path / "b.skops", How())
    assert converted(tmp_path / "b.skops").said["estimator"] == "RandomForestClassifier"


@pytest.mark.parametrize("schema", ['{"__class__": "Popen", "__module__": "subprocess"}', "[" * 5000])
def test_a_skops_file_that_is_wrong_is_one_sentence(tmp_path: Path, schema: str) -> None:
    pytest.importorskip("skops.io")
    with zipfile.ZipFile(tmp_path / "a.skops", "w") as archive:
        archive.writestr("schema.json", schema)
    with pytest.raises(EdgewebError) as error:
        converted(tmp_path / "a.skops", How())
    assert error.value.exit_code == 2 and str(error.value).startswith(f"{tmp_path / 'a.skops'} ")


def test_a_zip_that_would_fill_the_memory_is_not_unpacked(tmp_path: Path) -> None:
    with (
        zipfile.ZipFile(tmp_path / "a.skops", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("schema.json", "w") as file,
    ):
        for _ in range(300):
            file.write(bytes(1 << 20))
    with pytest.raises(ConfigError, match=r"a\.skops is too large\. Unpacked it has 314,572,800 bytes"):
        converted(tmp_path / "a.skops", How())


@pytest.mark.parametrize("text", ["", "num_class=1\nTree=0\nnum_leaves=9\nend of trees\n"])
def test_a_lightgbm_file_that_is_wrong_is_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "m.txt").write_text(f"tree\nversion=v4\n{text}")
    with pytest.raises(ModelError, match=rf"^{tmp_path}/m.txt (is damaged|cannot be)"):
        converted(tmp_path / "m.txt", How())


def test_a_converter_that_is_wrong_is_found_before_a_site_is_made(tmp_path: Path) -> None:
    """Of two classes skl2onnx 1.20 gives other probabilities than the estimator."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    data = load_iris()
    model = LinearDiscriminantAnalysis().fit(data.data[50:], data.target[50:])
    with pytest.raises(LimitError, match=r"of 96 rows otherwise\. Row \d+: it says .*, the converted model") as error:
        edgeweb.build(model, tmp_path / "site")
    assert error.value.exit_code == 3 and "Convert it another way" in str(error.value)
    assert not (tmp_path / "site").exists()
