"""A Hub for the real huggingface_hub: one Space, its commits, and files in git or LFS; what it is told is checked."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Above it the Hub wants LFS; the real one's is 10 MB, and tests should use both ways.
LARGE = 1000


class Hub(ThreadingHTTPServer):
    """`files`: what visitors get; `head`: the last commit, empty before there is a Space."""

    daemon_threads, allow_reuse_address = True, True

    def __init__(self, token: str) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.token, self.head, self.uploads = token, "", 0
        self.files: dict[str, bytes] = {}
        self.large: dict[str, bytes] = {}
        self.guard = threading.Lock()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def commit(self, files: dict[str, bytes]) -> None:
        """All of it at once."""
        self.files = files
        state = json.dumps({path: hashlib.sha256(data).hexdigest() for path, data in sorted(files.items())})
        self.head = hashlib.sha1(f"{self.head} {state}".encode()).hexdigest()


class _Answers(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Not to the tests' output."""

    def answer(self, status: int, data: object = None, code: str = "") -> None:
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if code:
            self.send_header("X-Error-Code", code)
        self.end_headers()
        self.wfile.write(body)

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            size = int(self.headers.get("Content-Length") or 0)
            found = self.rfile.read(size)
            if len(found) < size:
                raise ConnectionError("it was cut")
            return found
        found = b""
        while size := int(self.rfile.readline() or b"-", 16):
            part = self.rfile.read(size)
            if len(part) < size or self.rfile.readline() != b"\r\n":
                raise ConnectionError("it was cut")
            found += part
        self.rfile.readline()
        return found

    def refused(self) -> bool:
        if self.headers.get("Authorization") == f"Bearer {self.server.token}":
            return False
        self.answer(401, {"error": f"Invalid token {self.headers.get('Authorization')}"})
        return True

    def do_GET(self) -> None:
        hub = self.server
        if self.refused():
            return
        if not hub.head:
            self.answer(404, {"error": "Repository not found"}, "RepoNotFound")
        elif self.path.startswith("/api/spaces/maker/birds"):
            siblings = [{"rfilename": path} for path in hub.files]
            host = "https://maker-birds.static.hf.space"
            self.answer(200, {"id": "maker/birds", "sha": hub.head, "siblings": siblings, "host": host})
        else:
            before, _, path = self.path.removeprefix("/spaces/maker/birds/resolve/").partition("/")
            assert before == hub.head
            self.answer(200, hub.files[path])

    def do_PUT(self) -> None:
        data = self.body()
        name = self.path.removeprefix("/lfs/")
        assert hashlib.sha256(data).hexdigest() == name
        with self.server.guard:
            self.server.large[name] = data
            self.server.uploads += 1
        self.answer(200)

    def do_POST(self) -> None:
        try:
            data = self.body()
        except (ConnectionError, ValueError):
            self.close_connection = True
            return
        if self.refused():
            return
        if self.path == "/api/validate-yaml":
            assert "sdk: static" in json.loads(data)["content"]
            self.answer(200, {"errors": [], "warnings": []})
        elif self.path == "/api/repos/create":
            told = json.loads(data)
            assert (told["type"], told["sdk"]) == ("space", "static")
            self.server.commit({"README.md": b"---\ntitle: Made\nsdk: static\n---\n", ".gitattributes": b""})
            self.answer(200, {"url": f"{self.server.url}/spaces/maker/birds"})
        elif "/preupload/" in self.path:
            self.answer(200, {"files": [self.mode(each) for each in json.loads(data)["files"]]})
        elif self.path.endswith("/info/lfs/objects/batch"):
            self.answer(
                200, {"transfer": "basic", "objects": [self.place(each) for each in json.loads(data)["objects"]]}
            )
        else:
            self.committed([json.loads(line) for line in data.splitlines() if line])

    def mode(self, told: dict[str, object]) -> dict[str, object]:
        path, large = str(told["path"]), int(str(told["size"])) > LARGE
        data = self.server.files.get(path)
        if data is None:
            oid = None
        elif large:
            oid = hashlib.sha256(data).hexdigest()
        else:
            oid = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
        return {"path": path, "uploadMode": "lfs" if large else "regular", "shouldIgnore": False, "oid": oid}

    def place(self, told: dict[str, object]) -> dict[str, object]:
        if told["oid"] in self.server.large:
            return told
        return {**told, "actions": {"upload": {"href": f"{self.server.url}/lfs/{told['oid']}"}}}

    def committed(self, lines: list[dict[str, dict[str, str]]]) -> None:
        hub = self.server
        with hub.guard:
            if lines[0]["value"].get("parentCommit") != hub.head:
                self.answer(412, {"error": "A commit has happened since. Please refresh and try again."})
                return
            files = dict(hub.files)
            for line in lines[1:]:
                key, value = str(line["key"]), line["value"]
                if key == "file":
                    files[value["path"]] = base64.b64decode(value["content"])
                elif key == "lfsFile":
                    files[value["path"]] = hub.large[value["oid"]]
                else:
                    assert key == "deletedFile"
                    del files[value["path"]]
            hub.commit(files)
        self.answer(200, {"commitUrl": f"{hub.url}/spaces/maker/birds/commit/{hub.head}", "commitOid": hub.head})


@contextmanager
def serving(token: str) -> Iterator[Hub]:
    """On a port of its own."""
    hub = Hub(token)
    thread = threading.Thread(target=hub.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()
        thread.join()
