"""The house rules: who may import whom, who may print, and what the command line loads before it answers."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILDER = ROOT / "builder" / "edgeweb"
SERVER = ROOT / "server" / "edgeweb_server"
WEB = ROOT / "web" / "src"

# In the order of the data. A module is a step, or part of one, or it holds values that every step may read.
STEPS = {
    "probe": {"probe", "operators", "structure"},
    "zipmap": {"zipmap"},
    "optimise": {"optimise"},
    "trial": {"trial", "native", "native_child", "effort"},
    "tasks": {"tasks", "pictures", "rows", "texts", "text_graphs", "chat", "sounds", "series"},
    "search": {"search", "search_child", "flips", "search_large", "drafts", "reduced", "coded"},
    "latency": {"latency"},
    "specialise": {"specialise", "profiling", "restored", "tiers", "wasm", "wasm_code", "wasm_image"},
    "variants": {"variants"},
    "packages": {"packages", "pip_child", "distribution", "own_package"},
    "hooks_trial": {"hooks_trial", "hooks_child"},
    "assemble": {
        "assemble",
        "page",
        "headers",
        "hosts",
        "swap",
        "wording",
        "report",
        "compression",
        "chart",
        "python_bundle",
    },
}
# `pack` is the table of files that is filled on the way; RETURNED: types that a step returns, for those who read them.
VALUES = {
    "errors",
    "child",
    "intake",
    "scratch",
    "walk",
    "wire",
    "tensors",
    "sniff",
    "external",
    "aside",
    "progress",
    "parallel",
    "manifest",
    "config",
    "declared",
    "model",
    "golden",
    "plan",
    "pack",
    "parts",
    "arrays",
    "array_files",
    "manifest_text",
    "language",
    "reading",
    "gallery",
    "graphs",
    "heads",
    "known",
    "points",
    "maps",
    "prepost",
    "pipelines",
    "pretrained",
    "recurrent",
    "resample",
    "spectra",
    "sound_graphs",
    "sound_shapes",
    "hearing",
    "evaluate",
    "forms",
    "samples",
    "picture_files",
    "row_files",
    "sound_files",
    "hooks",
    "library",
    "local",
    "cache",
    "squeeze",
    "browsers",
    "isolated",
    "webdist",
    "requirements",
    "wheels",
    # Packages: `hooks_api` is what hooks import, in the browser too; `coding` codes weights; `compress` has a file a
    # technique, used by `search` alone.
    "coding",
    "hooks_api",
    "ops",
}
RETURNED = {
    ("optimise", "native"): {"Examined"},
    ("report", "probe"): {"ModelInfo"},
    ("assemble", "specialise"): {"Cutout"},
}
FRONT = {
    "__init__",
    "arguments",
    "asked",
    "cleaned",
    "cli",
    "compiled",
    "contents",
    "examples",
    "fitted",
    "hooked",
    "prepared",
    "recipe",
    "rehearsal",
    "stages",
}
PACKAGES = {"coding", "hooks_api"}
ONNX = {"onnx", "onnxruntime", "numpy"}


def imports(path: Path) -> Iterator[tuple[str, set[str]]]:
    """Every imported module as (dotted name, names taken from it), lazy imports included."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, set()
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            if node.module == "edgeweb":
                for alias in node.names:
                    yield f"edgeweb.{alias.name}", set()
            else:
                yield node.module or "", {alias.name for alias in node.names}


def own(path: Path) -> dict[str, set[str]]:
    """Which modules of edgeweb a file imports, and what it takes from each."""
    found: dict[str, set[str]] = {}
    for module, names in imports(path):
        if module.startswith("edgeweb."):
            found.setdefault(module.split(".")[1], set()).update(names)
    return found


def modules() -> list[Path]:
    return sorted(BUILDER.glob("*.py"))


def step_of(name: str) -> str | None:
    return next((step for step, parts in STEPS.items() if name in parts), None)


def test_every_module_has_its_place() -> None:
    placed = set().union(VALUES, FRONT, *STEPS.values())
    assert {path.stem for path in modules()} == placed - PACKAGES


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.stem)
def test_steps_never_import_each_other(path: Path) -> None:
    if path.stem in FRONT:
        return
    step = step_of(path.stem)
    for name, taken in own(path).items():
        if name in VALUES or (name == "compress" and step == "search"):
            continue
        if step is not None and step_of(name) == step:
            continue
        allowed = RETURNED.get((path.stem, name), set())
        assert taken and taken <= allowed, f"{path.stem} imports {name}"


def test_values_import_only_values() -> None:
    for name in VALUES - PACKAGES:
        assert set(own(BUILDER / f"{name}.py")) <= VALUES, name


def test_techniques_know_values_and_one_another_at_most() -> None:
    for path in (BUILDER / "compress").glob("*.py"):
        assert set(own(path)) <= {*VALUES, "compress"}, path
    for path in (BUILDER / "coding").glob("*.py"):
        assert set(own(path)) <= {"coding"}, path


def test_what_hooks_import_needs_the_standard_library_alone() -> None:
    for path in (BUILDER / "hooks_api").glob("*.py"):
        assert set(own(path)) <= {"errors", "hooks_api", "ops"}, path
        for module, _ in imports(path):
            # NumPy only where a site bundles it: arrays are its own then.
            allowed = {"edgeweb", "pyodide", *(["numpy"] if path.name == "ndarray.py" else [])}
            assert module.split(".")[0] in sys.stdlib_module_names | allowed, f"{path} imports {module}"


def test_only_the_recipe_is_used_by_the_command_line() -> None:
    # Report holds the texts of the tables, wording those of the page; the demo's site lies in a scratch folder.
    assert set(own(BUILDER / "cli.py")) == {"arguments", "errors", "recipe", "report", "scratch", "wording"}
    for path in modules():
        assert path.stem in ("cli", "__init__") or "recipe" not in own(path), path
        assert "cli" not in own(path), path


def test_the_server_never_imports_the_builder_and_only_the_command_line_imports_the_server() -> None:
    for path in SERVER.glob("*.py"):
        for module, _ in imports(path):
            assert module.split(".")[0] != "edgeweb", path
    users = {path.stem for path in modules() for module, _ in imports(path) if module.split(".")[0] == "edgeweb_server"}
    assert users == {"cli"}


@pytest.mark.parametrize("path", [*modules(), *sorted(SERVER.glob("*.py"))], ids=lambda path: path.stem)
def test_only_the_command_line_prints_or_exits(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    loud = calls & {"print", "exit", "quit", "sys.exit", "os._exit", "sys.stdout.write", "sys.stderr.write", "input"}
    # isolated.py tells its parent by how it ends.
    allowed = {"cli": {"print", "sys.exit"}, "isolated": {"os._exit"}}.get(path.stem, set())
    assert loud <= allowed


@pytest.mark.parametrize("path", [*modules(), *sorted(SERVER.glob("*.py"))], ids=lambda path: path.stem)
def test_every_module_opens_with_one_sentence_and_checks_nothing_with_assert(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    first = (ast.get_docstring(tree) or "").split("\n\n")[0]
    assert first.endswith("."), "no sentence"
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]


@pytest.mark.parametrize("path", [*modules(), *sorted(SERVER.glob("*.py"))], ids=lambda path: path.stem)
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("\n") <= 320
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 50, node.name


def test_no_two_test_files_have_one_name() -> None:
    """pytest imports them by it, and `make test` collects all folders together."""
    names = [path.name for folder in ("tests", "playwright") for path in (ROOT / folder).rglob("test_*.py")]
    assert sorted(set(names)) == sorted(names)


def ts_imports(path: Path) -> list[str]:
    return re.findall(r"(?:from|import)\s*\(?\s*['\"]([^'\"]+)['\"]", path.read_text("utf-8"))


@pytest.mark.parametrize("side", ["shared", "page", "worker", "python", "sw"])
def test_page_and_workers_meet_only_in_shared(side: str) -> None:
    files = list((WEB / side).rglob("*.ts"))
    assert files
    for path in files:
        for name in ts_imports(path):
            if not name.startswith("."):
                assert name.split("/")[0] != "onnxruntime-web" or path == WEB / "worker" / "engine.ts", path
                continue
            target = (path.parent / name).resolve().relative_to(WEB)
            assert target.parts[0] in {side, "shared"}, f"{path} imports {name}"


def test_only_the_engine_imports_onnx_runtime() -> None:
    users = [p.name for p in WEB.rglob("*.ts") if any(n.startswith("onnxruntime-web") for n in ts_imports(p))]
    assert users == ["engine.ts"]


def test_only_the_interpreter_imports_pyodide() -> None:
    users = [p.name for p in WEB.rglob("*.ts") if any(n.split("/")[0] == "pyodide" for n in ts_imports(p))]
    assert users == ["interpreter.ts"]


def test_help_answers_without_the_heavy_libraries() -> None:
    code = """
import sys
from edgeweb.cli import main
try:
    main(["--help"])
except SystemExit as leave:
    print(sorted({name.split(".")[0] for name in sys.modules}), file=sys.stderr)
    sys.exit(leave.code)
"""
    env = {"PYTHONPATH": f"{ROOT / 'builder'}:{ROOT / 'server'}", "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stderr
    loaded = set(ast.literal_eval(done.stderr))
    assert "edgeweb" in loaded
    assert not loaded & {*ONNX, "starlette", "uvicorn", "jinja2", "msgspec", "brotli", "edgeweb_server"}
    places = [done.stdout.index(f"\n  {name} ") for name in ("demo", "build", "inspect", "serve", "strings")]
    assert places == sorted(places)
    for example in ("edgeweb demo", "edgeweb build model.onnx", "edgeweb inspect model.onnx", "edgeweb serve dist"):
        assert f" {example}\n" in done.stdout
