"""The file that `edgeweb init` writes: it parses, leads to the same site, and leaves nothing to be assumed."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import edgeweb
import pytest
import tiny
from edgeweb import recipe
from edgeweb.errors import OutputError
from edgeweb.options import Options
from edgeweb.site.report import claims
from edgeweb.tasks.plan import Plan
from onnx import helper
from worded import text_models

Make = Callable[[Path], Path]


def named(path: Path, name: str) -> Path:
    """A table whose output is called so, with names of its classes beside it."""
    proto = tiny.linear(softmax=False)
    proto.graph.output[0].name = proto.graph.node[-1].output[0] = name
    (path / "labels.txt").write_text("a\nb\nc\n")
    return tiny.saved(path, proto)


def values(path: Path) -> Path:
    proto = tiny.linear(classes=2, softmax=False)
    proto.graph.node[-1].CopyFrom(helper.make_node("Identity", ["h"], ["y"]))
    return tiny.saved(path, proto)


MADE: dict[str, Make] = {
    "logits": lambda path: named(path, 'y"]\n\u202e'),
    "values": values,
    "picture": lambda path: tiny.saved(path, tiny.picture()),
    "text": text_models.sentiment,
}


def decided(path: Path, given: Options = Options()) -> Plan:  # noqa: B008
    return recipe.inspected(path, given).plan


def same(one: Plan, other: Plan) -> bool:
    """Whether both claim the same, whoever says it."""
    first, second = (
        (plan.kind, plan.task, plan.labels, [(said.claim, said.about, said.value) for said in plan.evidence])
        for plan in (one, other)
    )
    return first == second


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_nothing_is_left_to_be_assumed(make: Make, tmp_path: Path) -> None:
    path = make(tmp_path)
    before = decided(path)
    made = edgeweb.init(path)
    text = made.path.read_text("utf-8")
    assert made.path == path.with_name("edgeweb.toml")
    assert made.evidence == claims.rows(before.evidence)
    # Every assumption has its line with a comment above, and nothing else has one.
    assert text.count("# Assumed: ") == len(claims.assumptions(made.evidence))
    assert bool(tomllib.loads(text)) == bool(claims.assumptions(made.evidence))
    after = decided(path)
    assert not claims.assumptions(claims.rows(after.evidence))
    assert same(before, after)


@pytest.mark.thorough
@pytest.mark.parametrize("folder", sorted((tiny.SHARED / "cases").glob("*/")), ids=lambda folder: folder.name)
def test_nothing_is_left_to_be_assumed_of_real_models(folder: Path, tmp_path: Path) -> None:
    here = Path(shutil.copytree(folder, tmp_path / folder.name))
    (path,) = here.glob("*.onnx")
    before = decided(path)
    edgeweb.init(path)
    after = decided(path)
    assert not claims.assumptions(claims.rows(after.evidence))
    assert same(before, after)


def test_what_was_there_stays_only_where_it_may_be_replaced(tmp_path: Path) -> None:
    path = tiny.saved(tmp_path, tiny.linear())
    file = tmp_path / "edgeweb.toml"
    file.write_text('# mine\ntitle = "Flowers"\nlabels = ["a", "b", "c"]\n[compress]\nmax-size = "5MB"\n')
    before = tomllib.loads(file.read_text())
    with pytest.raises(OutputError, match=r"edgeweb\.toml is there already"):
        edgeweb.init(path)
    assert file.read_text().startswith("# mine")
    edgeweb.init(path, force=True)
    after = tomllib.loads(file.read_text())
    assert {key: after[key] for key in before} == before
    assert "# mine" not in file.read_text()


def test_a_file_elsewhere_has_the_names_of_classes_that_lie_beside_the_model(tmp_path: Path) -> None:
    path = named(tmp_path, "y")
    (tmp_path / "conf").mkdir()
    made = edgeweb.init(path, tmp_path / "conf" / "mine.toml")
    assert tomllib.loads(made.path.read_text())["labels"] == ["a", "b", "c"]
    after = decided(path, Options(config=made.path))
    assert same(decided(path), after)
    with pytest.raises(OutputError, match="cannot be written"):
        edgeweb.init(path, tmp_path / "nowhere" / "mine.toml")
