"""cloudflare:PROJECT, Cloudflare Pages through its own program, wrangler: at once or not at all."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeweb.errors import OutputError, UsageError
from edgeweb.machine import scratch
from edgeweb.targets import secrets, tool, whole
from edgeweb.targets.common import Sent, Target, Teller, Wanted, raced
from edgeweb.targets.plan import Plan
from edgeweb.targets.shipment import Shipment

_FORM = "cloudflare:PROJECT"
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,56}[a-z0-9])?")
_LARGEST, _MOST = 25 << 20, 20_000
# Nobody is there to answer a question; nothing is reported, nor looked for.
_QUIET = {
    "CI": "1",
    "FORCE_COLOR": "0",
    "NO_COLOR": "1",
    "WRANGLER_HIDE_BANNER": "true",
    "WRANGLER_SEND_ERROR_REPORTS": "false",
    "WRANGLER_SEND_METRICS": "false",
}
# What it calls a deployment that is none (yet); others have the time since.
_NOT_LIVE = {"Failure", "Active", "Idle", "Canceled", "Skipped"}
_LOGIN = "Set CLOUDFLARE_API_TOKEN to a token that may edit Cloudflare Pages, or log in with: wrangler login"
_ADVICE = {
    "non-interactive environment": _LOGIN,
    "not logged in": _LOGIN,
    "authentication error": _LOGIN,
    "invalid access token": _LOGIN,
    "unable to authenticate": _LOGIN,
    "more than one account": "Set CLOUDFLARE_ACCOUNT_ID to the one that has the project",
    "multiple accounts": "Set CLOUDFLARE_ACCOUNT_ID to the one that has the project",
    "requires at least node": "Install that Node.js, and have it first on the PATH",
    "fetch failed": "Check the network, and deploy again",
    "failed to upload": "Check the network, and deploy again",
}


def send(site: Shipment, name: str, wanted: Wanted, on_step: Teller) -> Sent:
    """One deployment to production.

    Raises:
        UsageError: the name is none, wrangler, the login or the project is missing, or another deployment came first.
        OutputError: wrangler could not do it, or what is there is not edgeweb's.
    """
    if not _NAME.fullmatch(name):
        why = "a project's name has small letters, digits and hyphens"
        raise UsageError(f"cloudflare:{name} is no target", why, f"Write {_FORM}")
    with scratch.folder() as room:
        project = _Project(name, _program(), room)
        on_step(f"asking Cloudflare for {name}")
        url, last = project.url(), project.last()
        url = wanted.url or url
        shown = url if last else ""
        planned = whole.planned(project.target, site, shown, wanted, on_step)
        _check(planned)
        notes: tuple[tuple[str, str], ...] = ()
        if not wanted.dry:
            (room / "site").mkdir()
            planned, lost = whole.laid(site, planned, shown, room / "site", on_step)
            if project.last() != last:
                raise raced(project.target, None)
            on_step("sending what Cloudflare does not have")
            notes = (("this one stays at", project.deploy(room / "site", last)), *whole.told(lost))
    return Sent(project.target, notes, plan=planned, url=url)


def _program() -> str:
    """Of the project that is worked in, or of this machine."""
    own = Path("node_modules", ".bin", "wrangler")
    found = str(own.absolute()) if own.exists() else shutil.which("wrangler")
    if found is None:
        hint = "Run: npm install --global wrangler (it needs Node.js 22 or later)"
        raise UsageError("Cloudflare Pages needs wrangler", "this machine has no such program", hint)
    return found


def _check(planned: Plan) -> None:
    files = {**planned.sent, **planned.same, **planned.kept}
    large = next((path for path, entry in files.items() if entry.bytes > _LARGEST), None)
    if large is not None:
        raise UsageError(
            f"{large} cannot go to Cloudflare Pages", "it takes no file over 25 MiB", "Choose another host"
        )
    if len(files) >= _MOST:
        why = f"there would be {len(files) + 1} files, and a free project takes {_MOST}"
        raise UsageError("This cannot go to Cloudflare Pages", why, "Remove releases with: edgeweb release gc")


@dataclass(frozen=True)
class _Project:
    """`room`: a folder in which wrangler finds no settings, functions or repository of the user's."""

    name: str
    program: str
    room: Path

    @property
    def target(self) -> str:
        return f"cloudflare:{self.name}"

    def url(self) -> str:
        """Where its visitors are sent, as far as Cloudflare says."""
        rows = self._asked("project", "list", "--json")
        row = next((row for row in rows if row.get("Project Name") == self.name), None)
        if row is None:
            known = ", ".join(str(row.get("Project Name")) for row in rows[:5]) or "none"
            hint = f"Run: wrangler pages project create {self.name} --production-branch main"
            raise UsageError(f"{self.target} is not there", f"this account's projects are {known}", hint)
        domain = str(row.get("Project Domains", "")).split(",")[0].strip()
        return f"https://{domain}/" if domain else ""

    def last(self) -> str:
        """The newest deployment to production, or nothing."""
        return next(iter(self._deployments()), "")

    def _deployments(self) -> list[str]:
        rows = self._asked("deployment", "list", "--project-name", self.name, "--environment", "production", "--json")
        return [str(row["Id"]) for row in rows if row.get("Status") not in _NOT_LIVE]

    def deploy(self, folder: Path, last: str) -> str:
        """The new deployment's own address. UsageError where another one has gone live meanwhile."""
        told = self.room / "told.json"
        own = {"WRANGLER_OUTPUT_FILE_PATH": str(told)}
        self._run("deploy", str(folder), "--project-name", self.name, "--commit-dirty=true", environment=own)
        rows = [json.loads(line) for line in told.read_text("utf-8").splitlines()]
        done = next(row for row in rows if row.get("type") == "pages-deploy")
        known, mine = [*self._deployments(), ""], str(done["deployment_id"])
        if mine in known and known[known.index(mine) + 1] != last:
            why = "another deployment went live while this one was sent, and this one has taken its place"
            raise UsageError(f"{self.target} got two releases at once", why, "Deploy again the one that is wanted")
        return str(done["url"])

    def _asked(self, *words: str) -> list[dict[str, Any]]:
        out = self._run(*words)
        try:
            rows = json.loads(out[out.index("[") :])
            return [row for row in rows if isinstance(row, dict)]
        except ValueError:
            hint = "Update it: npm install --global wrangler"
            raise OutputError("wrangler answered something else", "it gave no list in JSON", hint) from None

    def _run(self, *words: str, environment: dict[str, str] | None = None) -> str:
        variables = {**_QUIET, "WRANGLER_LOG_PATH": str(self.room / "logs"), **(environment or {})}
        done = tool.run([self.program, "pages", *words], environment=variables, folder=self.room)
        out = secrets.hidden(done.out.decode("utf-8", "replace"))
        if done.code == 0:
            return out
        said = re.sub(r"\x1b\[[0-9;]*m", "", f"{done.said}\n{out}")
        hint = next((advice for word, advice in _ADVICE.items() if word in said.lower()), "Try again")
        kind = UsageError if hint in (_LOGIN,) or "CLOUDFLARE_ACCOUNT_ID" in hint else OutputError
        raise kind(f"{self.target} could not be written", _sentence(said), hint)


def _sentence(said: str) -> str:
    """What it calls the error, without its decoration; of the API's errors the one that has a code."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    coded = [line.partition("[code:")[0].strip() for line in lines if "[code:" in line]
    marked = [line.partition("[ERROR]")[2].strip() for line in lines if "[ERROR]" in line]
    return next(iter(coded or marked or lines), "wrangler failed").rstrip(".")


TARGET = Target("cloudflare", _FORM, send)
