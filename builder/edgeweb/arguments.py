"""What can be typed after `edgeweb`: every command with its options, in the order in which a person meets them."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from edgeweb import __version__
from edgeweb.commands import deploy, doctor, release, sign
from edgeweb.console import completion, parser
from edgeweb.console.parser import Parser
from edgeweb.schema import tasks

_EVERY = "0.0.0.0"  # noqa: S104 - only where the user asks for it
_FETCHED = ("hf://", "models:/", "runs:/")
_MODEL = "an ONNX file, a folder of the Hugging Face Hub's, hf://org/name[@revision], a file of a training library, or "
_MODEL += "of MLflow models:/name@alias or runs:/RUN_ID/model"
Run = Callable[[argparse.Namespace], int]

# What it does, in so few words that 80 columns hold it, and an example.
_COMMANDS = {
    "demo": ("see it work, with a sample", "edgeweb demo"),
    "init": ("what is known and assumed, as a file", "edgeweb init model.onnx"),
    "dev": ("its page, anew whenever you save", "edgeweb dev model.onnx"),
    "build": ("a model file into a static site", "edgeweb build model.onnx"),
    "inspect": ("what a model is, and what stops it", "edgeweb inspect model.onnx"),
    "serve": ("a site, or several, on this machine", "edgeweb serve dist"),
    "doctor": ("what is wrong with a site or host", "edgeweb doctor https://HOST/"),
    "deploy": ("a site to where it is wanted", "edgeweb deploy dist folder:x"),
    "release": ("several releases, and who gets which", "edgeweb release add dist"),
    "sign": ("vouch for a site with a key", "edgeweb sign dist"),
    "verify": ("who signed a site, and if it holds", "edgeweb verify dist"),
    "strings": ("what pages say, to be translated", "edgeweb strings > fr.json"),
    "completion": ("how your shell completes all this", "edgeweb completion bash"),
}
TASKS: tuple[str, ...] = get_args(tasks.Task)
# What config.py allows, copied: importing that would cost --help a third of its time.
PRECISIONS = ("auto", "fp32", "fp16", "int8", "int4")


def whole(runs: Mapping[str, Run]) -> Parser:
    """The command line; the namespace it makes has in `run` the one of `runs` that the command names."""
    listed = "\n".join(f"  {name:<10}  {what:<36}  {example}" for name, (what, example) in _COMMANDS.items())
    what = "Turn a trained model into a private web app that runs in the visitor's browser."
    found = Parser(
        prog="edgeweb",
        usage="edgeweb COMMAND ...",
        description=f"{what}\n\nCommands, in the order you meet them:\n{listed}",
        epilog="Every command explains itself: edgeweb build --help",
    )
    # A parser's own would ask for its formatter, and that for rich, before anything is printed.
    add = found.add_argument_group("options").add_argument
    add("--version", action="version", version=f"edgeweb {__version__}", help="print the version")
    add("-h", "--help", action="help", help="print this")
    commands = found.add_subparsers(
        metavar="COMMAND", required=True, help=argparse.SUPPRESS, prog="edgeweb", parser_class=Parser
    )
    adds = {
        "demo": _demo, "init": _init, "dev": _dev, "build": _build, "inspect": _inspect, "serve": _serve,
        "doctor": doctor.add, "deploy": deploy.add, "release": release.add,
        "sign": sign.add_sign, "verify": sign.add_verify, "strings": _strings, "completion": _completion,
    }  # fmt: skip
    for name, begin in adds.items():
        command = begin(commands)
        command.set_defaults(run=runs[name], parser=command)
    return found


def parsed(runs: Mapping[str, Run], words: Sequence[str]) -> argparse.Namespace:
    """What was typed; UsageError where that is not understood."""
    # As git and cargo have it.
    asked = [*words[1:2], "--help"] if words[:1] == ["help"] else words
    return parser.parsed(whole(runs), list(_COMMANDS), asked or ["--help"])


def _command(commands: Any, name: str, description: str, example: str = "") -> Parser:
    return parser.command(commands, name, description, example or _COMMANDS[name][1])


def _demo(commands: Any) -> Parser:
    command = _command(commands, "demo", "Build the sample that ships with edgeweb and serve it.")
    group = command.add_argument_group("options")
    _add_address(group)
    keep = "keep the site here (default: a temporary folder)"
    group.add_argument("-o", "--out", type=Path, metavar="DIR", help=keep)
    parser.add_output(command)
    return command


def _init(commands: Any) -> Parser:
    what = "Write a commented edgeweb.toml: what is known of a model, and what was assumed, to be corrected."
    command = _command(commands, "init", what)
    add = command.add_argument_group("options").add_argument
    add("model", type=_model, metavar="MODEL", help=_MODEL)
    where = "default: edgeweb.toml beside the model"
    add("-o", "--out", type=Path, metavar="FILE", help=where)
    again = "replace the file; its settings stay, its comments do not"
    add("--force", action="store_true", help=again)
    _add_reading(command)
    parser.add_output(command)
    return command


def _dev(commands: Any) -> Parser:
    what = "Build a model's page quickly, open it, and build it again whenever a file that it is made of is saved."
    command = _command(commands, "dev", what)
    command.usage = "edgeweb dev MODEL [MODEL ...] [OPTIONS]"
    group = command.add_argument_group("options")
    _add_models(group)
    _add_sources(group, "such as image-classification; edgeweb build --help names all (default: detected)")
    group.add_argument("--no-open", dest="opens", action="store_false", help="do not open the browser")
    # What people of other tools type; it is so anyway.
    group.add_argument("--open", dest="opens", action="store_true", default=True, help=argparse.SUPPRESS)
    _add_address(group, port=None, usual="the first free one from 8000 on; 0 takes any", bare=_EVERY)
    _add_reading(command)
    parser.add_output(command, steps=False)
    return command


def _build(commands: Any) -> Parser:
    what = "Turn a model file into a folder of static files for any host."
    command = _command(commands, "build", what, "edgeweb build model.onnx --labels labels.txt -o dist")
    command.usage = "edgeweb build MODEL [MODEL ...] [-o DIR] [OPTIONS]"
    names = textwrap.fill(", ".join(TASKS), 76, break_on_hyphens=False)
    command.epilog = f"{command.epilog}\n\nTasks:\n{textwrap.indent(names, '  ')}"
    usual = command.add_argument_group("most used")
    _add_models(usual)
    usual.add_argument(
        "-o", "--out", type=Path, default=Path("dist"), metavar="DIR", help="the site's folder (default: dist)"
    )
    _add_sources(usual)
    _add_size(command.add_argument_group("how small, and how alike"))
    _add_reading(command)
    _add_rest(command.add_argument_group("everything else"))
    parser.add_output(command)
    return command


def _add_models(group: Any) -> None:
    several = f"{_MODEL}; several need --hooks, which runs them by name"
    group.add_argument("models", nargs="+", type=_model, metavar="MODEL", help=several)


def _add_sources(group: Any, named: str = "one of those below (default: detected)") -> None:
    """What a site is made of besides the model."""
    add = group.add_argument
    add("--title", metavar="TEXT", help="the page's title (default: the file's name; of a model.onnx its folder's)")
    add("--labels", type=Path, metavar="FILE", help="one label a line (default: labels.txt beside the model)")
    data = "your inputs, to judge smaller forms on: .npz, .npy, .csv, .txt, or a folder of pictures, .wav or .npz"
    data += "; arrays also become the golden case, which is public"
    add("--data", type=Path, metavar="PATH", help=data)
    task = add("--task", type=tasks.named, metavar="NAME", help=named)
    parser.completes(task, (*TASKS, *tasks.ALIASES))
    add("--hooks", type=Path, metavar="FILE.py", help="your own Python around the model; see docs/hooks.md")
    add("--config", type=Path, metavar="FILE", help="default: edgeweb.toml beside the model")


def _add_size(group: Any) -> None:
    add = group.add_argument
    known = f"of the weights: {', '.join(PRECISIONS)} (default: auto, as few bytes as agree)"
    precision = add("--precision", type=parser.one_of("--precision", PRECISIONS), metavar="NAME", help=known)
    parser.completes(precision, PRECISIONS)
    add("--min-agreement", type=_fraction, metavar="0.99", help="with the original model, at least (default: 0.99)")
    add("--max-size", metavar="5MB", help="of the model, in bytes on the wire; exit code 3 when it is more")
    teach = "let the model teach smaller forms of itself, on your inputs and for minutes (needs edgeweb[distill])"
    add("--distill", action="store_true", default=None, help=teach)
    dask = "spread the search over a Dask cluster that you trust, such as tcp://10.0.0.1:8786"
    add("--dask", metavar="ADDRESS", help=dask)


def _add_rest(group: Any) -> None:
    add = group.add_argument
    add("--base-url", metavar="PATH", help="where on its host the site will stand (default: /)")
    runtime = "ship the whole runtime, not one cut to the model"
    add("--no-specialise", dest="specialise", action="store_false", default=None, help=runtime)
    base = "the site before: the steps of its weights are kept, so that who has it fetches differences"
    add("--base", type=Path, metavar="OLD_SITE", help=base)
    strict = "exit code 3 where anything is only assumed that the page would claim; nothing is written then"
    add("--strict", action="store_true", help=strict)
    add("--force", action="store_true", help="replace a folder that edgeweb did not make")


def _inspect(commands: Any) -> Parser:
    command = _command(commands, "inspect", "Say what a model is, and what a browser cannot run.")
    command.add_argument_group("options").add_argument("model", type=_model, metavar="MODEL", help=_MODEL)
    _add_reading(command)
    parser.add_output(command)
    return command


def _serve(commands: Any) -> Parser:
    what = "Serve a site, or a folder of sites, with every header it needs."
    command = _command(commands, "serve", what, "edgeweb serve dist --port 8000")
    group = command.add_argument_group("options")
    group.add_argument("folder", nargs="?", type=Path, default=Path("dist"), metavar="DIR", help="default: dist")
    _add_address(group)
    parser.add_output(command, steps=False)
    return command


def _strings(commands: Any) -> Parser:
    what = "Print everything that pages say, as the JSON that strings in edgeweb.toml takes."
    command = _command(commands, "strings", what)
    group = command.add_argument_group("options")
    group.add_argument("lang", nargs="?", default="en", metavar="LANGUAGE", help="default: en")
    parser.add_output(command, steps=False)
    return command


def _completion(commands: Any) -> Parser:
    what = "Print what your shell needs to complete commands, options and their words."
    command = _command(commands, "completion", f"{what}\n\nTo switch it on:\n{completion.HOW}")
    words = completion.SHELLS
    kind = parser.one_of("SHELL", words)
    group = command.add_argument_group("options")
    shell = group.add_argument(
        "shell", nargs="?", type=kind, metavar="SHELL", help=f"{', '.join(words)} (default: yours)"
    )
    parser.completes(shell, words)
    parser.add_output(command, steps=False)
    return command


def _add_reading(command: Any) -> None:
    """How a file that is not ONNX may be read."""
    add = command.add_argument_group("a model that is not ONNX").add_argument
    python = "the Python whose libraries read a file that is not ONNX (default: this one)"
    add("--python", type=Path, metavar="PATH", help=python)
    deps = "let edgeweb install what such a file needs, into an environment that it keeps"
    add("--with-deps", action="store_true", help=deps)
    trust = "read a pickle (.pkl, .joblib): that runs whatever code its author put in"
    add("--trust-pickle", action="store_true", help=trust)


def _add_address(
    group: Any, port: int | None = 8000, usual: str = "8000; 0 takes any free one", bare: str | None = None
) -> None:
    """`bare`: what --host means without a name."""
    only = "default: 127.0.0.1, this machine only"
    alone = {} if bare is None else {"nargs": "?", "const": bare}
    where = only if bare is None else f"{only}; without a name: for other devices too"
    group.add_argument("--host", default="127.0.0.1", metavar="NAME", help=where, **alone)
    group.add_argument("--port", type=int, default=port, metavar="NUMBER", help=f"default: {usual}")


def _model(text: str) -> str | Path:
    """A path, or a name of what is fetched, whose slashes a path would not keep."""
    return text if text.startswith(_FETCHED) else Path(text)


def _fraction(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is not a number between 0 and 1") from None
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value
