"""Hooks in a build: the models by name, their labels, and what the manifest says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import edgeweb
import pytest
from edgeweb.config import Config
from edgeweb.errors import ConfigError, LimitError, UsageError
from edgeweb.python import declared, hookfile, hooks_step
from edgeweb.python.packages import requirements
from edgeweb.python.packages.wheels import Wheel
from hooked_model import ASYNC, GOOD, Build, hooked
from msgspec import convert
from tiny import linear, saved, texts


def test_several_models_are_named_by_their_files(build: Build, tmp_path: Path) -> None:
    model = hooked(tmp_path, ASYNC)
    other = saved(tmp_path, texts(locale="C"), "shout.onnx")
    site = build([model, other])
    assert list(site.manifest.models) == ["shout"]
    part = site.manifest.models["shout"]
    assert [info.type for info in part.inputs] == ["string"] and part.golden and part.variants[0].files
    assert edgeweb.Local(tmp_path / "own.py", model, other).predict("") == [["linear", "shout"], "float32", [1, 3]]


def test_several_models_need_hooks_and_names_of_their_own(build: Build, tmp_path: Path) -> None:
    a, b = saved(tmp_path / "a", linear()), saved(tmp_path / "b", linear())
    with pytest.raises(UsageError, match="--hooks"):
        build([a, b])
    (tmp_path / "own.py").write_text(GOOD)
    with pytest.raises(UsageError, match='named "model"'):
        build([a, b], hooks=tmp_path / "own.py")


def test_hooks_read_what_the_models_say_of_themselves(build: Build, tmp_path: Path) -> None:
    proto = linear()
    proto.metadata_props.add(key="words", value="owl\nwren")
    asks = GOOD.replace("calls.append(1)", "assert model.metadata['words'] == 'owl\\nwren'; calls.append(1)")
    model = hooked(tmp_path, asks)
    saved(tmp_path, proto, "linear.onnx")
    about = build(model).manifest.hooks
    assert about is not None and about.metadata == {"linear": {"words": "owl\nwren"}}
    assert edgeweb.Local(tmp_path / "own.py", model).predict("1 2 3 4")["calls"] == 1
    # Nobody asks for it: it may name people or paths.
    (tmp_path / "own.py").write_text(GOOD)
    about = build(model).manifest.hooks
    assert about is not None and about.metadata == {}
    proto.metadata_props.add(key="more", value="x" * (1 << 20))
    saved(tmp_path, proto, "linear.onnx")
    (tmp_path / "own.py").write_text(asks)
    with pytest.raises(ConfigError, match="reads the models' metadata"):
        build(model)


def test_labels_reach_hooks_whatever_the_task(build: Build, tmp_path: Path) -> None:
    model = hooked(tmp_path, GOOD.replace("calls.append(1)", "assert model.labels == ('a', 'b'); calls.append(1)"))
    (tmp_path / "labels.txt").write_text("a\nb\n")
    site = build(model, task="tensors")
    assert (site.manifest.task, site.manifest.labels) == ("tensors", ["a", "b"])


def test_the_size_limit_is_for_all_models_together(build: Build, tmp_path: Path) -> None:
    model, other = hooked(tmp_path, ASYNC), saved(tmp_path, texts(locale="C"), "shout.onnx")
    site = build([model, other])
    sizes = [variants[0].wire_bytes for variants in (site.manifest.variants, site.manifest.models["shout"].variants)]
    with pytest.raises(LimitError, match=f"The 2 models together take {sum(sizes):,} bytes"):
        build([model, other], max_size=sum(sizes) - 1)
    parts = {part["kind"]: part["wireBytes"] for part in site.report["firstVisit"]["parts"]}
    assert parts["model"] == sum(sizes), parts


def test_names_are_the_stems_of_files_and_one_model_needs_no_hooks() -> None:
    assert hooks_step.names([Path("a/m.onnx")], Config()) == ["m"]
    settings = convert({"hooks": {"file": "own.py"}}, Config)
    assert hooks_step.names([Path("m.onnx"), Path("n.ort")], settings) == ["m", "n"]
    with pytest.raises(UsageError, match='Two models are named "m"'):
        hooks_step.names([Path("m.onnx"), Path("n.onnx"), Path("b/m.ort")], settings)
    with pytest.raises(UsageError, match="2 models cannot become one site by themselves"):
        hooks_step.names([Path("m.onnx"), Path("n.onnx")], Config())


def test_what_is_said_of_the_first_model_is_not_a_further_ones() -> None:
    compress = {"precision": "int8", "min-agreement": 0.5, "max-size": 7, "progressive": True, "distill": True}
    said = convert({"title": "T", "task": "fill-mask", "labels": ["a"], "data": "d", "compress": compress}, Config)
    plain = hooks_step.plain(said)
    assert plain == convert(
        {"task": "tensors", "compress": {"precision": "int8", "min-agreement": 0.5, "progressive": False}}, Config
    )


def test_what_is_left_of_hooks_that_declare(tmp_path: Path, small_web: None) -> None:
    """Without a function left there are none, unless further models need them to be run."""

    def left(source: str, several: bool = False) -> Any:
        (tmp_path / "own.py").write_text("from edgeweb import ops\n" + source)
        file = hookfile.read(tmp_path / "own.py")
        kept, said = hooks_step.compiled(file, (), Config(), several=several)
        return None if kept is None else kept.functions, said.functions

    both = "preprocess = ops.image()\npostprocess = ops.output()\n"
    half = "preprocess = ops.image()\ndef postprocess(outputs, model):\n    return 1\n"
    assert left(both) == (None, ("preprocess", "postprocess"))
    assert left(both + "def reset():\n    pass\n") == (None, ("preprocess", "postprocess")), "nothing is left to reset"
    assert left(both, several=True) == ((), ("preprocess", "postprocess"))
    assert left(half) == (("postprocess",), ("preprocess",))
    assert hooks_step.compiled(None, (), Config(), several=False) == (None, declared.NOTHING)


def test_a_package_of_another_version_than_here_is_told_of() -> None:
    here = requirements.version_here("numpy")
    wheels = [
        Wheel(name, version, Path(), "", "an index")
        for name, version in (("numpy", here or ""), ("numpy", "0.1"), ("nowhere", "1"))
    ]
    assert hooks_step._described(wheels) == [
        f"numpy {here} is bundled, from an index",
        f"numpy 0.1 is bundled, from an index; the trial here runs on {here}",
        "nowhere 1 is bundled, from an index",
    ]
