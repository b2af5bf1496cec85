"""What is wrong with a host's certificate, told apart, and when it ends."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime, timedelta

from edgeweb.doctor.common import Finding

_SECONDS = 10.0
_SOON = timedelta(days=14)
# OpenSSL's numbers (x509_vfy.h).
_EXPIRED, _NOT_YET, _OWN, _OWN_IN_CHAIN, _ISSUER, _LEAF, _NAME = 10, 9, 18, 19, 20, 21, 62
_WHY = {
    _EXPIRED: "the certificate has expired",
    _NOT_YET: "the certificate is not valid yet",
    _OWN: "the certificate is signed by itself, which no browser trusts",
    _OWN_IN_CHAIN: "the certificate is signed by an authority of its own, which no browser trusts",
    _ISSUER: "the certificate's issuer is unknown: the chain is not sent, or no browser knows it",
    _LEAF: "the certificate's chain is not sent",
    _NAME: "the certificate is for another host name",
}
_WARNED = "Browsers show a warning in place of the page, and keep nothing of the site"


def look(host: str, port: int, mend: str, now: datetime) -> tuple[Finding, ...]:
    """What a visitor's browser would say against it."""
    import httpx2

    try:
        with (
            socket.create_connection((host, port), _SECONDS) as plain,
            httpx2.create_ssl_context().wrap_socket(plain, server_hostname=host) as secure,
        ):
            return _ending(secure.getpeercert(), mend, now)
    except ssl.SSLCertVerificationError as error:
        why = _WHY.get(error.verify_code) or f"the certificate is refused: {error.verify_message}"
        return (Finding("fail", why, _WARNED, mend),)
    except ssl.SSLError as error:
        what = f"no browser's TLS is spoken at port {port}: {error.reason or error}"
        return (Finding("fail", what, "Browsers cannot open the page", mend),)
    except OSError:
        return (Finding("skipped", "there is no direct connection to the host to look at it"),)


def _ending(certificate: object, mend: str, now: datetime) -> tuple[Finding, ...]:
    ends = certificate.get("notAfter") if isinstance(certificate, dict) else None
    if not isinstance(ends, str):
        return (Finding("pass", "the certificate is trusted; when it ends cannot be read on this system"),)
    last = datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)
    if last - now < _SOON:
        what = f"the certificate ends on {last:%Y-%m-%d}, in {max((last - now).days, 0)} days"
        return (Finding("warn", what, f"From then on: {_WARNED[0].lower()}{_WARNED[1:]}", mend),)
    return (Finding("pass", f"the certificate is trusted, until {last:%Y-%m-%d}"),)
