"""The npm package: what is in it, and that its types hold for one who uses it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
USE = """\
import 'edgeweb/element'
import { isEdgewebError, load, type Model, type Result } from 'edgeweb'
import { EdgeModel, useModel } from 'edgeweb/react'

export async function first(file: Blob): Promise<Result | string> {
  const model: Model = await load('/digits/', { onProgress: ({ loaded, total }) => void (loaded / total) })
  try {
    return await model.predict(file)
  } catch (error) {
    return isEdgewebError(error) ? error.hint : String(error)
  }
}
export const Page = () => <EdgeModel src="/digits/" onResult={() => useModel('/digits/').status} />
// @ts-expect-error The address of a site is needed: the package has none of its own.
export const without = load()
"""
SETTINGS = {
    "compilerOptions": {
        "target": "ES2022", "module": "NodeNext", "moduleResolution": "NodeNext", "lib": ["ES2022", "DOM"], "types": [],
        "jsx": "react-jsx", "strict": True, "noEmit": True,
    },
    "include": ["use.tsx"],
}  # fmt: skip


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of one's own with the package beside React."""
    project = tmp_path_factory.mktemp("npm")
    modules = project / "node_modules"
    modules.mkdir()
    for name in ("react", "@types"):
        (modules / name).symlink_to(ROOT / "web" / "node_modules" / name)
    words = ["node", str(ROOT / "packages" / "npm" / "build.mjs"), str(modules / "edgeweb"), "1.2.3"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return project


def test_it_holds_scripts_and_types_and_no_runtime(installed: Path) -> None:
    folder = installed / "node_modules" / "edgeweb"
    about = json.loads((folder / "package.json").read_text("utf-8"))
    assert about["version"] == "1.2.3"
    entries = [each for each in about["exports"].values() if isinstance(each, dict)]
    named = {file for each in entries for file in each.values()}
    there = {f"./{path.relative_to(folder)}": path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    assert named <= set(there)
    assert {Path(name).suffix for name in there} == {".js", ".ts", ".json", ".md", ""}
    # Its scripts are a few kilobytes; the rest are types.
    assert sum(size for name, size in there.items() if name.endswith(".js")) < 12_000


def test_its_types_hold_for_one_who_uses_it(installed: Path) -> None:
    (installed / "use.tsx").write_text(USE)
    (installed / "package.json").write_text('{"type": "module"}')
    (installed / "tsconfig.json").write_text(json.dumps(SETTINGS))
    tsc = ROOT / "web" / "node_modules" / ".bin" / "tsc"
    done = subprocess.run([tsc, "-p", installed], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout
