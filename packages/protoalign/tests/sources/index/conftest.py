"""A package index on this machine, and settings under which nothing else is asked."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from protoalign.sources import index_client


def wheel(name: str, version: str, extra: bytes = b"") -> bytes:
    """A wheel with one descriptor, whose file is named after the release."""
    serialized = FileDescriptorProto(name=f"{name}/{version}.proto").SerializeToString()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"{name}/x_pb2.py", f"D = pool.AddSerializedFile({serialized!r})\n# {extra!r}\n")
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Dist: other>=1\n\n"
        archive.writestr(f"{name}-{version}.dist-info/METADATA", metadata)
    return buffer.getvalue()


@dataclass
class LocalIndex:
    """What the server serves; tests change it as they go."""

    url: str
    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    yanked: dict[str, str] = field(default_factory=dict)
    as_json: bool = False
    answers: dict[str, list[Callable[[BaseHTTPRequestHandler], None]]] = field(default_factory=dict)
    requests: list[tuple[str, str | None]] = field(default_factory=list)

    def add(self, project: str, filename: str, content: bytes) -> str:
        self.files.setdefault(project, {})[filename] = content
        return hashlib.sha256(content).hexdigest()

    def release(self, project: str, version: str) -> str:
        package = project.replace("-", "_")
        return self.add(project, f"{package}-{version}-py3-none-any.whl", wheel(package, version))

    def paths(self) -> list[str]:
        return [path for path, _ in self.requests]

    def page(self, project: str) -> tuple[str, bytes]:
        entries = []
        for filename, content in self.files[project].items():
            digest = self.hashes.get(filename, hashlib.sha256(content).hexdigest())
            entries.append((filename, f"../../files/{project}/{filename}", digest))
        if self.as_json:
            listed = [
                {
                    "filename": filename,
                    "url": url,
                    "hashes": {"sha256": digest} if digest else {},
                    **({"yanked": self.yanked[filename]} if filename in self.yanked else {}),
                }
                for filename, url, digest in entries
            ]
            page = {"meta": {"api-version": "1.0"}, "name": project, "files": listed}
            return "application/vnd.pypi.simple.v1+json", json.dumps(page).encode()
        lines = []
        for filename, url, digest in entries:
            yanked = f' data-yanked="{self.yanked[filename]}"' if filename in self.yanked else ""
            fragment = f"#sha256={digest}" if digest else ""
            lines.append(f'<a href="{url}{fragment}"{yanked}>{filename}</a><br>')
        return "text/html", ("<!DOCTYPE html><html><body>" + "\n".join(lines) + "</body></html>").encode()


def respond(handler: BaseHTTPRequestHandler, status: int, kind: str, content: bytes, length: int | None = None) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(content) if length is None else length))
    handler.end_headers()
    # A client that was told to stop goes away in the middle.
    with suppress(ConnectionError):
        handler.wfile.write(content)


@pytest.fixture
def index() -> Iterator[LocalIndex]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.requests.append((self.path, self.headers.get("Authorization")))
            waiting = served.answers.get(self.path)
            if waiting:
                waiting.pop(0)(self)
                return
            parts = self.path.strip("/").split("/")
            if len(parts) == 2 and parts[0] == "simple" and parts[1] in served.files:
                respond(self, 200, *served.page(parts[1]))
            elif len(parts) == 3 and parts[0] == "files" and parts[2] in served.files.get(parts[1], {}):
                respond(self, 200, "application/octet-stream", served.files[parts[1]][parts[2]])
            else:
                respond(self, 404, "text/plain", b"not here")

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served = LocalIndex(f"http://127.0.0.1:{server.server_port}/simple")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield served
    server.shutdown()
    thread.join()
    server.server_close()


SETTINGS = ("PIP_", "UV_", "XDG_", "NETRC")


@pytest.fixture(autouse=True)
def settings_of_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No settings but the test's, a cache of its own, and pauses that do not hold the tests up."""
    import os

    for name in list(os.environ):
        if name.startswith(SETTINGS) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    work = tmp_path / "work"
    home.mkdir()
    work.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PROTOALIGN_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(work)
    monkeypatch.setattr(index_client, "FIRST_PAUSE", 0.001)
    return tmp_path


@pytest.fixture
def asked(index: LocalIndex, monkeypatch: pytest.MonkeyPatch) -> LocalIndex:
    """The index, set up as pip's."""
    monkeypatch.setenv("PIP_INDEX_URL", index.url)
    return index
