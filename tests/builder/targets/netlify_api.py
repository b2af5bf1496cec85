"""Stands for Netlify's API and for the host that it deploys to, as its documents say: what it is sent is kept."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

TOKEN = "planted-token-of-netlify"
SITE = "0f8fad5b-d9cb-469f-a165-70867728950e"


@dataclass
class Deploy:
    """`files`: the SHA-1 by path; `looks`: how often it is asked for before it goes a step further by itself."""

    number: int
    files: dict[str, str]
    missing: set[str]
    state: str = "uploading"
    looks: int = 1
    published: str | None = None
    context: str = "production"

    def told(self) -> dict[str, Any]:
        required = [] if self.state == "preparing" else sorted(self.missing)
        about = {"id": f"d{self.number}", "state": self.state, "required": required, "published_at": self.published}
        return {**about, "context": self.context, "deploy_ssl_url": f"https://d{self.number}--birds.netlify.app"}


@dataclass
class Fault:
    """`times`: how many requests whose method and path begin so get that status; `said`: with what message."""

    begins: str
    status: int
    said: str = ""
    times: int = 1_000
    headers: dict[str, str] = field(default_factory=dict)


class Netlify(ThreadingHTTPServer):
    """`meanwhile`: called once, by its time: before the ledger is taken, or after; `uploads`: paths as they came."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.kept: dict[str, bytes] = {}
        self.deploys: list[Deploy] = []
        self.live: Deploy | None = None
        self.locked, self.times = False, 0
        self.uploads: list[str] = []
        self.faults: list[Fault] = []
        self.meanwhile: dict[str, Callable[[], None]] = {}
        self.guard = threading.RLock()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def shown(self) -> dict[str, bytes]:
        """What visitors get."""
        return {path: self.kept[sha] for path, sha in self.live.files.items()} if self.live else {}

    def site(self) -> dict[str, Any]:
        now = {**self.live.told(), "locked": self.locked} if self.live else None
        return {"id": SITE, "name": "birds", "url": self.url, "ssl_url": self.url, "published_deploy": now}

    def add(self, files: dict[str, str], later: bool = False) -> Deploy:
        missing = {sha for sha in files.values() if sha not in self.kept}
        self.deploys.append(Deploy(len(self.deploys) + 1, files, missing, "preparing" if later else "uploading"))
        self.step(self.deploys[-1])
        return self.deploys[-1]

    def publish(self, content: dict[str, bytes]) -> None:
        """Somebody else's deployment, from its beginning to its end."""
        files = {path: hashlib.sha1(data).hexdigest() for path, data in content.items()}
        self.kept |= {files[path]: data for path, data in content.items()}
        done = self.add(files)
        while done.state != "ready":
            self.look(done)

    def step(self, deploy: Deploy) -> None:
        if deploy.state == "uploading" and not deploy.missing:
            deploy.state, deploy.looks = "uploaded", 1

    def look(self, deploy: Deploy) -> None:
        """Netlify's own work, which goes on while somebody looks."""
        deploy.looks -= 1
        if deploy.looks >= 0:
            return
        if deploy.state == "preparing":
            deploy.state = "uploading"
            self.step(deploy)
        elif deploy.state == "uploaded":
            deploy.state, self.times = "ready", self.times + 1
            if not self.locked:
                deploy.published, self.live = f"2026-12-01T00:00:{self.times:02}.000Z", deploy

    def happens(self, when: str) -> None:
        if call := self.meanwhile.pop(when, None):
            call()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body in one packet, or each answer waits for the other side's word.
    wbufsize = -1
    server: Netlify

    def log_message(self, *_: object) -> None:
        """Silent."""

    def _do(self) -> None:
        data = self.rfile.read(size := int(self.headers["Content-Length"] or 0))
        if len(data) < size:
            # It was cut: nobody acts on half of a request.
            self.close_connection = True
            return None
        path = unquote(self.path)
        if not path.startswith("/api/v1/"):
            found = self.server.shown.get(path.lstrip("/"))
            return self._raw(404 if found is None else 200, found or b"")
        line, server = f"{self.command} {path.removeprefix('/api/v1')}", self.server
        with server.guard:
            for fault in server.faults:
                if line.startswith(fault.begins) and fault.times > 0:
                    fault.times -= 1
                    told = json.dumps({"code": fault.status, "message": fault.said}).encode()
                    return self._raw(fault.status, told, fault.headers)
            if self.headers["Authorization"] != f"Bearer {TOKEN}":
                given = self.headers["Authorization"]
                return self._json(401, {"code": 401, "message": f"Access Denied: {given}"})
            return self._answered(line.split("/"), data)

    do_GET = do_POST = do_PUT = _do

    def _answered(self, parts: list[str], data: bytes) -> None:
        server = self.server
        match parts:
            case ["GET ", "sites", name] if name in ("birds.netlify.app", SITE):
                return self._json(200, server.site())
            case ["GET ", "sites", name, "deploys"] if name == SITE:
                return self._json(200, [each.told() for each in reversed(server.deploys)])
            case ["POST ", "sites", name, "deploys"] if name == SITE:
                asked = json.loads(data)
                files = {path.lstrip("/"): sha for path, sha in asked["files"].items()}
                return self._json(200, server.add(files, asked["async"]).told())
            case ["GET ", "sites", name, "deploys", number] if name == SITE:
                deploy = self._deploy(number)
                server.look(deploy)
                return self._json(200, deploy.told())
            case ["POST ", "deploys", number, "cancel"]:
                deploy = self._deploy(number)
                deploy.state = "error"
                return self._json(201, deploy.told())
            case ["PUT ", "deploys", number, "files", *rest]:
                return self._put(self._deploy(number), "/".join(rest), data)
        return self._json(404, {"code": 404, "message": "Not Found"})

    def _put(self, deploy: Deploy, path: str, data: bytes) -> None:
        sha, server = hashlib.sha1(data).hexdigest(), self.server
        if deploy.files.get(path) != sha or deploy.state not in ("uploading", "uploaded"):
            return self._json(422, {"code": 422, "message": f"{path} is not what was told"})
        if path == "deployed.json":
            server.happens("before")
        server.kept[sha] = data
        server.uploads.append(path)
        deploy.missing.discard(sha)
        server.step(deploy)
        if path != "deployed.json":
            server.happens("early")
        return self._json(200, {"id": f"/{path}", "path": f"/{path}", "sha": sha, "size": len(data)})

    def _deploy(self, number: str) -> Deploy:
        return next(each for each in self.server.deploys if f"d{each.number}" == number)

    def _json(self, status: int, told: Any) -> None:
        self._raw(status, json.dumps(told).encode(), {"Content-Type": "application/json"})

    def _raw(self, status: int, data: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)
