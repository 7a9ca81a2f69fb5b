"""From the path of an element to what is around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto
    from google.protobuf.message import Message

__all__ = ["descriptors_around", "enclosing_name"]


def descriptors_around(file: FileDescriptorProto, path: tuple[int, ...]) -> list[Message]:
    """The descriptors on the way to an element, the outermost first, the element's own last; the file is left out."""
    found: list[Message] = []
    current: Message = file
    for number, index in zip(path[::2], path[1::2], strict=True):
        field = current.DESCRIPTOR.fields_by_number[number]
        current = getattr(current, field.name)[index]
        found.append(current)
    return found


def enclosing_name(file: FileDescriptorProto, path: tuple[int, ...]) -> str:
    """Full name of what directly encloses an element: a message, an enum or a service; the package at the top level.

    The name of an enum value does not say this: its scope is that of its enum.
    """
    names: list[str] = [around.name for around in descriptors_around(file, path[:-2])]  # type: ignore[attr-defined]
    return ".".join(([file.package] if file.package else []) + names)
