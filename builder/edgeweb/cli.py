"""The command line: runs, prints, exits; the only file that does."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeweb import __version__, arguments
from edgeweb.commands import deploy, doctor, release, sign
from edgeweb.console import completion, developing, say, steps, terminal
from edgeweb.errors import EdgewebError, printable, printable_line

if TYPE_CHECKING:
    from edgeweb.dev import loop
    from edgeweb.recipe import Site

_BUILD_OPTIONS = (
    "config", "task", "title", "labels", "data", "precision", "min_agreement", "max_size", "distill", "base_url",
    "dask", "hooks", "force", "specialise", "strict", "python", "with_deps", "trust_pickle", "base",
)  # fmt: skip
_DEV_OPTIONS = ("config", "task", "title", "labels", "data", "hooks", "python", "with_deps", "trust_pickle")
# What `dev` tries where nobody names a port.
_PORTS = range(8000, 8010)
_ENDS_WITHIN_S = 2.0
_READING = ("python", "with_deps", "trust_pickle")
# A recursion without end repeats its lines.
_MAX_TRACE = 40


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    runs = {
        "demo": _demo, "init": _init, "dev": _dev, "build": _build, "inspect": _inspect, "serve": _serve,
        "doctor": doctor.run, "deploy": deploy.run, "release": release.run,
        "sign": sign.sign, "verify": sign.verify, "strings": _strings, "completion": _completion,
    }  # fmt: skip
    terminal.prepare()
    if completion.asked():
        completion.answer(arguments.whole(runs))
    try:
        given = arguments.parsed(runs, words)
        code: int = given.run(given)
        # Now, so that a reader who has gone is noticed here and not while Python shuts down.
        sys.stdout.flush()
        return code
    except EdgewebError as error:
        for line in getattr(error, "text", "").splitlines()[-_MAX_TRACE:]:
            print(printable_line(line), file=sys.stderr)
        say.fail(str(error))
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
        say.fail(f"{what}. This is a defect. Please report it with the output of --debug.")
        return 1


def _drop_output() -> None:
    """Whoever read standard output has gone: what is still buffered goes nowhere, silently."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _build(given: argparse.Namespace) -> int:
    from edgeweb.recipe import build
    from edgeweb.site.report import document, hints

    start = time.monotonic()
    options = {name: getattr(given, name) for name in _BUILD_OPTIONS}
    with steps.of(given) as told:
        site = build(given.models, given.out, on_step=told, **options)
    if given.json:
        about = {"path": str(site.path), "release": site.manifest.release, "task": site.manifest.task}
        print(json.dumps({**about, "report": site.report}, indent=1))
        return 0
    rows = document.build_rows(site.path, site.manifest, site.report, time.monotonic() - start, details=given.verbose)
    say.rows(rows)
    _print_assumed(site.report["evidence"], given.models[0])
    say.settings("\nThe page can say more.", "Write what fits", hints.hints(site.manifest, site.report["evidence"]))
    say.following("", f"{say.command()} serve {say.typed(site.path)}")
    return 0


def _dev(given: argparse.Namespace) -> int:
    import threading

    import edgeweb_server

    from edgeweb.dev import loop
    from edgeweb.files import webdist
    from edgeweb.machine import scratch

    options = {name: getattr(given, name) for name in _DEV_OPTIONS}
    loop.check(given.models, options)
    around, channel, stop = webdist.find().folder / "dev", edgeweb_server.Channel(), threading.Event()
    shown = developing.Builds(quiet=given.json)
    with scratch.folder() as room:

        def tell(state: loop.State, site: Site | None) -> None:
            channel.tell(asdict(state))
            _told(state, site, shown, given)

        # Its own children end with this process, whatever it is doing then.
        builds = threading.Thread(target=loop.run, args=(given.models, room / "site", options, tell, stop), daemon=True)

        def ready(url: str) -> None:
            _announce(url, given)
            builds.start()
            if given.opens and not given.json:
                threading.Thread(target=_open, args=(url,), daemon=True).start()

        ports = _PORTS if given.port is None else (given.port,)
        try:
            return 128 + edgeweb_server.develop(room / "site", around, channel, given.host, ports, on_ready=ready)
        except edgeweb_server.ServeError as error:
            say.fail(printable(error, 900))
            return 2
        finally:
            stop.set()
            if builds.is_alive():
                builds.join(_ENDS_WITHIN_S)
            shown.over()


def _announce(url: str, given: argparse.Namespace) -> None:
    source = given.models[0]
    if given.json:
        print(json.dumps({"url": url, "model": str(source)}), flush=True)
        return
    developing.announce(Path(source).name or str(source), __version__, url, given.host)
    say.following("stop it with Ctrl-C, then ", f"{say.command()} build {say.typed(source)}{_read_so(given)}")
    terminal.write(sys.stdout)


def _told(state: loop.State, site: Site | None, builds: developing.Builds, given: argparse.Namespace) -> None:
    """A line on standard error for the end of each build, and of the first what it assumed."""
    if state.building:
        builds.goes_on(state.step)
        return
    builds.over()
    if state.error is not None:
        for line in state.error.text.splitlines():
            print(line, file=sys.stderr)
        say.fail(state.error.line)
        goes_on = "       edgeweb dev goes on: save a file again once that is mended, or stop it with Ctrl-C"
        terminal.write(sys.stderr, (goes_on, "dim"))
    elif site is not None:
        builds.good(state.at, state.seconds, state.changed)
        if not state.changed and not given.json:
            _print_assumed(site.report["evidence"], given.models[0])


def _open(url: str) -> None:
    """The user's browser, unless it is one that would take over the terminal."""
    import webbrowser

    try:
        found = webbrowser.get()
    except webbrowser.Error:
        return
    if type(found) is not webbrowser.GenericBrowser or "BROWSER" in os.environ:
        found.open(url)


def _inspect(given: argparse.Namespace) -> int:
    from edgeweb import options
    from edgeweb.recipe import inspected
    from edgeweb.site.report import claims, document

    with steps.of(given) as told:
        found = inspected(given.model, options.options(_reading(given)), told)
    if given.json:
        print(json.dumps(document.inspect_document(found), indent=1))
        return 0
    terminal.write(sys.stdout, (printable(found.info.path.name), "bold"))
    say.rows(document.plain_rows(found))
    for blocker in found.info.blockers[: document.MAX_BLOCKERS]:
        print(f"    - {blocker}")
    _print_assumed(claims.rows(found.plan.evidence), given.model)
    terminal.write(sys.stdout, ("\nIn detail:", "bold"))
    say.rows(document.inspect_rows(found))
    if found.info.blockers or found.failed:
        say.following("change the model as said above, then inspect it again")
    else:
        say.following("", f"{say.command()} build {say.typed(given.model)}{_read_so(given)}")
    return 0


def _init(given: argparse.Namespace) -> int:
    from edgeweb.initial import init
    from edgeweb.site.report import claims

    with steps.of(given) as told:
        started = init(given.model, given.out, force=given.force, on_step=told, **_reading(given))
    if given.json:
        print(json.dumps({"path": str(started.path), "evidence": started.evidence}, indent=1))
        return 0
    left = len(claims.assumptions(started.evidence))
    print(f"Wrote {printable(started.path)}: {len(started.evidence) - left} known, {left} assumed.")
    # What was fetched has no folder of the user's, so build does not find the file by itself.
    config = "" if given.out is None and isinstance(given.model, Path) else f" --config {say.typed(started.path)}"
    config += _read_so(given)
    say.following("correct in it what is wrong, then ", f"{say.command()} build {say.typed(given.model)}{config}")
    return 0


def _reading(given: argparse.Namespace) -> dict[str, Any]:
    """How a file that is not ONNX may be read."""
    return {name: getattr(given, name) for name in _READING}


def _read_so(given: argparse.Namespace) -> str:
    """The same as it was typed."""
    python = f" --python {say.typed(given.python)}" if given.python else ""
    return f"{python}{' --with-deps' if given.with_deps else ''}{' --trust-pickle' if given.trust_pickle else ''}"


def _serve(given: argparse.Namespace) -> int:
    return _run_server(given.folder, given)


def _strings(given: argparse.Namespace) -> int:
    from edgeweb.site import wording

    print(json.dumps(wording.strings(given.lang), ensure_ascii=False, indent=2))
    return 0


def _completion(given: argparse.Namespace) -> int:
    script = completion.script(given.shell)
    print(json.dumps({"script": script}) if given.json else script)
    return 0


def _demo(given: argparse.Namespace) -> int:
    from edgeweb.machine import scratch
    from edgeweb.recipe import build

    sample = Path(__file__).parent / "sample" / "model.onnx"
    with scratch.folder() as room:
        with steps.of(given) as told:
            site = build(sample, given.out or room / "site", on_step=told)
        return _run_server(site.path, given, f"{say.command()} build your-model.onnx")


def _run_server(folder: Path, given: argparse.Namespace, following: str = "") -> int:
    import edgeweb_server

    def ready(url: str) -> None:
        if given.json:
            print(json.dumps({"url": url, "folder": str(folder)}), flush=True)
        else:
            terminal.write(sys.stdout, (f"Serving {printable(folder)} at ", ""), (url, "bold cyan"))
            if following:
                say.following("stop it with Ctrl-C, then ", following)
            else:
                terminal.write(sys.stdout, ("Stop it with Ctrl-C.", ""))

    try:
        return 128 + edgeweb_server.serve(folder, host=given.host, port=given.port, on_ready=ready)
    except edgeweb_server.ServeError as error:
        say.fail(printable(error, 900))
        return 2


def _print_assumed(evidence: Sequence[Mapping[str, Any]], model: Path | str) -> None:
    from edgeweb.site.report import claims

    told = claims.told(evidence, f"{say.command()} init {say.typed(model)}")
    say.settings("\nAssumed, as nothing says it.", "Write what is right", told)


if __name__ == "__main__":
    sys.exit(main())
