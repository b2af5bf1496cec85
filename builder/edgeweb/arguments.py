"""What can be typed after `edgeweb`: every command with its options, in the order in which a person meets them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn, get_args

from edgeweb import __version__
from edgeweb.errors import UsageError
from edgeweb.schema.tasks import ALIASES, Task

_HUB = "hf://"
_MODEL = "an ONNX file, a folder of the Hugging Face Hub's, hf://org/name[@revision], or a file of a training library"
Run = Callable[[argparse.Namespace], int]

_ORDER = """commands, in the order you meet them:
  demo     see it work, with a sample that ships with edgeweb    edgeweb demo
  init     what is known and what is assumed, as edgeweb.toml    edgeweb init model.onnx
  build    a model file into a static site                       edgeweb build model.onnx
  inspect  what a model is, and what a browser cannot run        edgeweb inspect model.onnx
  serve    a site, or a folder of sites, on this machine         edgeweb serve dist
  strings  what pages say, as a table to translate               edgeweb strings > fr.json

Every command explains itself: edgeweb build --help
"""
TASKS: tuple[str, ...] = get_args(Task)
# What config.py allows, copied: importing that would cost --help a third of its time.
PRECISIONS = ("auto", "fp32", "fp16", "int8", "int4")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        what = message[:1].upper() + message[1:]
        raise UsageError(what, "the command line was not understood", f"See: {self.prog} --help")


def parser(runs: Mapping[str, Run]) -> argparse.ArgumentParser:
    """The command line; the namespace it makes has in `run` the one of `runs` that the command names."""
    whole = _Parser(
        prog="edgeweb",
        description="Turn a trained model into a private web app that runs in the visitor's browser.",
        epilog=_ORDER,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    whole.add_argument("--version", action="version", version=f"edgeweb {__version__}")
    what = "demo, init, build, inspect, serve or strings; see below"
    commands = whole.add_subparsers(metavar="COMMAND", required=True, help=what, parser_class=_Parser)
    adds = {
        "demo": _demo, "init": _init, "build": _build, "inspect": _inspect, "serve": _serve, "strings": _strings,
    }  # fmt: skip
    for name, add in adds.items():
        command = add(commands)
        command.set_defaults(run=runs[name])
        one = "print one JSON document, and nothing else, on standard output"
        command.add_argument("--json", action="store_true", help=one)
        command.add_argument("--debug", action="store_true", help="show the traceback of a defect")
    return whole


# `Any`, because argparse does not export the type of its sub-parsers.
def _command(commands: Any, name: str, description: str, example: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        description=description,
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    return command


def _demo(commands: Any) -> argparse.ArgumentParser:
    command = _command(commands, "demo", "Build the sample that ships with edgeweb and serve it.", "edgeweb demo")
    _add_address(command)
    keep = "keep the site here (default: a temporary folder)"
    command.add_argument("-o", "--out", type=Path, metavar="DIR", help=keep)
    return command


def _init(commands: Any) -> argparse.ArgumentParser:
    what = "Write a commented edgeweb.toml: what is known of a model, and what was assumed, to be corrected."
    command = _command(commands, "init", what, "edgeweb init model.onnx")
    command.add_argument("model", type=_model, metavar="MODEL", help=_MODEL)
    where = "default: edgeweb.toml beside the model"
    command.add_argument("-o", "--out", type=Path, metavar="FILE", help=where)
    again = "replace the file; its settings stay, its comments do not"
    command.add_argument("--force", action="store_true", help=again)
    _add_reading(command)
    return command


def _build(commands: Any) -> argparse.ArgumentParser:
    command = _command(
        commands,
        "build",
        "Turn a model file into a folder of static files for any host.",
        "edgeweb build model.onnx --labels labels.txt -o dist",
    )
    add = command.add_argument
    add(
        "models",
        nargs="+",
        type=_model,
        metavar="MODEL",
        help=f"{_MODEL}; several need --hooks, which runs them by name",
    )
    add("-o", "--out", type=Path, default=Path("dist"), metavar="DIR", help="the site's folder (default: dist)")
    add("--config", type=Path, metavar="FILE", help="default: edgeweb.toml beside the model")
    add("--task", choices=(*TASKS, *ALIASES), metavar="NAME", help=f"one of: {', '.join(TASKS)} (default: detected)")
    add("--title", metavar="TEXT", help="the page's title (default: from the file name)")
    add("--labels", type=Path, metavar="FILE", help="one label a line (default: labels.txt beside the model)")
    data = "your inputs, to judge smaller forms on: .npz, .npy, .csv, .txt, or a folder of pictures, .wav or .npz"
    data += "; arrays also become the golden case, which is public"
    add("--data", type=Path, metavar="PATH", help=data)
    add("--precision", choices=PRECISIONS, help="of the weights (default: auto, as few bytes as agree)")
    add("--min-agreement", type=_fraction, metavar="0.99", help="with the original model, at least (default: 0.99)")
    add("--max-size", metavar="5MB", help="of the model, in bytes on the wire; exit code 3 when it is more")
    teach = "let the model teach smaller forms of itself, on your inputs and for minutes (needs edgeweb[distill])"
    add("--distill", action="store_true", default=None, help=teach)
    add("--hooks", type=Path, metavar="FILE.py", help="your own Python around the model; see docs/hooks.md")
    add("--base-url", metavar="PATH", help="where on its host the site will stand (default: /)")
    whole = "ship the whole runtime, not one cut to the model"
    add("--no-specialise", dest="specialise", action="store_false", default=None, help=whole)
    dask = "spread the search over a Dask cluster that you trust, such as tcp://10.0.0.1:8786"
    add("--dask", metavar="ADDRESS", help=dask)
    strict = "exit code 3 where anything is only assumed that the page would claim; nothing is written then"
    add("--strict", action="store_true", help=strict)
    _add_reading(command)
    add("--force", action="store_true", help="replace a folder that edgeweb did not make")
    return command


def _inspect(commands: Any) -> argparse.ArgumentParser:
    what = "Say what a model is, and what a browser cannot run."
    command = _command(commands, "inspect", what, "edgeweb inspect model.onnx")
    command.add_argument("model", type=_model, metavar="MODEL", help=_MODEL)
    _add_reading(command)
    return command


def _serve(commands: Any) -> argparse.ArgumentParser:
    what = "Serve a site, or a folder of sites, with every header it needs."
    command = _command(commands, "serve", what, "edgeweb serve dist --port 8000")
    command.add_argument("folder", nargs="?", type=Path, default=Path("dist"), metavar="DIR", help="default: dist")
    _add_address(command)
    return command


def _strings(commands: Any) -> argparse.ArgumentParser:
    what = "Print everything that pages say, as the JSON that strings in edgeweb.toml takes."
    command = _command(commands, "strings", what, "edgeweb strings > fr.json")
    command.add_argument("lang", nargs="?", default="en", metavar="LANGUAGE", help="default: en")
    return command


def _add_reading(command: argparse.ArgumentParser) -> None:
    """How a file that is not ONNX may be read."""
    add = command.add_argument
    python = "the Python whose libraries read a file that is not ONNX (default: this one)"
    add("--python", type=Path, metavar="PATH", help=python)
    deps = "let edgeweb install what such a file needs, into an environment that it keeps"
    add("--with-deps", action="store_true", help=deps)
    trust = "read a pickle (.pkl, .joblib): that runs whatever code its author put in"
    add("--trust-pickle", action="store_true", help=trust)


def _add_address(command: argparse.ArgumentParser) -> None:
    command.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1, this machine only")
    command.add_argument("--port", type=int, default=8000, help="default: 8000; 0 takes any free one")


def _model(text: str) -> str | Path:
    """A path, or a repository, whose two slashes a path would not keep."""
    return text if text.startswith(_HUB) else Path(text)


def _fraction(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a number between 0 and 1") from None
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value
