"""Hooks and models together in one process, as a page has them."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import edgeweb
import numpy as np
import pytest
from edgeweb.python.hooked_models import HookedModels
from hooked_model import GOOD, hooked
from tiny import linear, saved, texts


def test_local_runs_hooks_as_a_page_does(tmp_path: Path) -> None:
    model = hooked(tmp_path, GOOD)
    site = edgeweb.Local(tmp_path / "own.py", model)
    assert site.predict("1 2 3 4")["sum"] == pytest.approx(1)
    assert site.predict("1 2 3 4")["calls"] == 2
    site.reset()
    assert site.predict("1 2 3 4")["calls"] == 1


def around(folder: Path, source: str, *models: Path, **more: Any) -> HookedModels:
    (folder / "own.py").write_text(source)
    return HookedModels(folder / "own.py", *(models or (saved(folder, linear(), "linear.onnx"),)), **more)


def test_without_hooks_feeds_go_in_and_nested_lists_come_out(tmp_path: Path) -> None:
    site = around(tmp_path, "def reset():\n    pass\n")
    found = site.predict({"x": [[1.0, 2.0, 3.0, 4.0]]})
    assert set(found) == {"y"} and np.shape(found["y"]) == (1, 3)
    with pytest.raises(ValueError, match='has no input "z"'):
        site.predict({"z": 1})


def test_models_are_called_after_their_files_or_as_is_said(tmp_path: Path) -> None:
    one, two = saved(tmp_path, linear(), "one.onnx"), saved(tmp_path, linear(), "two.onnx")
    says = "def postprocess(outputs, model):\n    return [model.names, model.name, list(model.labels)]\n"
    feeds = {"x": [[0.0] * 4]}
    assert around(tmp_path, says, one, two, labels=["a"]).predict(feeds) == [["one", "two"], "one", ["a"]]
    assert around(tmp_path, says, one, two, names=["p", "q"]).predict(feeds) == [["p", "q"], "p", []]
    with pytest.raises(ValueError, match="argument 2 is longer"):
        around(tmp_path, says, one, two, names=["p"])


def test_metadata_are_the_files_own_unless_others_are_given(tmp_path: Path) -> None:
    proto = linear()
    proto.metadata_props.add(key="who", value="owl")
    model = saved(tmp_path, proto, "linear.onnx")
    says = "def postprocess(outputs, model):\n    return dict(model.metadata)\n"
    feeds = {"x": [[0.0] * 4]}
    assert around(tmp_path, says, model).predict(feeds) == {"who": "owl"}
    assert around(tmp_path, says, model, metadata={"linear": {}}).predict(feeds) == {}


@pytest.mark.parametrize(
    ("header", "table", "kind"),
    [
        ("", "", "Array"),
        ('# /// script\n# dependencies = ["numpy"]\n# ///\n', "", "ndarray"),
        ("", '[hooks]\nfile = "own.py"\npackages = ["numpy"]\n', "ndarray"),
        # edgeweb.toml counts only where it names these hooks.
        ("", '[hooks]\nfile = "other.py"\npackages = ["numpy"]\n', "Array"),
    ],
)
def test_arrays_are_numpys_where_it_is_asked_for(header: str, table: str, kind: str, tmp_path: Path) -> None:
    (tmp_path / "edgeweb.toml").write_text(table)
    says = f"{header}def postprocess(outputs, model):\n    return type(outputs['y']).__name__\n"
    feeds = {"x": [[0.0] * 4]}
    assert around(tmp_path, says).predict(feeds) == kind
    assert around(tmp_path, says, numpy=True).predict(feeds) == "ndarray"
    assert around(tmp_path, says, numpy=False).predict(feeds) == "Array"


def test_texts_go_in_and_out(tmp_path: Path) -> None:
    model = saved(tmp_path, texts(locale="C"), "shout.onnx")
    assert around(tmp_path, "def reset():\n    pass\n", model).predict({"x": ["owl", "fox"]}) == {"y": ["OWL", "FOX"]}


def test_hooks_may_wait_while_another_loop_runs(tmp_path: Path) -> None:
    says = "import asyncio\nasync def postprocess(outputs, model):\n    await asyncio.sleep(0)\n    return 7\n"
    site = around(tmp_path, says)

    async def notebook() -> Any:
        return site.predict({"x": [[0.0] * 4]})

    # In a thread: where a browser was driven before, this one has a loop that runs.
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(lambda: asyncio.run(notebook())).result(60) == 7
