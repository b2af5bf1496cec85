"""Where a site can be sent, and what is typed for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from edgeweb.convert.common import How
from edgeweb.errors import UsageError, did_you_mean
from edgeweb.targets import common, mlflow
from edgeweb.targets.common import Sent, Shipment, Target, Wanted

TARGETS: tuple[Target, ...] = (mlflow.TARGET,)
# Named, and refused until they are there.
_LATER = ("folder", "ssh", "github", "s3", "azure", "hf", "cloudflare", "netlify", "vercel")


def deploy(
    folder: str | Path,
    target: str,
    *,
    dry_run: bool = False,
    python: str | Path | None = None,
    with_deps: bool = False,
    on_step: Callable[[str], None] = lambda _: None,
) -> tuple[Shipment, Sent]:
    """Send the site in a folder to a target, such as `mlflow:birds`; what was sent, and where it is.

    Args:
        dry_run: only say what would be sent.
        python: the Python that has the target's own library.
        with_deps: let edgeweb keep an environment that has it.

    Raises:
        UsageError: there is no such target, or what it needs is missing.
        SiteError: there is no site in the folder, or it is damaged.
    """
    found, name = parsed(target)
    site = common.shipment(Path(folder))
    wanted = Wanted(dry_run, How(None if python is None else Path(python), with_deps))
    return site, found.send(site, name, wanted, on_step)


def parsed(target: str) -> tuple[Target, str]:
    """The target, and what stands behind its scheme; UsageError where there is none."""
    scheme, colon, name = target.partition(":")
    found = next((each for each in TARGETS if colon and each.scheme == scheme), None)
    if found is not None:
        return found, name
    listed = " and ".join(each.form for each in TARGETS)
    if scheme in _LATER:
        why = f"edgeweb deploys to {listed} so far"
        raise UsageError(f"{target} cannot be deployed to yet", why, "Copy the folder; docs/deploy.md says how")
    hint = did_you_mean(scheme, [each.scheme for each in TARGETS], f"Write {listed}")
    raise UsageError(f"{target} is no target", f"edgeweb deploys to {listed}", hint)
