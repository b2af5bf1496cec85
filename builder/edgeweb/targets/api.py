"""A host's own API over HTTPS, in JSON: asked again where the network fails, and without the token in any sentence."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlsplit

import msgspec

from edgeweb.errors import OutputError, UsageError
from edgeweb.targets import secrets

if TYPE_CHECKING:
    import httpx2

T = TypeVar("T")

CONNECTIONS = 8
_SECONDS = 120.0
_TRIES = 4
# Before it is asked again; twice as long each time.
PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
_TOO_MANY = 429


class _Error(msgspec.Struct):
    message: str = ""


class _Said(msgspec.Struct):
    """An error, as hosts say it: at the top, or one below."""

    message: str = ""
    error: _Error | None = None


class Api:
    """`target`: as errors call it; `host`: who is asked; `login`: what to do where the token is refused.

    `query`: what stands in every address.
    """

    def __init__(
        self, target: str, host: str, base: str, token: str, login: str, query: Mapping[str, str] | None = None
    ) -> None:
        import httpx2

        from edgeweb import __version__

        self.target, self.host, self._login, self._token = target, host, login, token
        headers = {"Authorization": f"Bearer {token}", "User-Agent": f"edgeweb/{__version__}"}
        limits = httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        # Never to another address: it would get the token.
        self._http = httpx2.Client(
            base_url=base, headers=headers, timeout=_SECONDS, limits=limits, follow_redirects=False, params=query
        )

    def __enter__(self) -> Api:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def asked(
        self, kind: type[T], method: str, *path: str, json: Any = None, content: bytes | None = None, again: bool = True
    ) -> T | None:
        """What it answers; None where there is no such thing. `path`: its parts, as they are.

        Args:
            again: ask once more where it is not known whether the first time counted.

        Raises:
            UsageError: the token is refused.
            OutputError: it says no, or cannot be asked.
        """
        answer = self.sent(method, *path, json=json, content=content, again=again)
        return self.read(kind, answer, f"{method} /{'/'.join(path[:2])}")

    def read(self, kind: type[T], answer: httpx2.Response, asked: str) -> T | None:
        """What is in an answer of `sent`. Raises as `asked` does."""
        if not self.found(answer):
            return None
        try:
            return msgspec.json.decode(answer.content, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            why = f"to {asked} it answers otherwise than its documents say: {error}"
            raise OutputError(f"{self.host} cannot be understood", self._plain(why), "Update edgeweb") from None

    def found(self, answer: httpx2.Response) -> bool:
        """Whether there is such a thing. Raises as `asked` does."""
        if answer.status_code in (401, 403):
            raise UsageError(f"{self.host} refuses the token", self._said(answer), self._login)
        if not answer.is_success and answer.status_code != 404:
            raise OutputError(f"{self.target} could not be written", self._said(answer), "Try again later")
        return answer.status_code != 404

    def sent(
        self,
        method: str,
        *path: str,
        json: Any = None,
        content: bytes | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        again: bool = True,
    ) -> httpx2.Response:
        """The answer as it is. OutputError where there is none."""
        import httpx2

        address = "/".join(quote(part) for part in path)
        kind = {"Content-Type": "application/octet-stream"} if content is not None else {}
        own = {**kind, **(headers or {})}
        for turn in range(_TRIES):
            last = turn == _TRIES - 1
            wait = min(PAUSE_S * 2**turn, _LONGEST_PAUSE_S)
            try:
                answer = self._http.request(method, address, json=json, content=content, params=query, headers=own)
            except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
                if last or not again:
                    why = self._plain(str(error)) or type(error).__name__
                    hint = "Check the network, then deploy again; what has arrived is not sent twice"
                    raise OutputError(f"{self.host} cannot be reached", why, hint) from None
            else:
                if last or not (answer.status_code == _TOO_MANY or (again and answer.status_code >= 500)):
                    return answer
                wait = _asked_pause(answer, wait)
            time.sleep(wait)
        raise AssertionError

    def _said(self, answer: httpx2.Response) -> str:
        found = ""
        with suppress(msgspec.DecodeError, UnicodeDecodeError):
            said = msgspec.json.decode(answer.content, type=_Said)
            found = said.error.message if said.error else said.message
        return self._plain(found) or f"{self.host} answers with status {answer.status_code}"

    def _plain(self, text: str) -> str:
        return secrets.hidden(text.replace(self._token, "***")).strip().rstrip(".")


def _asked_pause(answer: httpx2.Response, otherwise: float) -> float:
    """What the host asks for, where it says when it may be asked again."""
    with suppress(ValueError):
        if "retry-after" in answer.headers:
            return max(0.0, min(float(answer.headers["retry-after"]), _LONGEST_PAUSE_S))
        if answer.status_code == _TOO_MANY and "x-ratelimit-reset" in answer.headers:
            left = float(answer.headers["x-ratelimit-reset"]) - time.time()
            return max(0.0, min(left, _LONGEST_PAUSE_S))
    return otherwise


def token(name: str, value: str, login: str) -> str:
    """The value of a variable as a token. UsageError where it is missing, or cannot be one."""
    found = value.strip()
    if not found:
        raise UsageError("There is no login", f"{name} is not set", login)
    if not re.fullmatch(r"[\x21-\x7e]+", found):
        raise UsageError(f"{name} is no token", "it has spaces or characters that no token has", login)
    return found


def base(name: str, value: str, usual: str, below: str) -> str:
    """The API's address, without a slash at its end: the usual one, or what a variable says.

    Raises:
        UsageError: it is none, or the token would go over an open network.
    """
    if not value:
        return usual + below
    wrong = UsageError(f"{name} is no address of an API", "it is not such as https://HOST", f"Unset {name}")
    try:
        found = urlsplit(value)
        host = found.hostname
    except ValueError:
        raise wrong from None
    if found.scheme not in ("http", "https") or not host or found.username is not None or found.query or found.fragment:
        raise wrong
    if found.scheme == "http" and host not in ("localhost", "127.0.0.1", "::1"):
        raise UsageError(f"{name} is not safe", "over http anybody on the way reads the token", "Write https://")
    return value.rstrip("/") if found.path.strip("/") else value.rstrip("/") + below
