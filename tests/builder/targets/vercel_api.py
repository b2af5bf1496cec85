"""Stands for Vercel's API, as its documents say, and for the host that it deploys to: what it is sent is kept."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "planted-token-of-vercel"
PROJECT, TEAM = "prj_birds", "team_birds"


class Vercel(ThreadingHTTPServer):
    """`made`: deployments in their order, each its files by path; `meanwhile`: called once, by its time."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.kept: dict[str, bytes] = {}
        self.made: list[dict[str, str]] = []
        self.states: list[str] = []
        self.live = -1
        self.uploads: list[str] = []
        self.refuse: dict[str, tuple[int, dict[str, Any]]] = {}
        self.meanwhile: dict[str, Callable[[], None]] = {}
        self.guard = threading.RLock()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def shown(self) -> dict[str, bytes]:
        """What visitors get."""
        return {path: self.kept[sha] for path, sha in self.made[self.live].items()} if self.live >= 0 else {}

    def publish(self, content: dict[str, bytes]) -> None:
        """Somebody else's deployment."""
        files = {path: hashlib.sha1(data).hexdigest() for path, data in content.items()}
        self.kept |= {files[path]: data for path, data in content.items()}
        self.add(files)
        self.states[-1], self.live = "READY", len(self.made) - 1

    def add(self, files: dict[str, str]) -> int:
        self.made.append(files)
        self.states.append("BUILDING")
        return len(self.made) - 1

    def deployment(self, number: int) -> dict[str, Any]:
        state = self.states[number]
        about = {"id": f"dpl_{number}", "url": f"birds-{number}.vercel.app", "readyState": state}
        return {**about, "aliasAssigned": 1_796_000_000_000 if self.live >= number else False}

    def look(self, number: int) -> None:
        """Vercel's own work, which goes on while somebody looks: first it is ready, then it has its domains."""
        if self.states[number] == "READY":
            self.live = max(self.live, number)
        self.states[number] = "READY"

    def happens(self, when: str) -> None:
        if call := self.meanwhile.pop(when, None):
            call()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body in one packet, or each answer waits for the other side's word.
    wbufsize = -1
    server: Vercel

    def log_message(self, *_: object) -> None:
        """Silent."""

    def _do(self) -> None:
        data = self.rfile.read(size := int(self.headers["Content-Length"] or 0))
        if len(data) < size:
            # It was cut: nobody acts on half of a request.
            self.close_connection = True
            return None
        found, server = urlsplit(self.path), self.server
        path, query = unquote(found.path), {name: each[0] for name, each in parse_qs(found.query).items()}
        with server.guard:
            if not path.startswith(("/v2/", "/v6/", "/v9/", "/v13/")):
                shown = server.shown.get(path.lstrip("/"))
                return self._raw(404 if shown is None else 200, shown or b"")
            line = f"{self.command} {path}"
            if line in server.refuse:
                return self._json(*server.refuse[line])
            if self.headers["Authorization"] != f"Bearer {TOKEN}":
                said = f"Not authorized: {self.headers['Authorization']}"
                return self._json(403, {"error": {"code": "forbidden", "message": said, "invalidToken": True}})
            if query.get("teamId") != TEAM:
                return self._json(404, {"error": {"code": "not_found", "message": "Project not found."}})
            return self._answered(line, query, data)

    do_GET = do_POST = _do

    def _answered(self, line: str, query: dict[str, str], data: bytes) -> None:
        server, name = self.server, line.rpartition("/")[2]
        if line == "GET /v9/projects/birds":
            live = {"id": f"dpl_{server.live}", "alias": ["birds-git-main-team.vercel.app", "birds.vercel.app"]}
            targets = {"production": live} if server.live >= 0 else {}
            return self._json(200, {"id": PROJECT, "name": "birds", "targets": targets})
        if line == "GET /v6/deployments" and query["projectId"] == PROJECT and query["target"] == "production":
            rows = [{"uid": f"dpl_{number}", "state": state} for number, state in enumerate(server.states)]
            return self._json(200, {"deployments": rows[::-1], "pagination": {}})
        if line == "POST /v2/files":
            sha = hashlib.sha1(data).hexdigest()
            if self.headers["x-vercel-digest"] != sha:
                return self._json(400, {"error": {"code": "sha1sum_mismatch", "message": "No."}})
            server.kept[sha] = data
            server.uploads.append(sha)
            server.happens("upload")
            return self._json(200, {"urls": []})
        if line == "POST /v13/deployments":
            return self._made(json.loads(data))
        if line.startswith("GET /v13/deployments/dpl_"):
            server.look(int(name[4:]))
            return self._json(200, server.deployment(int(name[4:])))
        return self._json(404, {"error": {"code": "not_found", "message": "Not found."}})

    def _made(self, asked: dict[str, Any]) -> None:
        server = self.server
        files = {each["file"]: each["sha"] for each in asked["files"]}
        missing = sorted({sha for sha in files.values() if sha not in server.kept})
        if missing:
            error = {"code": "missing_files", "message": "Missing files", "missing": missing}
            return self._json(400, {"error": error})
        assert asked["project"] == PROJECT
        assert asked["target"] == "production"
        assert asked["projectSettings"]["framework"] is None
        server.happens("last")
        return self._json(200, server.deployment(server.add(files)))

    def _json(self, status: int, told: Any) -> None:
        self._raw(status, json.dumps(told).encode())

    def _raw(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
