"""The types of fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import FieldDescriptorProto

from protoalign.compare.diff.scopes import Scope, as_text

if TYPE_CHECKING:
    from protoalign.compare.diff.counterparts import Counterparts

__all__ = ["FieldType", "are_same_types", "type_of", "type_texts"]

FIELD = FieldDescriptorProto
NAMED = {FIELD.TYPE_MESSAGE: "message", FIELD.TYPE_GROUP: "message", FIELD.TYPE_ENUM: "enum"}


@dataclass(frozen=True, slots=True)
class FieldType:
    """A field's type.

    Attributes:
        kind: `scalar`, `message`, `enum`, or `map`; `type` where the descriptor does not tell.
        name: of a scalar, what text calls it; else the full name; empty for a map.
        is_group: whether text declares it as a group.
        parts: a map's key and value.
    """

    kind: str
    name: str = ""
    is_group: bool = False
    parts: tuple[FieldType, ...] = ()

    @property
    def text(self) -> str:
        """The type as text has it, with the full name."""
        if self.parts:
            return f"map<{self.parts[0].text}, {self.parts[1].text}>"
        return f"group {self.name}" if self.is_group else self.name


def type_of(field: FieldDescriptorProto, scope: Scope) -> FieldType:
    """The type of a field in a scope."""
    entry = scope.entry_of(field)
    if entry is not None and scope.message is not None:
        key, value = scope.message.nested_type[entry].field
        return FieldType("map", parts=(_single(key), _single(value)))
    return _single(field)


def _single(field: FieldDescriptorProto) -> FieldType:
    if not field.HasField("type") or field.type in NAMED:
        kind = NAMED[field.type] if field.HasField("type") else "type"
        return FieldType(kind, as_text(field.type_name).removeprefix("."), field.type == FIELD.TYPE_GROUP)
    return FieldType("scalar", FIELD.Type.Name(field.type).removeprefix("TYPE_").lower())


def are_same_types(counterparts: Counterparts, one: FieldType, other: FieldType) -> bool:
    """Whether the subject's type is the reference's; a group is a message, whose encoding is an aspect of its own."""
    if one.kind != other.kind:
        return False
    if one.kind == "map":
        return all(are_same_types(counterparts, *parts) for parts in zip(one.parts, other.parts, strict=True))
    if one.kind == "scalar":
        return one.name == other.name
    return counterparts.same_name(one.name, other.name)


def type_texts(counterparts: Counterparts, one: FieldType, other: FieldType) -> tuple[str, str]:
    """Both types as text, with what they name where only that tells them apart: a message here and an enum there."""
    named, other_named = (each.parts[1] if each.parts else each for each in (one, other))
    if "scalar" in (named.kind, other_named.kind) or not counterparts.same_name(named.name, other_named.name):
        return one.text, other.text
    if named.kind == other_named.kind:
        return one.text, other.text
    if one.parts or other.parts:
        return f"{one.text} of {named.kind}", f"{other.text} of {other_named.kind}"
    return f"{named.kind} {one.text}", f"{other_named.kind} {other.text}"
