"""The elements of a file, by full name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    ServiceDescriptorProto,
)

from protoalign.errors import DescriptorError

if TYPE_CHECKING:
    from google.protobuf.message import Message

__all__ = ["Element", "ElementKind", "elements_of", "joined"]

ElementKind = Literal["message", "field", "oneof", "extension", "enum", "enum value", "service", "rpc"]

FILE = FileDescriptorProto
MESSAGE = DescriptorProto


@dataclass(frozen=True, slots=True)
class Element:
    """One named element of a contract.

    Attributes:
        kind: what it is.
        full_name: its full name without a leading dot. An enum value's scope is that of its enum, as protobuf has it.
        file: the .proto file that declares it.
        path: where in that file's descriptor, as SourceCodeInfo.Location.path defines it.
        descriptor: its descriptor message; to be read, not edited.
    """

    kind: ElementKind
    full_name: str
    file: str
    path: tuple[int, ...]
    descriptor: Message = field(repr=False, compare=False)


def joined(scope: str, name: str) -> str:
    """The full name of `name` in a scope; the outermost one is empty."""
    return f"{scope}.{name}" if scope else name


def elements_of(file: FileDescriptorProto) -> Iterator[Element]:
    """Every element of the file, parents before children.

    Raises:
        DescriptorError: a name is not UTF-8.
    """
    scope = file.package
    for index, message in enumerate(file.message_type):
        yield from _message(file.name, scope, message, (FILE.MESSAGE_TYPE_FIELD_NUMBER, index))
    for index, enum in enumerate(file.enum_type):
        yield from _enum(file.name, scope, enum, (FILE.ENUM_TYPE_FIELD_NUMBER, index))
    for index, service in enumerate(file.service):
        yield from _service(file.name, scope, service, (FILE.SERVICE_FIELD_NUMBER, index))
    for index, extension in enumerate(file.extension):
        yield _leaf("extension", file.name, scope, extension, (FILE.EXTENSION_FIELD_NUMBER, index))


def _leaf(
    kind: ElementKind,
    file: str,
    scope: str,
    descriptor: FieldDescriptorProto | Message,
    path: tuple[int, ...],
) -> Element:
    name: str = descriptor.name  # type: ignore[union-attr]
    if not isinstance(name, str):
        # A string that is not UTF-8 comes out of the runtime as bytes.
        raise DescriptorError("a name in the descriptor is not UTF-8", where=file)
    return Element(kind, joined(scope, name), file, path, descriptor)


def _message(file: str, scope: str, message: DescriptorProto, path: tuple[int, ...]) -> Iterator[Element]:
    itself = _leaf("message", file, scope, message, path)
    yield itself
    inner = itself.full_name
    for index, field_ in enumerate(message.field):
        yield _leaf("field", file, inner, field_, (*path, MESSAGE.FIELD_FIELD_NUMBER, index))
    for index, oneof in enumerate(message.oneof_decl):
        yield _leaf("oneof", file, inner, oneof, (*path, MESSAGE.ONEOF_DECL_FIELD_NUMBER, index))
    for index, nested in enumerate(message.nested_type):
        yield from _message(file, inner, nested, (*path, MESSAGE.NESTED_TYPE_FIELD_NUMBER, index))
    for index, enum in enumerate(message.enum_type):
        yield from _enum(file, inner, enum, (*path, MESSAGE.ENUM_TYPE_FIELD_NUMBER, index))
    for index, extension in enumerate(message.extension):
        yield _leaf("extension", file, inner, extension, (*path, MESSAGE.EXTENSION_FIELD_NUMBER, index))


def _enum(file: str, scope: str, enum: EnumDescriptorProto, path: tuple[int, ...]) -> Iterator[Element]:
    yield _leaf("enum", file, scope, enum, path)
    for index, value in enumerate(enum.value):
        yield _leaf("enum value", file, scope, value, (*path, EnumDescriptorProto.VALUE_FIELD_NUMBER, index))


def _service(file: str, scope: str, service: ServiceDescriptorProto, path: tuple[int, ...]) -> Iterator[Element]:
    itself = _leaf("service", file, scope, service, path)
    yield itself
    for index, method in enumerate(service.method):
        yield _leaf(
            "rpc",
            file,
            itself.full_name,
            method,
            (*path, ServiceDescriptorProto.METHOD_FIELD_NUMBER, index),
        )
