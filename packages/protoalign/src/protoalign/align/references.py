"""Type names and imports inside of descriptors: read, rewritten, completed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    MethodDescriptorProto,
    ServiceDescriptorProto,
)

from protoalign.contract.pools import file_descriptor_class, pool_of

if TYPE_CHECKING:
    from google.protobuf.message import Message

    from protoalign.contract import Contract

__all__ = ["Visibility", "add_imports", "element_at", "option_files", "rename_types", "set_imports", "type_names"]

FIELD_REFERENCES = ("type_name", "extendee")
METHOD_REFERENCES = ("input_type", "output_type")


def _references(element: Message) -> Iterator[tuple[Message, str]]:
    """Each message inside of an element that refers to a type, with the field that does."""
    if isinstance(element, FieldDescriptorProto):
        yield from ((element, name) for name in FIELD_REFERENCES if element.HasField(name))  # type: ignore[arg-type]
    elif isinstance(element, MethodDescriptorProto):
        yield from ((element, name) for name in METHOD_REFERENCES)
    else:
        for child in _children(element):
            yield from _references(child)


def _children(element: Message) -> Iterator[Message]:
    if isinstance(element, FileDescriptorProto):
        yield from element.message_type
        yield from element.enum_type
        yield from element.service
        yield from element.extension
    elif isinstance(element, DescriptorProto):
        yield from element.field
        yield from element.oneof_decl
        yield from element.extension
        yield from element.nested_type
        yield from element.enum_type
        yield from element.extension_range
    elif isinstance(element, EnumDescriptorProto):
        yield from element.value
    elif isinstance(element, ServiceDescriptorProto):
        yield from element.method


def type_names(element: Message) -> set[str]:
    """The full names, without leading dot, of the types that an element refers to."""
    return {getattr(holder, name).removeprefix(".") for holder, name in _references(element)}


def rename_types(element: Message, renamed: Callable[[str], str]) -> None:
    """Rewrite every reference to a type.

    Args:
        element: what to rewrite, in place.
        renamed: full name without leading dot to the new one.
    """
    for holder, name in _references(element):
        setattr(holder, name, f".{renamed(getattr(holder, name).removeprefix('.'))}")


def option_files(contract: Contract, file: str, path: tuple[int, ...]) -> set[str]:
    """The files that define the custom options of an element and of all that is below it.

    Args:
        contract: the contract that holds the element.
        file: the file that declares it.
        path: its path there, as SourceCodeInfo.Location.path defines it; empty for the whole file.
    """
    group = next(group for group in contract.groups if file in group)
    descriptor_class = file_descriptor_class(pool_of(contract.by_name[name] for name in group))
    element = element_at(descriptor_class.FromString(contract.by_name[file].serialized), path)
    return set(_extension_files(element))


def element_at(file: Message, path: tuple[int, ...]) -> Message:
    """The element of a file's descriptor at a path."""
    element = file
    for number, index in zip(path[::2], path[1::2], strict=True):
        element = getattr(element, element.DESCRIPTOR.fields_by_number[number].name)[index]
    return element


def _extension_files(message: Message) -> Iterator[str]:
    for field, value in message.ListFields():
        if field.is_extension:
            yield field.file.name  # type: ignore[attr-defined]
        if field.message_type is not None and not field.message_type.GetOptions().map_entry:
            for each in value if field.is_repeated else (value,):
                yield from _extension_files(each)


class Visibility:
    """Which file declares which type of the target, and which files a file sees through its imports.

    Args:
        files: all files that the target may be made of, by name.
    """

    def __init__(self, files: Mapping[str, FileDescriptorProto]) -> None:
        self._files = files
        self._declared = {
            full_name: file.name for file in files.values() for full_name in _declared(file, file.package)
        }

    def file_of(self, full_name: str) -> str | None:
        """The file that declares a type; None where none does."""
        return self._declared.get(full_name)

    def unseen(self, file: FileDescriptorProto, needed: Iterable[str]) -> list[str]:
        """Of the files that a file needs, those that none of its imports lets it see, sorted."""
        seen = {file.name}
        pending = list(file.dependency)
        while pending:
            name = pending.pop()
            if name not in seen:
                seen.add(name)
                imported = self._files.get(name)
                if imported is not None:
                    pending.extend(imported.dependency[index] for index in imported.public_dependency)
        return sorted(set(needed) - seen)


def _declared(declarations: FileDescriptorProto | DescriptorProto, scope: str) -> Iterator[str]:
    nested = declarations.message_type if isinstance(declarations, FileDescriptorProto) else declarations.nested_type
    prefix = f"{scope}." if scope else ""
    for enum in declarations.enum_type:
        yield f"{prefix}{enum.name}"
    for message in nested:
        yield f"{prefix}{message.name}"
        yield from _declared(message, f"{prefix}{message.name}")


def set_imports(file: FileDescriptorProto, target: Callable[[str], str | None]) -> None:
    """Rewrite a file's imports in place; those without target, twice the same, or of the file itself go.

    Args:
        file: the file.
        target: an import to its new name, or to None.
    """
    kinds = dict.fromkeys(file.public_dependency, "public") | dict.fromkeys(file.weak_dependency, "weak")
    imports: dict[str, str] = {}
    for index, name in enumerate(file.dependency):
        new = target(name)
        if new is not None and new != file.name:
            imports.setdefault(new, kinds.get(index, ""))
    file.dependency[:] = list(imports)
    file.public_dependency[:] = [index for index, kind in enumerate(imports.values()) if kind == "public"]
    file.weak_dependency[:] = [index for index, kind in enumerate(imports.values()) if kind == "weak"]
    options = [new for name in file.option_dependency if (new := target(name)) is not None]
    file.option_dependency[:] = list(dict.fromkeys(options))


def add_imports(file: FileDescriptorProto, needed: Iterable[str], visibility: Visibility) -> None:
    """Import, in place, what a file needs and cannot see."""
    file.dependency.extend(visibility.unseen(file, needed))
