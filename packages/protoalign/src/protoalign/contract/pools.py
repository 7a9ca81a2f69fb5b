"""Descriptor pools of their own: nothing here touches the runtime's default pool."""

from __future__ import annotations

from collections.abc import Iterable

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

from protoalign.contract.file import ContractFile
from protoalign.contract.wellknown import well_known_file
from protoalign.errors import DescriptorError

__all__ = ["file_descriptor_class", "pool_of"]

DESCRIPTOR_PROTO = "google/protobuf/descriptor.proto"


def pool_of(files: Iterable[ContractFile]) -> DescriptorPool:
    """A pool that holds the files, which come in import order and closed over their imports.

    `google/protobuf/descriptor.proto` is added where the files lack it, so that options can be read.

    Raises:
        DescriptorError: the runtime refuses a file, with its reason.
    """
    pool = DescriptorPool()
    listed = list(files)
    if all(file.name != DESCRIPTOR_PROTO for file in listed):
        descriptor_proto = well_known_file(DESCRIPTOR_PROTO)
        if descriptor_proto is not None:
            pool.AddSerializedFile(descriptor_proto.serialized)
    for file in listed:
        try:
            _add(pool, file)
        except (TypeError, ValueError, UnicodeDecodeError) as error:
            reason = str(error).removeprefix("Couldn't build proto file into descriptor pool: ")
            raise DescriptorError(
                f"the descriptor is not valid: {reason}",
                where=file.name,
                hint="The file parses, but protobuf's rules forbid what it says.",
            ) from error
    return pool


def _add(pool: DescriptorPool, file: ContractFile) -> None:
    try:
        pool.AddSerializedFile(file.serialized)
    except TypeError:
        pool.AddSerializedFile(_without_what_the_runtime_misjudges(file.serialized))


def _without_what_the_runtime_misjudges(serialized: bytes) -> bytes:
    """The file less what the runtime refuses though compilers accept it; a pool serves to read options without it.

    Such are defaults like denormal floats, and JSON names of proto2 fields that come out equal: compilers warn of them.
    """
    file = FileDescriptorProto.FromString(serialized)
    _clear_float_defaults(file.extension)
    pending = list(file.message_type)
    while pending:
        message = pending.pop()
        _clear_float_defaults(message.field)
        _clear_float_defaults(message.extension)
        for field in message.field:
            field.json_name = f"{field.number}"
        pending.extend(message.nested_type)
    return file.SerializeToString()


def _clear_float_defaults(fields: Iterable[FieldDescriptorProto]) -> None:
    for field in fields:
        if field.type in (field.TYPE_FLOAT, field.TYPE_DOUBLE):
            field.ClearField("default_value")


def file_descriptor_class(pool: DescriptorPool) -> type[FileDescriptorProto]:
    """The pool's own FileDescriptorProto class, which knows the custom options that the pool declares.

    It has the attributes of `FileDescriptorProto` and is a different class.
    """
    return GetMessageClass(pool.FindMessageTypeByName("google.protobuf.FileDescriptorProto"))  # type: ignore[return-value]
