"""The JSON and the text form of a descriptor set.

Both name custom options by their extension's full name, so they can be read only by someone who knows the extension,
and its definition stands in the same set. Hence two passes: one that leaves custom options out and yields the
definitions, and one that reads everything with them and refuses what is then still unknown. Nothing is lost in silence.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from protoalign.contract import ContractFile, well_known_files
from protoalign.contract.groups import compatible_groups
from protoalign.contract.imports import import_order, missing_imports
from protoalign.contract.pools import pool_of
from protoalign.errors import DescriptorError, ProtoalignError

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorSet
    from google.protobuf.descriptor_pool import DescriptorPool

__all__ = ["files_of_json", "files_of_text", "is_json"]

DESCRIPTOR_PROTO = "google/protobuf/descriptor.proto"
# The numbers that `protoalign.sources.image` looks for; those of buf's other fields play no part.
BUF_EXTENSION, BUF_IS_IMPORT = 8042, 1
USE_BINARY = "Write the set in its binary form, which needs no definitions: buf build -o FILE.binpb"

# Parses into a set with the definitions of a pool; the last argument says whether unknown names are left out.
Parse = Callable[["FileDescriptorSet", "DescriptorPool", bool], None]


def is_json(content: bytes) -> bool:
    """Whether the content is JSON."""
    try:
        json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return False
    return True


def files_of_json(content: bytes, *, where: str) -> Iterator[bytes]:
    """The serialized files of a set in JSON, in their order; buf's additions are kept as their field.

    Raises:
        DescriptorError: the content is no JSON of a FileDescriptorSet, or holds custom options that nothing defines.
    """
    from google.protobuf import json_format

    try:
        data = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_object, parse_int=_integer)
    except (ValueError, RecursionError) as error:
        raise DescriptorError(f"is no JSON: {error}", where=where, hint=USE_BINARY) from error
    if not isinstance(data, dict):
        raise DescriptorError("is no JSON of a FileDescriptorSet", where=where, hint=USE_BINARY)

    def parse(message: FileDescriptorSet, pool: DescriptorPool, lenient: bool) -> None:
        json_format.ParseDict(data, message, ignore_unknown_fields=lenient, descriptor_pool=pool)

    return _files(parse, "JSON", where)


def files_of_text(content: bytes, *, where: str) -> Iterator[bytes]:
    """The serialized files of a set in protobuf's text format, in their order.

    Raises:
        DescriptorError: the content is no such text, or holds custom options that nothing defines.
    """
    from google.protobuf import text_format

    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DescriptorError("is no text", where=where, hint=USE_BINARY) from error

    def parse(message: FileDescriptorSet, pool: DescriptorPool, lenient: bool) -> None:
        text_format.Parse(
            text,
            message,
            allow_unknown_extension=lenient,
            allow_unknown_field=lenient,
            descriptor_pool=pool,
        )

    return _files(parse, "text", where)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("one key stands twice in an object")
    return found


def _integer(text: str) -> int | float:
    # protobuf's JSON of the double -0.0 is -0, whose sign Python's integers have no place for.
    return -0.0 if text == "-0" else int(text)


def _files(parse: Parse, form: str, where: str) -> Iterator[bytes]:
    plain_pool = pool_of([_with_buf_extension(None)])
    try:
        whole = _parsed(parse, plain_pool, form, where, lenient=False)
    except DescriptorError:
        pass
    else:
        # No custom options: nothing in it needs a definition.
        for file in whole.file:
            yield file.SerializeToString(deterministic=True)
        return
    definitions = _parsed(parse, plain_pool, form, where, lenient=True)
    known = {file.name: ContractFile.parse(file.SerializeToString(), where=where) for file in definitions.file}
    known |= _supplied(known)
    if missing := missing_imports(known):
        raise DescriptorError(
            f"its {form} holds custom options, and these imports, which may define them, are not in it: "
            + ", ".join(missing),
            where=where,
            hint="Leave the imports in the set (no --exclude-imports). " + USE_BINARY,
        )
    try:
        order = import_order(known)
        groups = compatible_groups(known, order)
        if len(groups) > 1:
            raise DescriptorError("different files in it declare the same names, so its custom options have no meaning")
        members = [_with_buf_extension(known[name]) if name == DESCRIPTOR_PROTO else known[name] for name in order]
        if DESCRIPTOR_PROTO not in known:
            members.insert(0, _with_buf_extension(None))
        whole = _parsed(parse, pool_of(members), form, where, lenient=False)
    except ProtoalignError as error:
        place = where if error.where in ("", where) else f"{where}: {error.where}"
        raise DescriptorError(error.what, where=place, hint=USE_BINARY) from error
    for file in whole.file:
        yield file.SerializeToString(deterministic=True)


def _supplied(known: dict[str, ContractFile]) -> dict[str, ContractFile]:
    """The well-known files that the set lacks and its files need."""
    well_known = {file.name: file for file in well_known_files()}
    supplied: dict[str, ContractFile] = {}
    while wanted := [name for name in missing_imports({**known, **supplied}) if name in well_known]:
        supplied.update({name: well_known[name] for name in wanted})
    return supplied


def _parsed(parse: Parse, pool: DescriptorPool, form: str, where: str, *, lenient: bool) -> FileDescriptorSet:
    from google.protobuf import json_format, text_format
    from google.protobuf.message_factory import GetMessageClass

    message: FileDescriptorSet = GetMessageClass(pool.FindMessageTypeByName("google.protobuf.FileDescriptorSet"))()  # type: ignore[assignment]
    try:
        parse(message, pool, lenient)
    except (json_format.Error, text_format.ParseError) as error:
        raise DescriptorError(
            f"its {form} is no FileDescriptorSet, or holds custom options that no file in it defines: {error}",
            where=where,
            hint=USE_BINARY,
        ) from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        raise DescriptorError(f"its {form} is no FileDescriptorSet: {error}", where=where, hint=USE_BINARY) from error
    return message


def _with_buf_extension(base: ContractFile | None) -> ContractFile:
    """descriptor.proto as buf's image format has it: with the field that says whether a file is an import."""
    return _extended(base.serialized if base is not None else _runtime_descriptor_proto())


def _runtime_descriptor_proto() -> bytes:
    return next(file.serialized for file in well_known_files() if file.name == DESCRIPTOR_PROTO)


@cache
def _extended(serialized: bytes) -> ContractFile:
    from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto

    file = FileDescriptorProto.FromString(serialized)
    target = next((message for message in file.message_type if message.name == "FileDescriptorProto"), None)
    if target is None:
        raise DescriptorError(f"the {DESCRIPTOR_PROTO} in it defines no FileDescriptorProto", hint=USE_BINARY)
    extension = file.message_type.add(name="BufImageFileExtension")
    module = extension.nested_type.add(name="ModuleInfo")
    module_name = module.nested_type.add(name="ModuleName")
    optional, repeated = FieldDescriptorProto.LABEL_OPTIONAL, FieldDescriptorProto.LABEL_REPEATED
    flag, text = FieldDescriptorProto.TYPE_BOOL, FieldDescriptorProto.TYPE_STRING
    number, group = FieldDescriptorProto.TYPE_INT32, FieldDescriptorProto.TYPE_MESSAGE
    scope = ".google.protobuf.BufImageFileExtension"
    for owner, name, field_number, label, kind, type_name in (
        (extension, "is_import", BUF_IS_IMPORT, optional, flag, ""),
        (extension, "module_info", 2, optional, group, f"{scope}.ModuleInfo"),
        (extension, "is_syntax_unspecified", 3, optional, flag, ""),
        (extension, "unused_dependency", 4, repeated, number, ""),
        (module, "name", 1, optional, group, f"{scope}.ModuleInfo.ModuleName"),
        (module, "commit", 2, optional, text, ""),
        (module_name, "remote", 1, optional, text, ""),
        (module_name, "owner", 2, optional, text, ""),
        (module_name, "repository", 3, optional, text, ""),
        (target, "buf_extension", BUF_EXTENSION, optional, group, scope),
    ):
        owner.field.add(name=name, number=field_number, label=label, type=kind, type_name=type_name or None)
    return ContractFile.of(file)
