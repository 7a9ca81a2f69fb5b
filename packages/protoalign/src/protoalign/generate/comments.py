"""The comments of a contract's files, found once for all elements of a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from protobuf import DescField, DescFile, DescMessage, DescMethod, DescService

    Commented: TypeAlias = DescField | DescMessage | DescMethod | DescService

__all__ = ["comments_of"]

# Where the elements lie in google/protobuf/descriptor.proto: field numbers of FileDescriptorProto, DescriptorProto and
# ServiceDescriptorProto, of which a location's path consists.
_FILE_MESSAGES, _FILE_SERVICES = 4, 6
_MESSAGE_FIELDS, _MESSAGE_MESSAGES = 2, 3
_SERVICE_METHODS = 2

# What linters are told in comments is no business of a reader of documentation.
_DIRECTIVES = ("buf:lint:", "@exclude")


def comments_of(files: Iterable[DescFile]) -> Mapping[Commented, str]:
    """The comments on services, methods, messages and fields.

    Args:
        files: the files, with source info where their comments are to be had.

    Returns:
        The element to its comment, leading and trailing, without comment signs; elements without one are absent.
    """
    found: dict[Commented, str] = {}
    for file in files:
        info = file.proto.source_code_info
        texts = {
            tuple(location.path): text
            for location in (info.location if info is not None else ())
            if (text := _text(location.leading_comments, location.trailing_comments))
        }
        if texts:
            found.update((element, texts[path]) for element, path in _elements(file) if path in texts)
    return MappingProxyType(found)


def _elements(file: DescFile) -> Iterator[tuple[Commented, tuple[int, ...]]]:
    for index, service in enumerate(file.services):
        path = (_FILE_SERVICES, index)
        yield service, path
        for number, method in enumerate(service.methods):
            yield method, (*path, _SERVICE_METHODS, number)
    for index, message in enumerate(file.messages):
        yield from _message(message, (_FILE_MESSAGES, index))


def _message(message: DescMessage, path: tuple[int, ...]) -> Iterator[tuple[Commented, tuple[int, ...]]]:
    yield message, path
    # Map entries are nested messages of the descriptor, and none of those that the runtime lists.
    places = {nested.name: index for index, nested in enumerate(message.proto.nested_type)}
    fields = {field.name: index for index, field in enumerate(message.proto.field)}
    for field in message.fields:
        yield field, (*path, _MESSAGE_FIELDS, fields[field.name])
    for nested in message.nested_messages:
        yield from _message(nested, (*path, _MESSAGE_MESSAGES, places[nested.name]))


def _text(leading: str, trailing: str) -> str:
    parts = (_tidy(leading), _tidy(trailing))
    return "\n\n".join(part for part in parts if part)


def _tidy(comment: str) -> str:
    lines = [line.rstrip().removeprefix(" ") for line in comment.splitlines()]
    return "\n".join(line for line in lines if not line.lstrip().startswith(_DIRECTIVES)).strip("\n")
