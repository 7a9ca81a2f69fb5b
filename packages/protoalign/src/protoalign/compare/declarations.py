"""The declaration of an element as one line of .proto text, without its body: what reports show side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto

from protoalign.compare.paths import descriptors_around
from protoalign.contract.canonical import default_json_name
from protoalign.printer.literals import c_unescaped, quoted

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import EnumValueDescriptorProto, FileDescriptorProto, MethodDescriptorProto
    from google.protobuf.message import Message

    from protoalign.compare.structure import Node

__all__ = ["declaration"]

FIELD = FieldDescriptorProto
HEADS = {"message": "message", "enum": "enum", "service": "service", "oneof": "oneof"}
SCALARS = {
    number: name.removeprefix("TYPE_").lower()
    for name, number in FIELD.Type.items()
    if name not in ("TYPE_MESSAGE", "TYPE_ENUM", "TYPE_GROUP")
}
LABELS = {FIELD.LABEL_OPTIONAL: "optional ", FIELD.LABEL_REQUIRED: "required ", FIELD.LABEL_REPEATED: "repeated "}


def declaration(node: Node, file: FileDescriptorProto) -> str:
    """The declaration, with the options that protobuf itself defines; empty for files."""
    if node.kind == "file":
        return ""
    around = descriptors_around(file, node.path[:-2])
    scope = ".".join(([file.package] if file.package else []) + [each.name for each in around])  # type: ignore[attr-defined]
    if node.kind in ("field", "extension"):
        parent = around[-1] if around else None
        return _field(node.descriptor, file, scope, parent)  # type: ignore[arg-type]
    if node.kind == "enum value":
        return _enum_value(node.descriptor)  # type: ignore[arg-type]
    if node.kind == "rpc":
        return _rpc(node.descriptor, scope)  # type: ignore[arg-type]
    return f"{HEADS[node.kind]} {node.simple_name}"


def _rpc(method: MethodDescriptorProto, scope: str) -> str:
    request = f"{'stream ' if method.client_streaming else ''}{_shortened(method.input_type, scope)}"
    response = f"{'stream ' if method.server_streaming else ''}{_shortened(method.output_type, scope)}"
    return f"rpc {method.name}({request}) returns ({response});"


def _enum_value(value: EnumValueDescriptorProto) -> str:
    return f"{value.name} = {value.number}{_bracketed(_options(value))};"


def _field(field: FieldDescriptorProto, file: FileDescriptorProto, scope: str, parent: Message | None) -> str:
    entry = _map_entry(field, scope, parent)
    if entry is not None:
        key, value = (_type(part, scope) for part in entry.field)
        head = f"map<{key}, {value}>"
    else:
        head = f"{_label(field, file)}{_type(field, scope)}"
    options = []
    if field.HasField("default_value"):
        options.append(f"default = {_default(field)}")
    own_json_name = field.HasField("json_name") and not field.HasField("extendee")
    if own_json_name and field.json_name != default_json_name(field.name):
        options.append(f"json_name = {quoted(field.json_name)}")
    text = f"{head} {field.name} = {field.number}{_bracketed(options + _options(field))};"
    if field.HasField("extendee"):
        return f"extend {_shortened(field.extendee, scope)} {{ {text} }}"
    return text


def _map_entry(field: FieldDescriptorProto, scope: str, parent: Message | None) -> DescriptorProto | None:
    if (
        field.label != FIELD.LABEL_REPEATED
        or field.type != FIELD.TYPE_MESSAGE
        or not isinstance(parent, DescriptorProto)
    ):
        return None
    scope_of_type, _, name = field.type_name.removeprefix(".").rpartition(".")
    if scope_of_type != scope:
        return None
    entries = (each for each in parent.nested_type if each.name == name and each.options.map_entry)
    return next((entry for entry in entries if len(entry.field) == 2), None)


def _label(field: FieldDescriptorProto, file: FileDescriptorProto) -> str:
    if field.HasField("oneof_index") and not field.proto3_optional:
        return ""
    if field.label != FIELD.LABEL_OPTIONAL or file.syntax in ("", "proto2") or field.proto3_optional:
        return LABELS[field.label]
    return ""


def _type(field: FieldDescriptorProto, scope: str) -> str:
    if field.type in SCALARS and not field.type_name:
        return SCALARS[field.type]
    return f"{'group ' if field.type == FIELD.TYPE_GROUP else ''}{_shortened(field.type_name, scope)}"


def _shortened(type_name: str, scope: str) -> str:
    """The name less what it has in common with the scope it is used in, as people write it."""
    parts, around = type_name.removeprefix(".").split("."), scope.split(".")
    common = 0
    while common < min(len(parts) - 1, len(around)) and parts[common] == around[common]:
        common += 1
    # Half a package's name says less than all of it or none: `google.rpc.Status` seen from `google.api`.
    own_package_or_type = common == len(around) or parts[common][:1].isupper()
    return ".".join(parts[common:] if own_package_or_type else parts)


def _default(field: FieldDescriptorProto) -> str:
    if field.type == FIELD.TYPE_STRING:
        return quoted(field.default_value)
    if field.type == FIELD.TYPE_BYTES:
        return quoted(c_unescaped(field.default_value) or b"")
    return field.default_value


def _options(element: FieldDescriptorProto | EnumValueDescriptorProto) -> list[str]:
    """Set options that hold one plain value; custom ones and features are left to the difference that is about them."""
    if not element.HasField("options"):
        return []
    shown = []
    for option, value in element.options.ListFields():
        if option.is_extension or option.is_repeated or option.message_type is not None:
            continue
        if option.enum_type is not None:
            named = option.enum_type.values_by_number.get(value)
            text = str(value) if named is None else named.name
        else:
            text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
        shown.append(f"{option.name} = {text}")
    return shown


def _bracketed(options: list[str]) -> str:
    return f" [{', '.join(options)}]" if options else ""
