"""The command line: runs, prints, exits; the only file that does."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from edgeweb import arguments
from edgeweb.errors import EdgewebError, printable, printable_line

_BUILD_OPTIONS = (
    "config", "task", "title", "labels", "data", "precision", "min_agreement", "max_size", "distill", "base_url",
    "dask", "hooks", "force", "specialise", "strict", "python", "with_deps", "trust_pickle",
)  # fmt: skip
_READING = ("python", "with_deps", "trust_pickle")
# A recursion without end repeats its lines.
_MAX_TRACE = 40

_BAR = 20
_LINE_EVERY_S = 10.0


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    runs = {
        "demo": _demo, "init": _init, "build": _build, "inspect": _inspect, "serve": _serve, "strings": _strings,
    }  # fmt: skip
    try:
        given = arguments.parser(runs).parse_args(words)
        code: int = given.run(given)
        # Now, so that a reader who has gone is noticed here and not while Python shuts down.
        sys.stdout.flush()
        return code
    except EdgewebError as error:
        for line in getattr(error, "text", "").splitlines()[-_MAX_TRACE:]:
            print(printable_line(line), file=sys.stderr)
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        _drop_output()
        return 0
    except Exception as error:
        if "--debug" in words:
            raise
        what = f"edgeweb itself failed: {printable(error) or type(error).__name__}"
        print(f"error: {what}. This is a defect. Please report it with the output of --debug.", file=sys.stderr)
        return 1


def _drop_output() -> None:
    """Whoever read standard output has gone: what is still buffered goes nowhere, silently."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _build(given: argparse.Namespace) -> int:
    from edgeweb.recipe import build
    from edgeweb.site.report import document

    start = time.monotonic()
    options = {name: getattr(given, name) for name in _BUILD_OPTIONS}
    site = build(given.models, given.out, on_step=_Teller(), **options)
    if given.json:
        about = {"path": str(site.path), "release": site.manifest.release, "task": site.manifest.task}
        print(json.dumps({**about, "report": site.report}, indent=1))
        return 0
    _print_rows(document.build_rows(site.path, site.manifest, site.report, time.monotonic() - start))
    _print_assumed(site.report["evidence"], given.models[0])
    print(f"\nNext: {_command()} serve {_typed(site.path)}")
    return 0


def _inspect(given: argparse.Namespace) -> int:
    from edgeweb import options
    from edgeweb.recipe import inspected
    from edgeweb.site.report import document

    found = inspected(given.model, options.options(_reading(given)), _Teller())
    if given.json:
        print(json.dumps(document.inspect_document(found), indent=1))
        return 0
    print(printable(found.info.path.name))
    _print_rows(document.inspect_rows(found))
    for blocker in found.info.blockers[: document.MAX_BLOCKERS]:
        print(f"    - {blocker}")
    following = "change the model as said above, then inspect it again"
    no = found.info.blockers or found.failed
    print(f"\nNext: {following if no else f'{_command()} build {_typed(given.model)}{_read_so(given)}'}")
    return 0


def _init(given: argparse.Namespace) -> int:
    from edgeweb.initial import init
    from edgeweb.site.report import claims

    started = init(given.model, given.out, force=given.force, on_step=_Teller(), **_reading(given))
    if given.json:
        print(json.dumps({"path": str(started.path), "evidence": started.evidence}, indent=1))
        return 0
    left = len(claims.assumptions(started.evidence))
    print(f"Wrote {printable(started.path)}: {len(started.evidence) - left} known, {left} assumed.")
    # What was fetched has no folder of the user's, so build does not find the file by itself.
    config = "" if given.out is None and isinstance(given.model, Path) else f" --config {_typed(started.path)}"
    config += _read_so(given)
    print(f"\nNext: correct in it what is wrong, then {_command()} build {_typed(given.model)}{config}")
    return 0


def _reading(given: argparse.Namespace) -> dict[str, Any]:
    """How a file that is not ONNX may be read."""
    return {name: getattr(given, name) for name in _READING}


def _read_so(given: argparse.Namespace) -> str:
    """The same as it was typed."""
    python = f" --python {_typed(given.python)}" if given.python else ""
    return f"{python}{' --with-deps' if given.with_deps else ''}{' --trust-pickle' if given.trust_pickle else ''}"


def _serve(given: argparse.Namespace) -> int:
    return _run_server(given.folder, given)


def _strings(given: argparse.Namespace) -> int:
    from edgeweb.site import wording

    print(json.dumps(wording.strings(given.lang), ensure_ascii=False, indent=2))
    return 0


def _demo(given: argparse.Namespace) -> int:
    from edgeweb.machine import scratch
    from edgeweb.recipe import build

    sample = Path(__file__).parent / "sample" / "model.onnx"
    with scratch.folder() as room:
        site = build(sample, given.out or room / "site", on_step=_Teller())
        return _run_server(site.path, given)


def _run_server(folder: Path, given: argparse.Namespace) -> int:
    import edgeweb_server

    def ready(url: str) -> None:
        if given.json:
            print(json.dumps({"url": url, "folder": str(folder)}), flush=True)
        else:
            print(f"Serving {printable(folder)} at {url}\nStop it with Ctrl-C.", flush=True)

    try:
        return 128 + edgeweb_server.serve(folder, host=given.host, port=given.port, on_ready=ready)
    except edgeweb_server.ServeError as error:
        print(f"error: {printable(error, 900)}", file=sys.stderr)
        return 2


def _print_rows(rows: Sequence[tuple[str, str]]) -> None:
    for name, value in rows:
        print(f"  {name:<12} {printable(value, 300)}".rstrip())


def _print_assumed(evidence: Sequence[Mapping[str, Any]], model: Path | str) -> None:
    from edgeweb.site.report import claims

    if told := claims.told(evidence, f"{_command()} init {_typed(model)}"):
        place = "at the top of edgeweb.toml beside the model, or into its table there"
        print(f"\nAssumed, as nothing says it. Write what is right {place}:")
        for line in told:
            print(f"  {printable_line(line)}")


class _Teller:
    """What is being done, on standard error: a bar where that is a terminal, otherwise a line now and then."""

    def __init__(self) -> None:
        self.bars, self.open, self.told = sys.stderr.isatty(), False, time.monotonic()

    def __call__(self, step: str) -> None:
        share, text = getattr(step, "share", None), printable(step, 160)
        if share is None:
            self._write(f"  … {text}\n")
        elif self.bars:
            filled = round(share * _BAR)
            self._write(f"  [{'#' * filled}{'.' * (_BAR - filled)}] {text}", ends=False)
        elif time.monotonic() - self.told >= _LINE_EVERY_S:
            self._write(f"  … {text}\n")

    def _write(self, text: str, ends: bool = True) -> None:
        # A bar is drawn over the one before.
        before = "\r\x1b[K" if self.open else ""
        self.open, self.told = not ends, time.monotonic()
        print(before + text, end="", file=sys.stderr, flush=True)


def _command() -> str:
    """What was typed to run this, where the name alone would not be found."""
    typed = Path(sys.argv[0])
    return _typed(typed) if typed.name == "edgeweb" and shutil.which("edgeweb") is None else "edgeweb"


def _typed(path: Path | str) -> str:
    """A path as it is typed in a shell."""
    return shlex.quote(printable(path))


if __name__ == "__main__":
    sys.exit(main())
