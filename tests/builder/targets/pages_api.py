"""Stands for Cloudflare's API and for the host that it deploys to, as far as wrangler asks: what it is sent is kept."""

from __future__ import annotations

import base64
import email
import email.policy
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

TOKEN = "planted-token-of-cloudflare"
ACCOUNT = "f" * 32


def _jwt() -> str:
    parts = ({"alg": "none"}, {"exp": time.time() + 3600, "max_file_count_allowed": 20_000})
    return ".".join([*(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), ""])


class Pages(ThreadingHTTPServer):
    """`sets`: of each deployment, the contents by path; `uploads`: names of contents in the order they came."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.kept: dict[str, bytes] = {}
        self.sets: list[dict[str, bytes]] = []
        self.uploads: list[str] = []
        self.refuse, self.meanwhile = "", None  # type: tuple[str, Callable[[], None] | None]
        self.jwt = _jwt()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def project(self) -> dict[str, Any]:
        about = {"name": "birds", "domains": ["birds.pages.dev"], "production_branch": "main", "source": None}
        configs: dict[str, Any] = {"production": {}, "preview": {}}
        return {**about, "created_on": "2026-12-01T00:00:00Z", "deployment_configs": configs}

    def deployment(self, number: int) -> dict[str, Any]:
        stage = {"name": "deploy", "status": "success", "ended_on": "2026-12-01T00:00:00Z"}
        trigger = {"metadata": {"branch": "main", "commit_hash": ""}}
        about = {"id": f"d{number}", "url": f"https://d{number}.birds.pages.dev", "project_name": "birds"}
        return {
            **about,
            "environment": "production",
            "latest_stage": stage,
            "deployment_trigger": trigger,
            "aliases": [],
        }

    def deploy(self, manifest: dict[str, str], headers: bytes) -> dict[str, Any]:
        self.sets.append({path.lstrip("/"): self.kept[key] for path, key in manifest.items()} | {"_headers": headers})
        return self.deployment(len(self.sets))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Pages

    def log_message(self, *_: object) -> None:
        """Silent."""

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if not path.startswith("/api/"):
            return self._shown(path)
        below = path.removeprefix(f"/api/accounts/{ACCOUNT}/pages/projects")
        server, many = self.server, len(self.server.sets)
        found: dict[str, Any] = {
            "": [server.project],
            "/birds": server.project,
            "/birds/upload-token": {"jwt": server.jwt},
            "/birds/deployments": [server.deployment(number) for number in range(many, 0, -1)],
            f"/birds/deployments/d{many}": server.deployment(many),
        }
        if below not in found:
            return self._answer(404, None, 8000007, "Project not found.")
        return self._answer(200, found[below])

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"] or 0)) if "Content-Length" in self.headers else b""
        if not data and self.headers.get("Transfer-Encoding") == "chunked":
            data = self._chunks()
        name = urlsplit(self.path).path.rpartition("/")[2]
        if name == self.server.refuse:
            return self._answer(400, None, 8000000 + 42, f"No, {self.headers['Authorization']} may not.")
        return self._answer(200, getattr(self, "_" + name.replace("-", "_"))(data))

    def _check_missing(self, data: bytes) -> list[str]:
        return [key for key in json.loads(data)["hashes"] if key not in self.server.kept]

    def _upload(self, data: bytes) -> None:
        for row in json.loads(data):
            self.server.kept[row["key"]] = base64.b64decode(row["value"])
            self.server.uploads.append(row["key"])

    def _upsert_hashes(self, data: bytes) -> None:
        assert all(key in self.server.kept for key in json.loads(data)["hashes"])

    def _deployments(self, data: bytes) -> dict[str, Any]:
        if self.server.meanwhile:
            self.server.meanwhile()
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        message = email.message_from_bytes(head + data, policy=email.policy.HTTP)
        parts = {part.get_param("name", header="content-disposition"): part for part in message.iter_parts()}
        read = {str(name): bytes(part.get_payload(decode=True) or b"") for name, part in parts.items()}  # type: ignore[arg-type]
        return self.server.deploy(json.loads(read["manifest"]), read.get("_headers", b""))

    def _shown(self, path: str) -> None:
        data = self.server.sets[-1].get(path.lstrip("/")) if self.server.sets else None
        self.send_response(200 if data is not None else 404)
        self.send_header("Content-Length", str(len(data or b"")))
        self.end_headers()
        self.wfile.write(data or b"")

    def _chunks(self) -> bytes:
        found = b""
        while size := int(self.rfile.readline().strip() or b"0", 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return found

    def _answer(self, status: int, result: Any, code: int = 0, said: str = "") -> None:
        errors = [{"code": code, "message": said}] if code else []
        data = json.dumps({"success": not code, "errors": errors, "messages": [], "result": result}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
