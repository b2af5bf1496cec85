"""Hooks that vanish: what edgeweb.ops declares gives the same in a browser as natively, and no Python is fetched for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import edgeweb
import numpy as np
import pytest
from hosts import Host
from pages import Visit, visiting
from playwright.sync_api import Browser
from test_models import MODELS
from test_models import edgeweb as command

pytest_plugins = ("site_fixtures",)
FACES = """
from edgeweb import ops
preprocess = ops.image().resize(240, 320).normalise([127], [128], scale=1)
postprocess = ops.boxes("pairs", threshold=0.7).nms(0.3)
"""
THINGS = """
from edgeweb import ops
preprocess = ops.image("BGR").resize(256, 256, fit="crop").crop(224, 224).layout("NCHW")
postprocess = ops.output().top_k(3)
"""
HALF = (
    THINGS.split("postprocess")[0]
    + """
def postprocess(outputs, model):
    (scores,) = outputs.values()
    scores = scores.reshape(-1).tolist()
    return {"best": model.labels[scores.index(max(scores))]}
"""
)
FLOWER = """
from edgeweb import ops
parts = ("sepal length", "sepal width", "petal length", "petal width")
preprocess = ops.row({part: ops.number() for part in parts})
postprocess = ops.output().softmax()
"""


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """The folder with hooks.py and the site, of a model with these hooks."""
    found: dict[tuple[str, str], Path] = {}

    def make(name: str, hooks: str) -> Path:
        model = MODELS / name / "model.onnx"
        if not model.is_file():
            pytest.skip(f"{model} is absent")
        if (name, hooks) not in found:
            root = tmp_path_factory.mktemp("declared")
            (root / "hooks.py").write_text(hooks)
            labels = MODELS / name / "labels.txt"
            said = ["--labels", labels] if labels.is_file() else []
            done = command(
                "build", model, "--hooks", root / "hooks.py", *said, "--precision", "fp32", "-o", root / "site"
            )
            assert done.returncode == 0, done.stderr
            found[name, hooks] = root
        return found[name, hooks]

    return make


@pytest.fixture
def visit(browser: Browser, host: Host) -> Iterator[Callable[[Path], Visit]]:
    with visiting(browser) as go:
        yield lambda root: go(host(root / "site").url)


def local(root: Path, name: str) -> edgeweb.Local:
    own = MODELS / name / "labels.txt"
    labels = own.read_text().splitlines() if own.is_file() else []
    return edgeweb.Local(root / "hooks.py", MODELS / name / "model.onnx", labels=labels)


def picture(path: Path) -> Any:
    from PIL import Image

    return np.asarray(Image.open(path).convert("RGB"))


def given(page: Visit, sample: Path) -> dict[str, Any]:
    return page.result(lambda: page.page.locator("input[type=file]").first.set_input_files(sample))


def python(page: Visit) -> list[str]:
    """What was asked for that only Python needs."""
    return [url for url in page.requests if "pyodide" in url or "python" in url]


@pytest.mark.alike
def test_a_picture_and_its_best_classes(made: Callable[[str, str], Path], visit: Callable[[Path], Visit]) -> None:
    name = "squeezenet-fp16-imagenet"
    sample = sorted((MODELS / name / "samples").iterdir())[0]
    root = made(name, THINGS)
    page = visit(root)
    found, wanted = given(page, sample), local(root, name).predict(picture(sample))
    assert len(found["labels"]) == 3
    assert [each["label"] for each in found["labels"]] == [each["label"] for each in wanted["labels"]]
    scores = [[each["score"] for each in one["labels"]] for one in (found, wanted)]
    np.testing.assert_allclose(*scores, atol=0.02)
    assert python(page) == [] and page.foreign() == []


@pytest.mark.alike
def test_boxes(made: Callable[[str, str], Path], visit: Callable[[Path], Visit]) -> None:
    name = "ultraface-rfb-320"
    sample = MODELS / name / "samples" / "astronaut.jpg"
    root = made(name, FACES)
    page = visit(root)
    found, wanted = given(page, sample), local(root, name).predict(picture(sample))
    assert len(found["boxes"]) == len(wanted["boxes"]) == 1
    for key, most in (("x", 2), ("y", 2), ("width", 2), ("height", 2), ("score", 0.02)):
        assert found["boxes"][0][key] == pytest.approx(wanted["boxes"][0][key], abs=most)
    assert python(page) == []


@pytest.mark.alike
def test_a_row(made: Callable[[str, str], Path], visit: Callable[[Path], Visit]) -> None:
    row = {"sepal length": 5.1, "sepal width": 3.5, "petal length": 1.4, "petal width": 0.2}
    root = made("iris-pytorch", FLOWER)
    page = visit(root)
    call = f"() => document.querySelector('edge-model').model.predict({json.dumps(row)})"
    found, wanted = page.page.evaluate(call), local(root, "iris-pytorch").predict(row)
    assert found["task"] == wanted["task"] == "classification"
    assert [each["label"] for each in found["labels"]] == [each["label"] for each in wanted["labels"]]
    assert [each["score"] for each in found["labels"]] == pytest.approx(
        [each["score"] for each in wanted["labels"]], rel=1e-5
    )
    page.page.get_by_label("petal width").wait_for()
    assert python(page) == []


@pytest.mark.alike
def test_one_half_stays_python(made: Callable[[str, str], Path], visit: Callable[[Path], Visit]) -> None:
    name = "squeezenet-fp16-imagenet"
    sample = sorted((MODELS / name / "samples").iterdir())[0]
    root = made(name, HALF)
    page = visit(root)
    found = given(page, sample)
    assert found["value"] == local(root, name).predict(picture(sample))
    assert python(page) != []
