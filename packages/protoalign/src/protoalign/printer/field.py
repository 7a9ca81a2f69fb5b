"""Fields and extensions: type, label, name, number, default, JSON name, options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto

from protoalign.contract.canonical import default_json_name
from protoalign.contract.elements import joined
from protoalign.contract.floats import as_float32, parse_number
from protoalign.errors import PrintError
from protoalign.printer.literals import c_unescaped, double_literal, float_literal, is_identifier, is_integer, quoted
from protoalign.printer.options import Option, in_brackets

if TYPE_CHECKING:
    from protoalign.printer.context import FileContext

__all__ = ["field_head", "field_lines", "field_options"]

FIELD = FieldDescriptorProto
SCALAR_TYPES = {
    number: name.removeprefix("TYPE_").lower()
    for name, number in FieldDescriptorProto.Type.items()
    if name not in ("TYPE_MESSAGE", "TYPE_ENUM", "TYPE_GROUP")
}
INTEGER_TYPES = frozenset(number for number, name in SCALAR_TYPES.items() if "int" in name or "fixed" in name)
LABELS = {FIELD.LABEL_OPTIONAL: "optional ", FIELD.LABEL_REQUIRED: "required ", FIELD.LABEL_REPEATED: "repeated "}


def field_lines(
    context: FileContext,
    field: FieldDescriptorProto,
    scope: str,
    *,
    entry: DescriptorProto | None = None,
    in_oneof: bool = False,
) -> list[str]:
    """A field or extension that is no group.

    Args:
        context: the file.
        field: the field.
        scope: the full name of what it stands in: a message, or the package.
        entry: the field's map entry, where it is a map.
        in_oneof: whether it stands in a oneof.
    """
    where = context.where("field", f"{scope}.{field.name}")
    if entry is None:
        type_ = _type(context, field, scope, where)
        label = _label(context, field, where, in_oneof=in_oneof)
    else:
        key, value = (_type(context, part, f"{scope}.{entry.name}", where, around=scope) for part in entry.field)
        type_, label = f"map<{key}, {value}>", ""
    options = field_options(context, field, scope, where)
    return in_brackets(f"{label}{type_} {field.name} = {field.number}", options)


def field_head(context: FileContext, field: FieldDescriptorProto, scope: str, *, in_oneof: bool) -> list[str]:
    """The head of a group, up to where its braces open."""
    where = context.where("group", f"{scope}.{field.name}")
    if context.syntax != "proto2":
        raise PrintError(f"no text can declare a group in {context.syntax}", where=where)
    type_name = field.type_name.rpartition(".")[2]
    label = _label(context, field, where, in_oneof=in_oneof)
    options = field_options(context, field, scope, where)
    return in_brackets(f"{label}group {type_name} = {field.number}", options, tail="")


def field_options(context: FileContext, field: FieldDescriptorProto, scope: str, where: str) -> list[Option]:
    """What stands in a field's brackets: the default, the JSON name, and its options."""
    options: list[Option] = []
    if field.HasField("default_value"):
        options.append(Option("default", (_default(field, where),)))
    # An extension's JSON name follows from its full name, and text cannot set it.
    own_json_name = field.HasField("json_name") and not field.HasField("extendee")
    if own_json_name and field.json_name != default_json_name(field.name):
        options.append(Option("json_name", (quoted(field.json_name),)))
    options.extend(context.options(field, scope=joined(scope, field.name), where=where))
    return options


def _label(context: FileContext, field: FieldDescriptorProto, where: str, *, in_oneof: bool) -> str:
    if in_oneof:
        if field.label != FIELD.LABEL_OPTIONAL:
            raise PrintError("no text can declare a required or repeated field in a oneof", where=where)
        return ""
    if field.label == FIELD.LABEL_REPEATED or context.syntax == "proto2":
        return LABELS[field.label]
    if field.label == FIELD.LABEL_REQUIRED:
        raise PrintError(f"no text can declare a required field in {context.syntax}", where=where)
    return "optional " if field.proto3_optional else ""


def _type(context: FileContext, field: FieldDescriptorProto, scope: str, where: str, *, around: str = "") -> str:
    scalar = SCALAR_TYPES.get(field.type) if field.HasField("type") else None
    if scalar is not None:
        return scalar
    if not field.type_name:
        raise PrintError("the field has no type", where=where)
    # A map's type is written in the message around its entry, but compilers look it up from inside the entry.
    scopes = (scope, around) if around else (scope,)
    return context.type_reference(field.type_name, scopes, where=where, only_types=True)


def _default(field: FieldDescriptorProto, where: str) -> str:
    text = field.default_value
    kind = field.type
    if kind == FIELD.TYPE_STRING:
        return quoted(text)
    if kind == FIELD.TYPE_BYTES:
        unescaped = c_unescaped(text)
        if unescaped is not None:
            return quoted(unescaped)
    elif kind == FIELD.TYPE_BOOL:
        if text in ("true", "false"):
            return text
    elif kind == FIELD.TYPE_ENUM:
        if is_identifier(text):
            return text
    elif kind in (FIELD.TYPE_FLOAT, FIELD.TYPE_DOUBLE):
        number = parse_number(text)
        if number is not None:
            return float_literal(as_float32(number)) if kind == FIELD.TYPE_FLOAT else double_literal(number)
    elif kind in INTEGER_TYPES and is_integer(text):
        return text
    raise PrintError(f"{text!r} is no default value of this type", where=where)
