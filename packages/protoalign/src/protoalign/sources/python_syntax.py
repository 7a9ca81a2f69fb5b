"""Descriptors in the syntax tree of a Python module: which calls bring one, and which only build one up."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from protoalign.sources.python_literals import Bindings, Budget, bytes_of, name_of

__all__ = ["descriptors_of_tree", "parse_module"]

# All expressions of a module together may come to this many times what one descriptor may have.
BUDGET_FACTOR = 8
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
PARSERS = {"FromString", "ParseFromString", "MergeFromString"}
# Messages of descriptor.proto; called at a module's top level, they build a descriptor up as the module runs.
BUILT_UP = {"FileDescriptorProto", "DescriptorProto", "FileDescriptorSet"}


def parse_module(text: bytes) -> ast.Module:
    """Parse a module without running or warning about anything in it.

    Raises:
        SyntaxError: Python cannot parse it; also for text that is not in the encoding it declares.
        RecursionError, MemoryError: it nests too deep for Python's parser.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about invalid escapes and the like in the vendor's code
        try:
            return ast.parse(text)
        except ValueError as error:  # null bytes, and text that is not in its declared encoding
            raise SyntaxError(str(error)) from error


@dataclass(frozen=True, slots=True)
class _Call:
    node: ast.Call
    bindings: Bindings
    top_level: bool

    @property
    def position(self) -> tuple[int, int]:
        return self.node.lineno, self.node.col_offset


def descriptors_of_tree(tree: ast.Module, limit: int) -> tuple[list[tuple[int, bytes]], list[int]]:
    """The serialized descriptors of a module, and the lines of those that exist only as code.

    Args:
        tree: the module's syntax tree.
        limit: the most bytes that a descriptor may have.

    Returns:
        Line and bytes of each serialized descriptor; the lines of the others. Both in the order of the text.

    Raises:
        LiteralTooLargeError: an expression stands for more bytes than allowed.
        RecursionError: names refer to each other too deep.
    """
    calls = list(_calls(tree, Bindings(Budget(limit, BUDGET_FACTOR * limit))))
    found: list[tuple[tuple[int, int], bytes]] = []
    built: list[_Call] = []
    parsed_later: set[int] = set()
    for call in calls:
        if name_of(call.node.func) in PARSERS:
            parsed_later.update(id(node) for node in _receivers(call))
    for call in calls:
        kind = _kind(call, parsed_later)
        if kind is None:
            continue
        argument = kind if isinstance(kind, ast.expr) else None
        serialized = bytes_of(argument, call.bindings) if argument is not None else None
        if serialized is None:
            # What a function builds is a tool of the package; what the module itself builds is a contract of it.
            if call.top_level and not _is_taken_over(argument):
                built.append(call)
        elif name_of(call.node.func) == "FromString" and _receiver_name(call.node) == "FileDescriptorSet":
            found += [(call.position, file) for file in _files_of_set(serialized)]
        elif serialized:
            # No bytes are no file: protobuf's own modules pass them where a descriptor is built up in a function.
            found.append((call.position, serialized))
    found.sort(key=lambda each: each[0])
    return [(line, serialized) for (line, _), serialized in found], _lines_of_built(built)


def _lines_of_built(built: list[_Call]) -> list[int]:
    """The lines of what is built up by calls: of the files where there are any, not of each message in them."""
    files = [call for call in built if name_of(call.node.func) != "DescriptorProto"]
    return sorted({call.node.lineno for call in files or built})


def _is_taken_over(argument: ast.expr | None) -> bool:
    """Whether the bytes are those of a descriptor that exists already, such as another module's."""
    if isinstance(argument, ast.Call):
        return name_of(argument.func) == "SerializeToString"
    return isinstance(argument, ast.Attribute) and argument.attr == "serialized_pb"


def _calls(tree: ast.Module, bindings: Bindings) -> Iterator[_Call]:
    """All calls, each with the names that it sees. A stack instead of recursion: trees nest deep."""
    pending: list[tuple[ast.AST, Bindings, bool]] = [(tree, bindings, True)]
    while pending:
        node, scope, top_level = pending.pop()
        if isinstance(node, ast.stmt):
            scope.note(node)
        if isinstance(node, FUNCTIONS):
            scope, top_level = Bindings(bindings.budget, scope), False
        elif isinstance(node, ast.Call):
            yield _Call(node, scope, top_level)
        if not (isinstance(node, ast.If) and _is_main_check(node.test)):
            pending += [(child, scope, top_level) for child in reversed(list(ast.iter_child_nodes(node)))]


def _is_main_check(test: ast.expr) -> bool:
    """Whether this is `__name__ == …`: what stands under it does not run on import."""
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def _kind(call: _Call, parsed_later: set[int]) -> ast.expr | bool | None:
    """The argument that should hold the bytes, True where there is none, None where the call brings no descriptor."""
    node = call.node
    name = name_of(node.func)
    keywords = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
    if "serialized_pb" in keywords:
        argument = keywords["serialized_pb"]
        if name == "FileDescriptor" or bytes_of(argument, call.bindings):
            return argument
        return None
    if name == "AddSerializedFile":
        return next(iter([*node.args, *keywords.values()]), None)
    if name == "file_desc":
        return node.args[0] if node.args else None
    if name in PARSERS:
        return node.args[0] if node.args and _is_file_parser(call) else None
    if name == "FileDescriptor":
        return True if "name" in keywords else None
    if name in BUILT_UP and id(node) not in parsed_later:
        return True
    if name == "module" and _receiver_name(node) == "proto" and "package" in keywords:
        return True
    return None


def _is_file_parser(call: _Call) -> bool:
    """Whether what the call parses into is a file descriptor, or a set of them."""
    if name_of(call.node.func) == "FromString":
        return _receiver_name(call.node) in ("FileDescriptorProto", "FileDescriptorSet")
    return any(_is_file_message(node) for node in _receivers(call))


def _is_file_message(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and name_of(node.func) == "FileDescriptorProto"


def _receivers(call: _Call) -> list[ast.expr]:
    """The expression that made the object whose method is called."""
    function = call.node.func
    if not isinstance(function, ast.Attribute):
        return []
    if isinstance(function.value, ast.Name):
        assigned = call.bindings.assigned(function.value.id, call.position)
        return [assigned] if assigned is not None else []
    return [function.value]


def _receiver_name(call: ast.Call) -> str:
    return name_of(call.func.value) if isinstance(call.func, ast.Attribute) else ""


def _files_of_set(serialized: bytes) -> list[bytes]:
    from google.protobuf.descriptor_pb2 import FileDescriptorSet
    from google.protobuf.message import DecodeError

    try:
        files = FileDescriptorSet.FromString(serialized).file
    except DecodeError:
        return [serialized]  # whoever parses it says what is wrong with it
    return [file.SerializeToString(deterministic=True) for file in files]
