"""A stand-in for the Hugging Face Hub: the few answers that huggingface_hub asks for, of folders on this machine."""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

COMMIT = hashlib.sha1(b"edgeweb").hexdigest()
TOKEN = "hf_standin"


@dataclass
class Hub:
    """`folder`: org/name in it is a repository with a branch `main`; one whose name ends in -gated needs the token.
    `asked`: every request, with the token that came.
    """

    folder: Path
    url: str = ""
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def paths(self, method: str = "GET") -> list[str]:
        """The files that were fetched."""
        return [
            path.partition(f"/resolve/{COMMIT}/")[2]
            for how, path, _ in self.asked
            if how == method and "/resolve/" in path
        ]

    def answer(self, path: str, token: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body."""
        parts = unquote(urlsplit(path).path).strip("/").split("/")
        parts = parts[2:] if parts[:2] == ["api", "models"] else parts
        repository, rest = self.folder / "/".join(parts[:2]), parts[2:]
        if not repository.is_dir():
            return _no("RepoNotFound", 404)
        if repository.name.endswith("-gated") and token != TOKEN:
            return _no("GatedRepo", 403)
        if len(rest) > 1 and rest[1] not in ("main", COMMIT):
            return _no("RevisionNotFound", 404)
        if not rest or rest[0] == "revision":
            return _json({"id": "/".join(parts[:2]), "sha": COMMIT, "siblings": []})
        if rest[0] == "tree":
            return _json([*_tree(repository)])
        file = repository.joinpath(*rest[2:])
        if not file.is_file():
            return _no("EntryNotFound", 404)
        data = file.read_bytes()
        return 200, {"ETag": f'"{hashlib.sha1(data).hexdigest()}"', "X-Repo-Commit": COMMIT}, data


def _tree(repository: Path) -> Iterator[dict[str, object]]:
    for file in sorted(repository.rglob("*")):
        name = file.relative_to(repository).as_posix()
        if file.is_dir():
            yield {"type": "directory", "path": name, "oid": "0" * 40, "size": 0}
        else:
            data = file.read_bytes()
            yield {"type": "file", "path": name, "oid": hashlib.sha1(data).hexdigest(), "size": len(data)}


def _no(code: str, status: int) -> tuple[int, dict[str, str], bytes]:
    return status, {"X-Error-Code": code, "X-Error-Message": code}, b"{}"


def _json(value: object) -> tuple[int, dict[str, str], bytes]:
    return 200, {"Content-Type": "application/json"}, json.dumps(value).encode()


@contextmanager
def running(folder: Path) -> Iterator[Hub]:
    """The stand-in for the folders in `folder`, on this machine alone."""
    hub = Hub(folder)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            hub.asked.append((self.command, self.path, token))
            status, headers, body = hub.answer(self.path, token)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


if __name__ == "__main__":
    # The folder, then a command that is run with HF_ENDPOINT set to the stand-in; its last line is what was asked.
    import os
    import subprocess

    with running(Path(sys.argv[1])) as served:
        done = subprocess.run(sys.argv[2:], env={**os.environ, "HF_ENDPOINT": served.url})
        print(json.dumps([path for _, path, _ in served.asked]))
    sys.exit(done.returncode)
