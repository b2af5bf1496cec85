"""Samples: seeded ones, and the user's arrays, pictures, rows, texts and sounds."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import tiny
from edgeweb.errors import ConfigError
from edgeweb.inputs import arrays
from edgeweb.inputs.golden import make_input
from edgeweb.machine import session
from edgeweb.samples import samples
from edgeweb.samples.samples import Samples
from edgeweb.schema.model import GoldenInput
from edgeweb.schema.types import TensorInfo
from edgeweb.search import likeness
from edgeweb.tasks.image import graphs
from edgeweb.tasks.image.files import picture_feeds
from edgeweb.tasks.image.kind import IMAGE
from edgeweb.tasks.image.spec import ImageSpec
from edgeweb.tasks.plan import Plan
from edgeweb.tasks.tabular.kind import TABULAR
from edgeweb.tasks.tabular.manifest import Column, TabularPipeline
from PIL import Image

RNG = np.random.default_rng(7)
X4 = TensorInfo(name="x", type="float32", shape=["n", 4])
PICTURE = TensorInfo(name="image", type="float32", shape=[1, 3, 16, 16])
TENSORS = Plan("tensors", ("none",))
COLUMNS = [
    Column(name="Width", input="x", index=0, type="number"),
    Column(name="height", input="x", index=1, type="number"),
    Column(name="kind", input="k", index=0, type="text"),
    Column(name="n", input="c", index=0, type="integer"),
]
ROW_INPUTS = [
    TensorInfo(name="x", type="float32", shape=["n", 2]),
    TensorInfo(name="k", type="string", shape=["n", 1]),
    TensorInfo(name="c", type="int64", shape=[1]),
]
ROWS = Plan(
    "tabular-classification", (), TABULAR, TabularPipeline(columns=COLUMNS, scores="s"), labels=("setosa", "other")
)


def spec_of(**over: Any) -> ImageSpec:
    given: dict[str, Any] = {
        "input": "image", "outputs": ("y",), "height": 16, "width": 16, "layout": "NCHW", "color": "RGB",
        "scale": 255.0, "mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225), "resize": "crop", "softmax": True,
        "assumed": False,
    }  # fmt: skip
    return ImageSpec(**{**given, **over})


def pictures(labels: Sequence[str] = (), **over: Any) -> Plan:
    return Plan("image-classification", (), IMAGE, spec_of(**over), labels=tuple(labels))


def save(path: Path, **found: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **found)
    return path


def paint(path: Path, pixels: np.ndarray, **options: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)
    return path


def read(path: Path, *inputs: TensorInfo, plan: Plan = TENSORS, case: Any = ()) -> Samples:
    return samples.read(path, inputs or [X4], plan, list(case))


def values(found: Samples, name: str = "x") -> list[Any]:
    return [feed[name].ravel().tolist() for feed in found.feeds]


# Seeded


def test_seeded_samples_keep_dims_ranges_and_what_is_stored() -> None:
    case = [
        GoldenInput(name="a", type="float32", dims=[1, 3, 8, 8], seed=1, low=-2.0, high=2.0),
        GoldenInput(name="b", type="int64", dims=[1, 50], seed=2, low=1.0, high=9.0),
        GoldenInput(name="t", type="string", dims=[1], strings=["x"]),
    ]
    inputs = [TensorInfo(name=spec.name, type=spec.type, shape=None) for spec in case]
    found = samples.seeded(inputs, case, 9)
    assert found.seeded and found.labels is None and found.source == "9 seeded inputs"
    np.testing.assert_array_equal(found.feeds[0]["a"], make_input(case[0]))
    assert len({feed["a"].tobytes() for feed in found.feeds}) == len({feed["b"].tobytes() for feed in found.feeds}) == 9
    for feed in found.feeds:
        assert feed["a"].dtype == np.float32 and feed["a"].shape == (1, 3, 8, 8)
        assert -2 <= feed["a"].min() < feed["a"].max() <= 2
        assert feed["b"].dtype == np.int64 and set(feed["b"].ravel()) <= set(range(1, 9))
        assert feed["t"].tolist() == ["x"]
    again = samples.seeded(inputs, case, 9)
    assert [feed["a"].tobytes() for feed in again.feeds] == [feed["a"].tobytes() for feed in found.feeds]


def test_seeded_floats_are_distributed_in_several_ways() -> None:
    case = [GoldenInput(name="x", type="float32", dims=[1, 1, 64, 64], seed=1, low=0.0, high=1.0)]
    found = [feed["x"][0, 0] for feed in samples.seeded([X4], case).feeds]
    spread = [float(array.std()) for array in found]
    detail = [float(np.abs(np.diff(array)).mean()) for array in found]
    assert sum(0.27 < s < 0.31 and d > 0.3 for s, d in zip(spread, detail, strict=True)) == 4
    assert sum(0.15 < s < 0.18 and d > 0.15 for s, d in zip(spread, detail, strict=True)) == 3
    assert sum(d < 0.05 for d in detail) == 1


def test_seeded_samples_where_little_can_vary() -> None:
    text = GoldenInput(name="x", type="string", dims=[1], strings=["a"])
    assert len(samples.seeded([X4], [text]).feeds) == 1
    assert samples.seeded([X4], []).feeds == ()
    assert samples.seeded([], []).feeds == ({},)
    scalar = GoldenInput(name="x", type="float16", dims=[], seed=1, low=0.0, high=1.0)
    assert {feed["x"].shape for feed in samples.seeded([X4], [scalar]).feeds} == {()}


def test_the_split_is_fair_and_always_the_same() -> None:
    whole = Samples(tuple({"x": np.array(i)} for i in range(100)), tuple(i % 2 for i in range(100)), "s", seeded=False)
    first, second = whole.split()
    sets = [{int(feed["x"]) for feed in half.feeds} for half in (first, second)]
    assert sets[0] | sets[1] == set(range(100)) and not sets[0] & sets[1] and len(sets[0]) == 50
    # Classes that take turns are in both halves.
    assert first.labels is not None and sum(first.labels) == 25
    assert [int(feed["x"]) % 2 for feed in first.feeds] == list(first.labels)
    assert whole.split()[0].labels == first.labels
    few = Samples(whole.feeds[:7], None, "s", seeded=False)
    assert few.split() == (few, few)


# Arrays


def test_arrays_of_many_samples(tmp_path: Path) -> None:
    data = np.arange(12.0).reshape(3, 4)
    found = read(save(tmp_path / "x.npz", x=data, labels=np.array([0, 2, 1])))
    assert values(found) == data.tolist()
    assert {(feed["x"].shape, feed["x"].dtype.name) for feed in found.feeds} == {((1, 4), "float32")}
    assert (found.labels, found.source, found.seeded) == ((0, 2, 1), "3 samples of x.npz", False)
    np.save(tmp_path / "x.npy", data)
    assert values(read(tmp_path / "x.npy")) == data.tolist()


@pytest.mark.parametrize(
    ("shape", "given", "count", "each"),
    [
        ([1, 4], (1, 4), 1, (1, 4)),
        ([1, 4], (5, 4), 5, (1, 4)),
        ([1, 4], (5, 1, 4), 5, (1, 4)),
        (["n", 4], (5, 2, 4), 5, (2, 4)),
        ([3, 4], (3, 4), 1, (3, 4)),
        ([3, 4], (5, 3, 4), 5, (3, 4)),
        ([], (), 1, ()),
        ([], (5,), 5, ()),
        (None, (5, 4), 5, (1, 4)),
    ],
)
def test_which_axis_counts_samples(tmp_path: Path, shape: Any, given: Any, count: int, each: Any) -> None:
    info = TensorInfo(name="x", type="float32", shape=shape)
    case = [GoldenInput(name="x", type="float32", dims=[1, 8], seed=1)]
    found = read(save(tmp_path / "x.npz", x=np.ones(given)), info, case=case)
    assert [feed["x"].shape for feed in found.feeds] == [each] * count


def test_arrays_that_count_other_things_are_one_sample(tmp_path: Path) -> None:
    graph = [
        TensorInfo(name="x", type="float32", shape=["nodes", 4]),
        TensorInfo(name="e", type="int64", shape=[2, "edges"]),
        TensorInfo(name="w", type="float32", shape=["edges"]),
    ]
    path = save(tmp_path / "g.npz", x=np.ones((5, 4)), e=np.ones((2, 9), int), w=np.ones(9))
    (feed,) = read(path, *graph).feeds
    assert (feed["x"].shape, feed["e"].shape, feed["w"].shape) == ((5, 4), (2, 9), (9,))


def test_a_folder_of_arrays(tmp_path: Path) -> None:
    for name, rows in (("b", [[2.0] * 4]), ("a", [[0.0] * 4, [1.0] * 4])):
        save(tmp_path / "d" / f"{name}.npz", x=np.array(rows), y=np.full(len(rows), len(rows)))
    found = read(tmp_path / "d")
    assert [row[0] for row in values(found)] == [0, 1, 2]
    assert found.labels == (2, 2, 1) and found.source == "3 samples in d/"
    save(tmp_path / "d" / "c.npz", x=np.ones((1, 4)))
    with pytest.raises(ConfigError, match="labels in some files only"):
        read(tmp_path / "d")


def test_no_more_samples_than_can_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = np.repeat(np.arange(2000.0)[:, None], 4, axis=1)
    path = save(tmp_path / "x.npz", x=data, y=np.arange(2000))
    found = read(path)
    firsts = [row[0] for row in values(found)]
    assert found.labels == tuple(firsts) and len(firsts) == 512 == len(set(firsts))
    assert firsts[0] == 0 and firsts[-1] > 1990 and max(np.diff(firsts)) <= 4
    assert found.source == "512 of 2,000 samples of x.npz"
    monkeypatch.setattr(arrays, "MAX_BYTES", 160)
    assert len(read(path).feeds) == 10
    for i in range(20):
        save(tmp_path / "d" / f"{i:02}.npz", x=np.full((3, 4), i))
    assert [row[0] for row in values(read(tmp_path / "d"))] == list(range(0, 20, 2))


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ({"z": np.ones((3, 4))}, "holds arrays for z. The model's inputs are x"),
        ({"x": np.ones((3, 4)), "z": np.ones(1)}, "holds arrays for x, z"),
        ({"x": np.ones((3, 5))}, r"has shape \[3, 5\] for input \"x\"\. The model takes \[n, 4\]"),
        ({"x": np.ones((2, 3, 5))}, r"has shape \[2, 3, 5\]"),
        ({"x": np.array([["a"] * 4])}, "which does not hold these values"),
        ({"x": np.array([[1, 2, 3, np.nan]])}, "NaN or infinity for input"),
        ({"x": np.array([[1, 2, 3, 1e300]])}, "NaN or infinity for input"),
        ({"x": np.ones((0, 4))}, "holds no samples"),
        ({"x": np.ones((3, 4)), "y": np.array([0, 1])}, r"labels of int64 and shape \[2\]. It holds 3 samples"),
        ({"x": np.ones((1, 4)), "y": np.array([0.5])}, "labels of float64"),
        ({"x": np.ones((1, 4)), "labels": np.array([2])}, "has the label 2. The model has 2 labels"),
        ({"x": np.ones((1, 4)), "labels": np.array([-1])}, "has the label -1"),
    ],
)
def test_arrays_that_do_not_fit(tmp_path: Path, found: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(save(tmp_path / "x.npz", **found), plan=Plan("tensors", (), labels=("a", "b")))


def test_another_number_of_samples_for_each_input(tmp_path: Path) -> None:
    other = TensorInfo(name="z", type="float32", shape=["n", 2])
    with pytest.raises(ConfigError, match="another number of samples for each input: 3 for x, 2 for z"):
        read(save(tmp_path / "x.npz", x=np.ones((3, 4)), z=np.ones((2, 2))), X4, other)
    # An array named like labels that is an input is no label.
    named = TensorInfo(name="y", type="float32", shape=["n", 2])
    assert read(save(tmp_path / "y.npz", y=np.ones((3, 2))), named).labels is None


# Pictures


def test_a_picture_becomes_what_the_shipped_graph_makes_of_it(tmp_path: Path) -> None:
    pixels = RNG.integers(0, 256, (16, 16, 3), dtype=np.uint8)
    (feed,) = read(paint(tmp_path / "p" / "a.png", pixels).parent, PICTURE, plan=pictures()).feeds
    expected = (pixels / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    np.testing.assert_allclose(feed["image"], expected.transpose(2, 0, 1)[None], atol=1e-5)
    session = onnxruntime.InferenceSession(graphs.preprocess(spec_of(), "float32"), providers=["CPUExecutionProvider"])
    opaque = np.dstack([pixels, np.full((16, 16), 255, np.uint8)])
    pads = np.zeros(8, np.int64)
    (tensor,) = session.run(["tensor"], {"pixels": opaque, "pads": pads})
    np.testing.assert_array_equal(feed["image"], tensor)


RAW = {"scale": 1.0, "mean": (0.0,), "std": (1.0,)}


def one(path: Path, kind: Any = "float32", **over: Any) -> np.ndarray:
    """The model's input for a picture, [H, W, 3] of 0 to 255."""
    info = TensorInfo(name="image", type=kind, shape=[1, 3, 16, 16])
    (feed,) = read(path, info, plan=pictures(**{**RAW, **over})).feeds
    return feed["image"][0].transpose(1, 2, 0)


def test_crop_stretch_and_pad(tmp_path: Path) -> None:
    """Left third red, middle green, right blue, 48 x 16."""
    pixels = np.zeros((16, 48, 3), np.uint8)
    for i in range(3):
        pixels[:, 16 * i : 16 * i + 16, i] = 200
    path = paint(tmp_path / "a.png", pixels)
    np.testing.assert_allclose(one(path), pixels[:, 16:32], atol=1e-3)
    stretched = one(path, resize="stretch")
    assert [int(stretched[8, x].argmax()) for x in (1, 8, 14)] == [0, 1, 2]
    padded = one(path, resize="pad")
    assert not padded[:5].any() and not padded[10:].any()
    assert [int(padded[8, x].argmax()) for x in (1, 8, 14)] == [0, 1, 2]
    assert one(path, kind="uint8").dtype == np.uint8


def test_a_picture_is_brought_to_the_models_size() -> None:
    assert picture_feeds(Image.new("RGB", (101, 400)), spec_of())["pixels"].shape == (16, 16, 4)
    assert picture_feeds(Image.new("RGB", (100, 400)), spec_of(resize="pad"))["pixels"].shape == (16, 4, 4)
    feeds = picture_feeds(Image.new("RGB", (20, 10)), spec_of(resize="pad"))
    assert feeds["pixels"].shape == (8, 16, 4) and feeds["pads"].tolist() == [0, 0, 4, 0, 0, 0, 4, 0]
    for side in range(17, 140, 3):
        assert picture_feeds(Image.new("RGB", (side, 77)), spec_of())["pixels"].shape == (16, 16, 4)


def test_shrinking_averages(tmp_path: Path) -> None:
    """A pixel is the mean of more than 8 x 8; without an antialiasing filter it is that of 2 x 2, and varies by 37."""
    found = one(paint(tmp_path / "noise.png", RNG.integers(0, 256, (128, 128, 3), dtype=np.uint8)))
    assert abs(found.mean() - 127.5) < 3 and found.std() < 12


def test_pictures_are_turned_and_put_on_white(tmp_path: Path) -> None:
    pixels = np.zeros((16, 16, 4), np.uint8)
    pixels[:8] = (255, 0, 0, 255)
    clear = one(paint(tmp_path / "clear.png", pixels))
    np.testing.assert_allclose(clear[[2, 12], 0], [[255, 0, 0], [255, 255, 255]], atol=1e-3)
    exif = Image.Exif()
    exif[0x0112] = 3
    turned = one(paint(tmp_path / "turned.png", pixels[..., :3], exif=exif))
    np.testing.assert_allclose(turned[[2, 12], 0], [[0, 0, 0], [255, 0, 0]], atol=1e-3)
    wide = one(paint(tmp_path / "wide.png", np.full((16, 16), 0x80FF, np.uint16)))
    np.testing.assert_allclose(wide, 0x80, atol=1e-3)


def test_labels_from_folders(tmp_path: Path) -> None:
    grey = np.full((16, 16, 3), 90, np.uint8)
    for name in ("Great_Tit/a.jpg", "owl/b.PNG", "owl/more/c.bmp", "2/d.webp", "owl/._b.png"):
        paint(tmp_path / "birds" / name, grey)
    (tmp_path / "birds" / "notes.md").write_text("no picture")
    plan = pictures(["great tit", "owl", "jay"])
    found = read(tmp_path / "birds", PICTURE, plan=plan)
    assert found.labels == (2, 0, 1, 1) and found.source == "4 pictures in birds/"
    assert read(tmp_path / "birds" / "2" / "d.webp", PICTURE, plan=plan).source == "1 picture of d.webp"
    paint(tmp_path / "birds" / "aul" / "x.png", grey)
    with pytest.raises(ConfigError, match="aul is not named after a class"):
        read(tmp_path / "birds", PICTURE, plan=plan)
    assert read(tmp_path / "birds" / "aul", PICTURE, plan=plan).labels is None


def test_pictures_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    with pytest.raises(ConfigError, match=r"a\.png cannot be decoded as a picture"):
        read(tmp_path / "bad", PICTURE, plan=pictures())
    whole = paint(tmp_path / "cut.jpg", RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8))
    whole.write_bytes(whole.read_bytes()[:1500])
    with pytest.raises(ConfigError, match="truncated"):
        read(whole, PICTURE, plan=pictures())
    with pytest.raises(ConfigError, match=r"16385 x 1 pixels\. At most 16384"):
        read(paint(tmp_path / "long.png", np.zeros((1, 16385), np.uint8)), PICTURE, plan=pictures())
    with pytest.raises(ConfigError, match=r"holds pictures\. The model \(tensors\) takes arrays"):
        read(whole, PICTURE)


# Rows, texts and sounds


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "t.csv"
    path.write_text(text, "utf-8")
    return path


def rows(found: Samples) -> list[Any]:
    return [[*f["x"].ravel().tolist(), f["k"].ravel()[0], int(f["c"][0])] for f in found.feeds]


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("Width,height,kind,n\n1,2.5,a,3\n4,5,b c,6\n", None),
        ("\ufeffn;Class;KIND;id;WIDTH;Height\r\n3;setosa;a;77;1;2.5\r\n\r\n6;Other;b c;78;4;5\r\n", (0, 1)),
        ("1,2.5,a,3\n4,5,b c,6", None),
        ('a,b,c,d,target\n1,2.5,"a",3.0,1\n4,5,b c,6,0\n', (1, 0)),
        ("y\tq\tw\te\tr\n0\t1\t2.5\ta\t3\n1\t4\t5\tb c\t6\n", (0, 1)),
    ],
    ids=["header", "any order", "no header", "other header", "label first"],
)
def test_rows(tmp_path: Path, text: str, labels: Any) -> None:
    found = read(table(tmp_path, text), *ROW_INPUTS, plan=ROWS)
    assert rows(found) == [[1, 2.5, "a", 3], [4, 5, "b c", 6]]
    assert found.labels == labels and found.source == "2 rows of t.csv"
    first = found.feeds[0]
    assert [(a.shape, a.dtype.name) for a in first.values()] == [
        ((1, 2), "float32"),
        ((1, 1), "object"),
        ((1,), "int64"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no samples"),
        ("Width,height,kind,n\n", "holds no samples"),
        ("Width,height,sort,n\n1,2,a,3\n", 'has no column "kind"'),
        ("1,2,a\n", "has 3 columns. The model takes 4"),
        ("Width,height,kind,n\n1,2,a\n", "has 3 cells in line 2. Its first row has 4"),
        ("Width,height,kind,n\n1,,a,3\n", 'has "" for "height" in line 2. It is not a number'),
        ("Width,height,kind,n\n1,2,a,3.5\n", 'value for "n" in line 2 that does not fit'),
        ("Width,height,kind,n\n1,nan,a,3\n", "NaN or infinity"),
        ("Width,height,kind,n,label\n1,2,a,3,rose\n", 'has the label "rose" in line 2. The labels are setosa, other'),
        ("Width,height,kind,n,label\n1,2,a,3,2\n", 'has the label "2"'),
    ],
)
def test_rows_that_do_not_fit(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(table(tmp_path, text), *ROW_INPUTS, plan=ROWS)


def test_whole_numbers_beyond_a_float_and_a_targets_value(tmp_path: Path) -> None:
    info = TensorInfo(name="c", type="int64", shape=["n", 1])
    column = Column(name="c", input="c", index=0, type="integer")
    plan = Plan("tabular-regression", (), TABULAR, TabularPipeline(columns=[column], values="v"))
    found = read(table(tmp_path, "c,target\n9007199254740993,1.5\n"), info, plan=plan)
    assert values(found, "c") == [[9007199254740993]] and found.labels is None
    with pytest.raises(ConfigError, match="does not fit"):
        read(table(tmp_path, f"c\n{1 << 70}\n"), info, plan=plan)
    with pytest.raises(ConfigError, match="holds rows of a table"):
        read(table(tmp_path, "1"), info)
    (tmp_path / "t.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read(tmp_path / "t.csv", info, plan=plan)


def test_lines_of_text(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("one line\n\n  zweite Zeile, ß\n", "utf-8")
    found = read(tmp_path / "t.txt", TensorInfo(name="x", type="string", shape=["n", 1]))
    assert values(found) == [["one line"], ["zweite Zeile, ß"]]
    assert {feed["x"].shape for feed in found.feeds} == {(1, 1)} and found.source == "2 lines of t.txt"
    for info in (X4, TensorInfo(name="x", type="string", shape=[2])):
        with pytest.raises(ConfigError, match="does not take one text"):
            read(tmp_path / "t.txt", info)


def sound(path: Path, data: np.ndarray, channels: int = 1) -> None:
    path.parent.mkdir(exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(data.dtype.itemsize)
        file.setframerate(8000)
        file.writeframes(data.tobytes())


def test_sounds(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    sound(folder / "1.wav", np.array([0, 128, 255], np.uint8))
    sound(folder / "2.wav", np.array([-32768, 0, 16384, 16384, 0, 8192, 1, 1, 1, 1], np.int16), channels=2)
    sound(folder / "3.wav", np.array([1 << 30], np.int32))
    fixed = read(folder, TensorInfo(name="x", type="float32", shape=["n", 1, 4]))
    assert values(fixed) == [[-1, 0, 127 / 128, 0], [-0.5, 0.5, 0.125, 1 / 32768], [0.5, 0, 0, 0]]
    assert {(f["x"].shape, f["x"].dtype.name) for f in fixed.feeds} == {((1, 1, 4), "float32")}
    assert fixed.source == "3 sounds in s/"
    free = read(folder, TensorInfo(name="x", type="float32", shape=["time"]))
    assert [feed["x"].shape for feed in free.feeds] == [(3,), (5,), (1,)]
    for info in (PICTURE, TensorInfo(name="x", type="float32", shape=["n", 80, "time"])):
        with pytest.raises(ConfigError, match="does not take one row of float samples"):
            read(folder, info)
    (folder / "4.wav").write_bytes(b"RIFF")
    with pytest.raises(ConfigError, match=r"4\.wav cannot be read as a sound"):
        read(folder, TensorInfo(name="x", type="float32", shape=["time"]))


def test_folders_and_files_that_hold_nothing_of_use(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No file in it is a sample"):
        read(tmp_path)
    with pytest.raises(ConfigError, match="no such file or folder"):
        read(tmp_path / "missing")
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(ConfigError, match=r"not a \.npz or \.npy file"):
        read(tmp_path / "a.json")
    save(tmp_path / "a.npz", x=np.ones((1, 4)))
    paint(tmp_path / "a.png", np.zeros((2, 2), np.uint8))
    with pytest.raises(ConfigError, match="holds pictures and array files"):
        read(tmp_path)


def test_samples_run(tmp_path: Path) -> None:
    """What was read is what ONNX Runtime takes."""
    path = paint(tmp_path / "p" / "a.png", np.full((30, 20, 3), 90, np.uint8))
    found = read(path.parent, PICTURE, plan=pictures())
    (answer,) = session.run(tiny.picture().SerializeToString(), found.feeds)
    assert answer["y"].shape == (1, 10)
    assert likeness.judge([answer], [answer], "y", None).agreement == 1.0
