"""The house rules: who may import whom, who may print, and what the command line loads before it answers."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest
from edgeweb.manifest import Manifest
from edgeweb.tasks import kinds

ROOT = Path(__file__).parents[2]
BUILDER = ROOT / "builder" / "edgeweb"
SERVER = ROOT / "server" / "edgeweb_server"

# Lowest first: a room, which is a folder or a file of the builder, imports itself and those before it.
ROOMS = [
    # What the browser's Python has too, and the coder of weights.
    "errors", "coding", "hooks_api", "ops",
    "schema", "read", "machine", "inputs", "convert", "files", "manifest", "config", "trust", "trial", "tasks",
    "samples", "compress", "search", "python", "runtime", "site", "options", "opened", "prepare", "original",
    "contents", "recipe", "initial", "notebook", "dev", "release", "doctor", "targets", "console", "commands",
    "arguments", "cli",
]  # fmt: skip
GROUND = {"errors", "coding", "hooks_api", "ops"}
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


def own(path: Path) -> set[str]:
    """Which rooms of edgeweb a file imports from."""
    whole = {f"{module}.{name}" for module, names in imports(path) for name in names or [""]}
    return {room_of(name.split(".")[1:]) for name in whole if name.startswith("edgeweb.")}


def room_of(parts: Sequence[str]) -> str:
    """What config.py and manifest.py are made of stands in the kinds' folders, on the ground that `schema` is."""
    grounded = parts[0] == "tasks" and len(parts) > 2 and parts[2] in ("manifest", "settings")
    return "schema" if grounded else parts[0]


def modules() -> list[Path]:
    return sorted(path for path in BUILDER.rglob("*.py") if "__pycache__" not in path.parts)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT / path.relative_to(ROOT).parts[0]))


MODULES = modules()
SOURCES = [*MODULES, *sorted(SERVER.glob("*.py"))]


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_room_imports_only_rooms_before_it(path: Path) -> None:
    room = room_of(path.relative_to(BUILDER).with_suffix("").parts)
    if room == "__init__":
        return
    before = ROOMS[: ROOMS.index(room) + 1]
    for other in own(path) & {*ROOMS}:
        assert other in before or {room, other} <= GROUND, f"{room} imports {other}"


KINDS = sorted(path.parent.name for path in BUILDER.glob("tasks/*/kind.py"))


def kinds_in(path: Path) -> set[tuple[str, ...]]:
    """What a file imports out of the folders of kinds."""
    whole = [f"{module}.{name}".split(".") for module, names in imports(path) for name in names or [""]]
    return {tuple(parts[2:]) for parts in whole if parts[:2] == ["edgeweb", "tasks"] and parts[2] in KINDS}


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_no_kind_of_model_knows_another_and_nobody_else_knows_one(path: Path) -> None:
    *_, folder, name = path.relative_to(BUILDER).parts if len(path.relative_to(BUILDER).parts) > 1 else ("", path.name)
    for kind, *rest in kinds_in(path):
        ground = rest[0] in ("manifest", "settings")
        assert ground or kind == folder or (folder, name) == ("tasks", "kinds.py"), f"{kind}.{rest[0]}"


def test_a_kind_has_one_name_everywhere() -> None:
    listed = {kind.key for kind in kinds.KINDS}
    assert listed == {*KINDS} == {kind.__class__.__module__.split(".")[2] for kind in kinds.KINDS}
    assert listed <= {field.name for field in msgspec.structs.fields(Manifest)}
    assert listed == {
        path.name for path in (ROOT / "web" / "src" / "tasks").iterdir() if (path / "worker" / "reader.ts").is_file()
    }


def test_what_hooks_import_needs_the_standard_library_alone() -> None:
    for path in (BUILDER / "hooks_api").glob("*.py"):
        assert own(path) <= {"errors", "hooks_api", "ops"}, path
        for module, _ in imports(path):
            # NumPy only where a site bundles it: arrays are its own then.
            allowed = {"edgeweb", "pyodide", *(["numpy"] if path.name == "ndarray.py" else [])}
            assert module.split(".")[0] in sys.stdlib_module_names | allowed, f"{path} imports {module}"


def test_one_module_makes_sessions_of_onnx_runtime() -> None:
    """Whatever the builder holds: what is written for a child, or for a user to fill in, counts too."""
    files = [path for path in (ROOT / "builder").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    users = [path for path in files if b"InferenceSession" in path.read_bytes()]
    assert users == [BUILDER / "machine" / "session.py"]


def test_the_server_never_imports_the_builder_and_only_who_serves_imports_the_server() -> None:
    for path in SERVER.glob("*.py"):
        for module, _ in imports(path):
            assert module.split(".")[0] != "edgeweb", path
    users = {path.stem for path in MODULES for module, _ in imports(path) if module.split(".")[0] == "edgeweb_server"}
    assert users == {"cli", "notebook"}


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_only_the_command_line_prints_or_exits(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    loud = calls & {"print", "exit", "quit", "sys.exit", "os._exit", "sys.stdout.write", "sys.stderr.write", "input"}
    # What prints has rooms, which are the command line's; isolated.py tells its parent by how it ends.
    printing = {"print"} if path.parent.name in ("console", "commands") else set()
    allowed = {"cli": {"print", "sys.exit"}, "isolated": {"os._exit"}}.get(path.stem, printing)
    assert loud <= allowed


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_every_module_opens_with_one_sentence_and_checks_nothing_with_assert(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    first = (ast.get_docstring(tree) or "").split("\n\n")[0]
    assert first.endswith("."), "no sentence"
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]


@pytest.mark.parametrize("path", SOURCES, ids=named)
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
    heavy = {"starlette", "uvicorn", "jinja2", "msgspec", "brotli", "edgeweb_server", "argcomplete", "watchfiles"}
    assert not loaded & {*ONNX, *heavy}
    places = [done.stdout.index(f"\n  {name} ") for name in ("demo", "build", "inspect", "serve", "strings")]
    assert places == sorted(places)
    for example in ("edgeweb demo", "edgeweb build model.onnx", "edgeweb inspect model.onnx", "edgeweb serve dist"):
        assert f" {example}\n" in done.stdout


def test_what_is_printed_without_colour_loads_nothing_for_it() -> None:
    code = """
import sys
from edgeweb.cli import main
main(["serve", "--prot"])
sys.exit(bool({"rich", "rich_argparse", "argcomplete"} & {name.split(".")[0] for name in sys.modules}))
"""
    env = {"PYTHONPATH": f"{ROOT / 'builder'}:{ROOT / 'server'}", "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=False)
    assert (done.returncode, done.stderr[:40]) == (0, "error: edgeweb serve has no option --pro")
