"""Comments on services and RPCs, from the docstrings of `*_pb2_grpc.py`; the modules are parsed, never run.

Serialized descriptors in Python packages hold no comments, but gRPC's Python generator writes those on services and
RPCs into the docstrings of the servicer classes.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.message import DecodeError

from protoalign.contract import Comment
from protoalign.sources.python_syntax import parse_module

__all__ = ["comments_of_grpc_modules"]

# What the generator writes where the .proto file has no comment.
PLACEHOLDERS = {"Missing associated documentation comment in .proto file.", "Constructor."}
SERVICER = re.compile(rb"\nclass (?P<service>\w+)Servicer\b")
# A servicer class just as the generator writes it, which needs no syntax tree: that costs five times as much.
DOCSTRING = rb'"{3}((?:[^"\\\0\r]|"(?!""))*)"{3}\n'
GENERATED_METHOD = re.compile(
    rb"""\n\ {4}def\ (\w+)\(self,\ request(?:_iterator)?,\ context\):\n\ {8}%s
    \ {8}context\.set_code\(grpc\.StatusCode\.UNIMPLEMENTED\)\n
    \ {8}context\.set_details\(['"]Method\ not\ implemented!['"]\)\n
    \ {8}raise\ NotImplementedError\(['"]Method\ not\ implemented!['"]\)\n"""
    % DOCSTRING,
    re.VERBOSE,
)
GENERATED_CLASS = re.compile(rb"class \w+Servicer(?:\(object\))?:\n {4}" + DOCSTRING)
NEXT_BLOCK = re.compile(rb"^ ?[^\s)\]}]", re.MULTILINE)
# Field numbers in descriptor.proto: FileDescriptorProto.service and ServiceDescriptorProto.method.
SERVICE, METHOD = 6, 2


@dataclass(frozen=True, slots=True)
class _Service:
    file: str
    full_name: str
    path: tuple[int, ...]
    methods: Mapping[str, int]


def comments_of_grpc_modules(
    modules: Iterable[tuple[str, bytes]],
    descriptors: Iterable[bytes],
    note: Callable[[str], None] = lambda _text: None,
) -> tuple[Comment, ...]:
    """Read the comments that gRPC modules hold on the services of serialized files.

    Args:
        modules: name and text of each module; of two that say the same, the first counts.
        descriptors: the serialized files whose services the comments are on.
        note: is told of modules that Python cannot parse; they yield no comments.
    """
    services: dict[str, list[_Service]] = {}
    for service in _services(descriptors):
        services.setdefault(service.full_name.rpartition(".")[2], []).append(service)
    # Of equal texts on one element, such as those of two copies of a package, the first is kept.
    found: dict[tuple[str, tuple[int, ...], str], Comment] = {}
    for member, text in modules:
        try:
            comments = list(_comments(member, text, services))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            note(f"{member} does not parse, so its docstrings give no comments")
            continue
        for comment in comments:
            found.setdefault((comment.file, comment.path, comment.leading), comment)
    return tuple(found.values())


def _services(descriptors: Iterable[bytes]) -> Iterator[_Service]:
    seen: set[tuple[str, str]] = set()
    for serialized in descriptors:
        try:
            file = FileDescriptorProto.FromString(serialized)
        except DecodeError:
            continue  # whoever builds the contract says so
        for index, service in enumerate(file.service):
            full_name = f"{file.package}.{service.name}" if file.package else service.name
            if (file.name, full_name) not in seen:
                seen.add((file.name, full_name))
                methods = {method.name: number for number, method in enumerate(service.method)}
                yield _Service(file.name, full_name, (SERVICE, index), methods)


def _comments(member: str, text: bytes, services: Mapping[str, list[_Service]]) -> Iterator[Comment]:
    text = b"\n" + text  # so that a class in the first line has a line end before it, too
    for match in SERVICER.finditer(text):
        # Two packages may have a service of one name; the module says by its RPC paths which one it serves.
        meant = [service for service in services.get(match["service"].decode(), ()) if _serves(text, service)]
        if not meant:
            continue
        for name, docstring, line in _docstrings(text, match):
            comment = _comment_text(docstring)
            for service in meant if comment else ():
                path = _path(service, name)
                if path is not None:
                    yield Comment(service.file, path, leading=comment, provenance=f"{member}:{line}")


def _serves(text: bytes, service: _Service) -> bool:
    name = service.full_name.encode()
    # The stub names the path of each RPC; a service without any is only named where its handlers are registered.
    return b"/%s/" % name in text or (not service.methods and (b"'%s'" % name in text or b'"%s"' % name in text))


def _docstrings(text: bytes, match: re.Match[bytes]) -> list[tuple[str, str, int]]:
    """Method name (empty for the class itself), docstring and line of each docstring of a servicer class."""
    following = NEXT_BLOCK.search(text, match.end())
    piece = text[match.start() + 1 : following.start() if following else len(text)]
    before = text.count(b"\n", 0, match.start())
    generated = _generated_docstrings(piece)
    if generated is not None:
        return [(name, docstring, before + line) for name, docstring, line in generated]
    try:
        # The class alone is a quarter of the module, and parsing is what costs.
        tree = parse_module(piece)
    except SyntaxError:
        # A docstring may have lines that look like the next block.
        tree, before = parse_module(text), -1
    name = match["service"].decode() + "Servicer"
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return [(method, docstring, before + line) for method, docstring, line in _docstrings_of_class(node)]
    raise SyntaxError(f"the class {name} is not at the top level")


def _generated_docstrings(piece: bytes) -> list[tuple[str, str, int]] | None:
    """The same, counted in the class's own lines; None where the class is not as the generator writes it."""
    found: list[tuple[str, str, int]] = []
    position = line = 0
    match = GENERATED_CLASS.match(piece)
    name = b""
    while match is not None:
        start = match.start(match.lastindex or 0)
        line += piece.count(b"\n", position, start)
        found.append((name.decode(), match[match.lastindex or 0].decode("utf-8"), line + 1))
        line += piece.count(b"\n", start, match.end())
        position = match.end()
        match = GENERATED_METHOD.match(piece, position)
        name = match[1] if match is not None else b""
    return found if found and not piece[position:].strip(b"\n") else None


def _docstrings_of_class(servicer: ast.ClassDef) -> Iterator[tuple[str, str, int]]:
    functions = [node for node in servicer.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    for node in (servicer, *functions):
        first = node.body[0] if node.body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            yield "" if node is servicer else node.name, first.value.value, first.lineno


def _comment_text(docstring: str) -> str:
    """The text as source info has it: without the module's indentation, each line behind one space."""
    first, _, rest = docstring.expandtabs().partition("\n")
    lines = [first.strip(), *(line.rstrip() for line in textwrap.dedent(rest).split("\n"))]
    while lines and not lines[-1]:
        lines.pop()
    while lines and not lines[0]:
        lines.pop(0)
    if not lines or "\n".join(lines) in PLACEHOLDERS:
        return ""
    return "".join(f" {line}\n" if line else "\n" for line in lines)


def _path(service: _Service, method: str) -> tuple[int, ...] | None:
    if not method:
        return service.path
    index = service.methods.get(method)
    return None if index is None else (*service.path, METHOD, index)
