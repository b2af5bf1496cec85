"""A Space as huggingface_hub sees it: its files at one commit, and the next commit on top of just that one."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from edgeweb.errors import UsageError
from edgeweb.read import hub
from edgeweb.targets import secrets

if TYPE_CHECKING:
    from huggingface_hub import HfApi

CARD = "README.md"
_KIND = "space"
# The only headers that a Space lets be set: they isolate the page, which allows threads.
_HEADERS = {
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "cross-origin",
}


class Space:
    """One deployment's view. `name`: as errors call it; `page`: where the Hub shows it; `at`: the commit that is read,
    empty where there is no Space yet."""

    def __init__(self, repo: str) -> None:
        self.api, self.token = _library()
        self.repo, self.name, self.at = repo, f"hf:{repo}", ""
        self.page = f"{self.api.endpoint}/spaces/{repo}"
        self._files: frozenset[str] | None = None

    def files(self) -> frozenset[str]:
        """By path; none where there is no Space."""
        if self._files is None:
            self.refresh()
        return self._files or frozenset()

    def refresh(self) -> None:
        """Look at what is there by now."""
        from huggingface_hub.errors import RepositoryNotFoundError

        try:
            found = self.api.space_info(self.repo)
        except RepositoryNotFoundError:
            self.at, self._files = "", frozenset()
            return
        self.at = found.sha or ""
        self._files = frozenset(each.rfilename for each in found.siblings or [])

    def read(self, path: str) -> bytes | None:
        """A file at the commit; None where it is not there."""
        if path not in self.files():
            return None
        from huggingface_hub import get_session

        address, login = f"{self.page}/resolve/{self.at}/{path}", {"Authorization": f"Bearer {self.token}"}
        found = get_session().get(address, headers=login, follow_redirects=True)
        found.raise_for_status()
        return found.content

    def make(self) -> None:
        """The Space, where there is none yet; what the Hub puts into a new one is nobody's work."""
        if self.at:
            return
        self.api.create_repo(self.repo, repo_type=_KIND, space_sdk="static", exist_ok=True)
        self.refresh()

    def commit(self, content: Mapping[str, Path | bytes], gone: Sequence[str], title: str) -> bool:
        """At once or not at all. False where somebody has changed the Space since it was read."""
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete
        from huggingface_hub.errors import HfHubHTTPError

        adds = [CommitOperationAdd(path, data) for path, data in content.items()]
        deletes = [CommitOperationDelete(path) for path in gone]
        before = self.at
        try:
            self.api.create_commit(
                self.repo, [*adds, *deletes], commit_message=title, repo_type=_KIND, parent_commit=before or None
            )
        except HfHubHTTPError:
            self.refresh()
            if self.at != before:
                return False
            raise
        return True

    def url(self) -> str:
        """Where the site is seen in a window of its own, as the Hub says; empty where it does not."""
        host = self.api.space_info(self.repo).host or ""
        return f"{host.rstrip('/')}/" if host.startswith(("https://", "http://")) else ""


def card(known: bytes, title: str) -> bytes:
    """README.md, whose head tells the Hub what the Space is: what else stands there stays.

    Raises:
        UsageError: its head is none.
    """
    import yaml
    from huggingface_hub import RepoCard

    try:
        text = known.decode("utf-8") or f"---\n---\n\n# {title}\n"
        found = RepoCard(text)
    except (yaml.YAMLError, ValueError, TypeError) as error:
        why = "what stands between its lines --- is no YAML"
        raise UsageError("The Space's README.md cannot be read", why, "Correct it in the Space") from error
    if "title" not in found.data:
        found.data["title"] = title
    found.data["sdk"] = "static"
    own = found.data.get("custom_headers")
    found.data["custom_headers"] = {**(own if isinstance(own, dict) else {}), **_HEADERS}
    return str(found.content).encode()


def _library() -> tuple[HfApi, str]:
    """The library, which neither reports nor draws anything, and the login. UsageError where one is missing."""
    try:
        hub.quieted()
        from huggingface_hub import HfApi, constants, get_token
    except ImportError as error:
        why = "edgeweb talks to the Hub with huggingface_hub, which is not installed"
        raise UsageError("hf needs one more package", why, "Run: pip install huggingface_hub") from error
    token = get_token()
    if not token:
        hint = "Set HF_TOKEN to a token with the right to write, or run: hf auth login"
        raise UsageError("There is no login for hf", "HF_TOKEN is not set, and nobody is logged in here", hint)
    endpoint = (os.environ.get("HF_ENDPOINT") or constants.ENDPOINT).rstrip("/")
    if secrets.hidden(endpoint) != endpoint:
        raise UsageError("HF_ENDPOINT is no address of a Hub", "a login stands in it", "Set HF_TOKEN instead")
    from edgeweb import __version__

    return HfApi(endpoint, token=token, library_name="edgeweb", library_version=__version__), token
