"""The nodes of a contract by name, by parent and by file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FileDescriptorProto,
    ServiceDescriptorProto,
)

from protoalign.compare.structure import Node, NodeKind

if TYPE_CHECKING:
    from protoalign.contract import ContractFile

__all__ = ["NodeIndex", "count_nodes"]

FILE = FileDescriptorProto
MESSAGE = DescriptorProto


@dataclass(slots=True)
class NodeIndex:
    """The nodes of some files. Map entries and synthetic oneofs are none: they stand for syntax.

    Attributes:
        files: nodes of files, by name.
        by_name: all other nodes, by full name.
        children: full name of a message, enum or service, or name of a file, to its direct children in their order.
        parents: full name to the node of the enclosing message, enum, service or file.
        map_entries: full name of each map entry to its descriptor.
        by_kind: the nodes other than files, by kind.
        has_duplicates: whether two files declare one name.
    """

    files: dict[str, Node] = field(default_factory=dict)
    by_name: dict[str, Node] = field(default_factory=dict)
    children: dict[str, list[Node]] = field(default_factory=dict)
    parents: dict[str, Node] = field(default_factory=dict)
    map_entries: dict[str, DescriptorProto] = field(default_factory=dict)
    by_kind: dict[NodeKind, list[Node]] = field(default_factory=dict)
    has_duplicates: bool = False

    @classmethod
    def of(cls, files: Iterable[ContractFile]) -> NodeIndex:
        """Index files; where two declare one name, the first one's stays."""
        index = cls()
        for file in files:
            descriptor = file.descriptor
            node = Node("file", file.name, file.name, (), descriptor)
            index.files[file.name] = node
            index.children[file.name] = []
            index._declarations(node, descriptor.package, descriptor, _FILE_NUMBERS)
            for position, service in enumerate(descriptor.service):
                index._service(node, descriptor.package, service, (FILE.SERVICE_FIELD_NUMBER, position))
        return index

    def of_kind(self, parent: str, kind: NodeKind) -> Iterator[Node]:
        """The direct children of a kind."""
        return (child for child in self.children.get(parent, ()) if child.kind == kind)

    def descendants(self, parent: str) -> Iterator[Node]:
        """All nodes below a node, parents before children."""
        for child in self.children.get(parent, ()):
            yield child
            if child.kind in ("message", "enum", "service"):
                yield from self.descendants(child.name)

    def _add(self, kind: NodeKind, parent: Node, scope: str, path: tuple[int, ...], descriptor: object) -> Node:
        name = descriptor.name  # type: ignore[attr-defined]
        node = Node(kind, f"{scope}.{name}" if scope else name, parent.file, path, descriptor)  # type: ignore[arg-type]
        if self.by_name.setdefault(node.name, node) is node:
            self.parents[node.name] = parent
            self.by_kind.setdefault(kind, []).append(node)
            self.children[parent.name].append(node)
            if kind in ("message", "enum", "service"):
                self.children[node.name] = []
        else:
            self.has_duplicates = True
        return node

    def _declarations(
        self,
        parent: Node,
        scope: str,
        declarations: FileDescriptorProto | DescriptorProto,
        numbers: Mapping[str, int],
    ) -> None:
        messages = (
            declarations.message_type if isinstance(declarations, FileDescriptorProto) else declarations.nested_type
        )
        for position, message in enumerate(messages):
            self._message(parent, scope, message, (*parent.path, numbers["message"], position))
        for position, enum in enumerate(declarations.enum_type):
            path = (*parent.path, numbers["enum"], position)
            node = self._add("enum", parent, scope, path, enum)
            if self.by_name[node.name] is not node:
                continue
            for number, value in enumerate(enum.value):
                # The scope of a value is that of its enum.
                self._add("enum value", node, scope, (*path, EnumDescriptorProto.VALUE_FIELD_NUMBER, number), value)
        for position, extension in enumerate(declarations.extension):
            self._add("extension", parent, scope, (*parent.path, numbers["extension"], position), extension)

    def _message(self, parent: Node, scope: str, message: DescriptorProto, path: tuple[int, ...]) -> None:
        if message.options.map_entry:
            self.map_entries[f"{scope}.{message.name}" if scope else message.name] = message
            return
        node = self._add("message", parent, scope, path, message)
        if self.by_name[node.name] is not node:
            return
        synthetic = (
            {each.oneof_index for each in message.field if each.proto3_optional} if message.oneof_decl else frozenset()
        )
        for position, each in enumerate(message.field):
            self._add("field", node, node.name, (*path, MESSAGE.FIELD_FIELD_NUMBER, position), each)
        for position, oneof in enumerate(message.oneof_decl):
            if position not in synthetic:
                self._add("oneof", node, node.name, (*path, MESSAGE.ONEOF_DECL_FIELD_NUMBER, position), oneof)
        self._declarations(node, node.name, message, _MESSAGE_NUMBERS)

    def _service(self, parent: Node, scope: str, service: ServiceDescriptorProto, path: tuple[int, ...]) -> None:
        node = self._add("service", parent, scope, path, service)
        if self.by_name[node.name] is node:
            for position, method in enumerate(service.method):
                self._add("rpc", node, node.name, (*path, ServiceDescriptorProto.METHOD_FIELD_NUMBER, position), method)


_FILE_NUMBERS = {
    "message": FILE.MESSAGE_TYPE_FIELD_NUMBER,
    "enum": FILE.ENUM_TYPE_FIELD_NUMBER,
    "extension": FILE.EXTENSION_FIELD_NUMBER,
}
_MESSAGE_NUMBERS = {
    "message": MESSAGE.NESTED_TYPE_FIELD_NUMBER,
    "enum": MESSAGE.ENUM_TYPE_FIELD_NUMBER,
    "extension": MESSAGE.EXTENSION_FIELD_NUMBER,
}


def count_nodes(file: FileDescriptorProto) -> int:
    """Messages, enums, services, fields, values, RPCs, oneofs and extensions; what stands for syntax does not count."""
    total = len(file.enum_type) + len(file.service) + len(file.extension)
    total += sum(len(enum.value) for enum in file.enum_type) + sum(len(service.method) for service in file.service)
    pending: list[DescriptorProto] = list(file.message_type)
    while pending:
        message = pending.pop()
        if message.options.map_entry:
            continue
        total += 1 + len(message.field) + len(message.enum_type) + len(message.extension)
        total += sum(len(enum.value) for enum in message.enum_type)
        if message.oneof_decl:
            total += len(message.oneof_decl) - len({each.oneof_index for each in message.field if each.proto3_optional})
        pending.extend(message.nested_type)
    return total
