"""A branch of a repository elsewhere, written without a checkout: git's plumbing in a bare repository for a moment."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from edgeweb.errors import OutputError, UsageError
from edgeweb.targets import tool

# Of the branch as it is and of the commit before: that may have to become the parent of a new one.
_DEPTH = "2"
_ME = {"NAME": "edgeweb", "EMAIL": "edgeweb@localhost"}
_ADVICE = {
    "authentication failed": "Set GITHUB_TOKEN to a token that may write contents, or log in with: gh auth login",
    "could not read username": "Set GITHUB_TOKEN to a token that may write contents, or log in with: gh auth login",
    "permission to": "Give the login the right to write there",
    "403": "Give the login the right to write contents there",
    "not found": "Make the repository first, or correct its name; a private one needs a login",
    "does not appear to be a git repository": "Make the repository first, or correct its name",
    "protected branch": "Let this login push to the branch, or choose another: github:OWNER/REPO#BRANCH",
    "could not resolve host": "Check the network",
    "connection": "Check the network, and deploy again",
    "large files": "No file of a site may be larger than 100 MB there",
    "no space": "Free some space for temporary files",
}


class LeaseError(Exception):
    """Somebody else has pushed meanwhile."""


class Branch:
    """One branch of one repository. `room`: an empty folder for as long as this is used; `at`: its commit, or none."""

    def __init__(self, room: Path, url: str, branch: str, token: str | None, name: str) -> None:
        self._room, self._ref, self.name = room, f"refs/heads/{branch}", name
        # Git's hooks set these, of the repository that they are of.
        own = {"GIT_DIR": str(room), "GIT_INDEX_FILE": str(room / "index")}
        self._environment = {**_environment(url, token), **own}
        self._git("init", "--quiet", "--bare", ".")
        self._git("remote", "add", "origin", url)
        self.at = ""
        self.refresh()

    def refresh(self) -> None:
        """What the branch is now."""
        told = self._git("ls-remote", "origin", self._ref).decode().split()
        if told:
            self._git("fetch", "--quiet", "--no-tags", f"--depth={_DEPTH}", "--filter=blob:none", "origin", self._ref)
        self.at = self._git("rev-parse", "FETCH_HEAD").decode().strip() if told else ""

    def files(self) -> dict[str, str]:
        """What is on it, by git's own names for contents."""
        if not self.at:
            return {}
        rows = self._git("ls-tree", "-r", "-z", "--full-tree", self.at).decode("utf-8", "surrogateescape").split("\0")
        split = [row.split("\t", 1) for row in rows if row]
        return {path: about.split()[2] for about, path in split}

    def read(self, path: str) -> bytes | None:
        """A file on it, where it is there."""
        found = self.files().get(path)
        return self._git("cat-file", "blob", found) if found else None

    def stored(self, files: Iterable[Path]) -> list[str]:
        """Their contents put into the repository here; git's names for them."""
        told = "".join(f"{path.resolve()}\n" for path in files).encode()
        return self._git("hash-object", "-w", "--no-filters", "--stdin-paths", data=told).decode().split()

    def kept(self, data: bytes) -> str:
        """The same of bytes."""
        return self._git("hash-object", "-w", "--stdin", data=data).decode().strip()

    def changed(self, files: Mapping[str, str], gone: Iterable[str], said: str, mark: str) -> str:
        """A new commit: these files replaced or added, those gone, all others as they are.

        One that `mark` says is ours takes the place of the last one, so that the branch does not grow.
        """
        if self.at:
            self._git("read-tree", self.at)
        rows = [f"0 {'0' * 40}\t{path}" for path in gone] + [f"100644 {blob}\t{path}" for path, blob in files.items()]
        told = "".join(f"{row}\0" for row in rows).encode("utf-8", "surrogateescape")
        self._git("update-index", "-z", "--add", "--index-info", data=told)
        # What stays on the branch as it is was not fetched.
        tree = self._git("write-tree", "--missing-ok").decode().strip()
        parents = [word for parent in self._parents(mark) for word in ("-p", parent)]
        return self._git("commit-tree", tree, *parents, data=f"{said}\n\n{mark}\n".encode()).decode().strip()

    def _parents(self, mark: str) -> list[str]:
        if not self.at:
            return []
        body = self._git("cat-file", "commit", self.at).decode("utf-8", "replace")
        head, _, text = body.partition("\n\n")
        if mark not in text.splitlines():
            return [self.at]
        return [line.split()[1] for line in head.splitlines() if line.startswith("parent ")]

    def push(self, commit: str) -> None:
        """Make it the branch, unless that has moved. LeaseError where it has."""
        lease = f"--force-with-lease={self._ref}:{self.at}"
        done = self._done("push", "--quiet", "--porcelain", lease, "origin", f"{commit}:{self._ref}")
        if done.code == 0:
            return
        told = done.out.decode("utf-8", "replace")
        if "stale info" in told or "fetch first" in told or "cannot lock ref" in told + done.said:
            raise LeaseError
        raise self._failed("could not be written", f"{done.said}\n{told}")

    def _git(self, *words: str, data: bytes = b"") -> bytes:
        done = self._done(*words, data=data)
        if done.code:
            what = "cannot be reached" if words[0] in ("ls-remote", "fetch") else "could not be written"
            raise self._failed(what, done.said)
        return done.out

    def _done(self, *words: str, data: bytes = b"") -> tool.Done:
        return tool.run(["git", *words], data=data, environment=self._environment, folder=self._room)

    def _failed(self, what: str, said: str) -> Exception:
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        telling = [line for line in lines if line.startswith(("fatal:", "error:", "remote:", "!"))] or lines
        hint = next((advice for word, advice in _ADVICE.items() if word in said.lower()), "Try again")
        kind = UsageError if "name" in hint else OutputError
        return kind(f"{self.name} {what}", telling[0].split(": ", 1)[-1] if telling else "git failed", hint)


def _environment(url: str, token: str | None) -> dict[str, str]:
    """The user's own settings and login; nothing is asked, as nobody may be there to answer."""
    found = {"GIT_TERMINAL_PROMPT": "0", "GIT_HTTP_LOW_SPEED_LIMIT": "100", "GIT_HTTP_LOW_SPEED_TIME": "60"}
    for role in ("AUTHOR", "COMMITTER"):
        if not _configured("user.email"):
            found |= {f"GIT_{role}_{key}": os.environ.get(f"GIT_{role}_{key}", value) for key, value in _ME.items()}
    if token and url.startswith("https://"):
        # By the environment: other users of the machine can read a command line.
        login = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        origin = "/".join(url.split("/")[:3])
        taken = int(os.environ.get("GIT_CONFIG_COUNT", "0") or 0)
        found |= {
            "GIT_CONFIG_COUNT": str(taken + 1),
            f"GIT_CONFIG_KEY_{taken}": f"http.{origin}/.extraHeader",
            f"GIT_CONFIG_VALUE_{taken}": f"Authorization: Basic {login}",
        }
    return found


def _configured(name: str) -> bool:
    return tool.run(["git", "config", "--get", name]).code == 0
