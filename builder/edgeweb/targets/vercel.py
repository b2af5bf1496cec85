"""vercel:PROJECT, through Vercel's own API: what visitors get changes at once, when all files are there."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from edgeweb.errors import OutputError, UsageError
from edgeweb.machine import scratch
from edgeweb.targets import api, whole
from edgeweb.targets.common import Sent, Target, Teller, Wanted, raced
from edgeweb.targets.shipment import Shipment

T = TypeVar("T")

_FORM = "vercel:PROJECT"
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
_LOGIN = "Set VERCEL_TOKEN to a token of your account, and VERCEL_ORG_ID to the team's id where a team has the project"
_FAILED = {"ERROR", "CANCELED", "DELETED"}
# Nothing is built there: the files are the site.
_AS_IT_IS = dict.fromkeys(("framework", "buildCommand", "installCommand", "outputDirectory", "rootDirectory"))
_LOOK_S = 1.0
_WITHIN_S = 900.0
# Of a deployment that is ready, until Vercel has given it the project's domains.
_DOMAINS_S = 120.0


class _Live(msgspec.Struct):
    """What visitors get. `alias`: the domains at which they do."""

    id: str = ""
    alias: list[str] | None = None


class _Targets(msgspec.Struct):
    production: _Live | None = None


class _Project(msgspec.Struct):
    id: str
    name: str
    targets: _Targets | None = None

    @property
    def live(self) -> _Live:
        return (self.targets and self.targets.production) or _Live()


class _Deployment(msgspec.Struct, rename="camel"):
    id: str
    ready_state: str = ""
    url: str | None = None
    alias_assigned: bool | float | None = None
    error_message: str | None = None


class _Row(msgspec.Struct):
    uid: str
    state: str | None = None


class _Rows(msgspec.Struct):
    deployments: list[_Row]


class _Missing(msgspec.Struct):
    code: str = ""
    missing: list[str] = []


class _Refused(msgspec.Struct):
    error: _Missing


def send(site: Shipment, name: str, wanted: Wanted, on_step: Teller) -> Sent:
    """One deployment to production.

    Raises:
        UsageError: the name is none, the token or the project is missing, or another deployment came first.
        OutputError: Vercel says no, cannot be asked, or what is there is not edgeweb's.
    """
    if not _NAME.fullmatch(name) or name in (".", ".."):
        raise UsageError(f"vercel:{name} is no target", "it names no project of Vercel's", f"Write {_FORM}")
    with _api(name) as asked, scratch.folder() as room:
        host = _Host(asked, name)
        on_step(f"asking Vercel for {name}")
        before, rows = host.project(), host.rows()
        url = wanted.url or _address(before)
        shown = url if before.live.id else ""
        planned = whole.planned(host.target, site, shown, wanted, on_step)
        notes: tuple[tuple[str, str], ...] = ()
        if not wanted.dry:
            planned, lost = whole.laid(site, planned, shown, room, on_step)
            done = host.deploy(room, before, rows, on_step)
            own = (("this one stays at", f"https://{done.url}/"),) if done.url else ()
            notes = (*own, *whole.told(lost))
            url = url or _address(host.project())
    return Sent(host.target, notes, plan=planned, url=url)


def _api(name: str) -> api.Api:
    token = api.token("VERCEL_TOKEN", os.environ.get("VERCEL_TOKEN", ""), _LOGIN)
    base = api.base("VERCEL_API_URL", os.environ.get("VERCEL_API_URL", ""), "https://api.vercel.com", "")
    team = os.environ.get("VERCEL_ORG_ID", "").strip()
    # The id of an account that is no team is not asked for.
    query = {"teamId": team} if team.startswith("team_") else None
    return api.Api(f"vercel:{name}", "Vercel", base, token, _LOGIN, query)


def _address(project: _Project) -> str:
    """A domain of the maker's own before Vercel's, and the shortest: others name teams and branches."""
    found = [each for each in project.live.alias or [] if re.fullmatch(r"[A-Za-z0-9.-]+", each)]
    found.sort(key=lambda each: (each.endswith(".vercel.app"), len(each)))
    return f"https://{found[0]}/" if found else ""


@dataclass(frozen=True)
class _Host:
    api: api.Api
    name: str

    @property
    def target(self) -> str:
        return f"vercel:{self.name}"

    def project(self) -> _Project:
        """As it is now, with the deployment that visitors get."""
        found = self.api.asked(_Project, "GET", "v9", "projects", self.name)
        if found is None:
            hint = "Correct the name or VERCEL_ORG_ID, or make the project: in Vercel, or with: vercel project add"
            raise UsageError(f"{self.target} is not there", f"this login sees no project {self.name}", hint)
        return found

    def rows(self) -> frozenset[str]:
        """The newest deployments to production that have not failed."""
        query = {"projectId": self.project().id, "target": "production", "limit": "20"}
        answer = self.api.sent("GET", "v6", "deployments", query=query)
        found = self._known(self.api.read(_Rows, answer, "GET /v6/deployments"))
        return frozenset(each.uid for each in found.deployments if each.state not in _FAILED)

    def deploy(self, folder: Path, before: _Project, rows: frozenset[str], tell: Teller) -> _Deployment:
        """A folder, at once or not at all: nothing is asked for before all files are there.

        Raises:
            UsageError: another deployment has been made meanwhile.
        """
        digests = whole.sha1s(folder)
        self._alone(before, rows)
        tell("asking which files Vercel does not have")
        made = self._asked(before, digests)
        if isinstance(made, list):
            known = {digest: path for path, (digest, _) in digests.items()}
            tell(f"sending {len(made)} files that Vercel does not have")
            with ThreadPoolExecutor(api.CONNECTIONS) as workers:
                list(workers.map(lambda digest: self._put(digest, folder / known[digest]), set(made) & known.keys()))
            self._alone(before, rows)
            made = self._asked(before, digests)
        if isinstance(made, list):
            why = f"it has got {len(made)} files, and says that it has not"
            raise OutputError(f"{self.target} could not be written", why, "Try again later")
        tell("waiting until Vercel shows it")
        done = self._until_shown(made.id)
        if self.rows() - rows - {made.id} or self.project().live.id not in (made.id, before.live.id):
            why = "another deployment was made while this one was sent, and the later one has taken its place"
            raise UsageError(f"{self.target} got two releases at once", why, "Deploy again the one that is wanted")
        return done

    def _alone(self, before: _Project, rows: frozenset[str]) -> None:
        if self.rows() - rows or self.project().live.id != before.live.id:
            raise raced(self.target, None)

    def _asked(self, before: _Project, digests: Mapping[str, tuple[str, int]]) -> _Deployment | list[str]:
        """The new deployment, or the SHA-1 of what Vercel does not have yet."""
        files = [{"file": path, "sha": digest, "size": size} for path, (digest, size) in sorted(digests.items())]
        body = {
            "name": before.name, "project": before.id, "target": "production", "files": files,
            "projectSettings": _AS_IT_IS,
        }  # fmt: skip
        # Once only: the same again would be a second deployment.
        answer = self.api.sent(
            "POST", "v13", "deployments", json=body, query={"skipAutoDetectionConfirmation": "1"}, again=False
        )
        with suppress(msgspec.DecodeError, UnicodeDecodeError):
            refused = msgspec.json.decode(answer.content, type=_Refused).error
            if refused.code == "missing_files" and refused.missing:
                return refused.missing
        return self._known(self.api.read(_Deployment, answer, "POST /v13/deployments"))

    def _put(self, digest: str, path: Path) -> None:
        headers = {"x-vercel-digest": digest}
        answer = self.api.sent("POST", "v2", "files", content=path.read_bytes(), headers=headers)
        self._known(True if self.api.found(answer) else None)

    def _until_shown(self, number: str) -> _Deployment:
        limit, ready = time.monotonic() + _WITHIN_S, 0.0
        while True:
            found = self._known(self.api.asked(_Deployment, "GET", "v13", "deployments", number))
            now = time.monotonic()
            if found.ready_state == "READY" and found.alias_assigned:
                return found
            if found.ready_state in _FAILED:
                why = found.error_message or f"it calls the deployment {number} {found.ready_state}"
                raise OutputError(f"{self.target} could not be written", f"Vercel says: {why}", "Try again")
            ready = ready or (now if found.ready_state == "READY" else 0.0)
            if now > limit or (ready and now > ready + _DOMAINS_S):
                why = f"the deployment {number} is {found.ready_state or 'unknown'}, and has none of the domains"
                raise OutputError(f"{self.target} does not show it", why, "Promote it in Vercel, under Deployments")
            time.sleep(_LOOK_S)

    def _known(self, found: T | None) -> T:
        if found is None:
            why = "the project or its new deployment was deleted meanwhile"
            raise OutputError(f"{self.target} could not be written", why, "Look at it in Vercel, under Deployments")
        return found


TARGET = Target("vercel", _FORM, send)
