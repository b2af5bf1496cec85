"""`edgeweb deploy`: a site to where it is wanted."""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeweb.commands import doctor
from edgeweb.console import parser, say, steps
from edgeweb.errors import EdgewebError, UsageError
from edgeweb.schema.steps import Note

if TYPE_CHECKING:
    from edgeweb.doctor.common import Diagnosis
    from edgeweb.targets.common import Sent
    from edgeweb.targets.ledger import Entry
    from edgeweb.targets.shipment import Shipment

# Until a host shows what it was sent: GitHub Pages builds a page first.
_SHOWN_WITHIN_S = 120.0
_AGAIN_S = 5.0
_KINDS = ("github", "gitlab")


def add(commands: Any) -> parser.Parser:
    """What can be typed."""
    what = "Put a site, or a folder of releases, on a host."
    command = parser.command(commands, "deploy", what, "edgeweb deploy dist folder:/srv/www --dry-run")
    group = command.add_argument_group("options")
    group.add_argument("folder", type=Path, metavar="DIR", help="the folder of a site, or of releases")
    where = "folder:PATH, ssh://HOST/PATH, github:OWNER/REPO, s3://BUCKET, azure://CONTAINER, "
    where += "hf:OWNER/SPACE, cloudflare:PROJECT, netlify:SITE, vercel:PROJECT, mlflow:NAME, "
    where += "or a name that [deploy.NAME] in edgeweb.toml gives one"
    group.add_argument("target", metavar="TARGET", help=where)
    later = "do not look at the host afterwards"
    group.add_argument("--no-doctor", dest="doctor", action="store_false", help=later)
    group.add_argument("--dry-run", action="store_true", help="say what would be sent and deleted, and do nothing")
    kept = "how long the host keeps assets of a release that another has replaced (default: 7)"
    group.add_argument("--keep-days", type=_days, metavar="DAYS", help=kept)
    forced = "take a place that edgeweb did not make, or where another deployment seems to be at work"
    group.add_argument("--force", action="store_true", help=forced)
    config = "where names of targets are (default: edgeweb.toml in this folder)"
    group.add_argument("--config", type=Path, metavar="FILE", help=config)
    python = "the Python that has the target's own library (default: this one)"
    group.add_argument("--python", type=Path, metavar="PATH", help=python)
    deps = "let edgeweb install what the target needs, into an environment that it keeps"
    group.add_argument("--with-deps", action="store_true", help=deps)
    _add_workflow(command)
    parser.add_output(command)
    return command


def _add_workflow(command: parser.Parser) -> None:
    group = command.add_argument_group("instead, have every push deployed")
    kind = group.add_argument(
        "--workflow", type=parser.one_of("--workflow", _KINDS), metavar="NAME",
        help="github or gitlab: write the file that does it; --dry-run prints it, --force replaces another",
    )  # fmt: skip
    parser.completes(kind, _KINDS)
    group.add_argument("--model", metavar="MODEL", help="the model that is built then, as the repository has it")


def _days(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 <= found <= 3650:
        raise argparse.ArgumentTypeError(f"{text} is not a number of days from 0 to 3650")
    return found


def run(given: argparse.Namespace) -> int:
    """Send it, and say what was sent."""
    if given.workflow:
        return _workflow(given)
    if given.model is not None:
        raise UsageError("--model is of no use alone", "a site is sent as it is", "Leave it out, or add --workflow")
    from edgeweb.targets.deploy import deploy

    with steps.of(given) as told:
        names = ("dry_run", "keep_days", "force", "config", "python", "with_deps")
        options = {name: getattr(given, name) for name in names}
        site, sent = deploy(given.folder, given.target, on_step=told, **options)
        looked = _looked(given, site, sent, told)
    if given.json:
        print(json.dumps({**_document(given, site, sent), "doctor": looked and looked.document}, indent=1))
        return 0 if looked is None or looked.passed else 3
    say.rows(_rows(given, site, sent))
    if looked is not None:
        print()
        doctor.show(looked, given.verbose)
    if given.dry_run:
        say.following("", f"{say.command()} deploy {say.typed(given.folder)} {say.typed(given.target)}{_again(given)}")
    elif sent.following or sent.url:
        say.following("", sent.following or sent.url)
    return 0 if looked is None or looked.passed else 3


def _workflow(given: argparse.Namespace) -> int:
    """Write the file, or with --dry-run print it."""
    from edgeweb.targets import workflow

    made = workflow.workflow(
        given.workflow, given.folder, given.target, given.model, config=given.config, keep_days=given.keep_days
    )
    if not given.dry_run:
        workflow.write(made, given.force)
    if given.json:
        about = {"file": made.file.as_posix(), "written": not given.dry_run, "secrets": made.secrets, "text": made.text}
        print(json.dumps(about, indent=1))
    elif given.dry_run:
        print(made.text, end="")
    else:
        say.rows([("wrote", str(made.file)), ("secrets", ", ".join(made.secrets) or "none")])
        say.following("give it the secrets that it names, and commit it" if made.secrets else "commit it")
    return 0


def _looked(given: argparse.Namespace, site: Shipment, sent: Sent, told: steps.Steps) -> Diagnosis | None:
    """What the doctor says of the host, where the site's address is known; a host may take a while to show it."""
    if given.dry_run or not given.doctor or not sent.url:
        return None
    from edgeweb.doctor.diagnose import doctor as examine

    told(f"looking at {sent.url}")
    until, why = time.monotonic() + _SHOWN_WITHIN_S, ""
    while True:
        try:
            found = examine(sent.url, on_step=told)
            shown = found.release == site.manifest.release
        except EdgewebError as error:
            # It was sent all the same; that it cannot be seen is the host's business, or the network's.
            found, shown = None, False
            why = str(error)
        if shown or time.monotonic() > until:
            break
        time.sleep(_AGAIN_S)
    if found is None:
        told(Note(f"{sent.url} cannot be looked at: {why}"))
    return found


def _again(given: argparse.Namespace) -> str:
    """What else was typed, and counts for the deployment itself."""
    valued = {"--keep-days": given.keep_days, "--config": given.config, "--python": given.python}
    typed = [f" {name} {say.typed(str(value))}" for name, value in valued.items() if value is not None]
    flags = {" --with-deps": given.with_deps, " --force": given.force}
    return "".join([*typed, *(name for name, on in flags.items() if on)])


def _rows(given: argparse.Namespace, site: Shipment, sent: Sent) -> list[tuple[str, str]]:
    would, release = given.dry_run, f"release {site.manifest.release}"
    if site.channels is not None:
        release += f", channels.json number {site.channels}"
    plan = sent.plan
    many = _many(site.files if plan is None else plan.sent, sent.wire)
    found = [("would send" if would else "sent", f"{many}, {release}")]
    if plan is not None:
        if plan.same:
            found.append(("as it is", _many(plan.same)))
        if plan.kept:
            found.append(("kept", f"{_many(plan.kept)}, of older releases"))
        if plan.deleted:
            found.append(("would delete" if would else "deleted", _many(plan.deleted)))
        if would and given.verbose:
            found += [("send", path) for path in plan.sent] + [("delete", path) for path in plan.deleted]
    return [*found, ("to", sent.where), *([("seen at", sent.url)] if sent.url else []), *sent.notes]


def _many(files: Mapping[str, Entry], size: int | None = None) -> str:
    from edgeweb.site.report import document
    from edgeweb.targets import ledger

    whole = ledger.total(files) if size is None else size
    return f"{len(files)} file{'' if len(files) == 1 else 's'}, {document.size(whole)}"


def _document(given: argparse.Namespace, site: Shipment, sent: Sent) -> dict[str, Any]:
    about: dict[str, Any] = {"site": str(site.folder), "release": site.manifest.release, "target": given.target}
    if site.channels is not None:
        about["channels"] = site.channels
    about |= {"files": len(site.files), "bytes": site.size, "sent": not given.dry_run, "url": sent.url}
    if sent.plan is not None:
        from edgeweb.targets import ledger

        plan = sent.plan
        mappings = {"send": plan.sent, "same": plan.same, "keep": plan.kept, "delete": plan.deleted}
        about["wireBytes"] = ledger.total(plan.sent) if sent.wire is None else sent.wire
        about["plan"] = {name: {path: entry.bytes for path, entry in files.items()} for name, files in mappings.items()}
    return {**about, **sent.document}
