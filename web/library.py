"""Compiles Pyodide's standard library inside Pyodide, and says which module imports which; library.mjs runs it."""

import sys

USED = frozenset(sys.modules)

import ast
import io
import json
import marshal
import zipfile
from importlib.util import MAGIC_NUMBER, source_hash

STOCK = "/lib/python314.zip"
# The oldest date that a zip can say.
DATE = (1980, 1, 1, 0, 0, 0)
# What a module imports by a name that it puts together when it runs.
HIDDEN = {"sysconfig": "_sysconfigdata_"}
ELSEWHERE = {"__name__ == '__main__'", "sys.platform == 'win32'", "os.name == 'nt'", "TYPE_CHECKING"}
# A .pyc that is never compared with its source.
UNCHECKED = (1).to_bytes(4, "little")


def compiled(name, source):
    """A .pyc without docstrings and assertions, the same bytes for the same source."""
    code = compile(source, f"{STOCK}/{name}", "exec", dont_inherit=True, optimize=2)
    return MAGIC_NUMBER + UNCHECKED + source_hash(source) + marshal.dumps(code)


def module_name(path):
    stem = path.removesuffix(".py").removesuffix("/__init__")
    return stem.replace("/", ".")


def elsewhere(node):
    """Whether what stands under `node` runs only on Windows, for type checkers, or where the module is a program."""
    return isinstance(node, ast.If) and not node.orelse and ast.unparse(node.test) in ELSEWHERE


def imports(tree, package):
    """(what the module imports when it is imported, what its functions import later), as dotted names."""
    now, later = set(), set()
    waiting = [(node, False) for node in tree.body]
    while waiting:
        node, inside = waiting.pop()
        found = later if inside else now
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            found |= {start, *(f"{start}.{alias.name}" for alias in node.names)}
        inner = inside or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) or elsewhere(node)
        waiting += [(child, inner) for child in ast.iter_child_nodes(node)]
    return now, later - now


def library():
    """The compiled library as a zip, and its index as JSON."""
    modules, archive = {}, io.BytesIO()
    with zipfile.ZipFile(STOCK) as stock, zipfile.ZipFile(archive, "w") as target:
        for path in sorted(stock.namelist()):
            data = stock.read(path)
            if path.endswith("/"):
                continue
            if path.endswith(".py") and not path.startswith("site-packages"):
                name, source = module_name(path), data
                package = name if path.endswith("__init__.py") else name.rpartition(".")[0]
                tree = ast.parse(source)
                now, later = imports(tree, package)
                path, data = f"{path}c", compiled(path, source)
                modules[name] = {"file": path, "imports": now, "later": later}
            target.writestr(zipfile.ZipInfo(path, DATE), data)
    for name, start in HIDDEN.items():
        modules[name]["imports"] |= {each for each in modules if each.startswith(start)}
    for module in modules.values():
        for kind in ("imports", "later"):
            module[kind] = sorted(name for name in module[kind] if name in modules)
    used = sorted(name for name in USED if name in modules)
    return archive.getvalue(), json.dumps({"modules": modules, "used": used}, sort_keys=True)
