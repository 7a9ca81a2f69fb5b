"""The canonical form of a file's descriptor: what digests and equality are taken of.

Compilers and generators differ in what they write down for one and the same file. The canonical form drops exactly
those differences and nothing else:

- source info (`source_code_info`) is left out;
- a `json_name` that equals the one protobuf derives from the field's name is left out, as is every `json_name` of
  an extension, whose JSON name cannot be chosen: protoc's Python generator omits them, its descriptor sets hold them;
- `syntax = "proto2"` is left out: it is what an absent syntax means;
- `client_streaming` and `server_streaming` that are false are left out;
- the default of a `float` or `double` is written with protoc's digits: buf writes others for the same number;
- empty `options` are left out, which say nothing and which no text can say; at a method they stay, because there
  text says them with empty braces;
- custom options are re-encoded in field number order through the definitions that the contract holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.message import DecodeError

from protoalign.contract.floats import canonical_number
from protoalign.errors import DescriptorError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from google.protobuf.descriptor_pb2 import DescriptorProto, EnumDescriptorProto
    from google.protobuf.message import Message

__all__ = ["canonical_descriptor", "canonical_file", "default_json_name"]

FLOAT = FieldDescriptorProto.TYPE_FLOAT
FLOAT_TYPES = (FLOAT, FieldDescriptorProto.TYPE_DOUBLE)


def default_json_name(name: str) -> str:
    """The JSON name that protobuf derives from a field's name.

    Source: `ToJsonName` in protobuf's descriptor.cc: underscores go, the ASCII letter behind one becomes upper case.
    """
    head, *rest = name.split("_")
    return head + "".join(_ascii_capital(part) for part in rest)


def _ascii_capital(part: str) -> str:
    first = part[:1]
    return (first.upper() if first.isascii() else first) + part[1:]


def canonical_file(serialized: bytes, descriptor_class: type[FileDescriptorProto] = FileDescriptorProto) -> bytes:
    """The canonical form of a serialized file.

    Args:
        serialized: a serialized FileDescriptorProto that is known to parse.
        descriptor_class: the class to read it with; one that knows the file's custom options (see
            `protoalign.contract.pools.file_descriptor_class`) makes their order canonical too.
    """
    return canonical_descriptor(serialized, descriptor_class).SerializeToString(deterministic=True)


def canonical_descriptor(
    serialized: bytes, descriptor_class: type[FileDescriptorProto] = FileDescriptorProto
) -> FileDescriptorProto:
    """The canonical form of a serialized file, as a message of `descriptor_class`.

    Raises:
        DescriptorError: a custom option does not hold what its definition says.
    """
    try:
        file = descriptor_class.FromString(serialized)
    except DecodeError as error:
        # It is known to parse as such, so it is a custom option that does not.
        raise DescriptorError(
            "an option does not hold what its definition says",
            where=FileDescriptorProto.FromString(serialized).name,
            hint="The descriptor is damaged, or was made with another definition of its custom options.",
        ) from error
    if not file.IsInitialized():
        raise DescriptorError(
            "an option lacks a field that its definition requires",
            where=file.name,
            hint="The descriptor is damaged, or comes from a parser that left its options uninterpreted.",
        )
    file.ClearField("source_code_info")
    if file.syntax == "proto2":
        file.ClearField("syntax")
    _clear_empty_options(file)
    _canonicalize_fields(file.extension, extensions=True)
    _canonicalize_enums(file.enum_type)
    for message in file.message_type:
        _canonicalize_message(message)
    for service in file.service:
        _clear_empty_options(service)
        for method in service.method:
            if not method.client_streaming:
                method.ClearField("client_streaming")
            if not method.server_streaming:
                method.ClearField("server_streaming")
    return file


def _canonicalize_message(message: DescriptorProto) -> None:
    _clear_empty_options(message)
    _canonicalize_fields(message.field, extensions=False)
    _canonicalize_fields(message.extension, extensions=True)
    _canonicalize_enums(message.enum_type)
    for oneof in message.oneof_decl:
        _clear_empty_options(oneof)
    for extension_range in message.extension_range:
        _clear_empty_options(extension_range)
    for nested in message.nested_type:
        _canonicalize_message(nested)


def _canonicalize_enums(enums: Iterable[EnumDescriptorProto]) -> None:
    for enum in enums:
        _clear_empty_options(enum)
        for value in enum.value:
            _clear_empty_options(value)


def _canonicalize_fields(fields: Iterable[FieldDescriptorProto], *, extensions: bool) -> None:
    for field in fields:
        _clear_empty_options(field)
        if field.HasField("json_name") and (extensions or field.json_name == default_json_name(field.name)):
            field.ClearField("json_name")
        if field.type in FLOAT_TYPES and field.HasField("default_value"):
            single = field.type == FLOAT
            if not isinstance(field.default_value, str):
                raise DescriptorError("a default in the descriptor is not UTF-8", where=field.name)
            field.default_value = canonical_number(field.default_value, single=single)


def _clear_empty_options(element: Message) -> None:
    if element.HasField("options") and not element.options.ByteSize():  # type: ignore[attr-defined]
        element.ClearField("options")
