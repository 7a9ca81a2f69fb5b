"""What stands around a node in its own contract; files are indexed when something in them is asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
)

from protoalign.compare.nodes import NodeIndex
from protoalign.compare.paths import descriptors_around
from protoalign.compare.wire_types import WireField
from protoalign.contract.features import Features, edition_of, features_of_field, features_of_file, features_within

if TYPE_CHECKING:
    from protoalign.compare.structure import Node
    from protoalign.contract import Contract

__all__ = ["Lookup"]


class Lookup:
    """Questions about the nodes of one contract.

    Args:
        contract: the contract.
        nodes: nodes of it that are indexed already.
    """

    def __init__(self, contract: Contract, nodes: NodeIndex | None = None) -> None:
        self._contract = contract
        self._nodes = nodes or NodeIndex()
        self._indexes: dict[str, NodeIndex] = {}

    def index(self, file: str) -> NodeIndex:
        """The nodes of one of the contract's files, and perhaps of others."""
        if file in self._nodes.files:
            return self._nodes
        if file not in self._indexes:
            self._indexes[file] = NodeIndex.of((self._contract.by_name[file],))
        return self._indexes[file]

    def parent(self, node: Node) -> Node:
        """The message, enum, service or file that directly holds a node; of a file, the file itself."""
        index = self.index(node.file)
        return node if node.kind == "file" else index.parents.get(node.name, index.files[node.file])

    def children(self, node: Node) -> list[Node]:
        """The direct children of a node, in their order."""
        return self.index(node.file).children.get(node.name, [])

    def weight(self, node: Node) -> int:
        """How many elements a node is with all that is below it; a file itself is none."""
        return (node.kind != "file") + sum(1 for _ in self.index(node.file).descendants(node.name))

    def with_number(self, parent: Node, number: int) -> Node | None:
        """The field of a message, or the first value of an enum, that has this number."""
        kind = "enum value" if parent.kind == "enum" else "field"
        return next(
            (child for child in self.children(parent) if child.kind == kind and child.descriptor.number == number),  # type: ignore[attr-defined]
            None,
        )

    def reserves(self, parent: Node, number: int, name: str) -> bool:
        """Whether a message or enum reserves the number or the name."""
        if name in parent.descriptor.reserved_name:  # type: ignore[attr-defined]
            return True
        # The end of a range belongs to it in enums only.
        beyond = 1 if parent.kind == "enum" else 0
        ranges = parent.descriptor.reserved_range  # type: ignore[attr-defined]
        return any(each.start <= number < each.end + beyond for each in ranges)

    def oneof_members(self, field: Node) -> list[Node]:
        """The fields of the oneof that holds a field, itself included; empty where none does."""
        descriptor = cast("FieldDescriptorProto", field.descriptor)
        if not descriptor.HasField("oneof_index") or descriptor.proto3_optional:
            return []
        return [
            child
            for child in self.children(self.parent(field))
            if child.kind == "field"
            and child.descriptor.HasField("oneof_index")
            and child.descriptor.oneof_index == descriptor.oneof_index  # type: ignore[attr-defined]
        ]

    def features(self, node: Node) -> Features:
        """The features that hold for a node."""
        file = self._contract.by_name[node.file].descriptor
        features = features_of_file(file)
        around = descriptors_around(file, node.path)
        for each in around[:-1]:
            features = features_within(features, cast("DescriptorProto", each))
        if node.kind in ("field", "extension"):
            field = cast("FieldDescriptorProto", node.descriptor)
            oneofs = cast("DescriptorProto", around[-2]).oneof_decl if len(around) > 1 else ()
            if field.HasField("oneof_index") and 0 <= field.oneof_index < len(oneofs):
                features = features_within(features, oneofs[field.oneof_index])
            return features_of_field(features, field, edition_of(file))
        return features_within(features, cast("EnumDescriptorProto", around[-1])) if around else features

    def wire_field(self, node: Node, type_name: str | None = None) -> WireField:
        """What of a field or extension decides how its bytes are written and read.

        Args:
            node: the field.
            type_name: what to call its type, where that is to be compared with names of the other contract.
        """
        field = cast("FieldDescriptorProto", node.descriptor)
        features = self.features(node)
        plain = WireField(
            type=field.type,
            type_name=type_name if type_name is not None else field.type_name.removeprefix("."),
            repeated=field.label == field.LABEL_REPEATED,
            packed=features.is_packed,
            delimited=features.is_delimited,
            verifies_utf8=features.is_utf8_verified,
        )
        return replace(plain, closed=self._is_closed(field.type_name)) if field.type == field.TYPE_ENUM else plain

    def _is_closed(self, enum: str) -> bool:
        found = self._contract.find(enum)
        if found is None:
            return False
        file = self._contract.by_name[found.file].descriptor
        features = features_of_file(file)
        for each in descriptors_around(file, found.path):
            features = features_within(features, cast("EnumDescriptorProto", each))
        return features.is_closed
