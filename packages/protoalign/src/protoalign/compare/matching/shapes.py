"""The shape of an element: its numbers and types without names, and how alike two elements are by it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from protoalign.compare.matching.likeness import dice, name_likeness

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import DescriptorProto, EnumDescriptorProto, FieldDescriptorProto

    from protoalign.compare.nodes import NodeIndex
    from protoalign.compare.structure import Node

__all__ = ["Shape", "SideView", "likeness"]

OWN_NAME = 0.15
NOTHING_BUT_NAMES = 0.75


@dataclass(frozen=True, slots=True)
class Shape:
    """What an element is made of.

    Attributes:
        parts: numbers and types; what a wire format sees.
        names: the names of its parts.
    """

    parts: frozenset[Hashable]
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class SideView:
    """One side, with its type names made comparable with the other's.

    Attributes:
        index: the side's nodes.
        comparable: a type's full name to one that its counterpart has too, where it has one.
    """

    index: NodeIndex
    comparable: Callable[[str], str]

    def type_name(self, field: FieldDescriptorProto) -> str:
        """The full name of the message or enum that a field holds, or a map's values are; empty for scalars."""
        name = field.type_name.removeprefix(".")
        entry = self.index.map_entries.get(name)
        return name if entry is None else entry.field[-1].type_name.removeprefix(".")

    def field_key(self, field: FieldDescriptorProto) -> Hashable:
        """A field's type and cardinality, without number and name."""
        name = field.type_name.removeprefix(".")
        entry = self.index.map_entries.get(name)
        if entry is not None:
            return ("map", *(self.field_key(part) for part in entry.field))
        return (field.type, field.label == field.LABEL_REPEATED, self.comparable(name) if name else "")

    def shape(self, node: Node) -> Shape:
        """The shape of a message or enum."""
        if node.kind == "enum":
            enum = cast("EnumDescriptorProto", node.descriptor)
            return Shape(
                frozenset(value.number for value in enum.value),
                frozenset(_value_name(value.name) for value in enum.value),
            )
        message = cast("DescriptorProto", node.descriptor)
        return Shape(
            frozenset((field.number, self.field_key(field)) for field in message.field),
            frozenset(field.name for field in message.field),
        )


def likeness(one: Node, other: Node, shapes: tuple[Shape, Shape], *, least: float = 0.0) -> float:
    """How alike two messages or two enums are: mostly by shape, then by the names of their parts and their own.

    Args:
        one: a message or enum.
        other: another of the same kind.
        shapes: the shapes of the two.
        least: where it is plain that less than this comes out, the answer is 0.
    """
    a, b = shapes
    if not a.parts and not b.parts:
        # Of two that hold nothing, only the same name says something.
        return NOTHING_BUT_NAMES if one.simple_name == other.simple_name else 0.0
    # A single field, or an enum with nothing but its zero value, is too little to go by without names.
    weight = 0.6 if min(len(a.parts), len(b.parts)) > 1 else 0.4
    inside = weight * dice(a.parts, b.parts) + (0.85 - weight) * dice(a.names, b.names)
    if inside + OWN_NAME < least:
        return 0.0
    return inside + OWN_NAME * name_likeness(one.simple_name, other.simple_name)


def _value_name(name: str) -> str:
    """The last part of an enum value's name: the prefix repeats the enum's name, which may have changed."""
    return name.rpartition("_")[2]
