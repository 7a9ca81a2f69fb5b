"""What godoc says of a message's fields: name, type, number, presence and the contract's comment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from protobuf import (
    DescEnum,
    DescFieldValueEnum,
    DescFieldValueList,
    DescFieldValueMap,
    DescFieldValueMessage,
    DescFieldValueScalar,
    DescMessage,
    ScalarType,
)
from protobuf.wkt.google.protobuf.descriptor_pb import FeatureSet

from protoalign.generate.go_names import ApiLevel, go_message
from protoalign.generate.go_text import go_item

if TYPE_CHECKING:
    from protobuf import DescField, DescOneof

    from protoalign.generate.comments import Commented

__all__ = ["SCALARS", "field_list"]

SCALARS: Mapping[ScalarType, str] = {
    ScalarType.DOUBLE: "float64",
    ScalarType.FLOAT: "float32",
    ScalarType.INT64: "int64",
    ScalarType.UINT64: "uint64",
    ScalarType.INT32: "int32",
    ScalarType.FIXED64: "uint64",
    ScalarType.FIXED32: "uint32",
    ScalarType.BOOL: "bool",
    ScalarType.STRING: "string",
    ScalarType.BYTES: "[]byte",
    ScalarType.UINT32: "uint32",
    ScalarType.SFIXED32: "int32",
    ScalarType.SFIXED64: "int64",
    ScalarType.SINT32: "int32",
    ScalarType.SINT64: "int64",
}
"""Scalar types to those of Go."""


def field_list(message: DescMessage, comments: Mapping[Commented, str]) -> str:
    """One item for each field of a message, in the contract's order; empty where it has none."""
    names = go_message(message)
    items = []
    for field in message.fields:
        oneof = _oneof(field)
        if oneof is not None and names.level is not ApiLevel.OPAQUE:
            name = f"{names.oneofs[oneof.name]}.{names.fields[field.name]}"
        else:
            name = names.fields[field.name]
        facts = [f"{_type(field)} {field.name} = {field.number}", _presence(field)]
        if field.deprecated:
            facts.append("deprecated")
        comment = comments.get(field, "")
        items.append(go_item(f"{name} ({', '.join(filter(None, facts))})" + (f": {comment}" if comment else "")))
    return "\n".join(items)


def _type(field: DescField) -> str:
    match field.value:
        case DescFieldValueMap(key=key, value=value):
            return f"map<{_element(key)}, {_element(value)}>"
        case DescFieldValueList(element=element):
            return f"repeated {_element(element)}"
        case DescFieldValueMessage(message=message, delimited_encoding=delimited):
            return f"group {message.type_name}" if delimited else message.type_name
        case DescFieldValueEnum(enum=enum):
            return enum.type_name
        case DescFieldValueScalar(scalar=scalar):
            return scalar.name.lower()


def _element(element: DescMessage | DescEnum | ScalarType) -> str:
    return element.name.lower() if isinstance(element, ScalarType) else element.type_name


def _presence(field: DescField) -> str:
    oneof = _oneof(field)
    if oneof is not None:
        return f"in oneof {oneof.name}"
    if isinstance(field.value, DescFieldValueList | DescFieldValueMap):
        return ""
    kinds = FeatureSet.FieldPresence
    named = {int(kinds.IMPLICIT): "implicit presence", int(kinds.LEGACY_REQUIRED): "required"}
    return named.get(int(field.presence), "explicit presence")


def _oneof(field: DescField) -> DescOneof | None:
    return None if isinstance(field.value, DescFieldValueList | DescFieldValueMap) else field.value.oneof
