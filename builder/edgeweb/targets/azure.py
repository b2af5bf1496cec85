"""azure://CONTAINER[/PREFIX]: a container of Azure Blob Storage."""

from __future__ import annotations

import os
import re

from edgeweb.errors import UsageError
from edgeweb.targets import inplace, objects, s3
from edgeweb.targets.common import Sent, Target, Teller, Wanted
from edgeweb.targets.shipment import Shipment
from edgeweb.targets.store import Objects

_FORM = "azure://CONTAINER[/PREFIX]"
# `$web` is what the store serves as a site.
_CONTAINER = re.compile(r"//(?P<bucket>\$web|[a-z0-9][a-z0-9-]{1,62})(/(?P<prefix>.*))?")
_ACCOUNT = "AZURE_STORAGE_ACCOUNT_NAME"
_ADVICE = {
    "ContainerNotFound": "Make the container, or correct its name",
    "AuthenticationFailed": "Correct AZURE_STORAGE_ACCOUNT_KEY, or the clock of this machine",
    "AuthorizationFailure": "Let this login read, write and delete blobs there",
    "AuthorizationPermissionMismatch": "Give this login the role Storage Blob Data Contributor",
    "error sending request": f"Check the network, and {_ACCOUNT}",
}


def send(site: Shipment, name: str, wanted: Wanted, on_step: Teller) -> Sent:
    """Each file as a blob, brotli where the site has that form.

    Raises:
        UsageError: the name is none, obstore or an account is missing, or another deployment came first.
        OutputError: the store refuses, or cannot be reached.
    """
    container, prefix = s3.parsed(_CONTAINER, name, "azure", _FORM)
    emulated = os.environ.get("AZURE_STORAGE_USE_EMULATOR", "").lower() in ("1", "true")
    if not os.environ.get(_ACCOUNT) and not emulated:
        hint = f"Set {_ACCOUNT}, and AZURE_STORAGE_ACCOUNT_KEY or AZURE_STORAGE_SAS_TOKEN"
        raise UsageError("There is no login for azure", f"{_ACCOUNT} is not set", hint)
    s3.library("azure")
    from obstore.store import AzureStore

    endpoint = "http://" if emulated else os.environ.get("AZURE_STORAGE_ENDPOINT")
    place = Objects(AzureStore(container, **s3.client(endpoint)), prefix, f"azure:{name}", site, _ADVICE, wanted.force)
    planned = inplace.deploy(place, site, wanted, on_step, objects.entries(site))
    return objects.sent(f"azure:{name}", site, planned, wanted.url)


TARGET = Target("azure", _FORM, send)
