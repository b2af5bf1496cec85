"""The command line: parses, prints, exits; the only file that does."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from edgeweb import __version__
from edgeweb.errors import EdgewebError, UsageError, printable

_ORDER = """commands, in the order you meet them:
  demo     see it work, with a sample that ships with edgeweb    edgeweb demo
  build    a model file into a static site                       edgeweb build model.onnx
  inspect  what a model is, and what a browser cannot run        edgeweb inspect model.onnx
  serve    a site, or a folder of sites, on this machine         edgeweb serve dist

Every command explains itself: edgeweb build --help
"""
_TASKS = ("image-classification", "tabular-classification", "tabular-regression", "tensors")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(
            message[:1].upper() + message[1:], "the command line was not understood", f"See: {self.prog} --help"
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in words
    try:
        given = _parser().parse_args(words)
        return int(given.run(given) or 0)
    except EdgewebError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stdout = None  # type: ignore[assignment] # the reader has gone; nothing is left to flush
        return 0
    except Exception as error:  # noqa: BLE001 - a defect of ours: one line, or everything with --debug
        if debug:
            raise
        print(
            f"error: edgeweb itself failed: {printable(error) or type(error).__name__}. Please report it with the output of --debug.",
            file=sys.stderr,
        )
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="edgeweb", description="Turn a trained model into a private web app that runs in the visitor's browser.",
                     epilog=_ORDER, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)  # fmt: skip
    parser.add_argument("--version", action="version", version=f"edgeweb {__version__}")
    commands = parser.add_subparsers(
        dest="command",
        metavar="COMMAND",
        required=True,
        help="demo, build, inspect or serve; see below",
        parser_class=_Parser,
    )
    _add_demo(commands)
    _add_build(commands)
    _add_inspect(commands)
    _add_serve(commands)
    return parser


def _command(commands: Any, name: str, run: Any, description: str, example: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        description=description,
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.set_defaults(run=run)
    command.add_argument(
        "--json", action="store_true", help="print one JSON document, and nothing else, on standard output"
    )
    command.add_argument("--debug", action="store_true", help="show the traceback of a defect")
    return command


def _add_demo(commands: Any) -> None:
    command = _command(
        commands, "demo", _demo, "Build the sample that ships with edgeweb and serve it.", "edgeweb demo"
    )
    _add_address(command)
    command.add_argument(
        "-o", "--out", type=Path, metavar="DIR", help="keep the site here (default: a temporary folder)"
    )


def _add_build(commands: Any) -> None:
    command = _command(
        commands,
        "build",
        _build,
        "Turn a model file into a folder of static files for any host.",
        "edgeweb build model.onnx --labels labels.txt -o dist",
    )
    command.add_argument(
        "models", nargs="+", type=Path, metavar="MODEL", help="an ONNX file; external data is read from its folder"
    )
    command.add_argument(
        "-o", "--out", type=Path, default=Path("dist"), metavar="DIR", help="the site's folder (default: dist)"
    )
    command.add_argument("--config", type=Path, metavar="FILE", help="default: edgeweb.toml beside the model")
    command.add_argument(
        "--task", choices=_TASKS, metavar="NAME", help=f"one of: {', '.join(_TASKS)} (default: detected)"
    )
    command.add_argument("--title", metavar="TEXT", help="the page's title (default: from the file name)")
    command.add_argument(
        "--labels", type=Path, metavar="FILE", help="one label a line (default: labels.txt beside the model)"
    )
    command.add_argument(
        "--data", type=Path, metavar="PATH", help="a .npz or .npy with the inputs of the golden case (default: seeded)"
    )
    command.add_argument(
        "--precision",
        choices=("auto", "fp32", "fp16", "int8", "int4"),
        help="auto and fp32 keep the weights as they are",
    )
    command.add_argument("--min-agreement", type=_fraction, metavar="0.99", help="with the original model, at least")
    command.add_argument(
        "--max-size", metavar="5MB", help="of the model, in bytes on the wire; exit code 3 when it is more"
    )
    command.add_argument("--hooks", type=Path, metavar="FILE.py", help="your own Python (not in this version)")
    command.add_argument("--base-url", metavar="PATH", help="where on its host the site will stand (default: /)")
    command.add_argument(
        "--no-specialise", action="store_true", help="ship the whole runtime, as this version always does"
    )
    command.add_argument("--force", action="store_true", help="replace a folder that edgeweb did not make")


def _add_inspect(commands: Any) -> None:
    command = _command(
        commands,
        "inspect",
        _inspect,
        "Say what a model is, and what a browser cannot run.",
        "edgeweb inspect model.onnx",
    )
    command.add_argument("model", type=Path, metavar="MODEL")


def _add_serve(commands: Any) -> None:
    command = _command(
        commands,
        "serve",
        _serve,
        "Serve a site, or a folder of sites, with every header it needs.",
        "edgeweb serve dist --port 8000",
    )
    command.add_argument("folder", nargs="?", type=Path, default=Path("dist"), metavar="DIR", help="default: dist")
    _add_address(command)


def _add_address(command: argparse.ArgumentParser) -> None:
    command.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1, this machine only")
    command.add_argument("--port", type=int, default=8000, help="default: 8000; 0 takes any free one")


def _fraction(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value


def _build(given: argparse.Namespace) -> None:
    if len(given.models) > 1:
        raise UsageError(
            "Several models cannot become one site in this version", "that needs hooks", "Build one site for each model"
        )
    if given.hooks is not None:
        raise UsageError(
            "--hooks is not in this version of edgeweb",
            "it does not ship Python to the browser yet",
            "Leave it out; pre-processing of pictures is built in",
        )
    from edgeweb.recipe import build

    options = {
        name: getattr(given, name)
        for name in (
            "config",
            "task",
            "title",
            "labels",
            "data",
            "precision",
            "min_agreement",
            "max_size",
            "base_url",
            "force",
        )
    }
    start = time.monotonic()
    site = build(given.models[0], given.out, on_step=_tell, **options)
    if given.json:
        print(
            json.dumps(
                {
                    "path": str(site.path),
                    "release": site.manifest.release,
                    "task": site.manifest.task,
                    "report": site.report,
                },
                indent=1,
            )
        )
        return
    _print_site(site, time.monotonic() - start)
    print(f"\nNext: edgeweb serve {site.path}")


def _print_site(site: Any, seconds: float) -> None:
    from edgeweb.report import size

    variant, visit = site.manifest.variants[0], site.report["firstVisit"]
    parts = ", ".join(f"{size(part['wireBytes'])} {part['kind']}" for part in visit["parts"] if part["kind"] != "icons")
    proof = (
        "yes: a golden case is checked on every device"
        if site.report["proven"]
        else "no: the model did not take seeded inputs; give some with --data"
    )
    rows = [
        ("site", f"{site.path}  ({site.manifest.task}, release {site.manifest.release})"),
        ("because", site.report["reasons"][0]),
        (
            "model",
            f"{size(site.report['sourceBytes'])} -> {size(variant.wire_bytes)} on the wire, agreement {variant.agreement:.4f}",
        ),
        ("first visit", f"{size(visit['wireBytes'])}: {parts}"),
        ("proven", proof),
        ("built in", f"{seconds:.1f} s; report/index.html has the details"),
    ]
    for name, value in rows:
        print(f"  {name:<12} {printable(value, 200)}")


def _inspect(given: argparse.Namespace) -> None:
    from edgeweb.recipe import detect

    info, plan = detect(given.model)
    problems = [str(blocker) for blocker in info.blockers]
    if given.json:
        print(
            json.dumps(
                {**_plain(info), "task": plan.task, "reasons": list(plan.reasons), "blockers": problems}, indent=1
            )
        )
        return
    from edgeweb.report import size

    sets = ", ".join(f"{name or 'ai.onnx'} {number}" for name, number in info.opsets.items())
    print(printable(info.path.name))
    print(f"  size         {size(info.file_bytes)}, {info.parameters:,} parameters, {info.nodes:,} nodes")
    print(f"  made by      {printable(info.producer) or 'unknown'}; IR {info.ir_version}, opset {sets}")
    for kind, tensors in (("inputs", info.inputs), ("outputs", info.outputs)):
        for number, tensor in enumerate(tensors):
            print(
                f"  {kind if not number else '':<12} {printable(tensor.name, 60)}: {tensor.type} {_shape(tensor.shape)}"
            )
    if info.defaults:
        print(f"  constants    {len(info.defaults)} inputs have weights of their own and need not be fed")
    top = sorted(info.operators.items(), key=lambda item: (-item[1], item[0]))
    print(
        f"  operators    {', '.join(f'{printable(name, 60)} {count}' for name, count in top[:12])}{' …' if len(top) > 12 else ''}"
    )
    print(f"  task         {plan.task}: {printable('; '.join(plan.reasons), 300)}")
    print("  in browsers  " + ("nothing known against it; build runs it to be sure" if not problems else "cannot run:"))
    for problem in problems[:10]:
        print(f"    - {problem}")
    print(
        f"\nNext: edgeweb build {given.model}"
        if not problems
        else "\nNext: change the model as said above, then inspect it again"
    )


def _shape(shape: list[int | str | None] | None) -> str:
    """A dynamic axis shows its name, or ? when it has none."""
    return "(any rank)" if shape is None else f"[{', '.join('?' if d is None else printable(d, 40) for d in shape)}]"


def _plain(info: Any) -> dict[str, Any]:
    import msgspec

    names = (
        "file_bytes",
        "ir_version",
        "opsets",
        "producer",
        "graph_name",
        "inputs",
        "outputs",
        "defaults",
        "operators",
        "nodes",
        "parameters",
        "metadata",
    )
    return {"path": str(info.path), **{name: msgspec.to_builtins(getattr(info, name)) for name in names}}


def _serve(given: argparse.Namespace) -> int:
    return _run_server(given.folder, given)


def _run_server(folder: Path, given: argparse.Namespace) -> int:
    import edgeweb_server

    def ready(url: str) -> None:
        if given.json:
            print(json.dumps({"url": url, "folder": str(folder)}), flush=True)
        else:
            print(f"Serving {folder} at {url}\nStop it with Ctrl-C.", flush=True)

    try:
        return 128 + edgeweb_server.serve(folder, host=given.host, port=given.port, on_ready=ready)
    except edgeweb_server.ServeError as error:
        print(f"error: {printable(error, 900)}", file=sys.stderr)
        return 2


def _demo(given: argparse.Namespace) -> int:
    import tempfile

    from edgeweb.recipe import build

    sample = Path(__file__).parent / "sample" / "model.onnx"
    with tempfile.TemporaryDirectory(prefix="edgeweb-demo-") as scratch:
        site = build(sample, given.out or Path(scratch) / "site", on_step=_tell)
        return _run_server(site.path, given)


def _tell(step: str) -> None:
    print(f"  … {printable(step, 160)}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
