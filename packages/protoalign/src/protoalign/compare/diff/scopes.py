"""Where elements stand: what a scope declares, and what its elements inherit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    ServiceDescriptorProto,
)

from protoalign.compare.structure import Node, NodeKind
from protoalign.contract.elements import joined
from protoalign.contract.features import Features, edition_of, features_of_file, features_within

if TYPE_CHECKING:
    from protoalign.contract import ContractFile

__all__ = ["CHILD_LISTS", "ChildList", "Declared", "Scope", "as_text", "file_node", "scope_at"]


# The descriptor of an element; the list that holds it says of which kind, and only at run time.
Declared = Any


@dataclass(frozen=True, slots=True)
class ChildList:
    """A list of elements in a descriptor.

    Attributes:
        kind: what the elements are.
        attribute: the list's name in the descriptor.
        number: its field number there.
        label: what people call the list.
    """

    kind: NodeKind
    attribute: str
    number: int
    label: str


FILE, MESSAGE = FileDescriptorProto, DescriptorProto
CHILD_LISTS: dict[NodeKind, tuple[ChildList, ...]] = {
    "file": (
        ChildList("message", "message_type", FILE.MESSAGE_TYPE_FIELD_NUMBER, "messages"),
        ChildList("enum", "enum_type", FILE.ENUM_TYPE_FIELD_NUMBER, "enums"),
        ChildList("service", "service", FILE.SERVICE_FIELD_NUMBER, "services"),
        ChildList("extension", "extension", FILE.EXTENSION_FIELD_NUMBER, "extensions"),
    ),
    "message": (
        ChildList("field", "field", MESSAGE.FIELD_FIELD_NUMBER, "fields"),
        ChildList("oneof", "oneof_decl", MESSAGE.ONEOF_DECL_FIELD_NUMBER, "oneofs"),
        ChildList("message", "nested_type", MESSAGE.NESTED_TYPE_FIELD_NUMBER, "messages"),
        ChildList("enum", "enum_type", MESSAGE.ENUM_TYPE_FIELD_NUMBER, "enums"),
        ChildList("extension", "extension", MESSAGE.EXTENSION_FIELD_NUMBER, "extensions"),
    ),
    "enum": (ChildList("enum value", "value", EnumDescriptorProto.VALUE_FIELD_NUMBER, "values"),),
    "service": (ChildList("rpc", "method", ServiceDescriptorProto.METHOD_FIELD_NUMBER, "rpcs"),),
}


def as_text(value: str | bytes) -> str:
    """A string of a descriptor; the runtime hands out as bytes those that are not UTF-8."""
    return value if isinstance(value, str) else value.decode(errors="backslashreplace")


def file_node(file: ContractFile) -> Node:
    """The node of a file."""
    return Node("file", file.name, file.name, (), file.descriptor)


@dataclass(frozen=True)
class Scope:
    """A file, message, enum or service of one side.

    Attributes:
        node: its node.
        name: the scope of its children's names: of an enum the one around it, as protobuf has it.
        edition: the file's edition, see `protoalign.contract.features.edition_of`.
        features: the features that hold in it.
    """

    node: Node
    name: str
    edition: int
    features: Features

    @classmethod
    def of_file(cls, node: Node) -> Scope:
        """The top level of a file."""
        file = cast("FileDescriptorProto", node.descriptor)
        return cls(node, as_text(file.package), edition_of(file), features_of_file(file))

    def within(self, node: Node) -> Scope:
        """The scope that a message, enum or service in this one makes."""
        name = self.name if node.kind == "enum" else node.name
        features = self.features
        if node.kind in ("message", "enum"):
            features = features_within(features, cast("DescriptorProto | EnumDescriptorProto", node.descriptor))
        return Scope(node, name, self.edition, features)

    def elements(self, children: ChildList) -> Sequence[Declared]:
        """The descriptors in one of its lists."""
        return cast("Sequence[Declared]", getattr(self.node.descriptor, children.attribute))

    def is_syntax(self, children: ChildList, index: int, element: Declared) -> bool:
        """Whether an element of a list stands for syntax, so that it is no node."""
        if children.kind == "message":
            return bool(element.options.map_entry)
        return children.kind == "oneof" and index in self.synthetic

    def child(self, children: ChildList, index: int, element: Declared) -> Node:
        """The node of an element of a list."""
        path = (*self.node.path, children.number, index)
        return Node(children.kind, joined(self.name, as_text(element.name)), self.node.file, path, element)

    @property
    def message(self) -> DescriptorProto | None:
        """Its descriptor if it is a message."""
        descriptor = self.node.descriptor
        return descriptor if isinstance(descriptor, DescriptorProto) else None

    @cached_property
    def synthetic(self) -> frozenset[int]:
        """The indexes of the oneofs that optional fields bring along."""
        if self.message is None or not self.message.oneof_decl:
            return frozenset()
        return frozenset(field.oneof_index for field in self.message.field if field.proto3_optional)

    @cached_property
    def entries(self) -> dict[str, int]:
        """Its map entries: a field's `type_name` to the index of the nested message."""
        if self.message is None:
            return {}
        return {
            f".{self.name}.{as_text(nested.name)}": index
            for index, nested in enumerate(self.message.nested_type)
            if nested.options.map_entry
        }

    def entry_of(self, field: FieldDescriptorProto) -> int | None:
        """The index of a field's map entry; None where it is no map."""
        if not self.entries or field.label != FieldDescriptorProto.LABEL_REPEATED or field.HasField("extendee"):
            return None
        index = self.entries.get(as_text(field.type_name))
        if index is None or self.message is None or field.type != FieldDescriptorProto.TYPE_MESSAGE:
            return None
        # One without key and value is a message like others.
        return index if len(self.message.nested_type[index].field) == 2 else None

    def field_features(self, field: FieldDescriptorProto) -> Features:
        """The features that a field of this scope starts from: those of its oneof, if it is in one."""
        if self.message is None or not field.HasField("oneof_index") or field.HasField("extendee"):
            return self.features
        oneofs = self.message.oneof_decl
        if not 0 <= field.oneof_index < len(oneofs):
            return self.features
        return features_within(self.features, oneofs[field.oneof_index])


def scope_at(file: Node, path: tuple[int, ...]) -> Scope:
    """The scope of a file whose path is this one."""
    scope = Scope.of_file(file)
    for number, index in zip(path[::2], path[1::2], strict=True):
        (children,) = (each for each in CHILD_LISTS[scope.node.kind] if each.number == number)
        scope = scope.within(scope.child(children, index, scope.elements(children)[index]))
    return scope
