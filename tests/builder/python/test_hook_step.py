"""Hooks in a build: the models by name, their labels, and what the manifest says of them."""

from __future__ import annotations

from pathlib import Path

import edgeweb
import pytest
from edgeweb.errors import ConfigError, LimitError, UsageError
from hooked_model import ASYNC, GOOD, Build, hooked
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
