"""`edgeweb release`: several releases of a site in one folder, and which visitor gets which."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeweb.console import parser, say, terminal
from edgeweb.errors import UsageError

if TYPE_CHECKING:
    from edgeweb.release.channels import Channels
    from edgeweb.release.folder import Outcome

_EXAMPLE = "edgeweb release add dist"
_WHAT = {
    "add": ("take a site into the folder; the first one is stable", "edgeweb release add dist -R releases"),
    "list": ("every release, and who gets it", "edgeweb release list"),
    "promote": ("a release for all visitors, or for some", "edgeweb release promote 3f2a --channel canary --percent 5"),
    "experiment": ("releases side by side", "edgeweb release experiment speed A=3f2a B=9c01 --percent 50"),
    "stop": ("end an experiment or the canary", "edgeweb release stop speed"),
    "rollback": ("the stable release before this one", "edgeweb release rollback"),
    "revoke": ("stop a release wherever it is open", "edgeweb release revoke 9c01"),
    "gc": ("delete what no visitor needs any more", "edgeweb release gc --keep-days 7"),
}


def add(commands: Any) -> parser.Parser:
    """What can be typed."""
    listed = "\n".join(f"  {name:<10}  {what}" for name, (what, _) in _WHAT.items())
    what = "Keep several releases of a site in a folder that any static host serves, and say which visitor gets which."
    command = parser.command(commands, "release", f"{what}\n\nWhat can be done:\n{listed}", _EXAMPLE)
    command.usage = "edgeweb release WHAT ..."
    command.add_argument_group("options").add_argument("-h", "--help", action="help", help="this")
    inner = command.add_subparsers(
        metavar="WHAT", dest="what", help=argparse.SUPPRESS, prog="edgeweb release", parser_class=parser.Parser
    )
    for name, (sentence, example) in _WHAT.items():
        each = parser.command(inner, name, f"{sentence[:1].upper()}{sentence[1:]}.", example)
        each.set_defaults(parser=each)
        _add_options(name, each.add_argument_group("options").add_argument)
        parser.add_output(each, steps=False)
    return command


def _add_options(name: str, add: Callable[..., Any]) -> None:
    if name == "add":
        add("site", type=Path, metavar="DIR", help="what edgeweb build made")
    if name in ("promote", "revoke"):
        add("release", metavar="ID", help="its id, or what it begins with")
    if name == "promote":
        words = ("stable", "canary")
        kind = parser.one_of("--channel", words)
        channel = add("--channel", type=kind, default="stable", metavar="NAME", help="stable (default) or canary")
        parser.completes(channel, words)
        add("--percent", type=float, default=5.0, metavar="5", help="of all visitors, for a canary (default: 5)")
    if name == "experiment":
        add("name", metavar="NAME", help="what it is called in reports")
        add("arms", nargs="+", type=_arm, metavar="ARM=ID", help="such as A=3f2a B=9c01; the stable one gets the rest")
        add("--percent", type=float, default=50.0, metavar="50", help="of all visitors, for each arm (default: 50)")
    if name == "stop":
        add("name", metavar="NAME", help="of the experiment, or canary")
    if name == "gc":
        add("--keep-days", type=float, default=7.0, metavar="7", help="what was in use since then stays (default: 7)")
        add("--dry-run", action="store_true", help="say what would go, and delete nothing")
    add("-R", "--releases", type=Path, default=Path("releases"), metavar="DIR", help="the folder (default: releases)")
    if name not in ("list", "gc"):
        key = "signs channels.json: a file, or env:NAME (default: env:EDGEWEB_KEY where a signature is needed)"
        add("--key", metavar="KEY", help=key)


def _arm(text: str) -> tuple[str, str]:
    name, equals, release = text.partition("=")
    if name and equals and release:
        return name, release
    raise UsageError(f'"{text}" is no arm', "it has no name and release", "Write them so: B=9c01")


def run(given: argparse.Namespace) -> int:
    """Do it, and say what is so now."""
    if given.what is None:
        raise UsageError("edgeweb release needs a word more", f"it can {', '.join(_WHAT)}", f"Try: {_EXAMPLE}")
    if given.what == "list":
        return _list(given)
    if given.what == "gc":
        return _gc(given)
    outcome = _changed(given)
    if given.json:
        print(json.dumps({"said": outcome.said, "channels": _document(outcome.channels)}, indent=1))
        return 0
    for sentence in outcome.said:
        terminal.write(sys.stdout, (f"{sentence}.", ""), prose=True)
    say.rows(_rows(outcome.channels))
    say.following("", f"{say.command()} deploy {say.typed(given.releases)} TARGET")
    return 0


def _changed(given: argparse.Namespace) -> Outcome:
    from edgeweb.release import folder

    place, key = given.releases, given.key
    match given.what:
        case "add":
            return folder.add(given.site, place, key=key)
        case "promote":
            return folder.promote(given.release, place, given.channel, given.percent, key=key)
        case "experiment":
            return folder.experiment(given.name, given.arms, place, given.percent, key=key)
        case "stop":
            return folder.stop(given.name, place, key=key)
        case "rollback":
            return folder.rollback(place, key=key)
        case _:
            return folder.revoke(given.release, place, key=key)


def _list(given: argparse.Namespace) -> int:
    import msgspec

    from edgeweb.release import folder
    from edgeweb.site.report import document

    found, rows = folder.listed(given.releases)
    if given.json:
        releases = [vars(row) for row in rows]
        print(json.dumps({"channels": msgspec.to_builtins(found), "releases": releases}, indent=1))
        return 0
    for row in rows:
        use = row.use or (f"unused since {row.unused[:10]}" if row.unused else "unused")
        print(f"{row.release}  {use:<24}  added {row.added[:10]}  {document.size(row.bytes):>9}  {row.title[:40]}")
    say.rows(_rows(found))
    return 0


def _gc(given: argparse.Namespace) -> int:
    from edgeweb.release import folder

    said = folder.gc(given.releases, given.keep_days, dry_run=given.dry_run)
    print(json.dumps({"said": said}, indent=1) if given.json else "\n".join(said))
    return 0


def _rows(found: Channels) -> list[tuple[str, str]]:
    """What visitors get, as it stands now."""
    rows = [("stable", found.stable)]
    rows += [(use, release) for release, use in found.named().items() if release != found.stable]
    rows += [("revoked", ", ".join(found.revoked))] if found.revoked else []
    return [*rows, ("number", f"{found.number}, obeyed until {found.expires}")]


def _document(found: Channels) -> Any:
    import msgspec

    return msgspec.to_builtins(found)
