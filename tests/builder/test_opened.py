"""The beginning that inspect and build share: what of the user's is read when, and what is known before a first run."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from edgeweb import opened, recipe
from edgeweb.config import Config
from edgeweb.errors import ConfigError, UnsupportedError, UsageError
from edgeweb.opened import Asked
from edgeweb.options import Options
from edgeweb.read import probe
from edgeweb.read.model import load
from edgeweb.tasks.evidence import assumptions
from onnx import helper
from tiny import FLOAT, linear, picture, proto_of, saved, value

HOOKS = "def preprocess(value, model):\n    return value\n"


def ask(*models: Path, builds: bool = True) -> Asked:
    return opened.ask(models, Options(), lambda _: None, builds=builds)


def unknown() -> onnx.ModelProto:
    proto = linear()
    proto.graph.node[0].op_type = "NobodyKnowsIt"
    return proto


@pytest.mark.parametrize("table", ['data = "gone.csv"', 'gallery = "gone"', 'labels = "gone.txt"'])
def test_what_only_a_site_is_made_of_has_to_be_there_for_a_build_alone(tmp_path: Path, table: str) -> None:
    model = saved(tmp_path, linear())
    (tmp_path / "edgeweb.toml").write_text(table)
    assert ask(model, builds=False).examples == {}
    with pytest.raises(ConfigError, match="gone"):
        ask(model)


def test_several_models_have_the_names_of_their_files_and_need_hooks(tmp_path: Path) -> None:
    models = [saved(tmp_path / name, linear(), f"{name}.onnx") for name in ("find", "read")]
    with pytest.raises(UsageError, match="2 models cannot become one site"):
        ask(*models)
    (models[0].parent / "hooks.py").write_text(HOOKS)
    (models[0].parent / "edgeweb.toml").write_text('[hooks]\nfile = "hooks.py"\n')
    asked = ask(*models)
    assert list(asked.sources) == ["find", "read"] and asked.file == asked.left
    assert asked.said.functions == () and asked.packages == ()


def test_what_no_browser_runs_is_an_error_or_only_told(tmp_path: Path) -> None:
    model = saved(tmp_path, unknown())
    with pytest.raises(UnsupportedError, match="NobodyKnowsIt"):
        opened.read(load(model), Config(), tmp_path)
    found = opened.read(load(model), Config(), tmp_path, check=False)
    assert "NobodyKnowsIt" in str(found.info.blockers[0])


def test_an_assumption_that_hooks_make_of_no_account_is_none(tmp_path: Path) -> None:
    model = saved(tmp_path, linear(softmax=False))
    assert [said.claim for said in assumptions(recipe.inspected(model).plan.evidence)] == ["columns"]
    (tmp_path / "edgeweb.toml").write_text('[hooks]\nfile = "hooks.py"\n')
    (tmp_path / "hooks.py").write_text("def postprocess(outputs, model):\n    return 1\n")
    assert assumptions(recipe.inspected(model).plan.evidence)
    (tmp_path / "hooks.py").write_text(HOOKS)
    assert not assumptions(recipe.inspected(model).plan.evidence)


def test_what_is_published_with_a_model_completes_the_settings(tmp_path: Path) -> None:
    model = saved(tmp_path, picture())
    (tmp_path / "preprocessor_config.json").write_text(json.dumps({"do_rescale": True, "do_normalize": False}))
    (tmp_path / "labels.txt").write_text("owl\nmoth\n")
    found = opened.read(load(model), Config(), tmp_path)
    known = opened.describe(found, found.model, probe.inspect_model(found.model))
    assert known.settings.input["image"].scale == 255 and "preprocessor_config.json says" in known.notes[0]
    assert (list(known.seen.labels), known.seen.labels_from) == (["owl", "moth"], str(tmp_path / "labels.txt"))
    assert (known.strings, known.cases, found.notes) == ({}, (), ())


@pytest.mark.parametrize(
    ("side", "config", "named"),
    [(24, {"image_size": 16}, r", and config\.json has 16 x 16"), (16, {"image_size": 24}, None)],
)
def test_a_size_that_the_model_does_not_take_is_told(
    tmp_path: Path, side: int, config: dict[str, int], named: str | None
) -> None:
    """Positions are added that were made for one size, though the file leaves it open."""
    places = np.ones((1, 3, 16, 16), np.float32)
    nodes = [
        helper.make_node("Add", ["pixel_values", "places"], ["moved"]),
        helper.make_node("ReduceMean", ["moved"], ["logits"], axes=[2, 3], keepdims=0),
    ]
    pictures = value("pixel_values", FLOAT, ["n", 3, "height", "width"])
    model = saved(tmp_path, proto_of(nodes, [pictures], [value("logits", FLOAT, ["n", 3])], {"places": places}))
    said = {"image_processor_type": "ViTImageProcessor", "size": {"height": side, "width": side}, "do_rescale": True}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(said))
    (tmp_path / "config.json").write_text(json.dumps({"architectures": ["ViTForImageClassification"], **config}))
    if named is None:
        assert recipe.inspected(model).plan.task == "image-classification"
        return
    with pytest.raises(ConfigError, match=rf"takes no pictures of 24 x 24\. .*{named}.*\[input\.pixel_values\] size"):
        recipe.inspected(model)
