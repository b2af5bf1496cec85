"""`edgeweb deploy`: a site to where it is wanted."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from edgeweb.console import parser, say, steps


def add(commands: Any) -> parser.Parser:
    """What can be typed."""
    what = "Send a site to a target: mlflow:NAME logs it into a run of an experiment or of a registered model."
    command = parser.command(commands, "deploy", what, "edgeweb deploy dist mlflow:x")
    group = command.add_argument_group("options")
    group.add_argument("folder", type=Path, metavar="DIR", help="the site's folder")
    group.add_argument("target", metavar="TARGET", help="mlflow:NAME")
    group.add_argument("--dry-run", action="store_true", help="say what would be sent, and send nothing")
    python = "the Python that has the target's own library (default: this one)"
    group.add_argument("--python", type=Path, metavar="PATH", help=python)
    deps = "let edgeweb install what the target needs, into an environment that it keeps"
    group.add_argument("--with-deps", action="store_true", help=deps)
    parser.add_output(command)
    return command


def run(given: argparse.Namespace) -> int:
    """Send it, and say what was sent."""
    from edgeweb.site.report import document
    from edgeweb.targets.deploy import deploy

    with steps.of(given) as told:
        options = {"dry_run": given.dry_run, "python": given.python, "with_deps": given.with_deps}
        site, sent = deploy(given.folder, given.target, on_step=told, **options)
    if given.json:
        about = {"site": str(site.folder), "release": site.manifest.release, "target": given.target}
        files = {"files": len(site.files), "bytes": site.size, "sent": not given.dry_run}
        print(json.dumps({**about, **files, **sent.document}, indent=1))
        return 0
    many = f"{len(site.files)} files, {document.size(site.size)}, release {site.manifest.release}"
    say.rows([("would send" if given.dry_run else "sent", many), ("to", sent.where), *sent.notes])
    if given.dry_run:
        python = f" --python {say.typed(given.python)}" if given.python else ""
        python += " --with-deps" if given.with_deps else ""
        say.following("", f"{say.command()} deploy {say.typed(given.folder)} {say.typed(given.target)}{python}")
    else:
        say.following("", sent.following)
    return 0
