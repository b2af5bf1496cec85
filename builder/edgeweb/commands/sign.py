"""`edgeweb sign` and `edgeweb verify`: who made a site, and whether it is still what they made."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import Any

from edgeweb.console import parser, say


def add_sign(commands: Any) -> parser.Parser:
    """What can be typed to sign."""
    what = "Sign a site: a key of yours vouches for every file, and browsers that have the site take no other release."
    command = parser.command(commands, "sign", what, "edgeweb sign dist --key key.pem")
    group = command.add_argument_group("options")
    group.add_argument("folder", type=Path, metavar="DIR", help="the site's folder")
    key = "a private key in PEM, or env:NAME for one in the environment (default: env:EDGEWEB_KEY)"
    group.add_argument("--key", default="env:EDGEWEB_KEY", metavar="KEY", help=key)
    following = "a public key that may sign the next release too, such as the one that takes over"
    group.add_argument("--following", action="append", default=[], metavar="PUB", help=following)
    parser.add_output(command, steps=False)
    return command


def add_verify(commands: Any) -> parser.Parser:
    """What can be typed to check."""
    what = "Check who signed a site, here or on a host, and every file against that; exit code 3 when it does not hold."
    command = parser.command(commands, "verify", what, "edgeweb verify dist --key pub.pem")
    group = command.add_argument_group("options")
    where = "the site's folder, a folder of releases, or the address that serves one"
    group.add_argument("site", metavar="DIR|URL", help=where)
    key = "the public key that you trust (default: those that the site names, which proves nothing about who they are)"
    group.add_argument("--key", metavar="KEY", help=key)
    parser.add_output(command, steps=False)
    return command


def sign(given: argparse.Namespace) -> int:
    """Sign, and say by whom."""
    from edgeweb.trust import site

    done = site.sign(given.folder, given.key, following=given.following)
    if given.json:
        print(json.dumps(vars(done), indent=1))
        return 0
    rows = [("signed", f"{done.files} files of release {done.release}"), ("by key", done.signer)]
    if done.before is not None:
        rows.append(("was", f"release {done.before}; it names the key now, which makes it another release"))
    say.rows(rows)
    say.following("", f"{say.command()} verify {say.typed(given.folder)} --key pub.pem")
    return 0


def verify(given: argparse.Namespace) -> int:
    """Check, and say by whom it is signed."""
    from edgeweb.release import verified
    from edgeweb.trust import sources

    found = verified.verify(given.site, given.key)
    if given.json:
        print(json.dumps(dataclasses.asdict(found), indent=1))
        return 0
    whose = "which you named" if found.vouched else "which the site itself names: whose it is you have to know"
    rows = [("holds", f"{found.files} files of release {found.release}"), ("by key", f"{found.signer}, {whose}")]
    if found.left_out and sources.is_address(given.site):
        rows.append(("left out", f"{found.left_out} signed files that are the host's: settings, compressed copies"))
    for each in found.releases:
        rows.append(("release", f"{each.release} holds, {each.files} files, by key {each.signer}"))
    if found.releases:
        rows.append(("channels", "channels.json is signed alike"))
    say.rows(rows)
    return 0
