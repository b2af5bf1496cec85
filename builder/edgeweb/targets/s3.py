"""s3://BUCKET[/PREFIX]: Amazon's S3 and what speaks it, such as R2, MinIO and Google's by HMAC keys."""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgeweb.errors import UsageError
from edgeweb.targets import inplace, objects
from edgeweb.targets.common import Sent, Target, Teller, Wanted
from edgeweb.targets.shipment import Shipment
from edgeweb.targets.store import Objects

_FORM = "s3://BUCKET[/PREFIX]"
_BUCKET = re.compile(r"//(?P<bucket>[A-Za-z0-9][A-Za-z0-9._-]{1,254})(/(?P<prefix>.*))?")
# One of them is enough; obstore knows how to use each.
_LOGINS = (
    "AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_SKIP_SIGNATURE",
)  # fmt: skip
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
_ADVICE = {
    "NoSuchBucket": "Make the bucket, or correct its name",
    "InvalidAccessKeyId": "Correct AWS_ACCESS_KEY_ID",
    "SignatureDoesNotMatch": "Correct AWS_SECRET_ACCESS_KEY",
    "AccessDenied": "Let this login list the bucket, and get, put and delete objects in it",
    "PermanentRedirect": "Set AWS_REGION to where the bucket is",
    "AuthorizationHeaderMalformed": "Set AWS_REGION to where the bucket is",
    "ExpiredToken": "Log in again",
    "error sending request": "Check the network, and AWS_ENDPOINT_URL where the store is not Amazon's",
}


def send(site: Shipment, name: str, wanted: Wanted, on_step: Teller) -> Sent:
    """Each file as an object, brotli where the site has that form.

    Raises:
        UsageError: the name is none, obstore or a login is missing, or another deployment came first.
        OutputError: the store refuses, or cannot be reached.
    """
    bucket, prefix = parsed(_BUCKET, name, "s3", _FORM)
    options, login = _options(os.environ, Path.home())
    library("s3")
    from obstore.store import S3Store

    store = S3Store(bucket, **options, **login, **client(next(filter(None, map(os.environ.get, _ENDPOINTS)), None)))
    place = Objects(store, prefix, f"s3:{name}", site, _ADVICE, wanted.force)
    planned = inplace.deploy(place, site, wanted, on_step, objects.entries(site))
    return objects.sent(f"s3:{name}", site, planned, wanted.url)


def parsed(form: re.Pattern[str], name: str, scheme: str, typed: str) -> tuple[str, str]:
    """The bucket, and what stands before every path in it."""
    found = form.fullmatch(name)
    prefix = (found["prefix"] or "").strip("/") if found else ""
    if found is None or not prefix.isprintable() or any(part in ("", ".", "..") for part in prefix.split("/")[1:]):
        raise UsageError(f"{scheme}:{name} is no target", "it names no place for a site", f"Write {typed}")
    return found["bucket"], prefix


def library(extra: str) -> None:
    """UsageError where obstore is missing."""
    try:
        import obstore  # noqa: F401
    except ImportError as error:
        why = "edgeweb talks to stores of objects with obstore, which is not installed"
        raise UsageError(f"{extra} needs one more package", why, "Run: pip install 'edgeweb[deploy]'") from error


def client(endpoint: str | None) -> dict[str, Any]:
    """How often is tried again, and whether a store on this machine or a company's may be without TLS."""
    from datetime import timedelta

    retries = {"max_retries": 4, "retry_timeout": timedelta(seconds=60)}
    plain = {"client_options": {"allow_http": True}} if (endpoint or "").startswith("http://") else {}
    return {"retry_config": retries, **plain}


def _options(environment: Mapping[str, str], home: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Where, and with which login: what obstore does not find by itself, which is what `aws configure` has written."""
    profile = environment.get("AWS_PROFILE", "default")
    folder = home / ".aws"
    config = _section(Path(environment.get("AWS_CONFIG_FILE", folder / "config")), profile)
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or config.get("region")
    options = {"region": region} if region else {}
    if any(environment.get(each) for each in _LOGINS):
        return options, {}
    found = _section(Path(environment.get("AWS_SHARED_CREDENTIALS_FILE", folder / "credentials")), profile)
    names = {
        "aws_access_key_id": "access_key_id",
        "aws_secret_access_key": "secret_access_key",
        "aws_session_token": "session_token",
    }
    login = {to: found[name] for name, to in names.items() if found.get(name)}
    if "secret_access_key" not in login:
        why = "neither the environment nor ~/.aws/credentials has a key"
        hint = "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run: "
        hint += 'eval "$(aws configure export-credentials --format env)"'
        raise UsageError("There is no login for s3", why, hint)
    return options, login


def _section(path: Path, profile: str) -> dict[str, str]:
    parser = configparser.RawConfigParser()
    try:
        parser.read(path, "utf-8")
    except (configparser.Error, UnicodeDecodeError):
        return {}
    name = next((each for each in (profile, f"profile {profile}") if parser.has_section(each)), None)
    return dict(parser.items(name)) if name else {}


TARGET = Target("s3", _FORM, send)
