"""Releases in a cache of the test's own, git repositories, and the program run in this process."""

from __future__ import annotations

import io
import os
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from protoalign.cli import history, main, outdated, releases
from protoalign.contract import Contract, ContractFile, Provenance, build_contract
from protoalign.sources.compilers import compile_with_protoc
from protoalign.sources.package_cache import FetchedArchive, PackageCache

Texts = Mapping[str, str]


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


@pytest.fixture
def serialize(tmp_path: Path) -> Callable[[Texts], FileDescriptorSet]:
    number = 0

    def call(texts: Texts) -> FileDescriptorSet:
        nonlocal number
        number += 1
        root = tmp_path / f"compiled{number}"
        for name, text in texts.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return FileDescriptorSet.FromString(compile_with_protoc(root, sorted(texts)))

    return call


@pytest.fixture
def contract(serialize) -> Callable[..., Contract]:
    """A contract of one proto3 file `a.proto` in package `a`, or of the texts by file name."""

    def call(text: str | Texts) -> Contract:
        texts = {"a.proto": f'syntax = "proto3"; package a; {text}'} if isinstance(text, str) else text
        files = [ContractFile.of(file) for file in serialize(texts).file]
        own = [file for file in files if file.name in texts]
        return build_contract(own, Provenance("tree", "tree"), available=files)

    return call


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> PackageCache:
    root = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("PROTOALIGN_CACHE_DIR", str(root))
    return PackageCache(root)


@pytest.fixture
def publish(cache: PackageCache, serialize) -> Callable[..., None]:
    """Put a release of the package `demo` into the cache: with one proto3 file `demo.proto`, or with these contents."""

    def call(version: str, text: str | None = None, *, module: str = "", content: bytes | None = None) -> None:
        if text is not None:
            file = serialize({"demo.proto": f'syntax = "proto3"; package demo; {text}'}).file[0]
            module = f"D = pool.AddSerializedFile({file.SerializeToString()!r})\n"
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("demo/demo_pb2.py", module)
            archive.writestr(
                f"demo-{version}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: demo\nVersion: {version}\n"
            )
        packed = buffer.getvalue() if content is None else content
        scratch = cache.scratch_file()
        scratch.write_bytes(packed)
        filename = f"demo-{version}-py3-none-any.whl"
        digest = sha256(packed).hexdigest()
        cache.store(scratch, FetchedArchive(scratch, "demo", version, filename, digest), ("", filename))

    return call


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    others = [command for command in main.COMMANDS if command not in (history, outdated, releases)]
    monkeypatch.setattr(main, "COMMANDS", (*others, history, outdated, releases))

    def call(*arguments: object) -> Outcome:
        try:
            code = main.main([str(argument) for argument in arguments])
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


@dataclass(frozen=True)
class Repository:
    """A git repository; `commit` writes texts (None removes a file) and commits them."""

    path: Path

    def git(self, *arguments: str) -> str:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        command = ["git", "-c", "user.name=Somebody", "-c", "user.email=somebody@example.com", *arguments]
        return subprocess.run(
            command, cwd=self.path, env=environment, check=True, capture_output=True, text=True
        ).stdout.strip()

    def commit(self, summary: str, texts: Mapping[str, str | None]) -> str:
        for name, text in texts.items():
            file = self.path / name
            if text is None:
                file.unlink()
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", summary)
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "sdk")
    made.path.mkdir()
    made.git("init", "--quiet", "--initial-branch=main")
    return made
