"""netlify:SITE, through Netlify's own API: what visitors get changes at once, when all files are there."""

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

from edgeweb.errors import EdgewebError, OutputError, UsageError
from edgeweb.machine import scratch
from edgeweb.targets import api, ledger, whole
from edgeweb.targets.common import Sent, Target, Teller, Wanted, raced
from edgeweb.targets.plan import Plan
from edgeweb.targets.shipment import Shipment

T = TypeVar("T")

_FORM = "netlify:SITE"
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LOGIN = "Set NETLIFY_AUTH_TOKEN to a personal access token, which Netlify makes under User settings, Applications"
# A longer list of files is compared while it is asked how far that is.
_MOST_AT_ONCE = 100
_COMPARED = {"prepared", "uploading", "uploaded", "processing", "processed", "ready"}
# All files of such a deployment are there; it goes live by itself.
_GOING_LIVE = {"uploaded", "processing", "processed"}
_FAILED = {"error", "rejected"}
_LOOK_S = 1.0
_WITHIN_S = 900.0
_NO_PATH = re.compile(r"[#?]")


class _Deploy(msgspec.Struct):
    """`required`: the SHA-1 of every content that is still to be sent."""

    id: str
    state: str = ""
    required: list[str] | None = None
    error_message: str | None = None
    deploy_ssl_url: str | None = None
    published_at: str | None = None
    context: str | None = None
    locked: bool | None = None


class _Site(msgspec.Struct):
    id: str
    url: str | None = None
    ssl_url: str | None = None
    published_deploy: _Deploy | None = None

    @property
    def last(self) -> str:
        """The deployment that visitors get."""
        return self.published_deploy.id if self.published_deploy else ""


def send(site: Shipment, name: str, wanted: Wanted, on_step: Teller) -> Sent:
    """One deployment to production.

    Raises:
        UsageError: the name is none, the token or the site is missing, or another deployment came first.
        OutputError: Netlify says no, cannot be asked, or what is there is not edgeweb's.
    """
    if not _NAME.fullmatch(name) or ".." in name:
        raise UsageError(f"netlify:{name} is no target", "it names no site of Netlify's", f"Write {_FORM}")
    with _api(name) as asked, scratch.folder() as room:
        host = _Host(asked, name)
        on_step(f"asking Netlify for {name}")
        before = host.site()
        _check_open(host.target, before)
        url = wanted.url or _address(before)
        shown = url if before.last else ""
        planned = whole.planned(host.target, site, shown, wanted, on_step)
        _check(planned)
        notes: tuple[tuple[str, str], ...] = ()
        if not wanted.dry:
            planned, lost = whole.laid(site, planned, shown, room, on_step)
            done = host.deploy(room, before, on_step)
            own = (("this one stays at", f"{done.deploy_ssl_url}/"),) if done.deploy_ssl_url else ()
            notes = (*own, *whole.told(lost))
    return Sent(host.target, notes, plan=planned, url=url)


def _api(name: str) -> api.Api:
    token = api.token("NETLIFY_AUTH_TOKEN", os.environ.get("NETLIFY_AUTH_TOKEN", ""), _LOGIN)
    own = os.environ.get("NETLIFY_API_URL", "")
    base = api.base("NETLIFY_API_URL", own, "https://api.netlify.com", "/api/v1")
    return api.Api(f"netlify:{name}", "Netlify", base, token, _LOGIN)


def _address(site: _Site) -> str:
    found = site.ssl_url or site.url or ""
    return f"{found.rstrip('/')}/" if re.match(r"https?://[^\s/]", found) else ""


def _check_open(target: str, site: _Site) -> None:
    """Netlify takes deployments to a site that is held at one, but shows nobody what is in them."""
    if site.published_deploy and site.published_deploy.locked:
        why = f"somebody has locked it to the deploy {site.last}, so visitors would not get this one"
        raise UsageError(f"{target} is locked", why, "Unlock it: in Netlify, Deploys, Start auto publishing")


def _check(planned: Plan) -> None:
    odd = next((path for path in (*planned.sent, *planned.same, *planned.kept) if _NO_PATH.search(path)), None)
    if odd is not None:
        raise UsageError(f"{odd} cannot go to Netlify", "it takes no # and no ? in a name", "Give it another name")


@dataclass(frozen=True)
class _Host:
    api: api.Api
    name: str

    @property
    def target(self) -> str:
        return f"netlify:{self.name}"

    def site(self) -> _Site:
        """As it is now, with the deployment that visitors get."""
        typed = self.name if "." in self.name or _ID.fullmatch(self.name) else f"{self.name}.netlify.app"
        found = self.api.asked(_Site, "GET", "sites", typed)
        if found is None:
            hint = "Correct the name, or make the site: in Netlify, or with: netlify sites:create"
            raise UsageError(f"{self.target} is not there", f"this login sees no {typed}", hint)
        return found

    def deploy(self, folder: Path, before: _Site, tell: Teller) -> _Deploy:
        """A folder, at once or not at all: the ledger is sent last, and without it Netlify shows nothing.

        Raises:
            UsageError: another deployment has gone live meanwhile, or is about to.
        """
        digests = {name: digest for name, (digest, _) in whole.sha1s(folder).items()}
        tell("asking which files Netlify does not have")
        mine = self._begun(before, digests)
        try:
            wanted = {digests[path]: path for path in sorted(digests)}
            known = set(mine.required or ())
            missing = [path for digest, path in wanted.items() if digest in known and path != ledger.NAME]
            tell(f"sending {len(missing) + 1} files that Netlify does not have")
            with ThreadPoolExecutor(api.CONNECTIONS) as workers:
                list(workers.map(lambda path: self._put(mine.id, folder, path), missing))
            if self.site().last != before.last or self._going_live(before, mine.id):
                raise raced(self.target, None)
        except BaseException:
            # Nothing is shown of it; a name in Netlify's list that never ends would only puzzle.
            with suppress(EdgewebError):
                self.api.asked(_Deploy, "POST", "deploys", mine.id, "cancel", again=False)
            raise
        self._put(mine.id, folder, ledger.NAME)
        tell("waiting until Netlify shows it")
        done = self._until(before, mine.id, {"ready"})
        self._check_alone(before, mine.id)
        return done

    def _begun(self, before: _Site, digests: Mapping[str, str]) -> _Deploy:
        files = {f"/{path}": digest for path, digest in digests.items()}
        later = len(files) > _MOST_AT_ONCE
        body = {"files": files, "async": later}
        # Once only: the same again would be a second deployment.
        found = self._known(self.api.asked(_Deploy, "POST", "sites", before.id, "deploys", json=body, again=False))
        return self._until(before, found.id, _COMPARED) if later else found

    def _put(self, number: str, folder: Path, path: str) -> None:
        data = (folder / path).read_bytes()
        self._known(self.api.asked(msgspec.Raw, "PUT", "deploys", number, "files", path, content=data))

    def _until(self, before: _Site, number: str, states: set[str]) -> _Deploy:
        limit = time.monotonic() + _WITHIN_S
        while True:
            found = self._known(self.api.asked(_Deploy, "GET", "sites", before.id, "deploys", number))
            if found.state in states:
                return found
            if found.state in _FAILED:
                why = found.error_message or f"it calls the deploy {number} a failure"
                raise OutputError(f"{self.target} could not be written", f"Netlify says: {why}", "Try again")
            if time.monotonic() > limit:
                why = f"the deploy {number} is still {found.state or 'unknown'} after {_WITHIN_S / 60:g} minutes"
                raise OutputError(f"{self.target} does not show it yet", why, "Look at it in Netlify, under Deploys")
            time.sleep(_LOOK_S)

    def _deploys(self, before: _Site, number: str) -> list[_Deploy]:
        """The newest of others, to production."""
        found = self._known(self.api.asked(list[_Deploy], "GET", "sites", before.id, "deploys"))
        return [each for each in found if each.id != number and each.context in (None, "production")]

    def _going_live(self, before: _Site, number: str) -> bool:
        return any(each.state in _GOING_LIVE for each in self._deploys(before, number))

    def _check_alone(self, before: _Site, number: str) -> None:
        """UsageError where another deployment has gone live since, which Netlify has no way to refuse."""
        since = (before.published_deploy and before.published_deploy.published_at) or ""
        if self._shown(before) != number:
            why = "visitors get another deployment, which went live after this one"
        elif any(
            (each.published_at or "") > since and each.id != before.last for each in self._deploys(before, number)
        ):
            why = "another deployment went live while this one was sent, and this one has taken its place"
        else:
            return
        raise UsageError(f"{self.target} got two releases at once", why, "Deploy again the one that is wanted")

    def _shown(self, before: _Site) -> str:
        """What visitors get, once that is not what they got before. OutputError where it stays that."""
        limit = time.monotonic() + _WITHIN_S
        while True:
            found = self.site()
            if found.last != before.last:
                return found.last
            if time.monotonic() > limit or (found.published_deploy and found.published_deploy.locked):
                why = f"Netlify has all of it, and still shows the deploy {before.last or 'of nobody'}"
                raise OutputError(f"{self.target} is as it was", why, "Publish it in Netlify, under Deploys")
            time.sleep(_LOOK_S)

    def _known(self, found: T | None) -> T:
        if found is None:
            why = "the site or its new deploy was deleted meanwhile"
            raise OutputError(f"{self.target} could not be written", why, "Look at it in Netlify, under Deploys")
        return found


TARGET = Target("netlify", _FORM, send)
