"""github:OWNER/REPO[#BRANCH]: GitHub Pages from a branch, which is replaced at once or not at all."""

from __future__ import annotations

import os
import re

from edgeweb.errors import UsageError
from edgeweb.machine import scratch
from edgeweb.targets import ledger, shipment
from edgeweb.targets.common import Sent, Target, Teller, Wanted, check_place, raced
from edgeweb.targets.git import Branch, LeaseError
from edgeweb.targets.plan import Plan, plan
from edgeweb.targets.shipment import Shipment

_FORM = "github:OWNER/REPO[#BRANCH]"
_NAME = re.compile(
    r"(?P<owner>[A-Za-z0-9][A-Za-z0-9-]{0,99})/(?P<repo>[A-Za-z0-9._-]{1,100})(#(?P<branch>[A-Za-z0-9][A-Za-z0-9._/-]*))?"
)
_PAGES = "gh-pages"
# Another server, such as a company's own GitHub.
_SERVER = "GITHUB_SERVER_URL"
_PUBLIC = "https://github.com"
# What a branch for pages has before there are any.
_BESIDE = {"CNAME", "README.md", "LICENSE", ".nojekyll", ".gitignore", ".gitattributes"}
_MARK = "Deployed-By: edgeweb"


def send(site: Shipment, name: str, wanted: Wanted, on_step: Teller) -> Sent:
    """One commit on the branch; what is on it and was not deployed by edgeweb, such as CNAME, stays.

    Raises:
        UsageError: the name is none, git or the repository is missing, or another deployment came first.
        OutputError: git could not do it.
    """
    found = _NAME.fullmatch(name)
    if found is None or found["repo"] in (".", "..") or ".." in (found["branch"] or ""):
        raise UsageError(f"github:{name} is no target", "it names no repository", f"Write {_FORM}")
    owner, repo, branch = found["owner"], found["repo"].removesuffix(".git"), found["branch"] or _PAGES
    server = (os.environ.get(_SERVER) or _PUBLIC).rstrip("/")
    token = os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN")
    with scratch.folder() as room:
        on_step(f"reading the branch {branch} of {owner}/{repo}")
        there = Branch(room, f"{server}/{owner}/{repo}.git", branch, token, f"github:{owner}/{repo}#{branch}")
        url = wanted.url or (_url(owner, repo, there.read("CNAME")) if server == _PUBLIC else "")
        planned = _deploy(site, there, wanted, on_step)
    notes: tuple[tuple[str, str], ...] = (("branch", branch),)
    if not there.at:
        notes += (("switch on", _switch(server, owner, repo, branch)),)
    return Sent(f"github:{owner}/{repo}", notes, url, plan=planned, url=url)


def _switch(server: str, owner: str, repo: str, branch: str) -> str:
    return f"once, at {server}/{owner}/{repo}/settings/pages: deploy from the branch {branch}, folder / (root)"


def _url(owner: str, repo: str, cname: bytes | None) -> str:
    host = (cname or b"").decode("ascii", "replace").strip()
    if re.fullmatch(r"[A-Za-z0-9.-]+", host):
        return f"https://{host}/"
    home = f"{owner.lower()}.github.io"
    return f"https://{home}/" if repo.lower() == home else f"https://{home}/{repo}/"


def _deploy(site: Shipment, there: Branch, wanted: Wanted, tell: Teller) -> Plan:
    check_place(there.name, {path.split("/")[0] for path in there.files()} - _BESIDE, wanted.force)
    known = ledger.decode(there.read(ledger.NAME))
    planned = plan(site, known, wanted.at, wanted.keep_days)
    if wanted.dry:
        return planned
    tell(f"sending {len(planned.sent)} files")
    paths = list(site.files)
    blobs = dict(zip(paths, there.stored(site.folder / path for path in paths), strict=True))
    shipment.unchanged(site, paths)
    blobs[ledger.NAME] = there.kept(ledger.encode(planned.ledger))
    try:
        there.push(there.changed(blobs, planned.deleted, f"Deploy release {planned.deployment.release}", _MARK))
    except LeaseError:
        there.refresh()
        raise raced(there.name, ledger.decode(there.read(ledger.NAME))) from None
    return planned


TARGET = Target("github", _FORM, send)
