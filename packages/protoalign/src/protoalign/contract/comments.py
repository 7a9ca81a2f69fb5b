"""Comments on a contract's elements, each with where it was found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

__all__ = ["Comment", "comments_of_source_info"]


@dataclass(frozen=True, slots=True)
class Comment:
    """The comments of one element.

    Attributes:
        file: the .proto file's name.
        path: the element's path in its FileDescriptorProto, as SourceCodeInfo.Location.path defines it.
        leading: the text before the element, without comment marks, lines separated by newlines.
        trailing: the text behind it.
        detached: texts before it that a blank line separates from it.
        provenance: `source info`, or the member and line of the module whose docstring it was.
    """

    file: str
    path: tuple[int, ...]
    leading: str = ""
    trailing: str = ""
    detached: tuple[str, ...] = ()
    provenance: str = "source info"


def comments_of_source_info(descriptor: FileDescriptorProto) -> Iterator[Comment]:
    """Every comment in the file's source info, in its order."""
    for location in descriptor.source_code_info.location:
        if location.leading_comments or location.trailing_comments or location.leading_detached_comments:
            yield Comment(
                file=descriptor.name,
                path=tuple(location.path),
                leading=location.leading_comments,
                trailing=location.trailing_comments,
                detached=tuple(location.leading_detached_comments),
            )
