"""CONTRIBUTING.md says how a kind of model is added: tests/toy is one, put into a copy of the project here."""

from __future__ import annotations

import difflib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import Served, Watched
from onnx import TensorProto, helper, save

ROOT = Path(__file__).parents[1]
Open = Callable[..., Watched]
NEW = ROOT / "tests" / "toy"
# The lists by hand: each is a line more, at the place where the pattern ends.
LINES = {
    "builder/edgeweb/schema/tasks.py": [(r"Task = Literal\[\n", '    "toy-sum",\n')],
    "builder/edgeweb/tasks/kinds.py": [
        ("from edgeweb.tasks.text.kind import TEXT\n", "from edgeweb.tasks.toy.kind import TOY\n"),
        (r"KINDS: .* = \(.*\bTEXT", ", TOY"),
    ],
    "builder/edgeweb/manifest.py": [
        ("from edgeweb.tasks.text.manifest import .*\n", "from edgeweb.tasks.toy.manifest import ToyPipeline\n"),
        ("    series: .*\n", "    toy: ToyPipeline | None = None\n"),
    ],
    "builder/edgeweb/config.py": [
        ("from edgeweb.tasks.text.settings import .*\n", "from edgeweb.tasks.toy.settings import ToyConfig\n"),
        ("    series: .*\n", "    toy: ToyConfig | None = None\n"),
    ],
    "web/strings/en.json": [('"dir": "ltr",\n', ' "toy": { "tagline": "Two numbers." },\n')],
    "web/strings/de.json": [('"dir": "ltr",\n', ' "toy": { "tagline": "Zwei Zahlen." },\n')],
}
SCHEMAS = ("web/src/shared/manifest.schema.json", "builder/edgeweb/schemas/edgeweb.toml.json")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with the toy in it."""
    whole = tmp_path_factory.mktemp("project")
    for name in ("builder", "server", "web", "tests", "tools"):
        shutil.copytree(ROOT / name, whole / name, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
    (whole / "web" / "node_modules").symlink_to(ROOT / "web" / "node_modules")
    shutil.copy(ROOT / "THIRD_PARTY_NOTICES.txt", whole)
    shutil.copytree(NEW, whole, dirs_exist_ok=True)
    for name, lines in LINES.items():
        text = (whole / name).read_text("utf-8")
        for pattern, line in lines:
            text, count = re.subn(pattern, lambda match, line=line: match[0] + line, text, count=1)  # type: ignore[misc]
            assert count == 1, f"{name} has no {pattern}"
        (whole / name).write_text(text, "utf-8")
    run(whole, sys.executable, "tools/make_schemas.py")
    return whole


def run(whole: Path, *command: str | Path, cwd: str = ".") -> str:
    path = os.pathsep.join((str(whole / "builder"), str(whole / "server")))
    surroundings = {**os.environ, "PYTHONPATH": path, "EDGEWEB_BROWSER": "none"}
    done = subprocess.run(command, capture_output=True, text=True, env=surroundings, cwd=whole / cwd, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_eight_existing_files_change_and_all_of_them_are_lists(copy: Path) -> None:
    folders = ("builder", "server", "web", "tests")
    there = [path.relative_to(ROOT) for name in folders for path in (ROOT / name).rglob("*") if path.is_file()]
    there = [path for path in there if not {"node_modules", "dist", "__pycache__"} & {*path.parts}]
    there = [path for path in there if ".gen." not in path.name]
    changed = {str(path) for path in there if (ROOT / path).read_bytes() != (copy / path).read_bytes()}
    assert changed == {*LINES, *SCHEMAS} and len(changed) <= 8
    for name in changed:
        before, after = ((each / name).read_text("utf-8").split("\n") for each in (ROOT, copy))
        gone = [line for line in difflib.ndiff(before, after) if line.startswith("- ")]
        # A list in one line is that line with one word more.
        assert len(gone) <= (1 if name.endswith("kinds.py") else 0), gone


def test_the_builder_builds_a_site_of_it(copy: Path) -> None:
    run(copy, "node", "build.mjs", cwd="web")
    node = helper.make_node("ReduceSum", ["x"], ["y"], keepdims=0)
    given, gives = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, dims) for name, dims in (("x", [1, 2]), ("y", []))
    )
    graph = helper.make_graph([node], "toy", [given], [gives])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), copy / "toy.onnx")
    (copy / "edgeweb.toml").write_text('[toy]\nunit = "km"\n')
    run(copy, sys.executable, "-m", "edgeweb.cli", "build", "toy.onnx", "-o", "site")
    site = json.loads((copy / "site" / "edgeweb.json").read_text("utf-8"))
    assert (site["task"], site["toy"]) == ("toy-sum", {"input": "x", "unit": "km"})
    assert re.fullmatch(r"assets/ui-toy-\w+\.js", site["interface"])
    assert "Two numbers." in (copy / "site" / site["interface"]).read_text("utf-8")
    assert "toy-sum" in run(copy, sys.executable, "-m", "edgeweb.cli", "inspect", "toy.onnx")


def test_the_house_rules_hold_with_it(copy: Path) -> None:
    rules = ("tests/builder/test_imports.py", "tests/builder/test_manifest.py", "tests/web/test_rules.py")
    chosen = "kind or room or toy or golden or schema"
    run(copy, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", chosen, *rules)


def test_its_page_answers_by_its_own_reader(copy: Path, serve: Callable[[Path], Served], watch: Open) -> None:
    site, watched = serve(copy / "site"), watch()
    watched.page.goto(site.url)
    watched.page.get_by_text("Two numbers.").wait_for()
    found = watched.page.evaluate("""async () => {
        const model = await (await import(new URL('edgeweb.js', location.href))).load()
        return Array.from((await model.predict(Float32Array.of(2, 3))).outputs.y.data)
    }""")
    assert found == [5000]
    assert [line for line in watched.console if line.startswith(("error", "pageerror"))] == []


@pytest.mark.thorough
def test_its_types_fit(copy: Path) -> None:
    run(copy, "npm", "run", "check", cwd="web")
    run(copy, sys.executable, "-m", "mypy", "--strict", "-p", "edgeweb.tasks.toy")
