"""The house rules of the browser half: who may import whom, and on which side of a worker code runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "web" / "src"
TASKS = WEB / "tasks"
SIDES = ("shared", "page", "worker", "python", "sw", "dev")
# At the beginning of a line, which no comment's example is.
_STATIC = re.compile(r"^(?:import|export)\b[^'\"\n]*?from '([^']+)'|^import '([^']+)'", re.MULTILINE)
_LATER = re.compile(r"\bimport\('([^']+)'\)")


def modules() -> list[Path]:
    return sorted(path for path in WEB.rglob("*.ts") if ".d.ts" not in path.name)


def imports(path: Path) -> list[str]:
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text("utf-8"), flags=re.DOTALL)
    return [a or b for a, b in _STATIC.findall(text)] + _LATER.findall(text)


def targets(path: Path) -> list[Path]:
    """The modules of the browser half that it imports."""
    found = [(path.parent / name).resolve() for name in imports(path) if name.startswith(".")]
    return [each.with_suffix(".ts") for each in found if each.suffix == ".js" and each.with_suffix(".ts").exists()]


def side(path: Path) -> str:
    """page/ and tasks/<kind>/page/ are one side."""
    parts = path.relative_to(WEB).parts
    return parts[2] if parts[0] == "tasks" else parts[0]


def test_every_module_is_on_a_side() -> None:
    assert {side(path) for path in modules()} == set(SIDES)


@pytest.mark.parametrize("own", SIDES)
def test_page_and_workers_meet_only_in_shared(own: str) -> None:
    for path in modules():
        if side(path) == own:
            wrong = [each for each in targets(path) if side(each) not in (own, "shared")]
            assert not wrong, f"{path} imports {wrong}"


def test_no_module_leads_back_to_itself() -> None:
    """Types count as well. What leads nowhere is taken away, until nothing is left or only circles are."""
    left = {path: set(targets(path)) for path in modules()}
    while free := {path for path, found in left.items() if not found & left.keys()}:
        left = {path: found for path, found in left.items() if path not in free}
    assert not left, f"circles among {sorted(path.relative_to(WEB).as_posix() for path in left)}"


def kind_of(path: Path) -> str | None:
    parts = path.relative_to(WEB).parts
    return parts[1] if parts[0] == "tasks" else None


def test_a_kind_is_known_to_its_own_folder_and_to_the_lists_alone() -> None:
    for path in modules():
        if not path.name.endswith(".gen.ts"):
            wrong = [each for each in targets(path) if kind_of(each) not in (None, kind_of(path))]
            assert not wrong, f"{path} imports {wrong}"


def test_the_lists_have_every_kind_that_has_a_file_for_them() -> None:
    for name, listed in (("worker/reader.ts", "worker/readers.gen.ts"), ("page/payload.ts", "page/payloads.gen.ts")):
        found = set(TASKS.glob(f"*/{name}"))
        assert found and found == {each for each in targets(WEB / listed) if kind_of(each)}


def test_modules_open_with_one_sentence_and_stay_small() -> None:
    for path in modules():
        text = path.read_text("utf-8")
        opening = re.match(r"/\*\*\s(.+?)\*/", text, re.DOTALL)
        assert opening is not None and opening[1].strip().endswith("."), f"{path} opens without a sentence"
        assert path.name.endswith(".gen.ts") or text.count("\n") <= 320, path


def test_only_the_engine_imports_onnx_runtime() -> None:
    users = [path.name for path in modules() if any(name.startswith("onnxruntime-web") for name in imports(path))]
    assert users == ["engine.ts"]


def test_only_the_interpreter_imports_pyodide() -> None:
    users = [path.name for path in modules() if any(name.split("/")[0] == "pyodide" for name in imports(path))]
    assert users == ["interpreter.ts"]


def test_tests_stand_where_the_code_stands() -> None:
    for path in (WEB.parent / "test").rglob("*.test.ts"):
        assert (WEB / path.parent.relative_to(WEB.parent / "test")).is_dir(), path
