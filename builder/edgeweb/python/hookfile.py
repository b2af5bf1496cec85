"""The user's hooks file as the builder sees it before running it: its functions, and what it is given."""

from __future__ import annotations

import ast
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edgeweb.config import HooksConfig
from edgeweb.errors import ConfigError, HookError
from edgeweb.read import intake
from edgeweb.schema.site import HookInput
from edgeweb.schema.types import TensorInfo
from edgeweb.tasks.plan import Plan

Function = Literal["preprocess", "postprocess", "reset"]
_FUNCTIONS: tuple[Function, ...] = ("preprocess", "postprocess", "reset")
_MAX_BYTES = 1 << 20
_MAX_METADATA = 1 << 20


@dataclass(frozen=True)
class HookFile:
    """A hooks file that compiles. `functions`: those of preprocess, postprocess and reset that it defines."""

    path: Path
    source: str
    functions: tuple[Function, ...]

    @property
    def name(self) -> str:
        """The file's name, as messages and tracebacks show it."""
        return self.path.name

    @property
    def declares(self) -> bool:
        """Whether edgeweb.ops stands in it."""
        nodes = list(ast.walk(ast.parse(self.source)))
        taken = {(n.module, alias.name) for n in nodes if isinstance(n, ast.ImportFrom) for alias in n.names}
        named = {alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names}
        whole = ("edgeweb", "ops") in taken or any(module == "edgeweb.ops" for module, _ in taken)
        return whole or "edgeweb.ops" in named or ("edgeweb" in named and self.reads("ops"))

    def reads(self, attribute: str) -> bool:
        """Whether some line has `.attribute`: what nobody reads is not shipped."""
        nodes = ast.walk(ast.parse(self.source))
        return any(isinstance(node, ast.Attribute) and node.attr == attribute for node in nodes)


def check_metadata(file: HookFile, metadata: Mapping[str, Mapping[str, str]]) -> None:
    """ConfigError when more is said than a manifest should hold: every visitor fetches it."""
    size = sum(len(key) + len(text) for texts in metadata.values() for key, text in texts.items())
    if size > _MAX_METADATA:
        raise ConfigError(
            f"{file.path} reads the models' metadata",
            f"it has {size:,} characters; {_MAX_METADATA:,} can be shipped",
            "Write what is needed of it into the hooks file",
        )


def read(path: Path) -> HookFile:
    """Read and compile, but do not run.

    Raises:
        ConfigError: it cannot be read, or defines neither preprocess nor postprocess.
        HookError: it does not compile.
    """
    data = intake.data(path, "Check the path of the hooks file, and keep data out of it", _MAX_BYTES)
    try:
        source = data.decode("utf-8-sig")
        tree = ast.parse(source, path.name)
        compile(tree, path.name, "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = f" in line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        text = "".join(traceback.format_exception_only(error))
        raise HookError(
            f"{path.name} does not compile{line}", f"{type(error).__name__}: {error}", f"Correct {path}", text
        ) from error
    defined = _defined(tree)
    functions = tuple(name for name in _FUNCTIONS if name in defined)
    if "preprocess" not in functions and "postprocess" not in functions:
        raise ConfigError(
            f"{path} has no hooks",
            "it defines neither preprocess(value, model) nor postprocess(outputs, model)",
            "Define one of them; docs/hooks.md shows how",
        )
    return HookFile(path, source, functions)


def _defined(tree: ast.Module) -> set[str]:
    """Every name that the top level binds, also inside `if` and `try`."""
    found: set[str] = set()
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found |= {alias.asname or alias.name for alias in node.names}
        else:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
            waiting.extend(ast.iter_child_nodes(node))
    return found


def input_kind(file: HookFile, settings: HooksConfig, plan: Plan, inputs: Sequence[TensorInfo]) -> HookInput:
    """What the page asks a visitor for.

    Raises:
        ConfigError: without preprocess the page cannot make the model's inputs.
    """
    found = plan.kind.value
    if found is None and "preprocess" not in file.functions:
        found = "text" if [info.type for info in inputs] == ["string"] else None
        if found is None:
            raise ConfigError(
                f"{file.path} has no preprocess",
                f"the model's task is {plan.task}, and a page cannot make its inputs by itself",
                "Define preprocess(value, model), which returns {input name: array}",
            )
    if "preprocess" not in file.functions:
        return found or "file"
    return settings.input or found or "file"
