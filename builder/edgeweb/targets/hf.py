"""hf:OWNER/SPACE: a static Space of the Hugging Face Hub, changed in one commit or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from edgeweb.errors import OutputError, UsageError
from edgeweb.targets import ledger, secrets, shipment
from edgeweb.targets.common import Sent, Target, Teller, Wanted, check_place, raced
from edgeweb.targets.ledger import Ledger
from edgeweb.targets.plan import Plan, plan
from edgeweb.targets.shipment import Shipment
from edgeweb.targets.space import CARD, Space, card

_FORM = "hf:OWNER/SPACE"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
# What a Space has before there is anything in it.
_BESIDE = {CARD, "LICENSE", ".gitattributes", ".nojekyll"}
_FRAME = "only in a window of its own: from the second visit on the site refuses the Hub's frame"


def send(site: Shipment, name: str, wanted: Wanted, on_step: Teller) -> Sent:
    """One commit; what is in the Space and was not deployed by edgeweb, such as the text of its README.md, stays.

    Raises:
        UsageError: the name is none, a login is missing, or another deployment came first.
        OutputError: the Hub refuses, or cannot be reached.
    """
    if not _NAME.fullmatch(name) or "--" in name or ".." in name:
        raise UsageError(f"hf:{name} is no target", "it names no Space", f"Write {_FORM}")
    there = Space(name)
    on_step(f"reading {name}")
    with _told(there):
        planned = _deploy(site, there, wanted, on_step)
        url = wanted.url or ("" if wanted.dry else there.url())
    return Sent(f"hf:{name}", (("open it", _FRAME),), url or there.page, plan=planned, url=url)


@contextmanager
def _told(there: Space) -> Iterator[None]:
    """What the library raises as one sentence, without the token."""
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError

    try:
        yield
    except HfHubHTTPError as error:
        code = error.response.status_code
        hint = "Try again later" if code >= 500 else "Give the token the right to write to it, or correct the name"
        raise OutputError(f"{there.name} could not be changed", _line(error, there), hint) from None
    except (httpx2.HTTPError, OSError, ValueError, RuntimeError) as error:
        # A failed upload is a RuntimeError of the library's.
        hint = "Check the network, and HF_ENDPOINT where it is set, then deploy again"
        raise OutputError(f"{there.name} cannot be deployed to", _line(error, there), hint) from None


def _line(error: Exception, there: Space) -> str:
    said = secrets.hidden(str(error).replace(there.token, "***"))
    return next((line.strip().rstrip(".") for line in said.splitlines() if line.strip()), type(error).__name__)


def _deploy(site: Shipment, there: Space, wanted: Wanted, tell: Teller) -> Plan:
    files = there.files()
    check_place(there.name, {path.split("/")[0] for path in files} - _BESIDE, wanted.force)
    if ".gitignore" in files:
        why = "by it the Hub leaves files out of what is sent"
        raise UsageError(f"{there.name} has a .gitignore", why, "Delete it in the Space")
    known = _confirmed(ledger.decode(there.read(ledger.NAME)), files)
    planned = plan(site, known, wanted.at, wanted.keep_days)
    if wanted.dry:
        return planned
    there.make()
    tell(f"sending {len(planned.sent)} files")
    shipment.unchanged(site, site.files)
    about = card(there.read(CARD) or b"", site.manifest.title)
    # All of them: the library sends what the Hub has not, also where somebody has changed a file by hand.
    content = {path: site.folder / path for path in site.files}
    written = {CARD: about, ledger.NAME: ledger.encode(planned.ledger)}
    gone = [path for path in planned.deleted if path in there.files()]
    if not there.commit({**content, **written}, gone, f"Deploy release {planned.deployment.release}"):
        raise raced(there.name, ledger.decode(there.read(ledger.NAME)))
    return planned


def _confirmed(known: Ledger | None, files: frozenset[str]) -> Ledger | None:
    """Without what somebody has deleted since."""
    if known is None:
        return None
    found = [
        msgspec.structs.replace(each, files={path: told for path, told in each.files.items() if path in files})
        for each in known.deployments
    ]
    return msgspec.structs.replace(known, deployments=found)


TARGET = Target("hf", _FORM, send)
