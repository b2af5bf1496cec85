"""Forty hook files that go wrong, or do what a page must not let them, each with what has to come of it in the browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FEEDS = 'return {"matrix": edgeweb.Array([[[1.0, 2.0, 3.0]]], "float32")}'
PLAIN = f"def preprocess(value, model):\n    {FEEDS}\n"
ANYTHING = object()


@dataclass(frozen=True, eq=False)
class Case:
    """A file's source, and the result that it gives or words of the error, one of which has to stand there."""

    name: str
    source: str
    result: Any = ANYTHING
    error: tuple[str, ...] = ()


def before(body: str) -> str:
    """A file whose preprocess does this first."""
    lines = "".join(f"    {line}\n" for line in body.strip("\n").splitlines())
    return f"def preprocess(value, model):\n{lines}    {FEEDS}\n"


def after(body: str, head: str = "def") -> str:
    """A file whose postprocess is this."""
    lines = "".join(f"    {line}\n" for line in body.strip("\n").splitlines())
    return f"{PLAIN}\n{head} postprocess(outputs, model):\n{lines}"


def fails(name: str, source: str, *words: str) -> Case:
    return Case(name, source, error=words)


def gives(name: str, source: str, result: Any) -> Case:
    return Case(name, source, result)


def tried(body: str) -> str:
    """What an attempt to do `body` ends in, as the result: the name of the exception, or 'done'."""
    lines = "".join(f"        {line}\n" for line in body.strip("\n").splitlines())
    return after(f"try:\n{lines}        return 'done'\nexcept BaseException as error:\n    return type(error).__name__")


# What a page must not let them do: the exception that says so.
REFUSED = (
    "OSError",
    "ImportError",
    "ModuleNotFoundError",
    "AttributeError",
    "RuntimeError",
    "JsException",
    "NameError",
)

CASES = (
    gives("good", after("return {'sum': float(sum(outputs['doubled'].reshape(-1)))}"), {"sum": 12.0}),
    gives("asynchronous", after("import asyncio\nawait asyncio.sleep(0.01)\nreturn 1", "async def"), 1),
    gives("nothing", after("return None"), None),
    gives("words", after("return '\\u00fc \\u4e16'"), "ü 世"),
    gives("awaited twice", after("a = await model.run('double', {'matrix': outputs['doubled']})\nreturn a['doubled'].tolist()",
                                 "async def"), [[[4.0, 8.0, 12.0]]]),
    fails("raises before", before("1 / 0"), "ZeroDivisionError"),
    fails("raises after", after("raise KeyError('absent')"), "KeyError: 'absent'"),
    fails("raises an exception of its own", after("class Odd(Exception): pass\nraise Odd('so')"), "Odd: so"),
    fails("syntax", "def preprocess(value, model)\n    return {}\n", "SyntaxError"),
    fails("raises while it is imported", "raise RuntimeError('not today')\n", "RuntimeError: not today"),
    fails("name", before("return {'matrix': absent}"), "NameError"),
    fails("shape", before("return {'matrix': edgeweb.Array([1.0, 2.0], 'float32')}"), 'input "matrix" has shape [2]'),
    fails("dtype", before("return {'matrix': edgeweb.Array([[[1, 2, 3]]], 'int32')}"), "int32, not float32"),
    fails("input left out", before("return {}"), '"matrix"'),
    fails("input too many", before("return {'matrix': [[[1.0, 2.0, 3.0]]], 'other': [1.0]}"), '"other"'),
    fails("feeds are None", before("return None"), "preprocess returned None"),
    fails("feeds are a generator", before("return (x for x in [1])"), "preprocess returned a generator"),
    fails("feeds are a list", before("return [1.0]"), "preprocess returned a list"),
    fails("feeds of ragged rows", before("return {'matrix': [[[1.0, 2.0], [3.0]]]}"), "matrix", "ragged", "length"),
    fails("feeds of words", before("return {'matrix': [[['a', 'b', 'c']]]}"), "matrix", "str"),
    fails("a generator", after("yield 1"), "not JSON"),
    fails("a coroutine inside", after("async def later(): return 1\nmade = later()\nmade.close()\nreturn {'x': made}"), "not JSON"),
    fails("a set", after("return {1, 2}"), "a set that is not JSON"),
    fails("bytes", after("return b'abc'"), "not JSON"),
    fails("not a number", after("return float('nan')"), "not JSON"),
    fails("huge", after("return 'x' * 20_000_000"), "20,000,002 characters"),
    fails("nested", after("a = []\nfor _ in range(100_000): a = [a]\nreturn a"), "nested more than 100 deep", "Python stopped"),
    fails("a form that is none", after("return {'task': 'detection', 'boxes': 3}"), "boxes"),
    fails("recursion", "def preprocess(value, model):\n    return preprocess(value, model)\n", "RecursionError"),
    fails("loop", before("while True: pass"), "more than 5 s"),
    fails("loop that holds on", before("while True:\n    try:\n        while True: pass\n    except BaseException: pass"), "more than 5 s"),
    fails("waits for ever", after("import asyncio\nawait asyncio.Event().wait()", "async def"), "more than 5 s"),
    fails("memory", before("held = []\nwhile True: held.append(bytearray(100_000_000))"), "MemoryError", "memory", "more than 5 s"),
    fails("no such module", before("import no_such_module"), "No module named 'no_such_module'"),
    fails("input", before("input('Name? ')"), "OSError", "EOFError"),
    fails("exit", before("import sys\nsys.exit(3)"), "SystemExit: 3"),
    fails("hard exit", before("import os\nos._exit(3)"), "ended", "exit", "Exit"),
    fails("another model", after("await model.run('absent', {})", "async def"), "absent"),
    gives("prints much", after("for _ in range(1_000): print('x' * 100)\nreturn 'said'"), "said"),
    gives("writes a file", after("from pathlib import Path\nPath('/tmp/a').write_text('x')\nreturn Path('/tmp/a').read_text()"), "x"),
    gives("takes a thread", tried("import threading\nthreading.Thread(target=print).start()"), REFUSED),
    gives("os.system", tried("import os\nif os.system('ls') != 0: raise OSError"), REFUSED),
    gives("subprocess", tried("import subprocess\nsubprocess.run(['ls'])"), REFUSED),
    gives("urllib", tried("import urllib.request\nurllib.request.urlopen('SINK/a', timeout=3)"), ("URLError", *REFUSED)),
    gives("js.fetch", tried("import js\njs.fetch('SINK/b')"), REFUSED),
    gives("pyodide.http", tried("import pyodide.http\npyodide.http.open_url('SINK/c')"), REFUSED),
    gives("pyfetch", after("try:\n    import pyodide.http\n    await pyodide.http.pyfetch('SINK/d')\n    return 'done'\n"
                           "except Exception as error:\n    return type(error).__name__", "async def"), REFUSED),
    gives("JavaScript", tried("from pyodide.code import run_js\nrun_js('fetch(\"SINK/e\")')"), REFUSED),
    gives("multiprocessing", tried("import multiprocessing\nmultiprocessing.Process(target=print).start()"), REFUSED),
)  # fmt: skip
