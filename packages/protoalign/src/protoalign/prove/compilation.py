"""Compiling a tree in which some files may be refused: the others must still come out."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from protoalign.errors import CompileError
from protoalign.sources.compilers import compile_with_buf, compile_with_protoc
from protoalign.sources.limits import Limits

__all__ = ["Compilation", "compile_what_compiles"]

NOT_NAMED_PROTO = "buf reads only files whose names end in .proto"


@dataclass(frozen=True, slots=True)
class Compilation:
    """What a compiler made of a tree.

    Attributes:
        compiled: file name to the serialized descriptor that the compiler made.
        refused: file name to what the compiler said against it.
    """

    compiled: Mapping[str, bytes]
    refused: Mapping[str, tuple[str, ...]]


def compile_what_compiles(
    compiler: str,
    tree: Mapping[str, str],
    imports: Mapping[str, Sequence[str]],
    *,
    limits: Limits | None = None,
) -> Compilation:
    """Compile a tree; whatever the compiler refuses is taken out, with all that imports it, and the rest tried again.

    Args:
        compiler: `protoc` or `buf`.
        tree: file name to text.
        imports: file name to the names that it imports.
        limits: bounds for each run of the compiler.

    Raises:
        ToolMissingError: the compiler is not installed.
    """
    bounds = limits or Limits()
    remaining = dict(tree)
    refused: dict[str, tuple[str, ...]] = {}
    if compiler == "buf":
        _refuse(
            {name: (NOT_NAMED_PROTO,) for name in tree if not name.endswith(".proto")},
            remaining,
            refused,
            imports,
        )
    while remaining:
        try:
            return Compilation(_run(compiler, remaining, bounds), refused)
        except CompileError as error:
            blamed = _blamed(error.diagnostics, remaining)
            if not blamed:
                break
            _refuse(blamed, remaining, refused, imports)
    compiled: dict[str, bytes] = {}
    for name in remaining:
        # The compiler names no file: try each by itself, with what it needs.
        try:
            outcome = _run(compiler, _closure(name, remaining, imports), bounds)
            compiled[name] = outcome[name]
        except CompileError as error:
            refused[name] = error.diagnostics
        except KeyError:
            refused[name] = (f"{compiler} compiles the tree, but not this file",)
    return Compilation(compiled, refused)


def _refuse(
    blamed: Mapping[str, tuple[str, ...]],
    remaining: dict[str, str],
    refused: dict[str, tuple[str, ...]],
    imports: Mapping[str, Sequence[str]],
) -> None:
    """Take the blamed files out of what remains, and after them everything that imports them."""
    for name, diagnostics in blamed.items():
        refused[name] = diagnostics
        remaining.pop(name, None)
    found = True
    while found:
        found = False
        for name in list(remaining):
            gone = [imported for imported in imports.get(name, ()) if imported in refused]
            if gone:
                refused[name] = (f"it imports {gone[0]}, which is refused",)
                del remaining[name]
                found = True


def _blamed(diagnostics: Iterable[str], names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The files that the diagnostics name; the last of several wins where one name begins another."""
    by_length = sorted(names, key=len, reverse=True)
    blamed: dict[str, list[str]] = {}
    for line in diagnostics:
        name = next((name for name in by_length if line.startswith(f"{name}:")), None)
        if name is not None:
            blamed.setdefault(name, []).append(line)
    return {name: tuple(lines) for name, lines in blamed.items()}


def _closure(name: str, tree: Mapping[str, str], imports: Mapping[str, Sequence[str]]) -> dict[str, str]:
    closure: dict[str, str] = {}
    pending = [name]
    while pending:
        reached = pending.pop()
        if reached in tree and reached not in closure:
            closure[reached] = tree[reached]
            pending.extend(imports.get(reached, ()))
    return closure


def _run(compiler: str, tree: Mapping[str, str], limits: Limits) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory(prefix="protoalign-") as scratch:
        root = Path(scratch)
        _write(compiler, root, tree)
        if compiler == "protoc":
            serialized = compile_with_protoc(root, sorted(tree), limits=limits)
        elif compiler == "buf":
            serialized = compile_with_buf(root, limits=limits)
        else:
            raise ValueError(f"no compiler named {compiler}")
    files = FileDescriptorSet.FromString(serialized).file
    return {file.name: file.SerializeToString() for file in files if file.name in tree}


def _write(compiler: str, root: Path, tree: Mapping[str, str]) -> None:
    for name, text in tree.items():
        path = root / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            # A name that this file system cannot hold, or a file where another name needs a folder.
            reason = f"{name}: the file cannot be written here: {error.strerror or error}"
            raise CompileError(compiler, (reason,)) from error
