"""What stands at the head of files: licences mostly."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from google.protobuf.descriptor_pb2 import FileDescriptorProto

from protoalign.contract import Comment, comments_of_source_info
from protoalign.output import STAMP_COMMENT

__all__ = ["Header", "common_header", "header_path", "without_stamp"]

FILE = FileDescriptorProto
LICENCE = re.compile(r"copyright|licen[cs]e|spdx", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Header:
    """Comments before a file's first statement.

    Attributes:
        detached: those that a blank line separates from it.
        leading: the one directly before it.
    """

    detached: tuple[str, ...] = ()
    leading: str = ""


def header_path(file: FileDescriptorProto) -> tuple[int, ...]:
    """The path of the statement that a file begins with."""
    return (FILE.EDITION_FIELD_NUMBER if file.syntax == "editions" else FILE.SYNTAX_FIELD_NUMBER,)


def without_stamp(comment: Comment) -> Comment:
    """The comment without the mark of `protoalign extract`, which a changed file no longer deserves."""
    return replace(comment, detached=tuple(text for text in comment.detached if not STAMP_COMMENT.fullmatch(text)))


def common_header(files: Sequence[FileDescriptorProto]) -> Header | None:
    """The comments that all files begin with; of a single file, those that speak of a licence.

    Returns:
        None where they have nothing in common.
    """
    headers = [_header(file) for file in files]
    if not headers:
        return None
    blocks = [(*header.detached, *([header.leading] if header.leading else [])) for header in headers]
    shared: list[str] = []
    for texts in zip(*blocks, strict=False):
        if len(set(texts)) > 1 or (len(blocks) == 1 and not LICENCE.search(texts[0])):
            break
        shared.append(texts[0])
    if not shared:
        return None
    if all(header.leading and len(header.detached) == len(shared) - 1 for header in headers):
        return Header(tuple(shared[:-1]), shared[-1])
    return Header(tuple(shared))


def _header(file: FileDescriptorProto) -> Header:
    for comment in comments_of_source_info(file):
        if comment.path == header_path(file):
            clean = without_stamp(comment)
            return Header(clean.detached, clean.leading)
    return Header()
