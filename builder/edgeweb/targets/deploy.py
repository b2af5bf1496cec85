"""Where a site can be sent, and what is typed for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from edgeweb.config import DeployConfig
from edgeweb.convert.common import How
from edgeweb.errors import UsageError, did_you_mean
from edgeweb.targets import azure, cloudflare, github, hf, mlflow, named, netlify, s3, shipment, ssh, vercel
from edgeweb.targets import folder as folders
from edgeweb.targets.common import Sent, Target, Wanted
from edgeweb.targets.shipment import Shipment

TARGETS: tuple[Target, ...] = (
    folders.TARGET,
    ssh.TARGET,
    github.TARGET,
    s3.TARGET,
    azure.TARGET,
    hf.TARGET,
    cloudflare.TARGET,
    netlify.TARGET,
    vercel.TARGET,
    mlflow.TARGET,
)


@dataclass(frozen=True)
class Place:
    """A target as it was named. `typed`: with its scheme; `name`: what stands behind that."""

    target: Target
    typed: str
    name: str
    url: str = ""
    keep_days: float = 7


def deploy(
    folder: str | Path,
    target: str,
    *,
    dry_run: bool = False,
    keep_days: float | None = None,
    force: bool = False,
    config: str | Path | None = None,
    python: str | Path | None = None,
    with_deps: bool = False,
    on_step: Callable[[str], None] = lambda _: None,
) -> tuple[Shipment, Sent]:
    """Send the site in a folder to a target, such as `folder:/srv/www`; what was sent, and where it is.

    Args:
        dry_run: only say what would be sent, kept and deleted.
        keep_days: how long assets of a release stay after another has replaced it.
        force: take a place that is not edgeweb's, or that another deployment seems to be at.
        config: the file whose `[deploy.NAME]` gives targets names (default: edgeweb.toml in the current folder).
        python: the Python that has the target's own library.
        with_deps: let edgeweb keep an environment that has it.

    Raises:
        UsageError: there is no such target, or what it needs is missing.
        SiteError: there is no site in the folder, or it is damaged.
    """
    place = parsed(target, named.read(None if config is None else Path(config)))
    site = shipment.shipment(Path(folder))
    how = How(None if python is None else Path(python), with_deps)
    days = place.keep_days if keep_days is None else keep_days
    wanted = Wanted(dry_run, how, keep_days=days, force=force, url=place.url)
    return site, place.target.send(site, place.name, wanted, on_step)


def parsed(target: str, names: Mapping[str, DeployConfig]) -> Place:
    """The target, by its scheme or by a name of edgeweb.toml's; UsageError where there is none."""
    own = names.get(target)
    if own is not None:
        url = own.url if not own.url or own.url.endswith("/") else f"{own.url}/"
        if url and not _is_address(url):
            why = "an address has http:// or https:// and a host, and no user name"
            raise UsageError(f"[deploy.{target}] has no address as url", why, "Write url = 'https://...'")
        typed = own.target
    else:
        typed, url = target, ""
    scheme, colon, name = typed.partition(":")
    found = next((each for each in TARGETS if colon and each.scheme == scheme), None)
    if found is not None:
        return Place(found, typed, name, url, 7 if own is None or own.keep_days is None else own.keep_days)
    listed = ", ".join(each.form for each in TARGETS)
    hint = did_you_mean(scheme, [*names, *(each.scheme for each in TARGETS)], "See: edgeweb deploy --help")
    raise UsageError(f"{typed} is no target", f"edgeweb deploys to {listed}", hint)


def _is_address(url: str) -> bool:
    try:
        found = urlsplit(url)
        usable = found.scheme in ("http", "https") and found.hostname and (found.port is None or found.port > 0)
    except ValueError:
        return False
    # A password in it would be told to whoever reads a log.
    return bool(usable) and found.username is None and url.isprintable() and " " not in url
