"""Files: what to attach to messages and to put into collections.

The requests that the clients of `xaiwire.sync.files` and `xaiwire.aio.files` send, and the types that their methods
take.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, TypeAlias

from protobuf import Oneof

from xaiwire._choices import chosen
from xaiwire._files.source import Uploadable
from xaiwire._files.target import Downloadable, Writable
from xaiwire._gen.xai.api.v1 import files_pb
from xaiwire.progress import ProgressBarLike, ProgressCallback, TransferProgress

if TYPE_CHECKING:
    from xaiwire._files.source import Source

__all__ = [
    "CHUNK_SIZE",
    "Downloadable",
    "Order",
    "ProgressBarLike",
    "ProgressCallback",
    "SortBy",
    "Uploadable",
    "Writable",
    "data_chunk",
    "init_chunk",
    "list_request",
    "upload_chunks",
]

CHUNK_SIZE = 3 << 20
"""Bytes of a part of an upload, as the official client has it; a message may have 20 MiB."""

Order: TypeAlias = Literal["asc", "desc"]
SortBy: TypeAlias = Literal["created_at", "filename", "size"]

_ORDERS = {"asc": files_pb.Ordering.ASCENDING, "desc": files_pb.Ordering.DESCENDING}
_SORTS = {
    "created_at": files_pb.FilesSortBy.CREATED_AT,
    "filename": files_pb.FilesSortBy.FILENAME,
    "size": files_pb.FilesSortBy.SIZE,
}


def init_chunk(name: str, purpose: str) -> files_pb.UploadFileChunk:
    """The message that an upload begins with."""
    init: Oneof[Literal["init"], files_pb.UploadFileInit]
    init = Oneof("init", files_pb.UploadFileInit(name=name, purpose=purpose))
    return files_pb.UploadFileChunk(chunk=init)


def data_chunk(data: bytes) -> files_pb.UploadFileChunk:
    """A message with a part of the content."""
    content: Oneof[Literal["data"], bytes] = Oneof("data", data)
    return files_pb.UploadFileChunk(chunk=content)


def upload_chunks(source: Source, *, purpose: str, progress: TransferProgress) -> Iterator[files_pb.UploadFileChunk]:
    """The messages of an upload: the name first, then the content part by part.

    Args:
        source: gives the parts; one at a time is read.
        purpose: what the file is for.
        progress: is told of a part when the next message is asked for, which is when the part was taken.

    Yields:
        The messages.
    """
    yield init_chunk(source.name, purpose)
    while part := source.read():
        yield data_chunk(part)
        progress.advance(len(part))


def list_request(
    *,
    limit: int | None,
    order: Order | files_pb.Ordering | None,
    sort_by: SortBy | files_pb.FilesSortBy | None,
    pagination_token: str | None,
) -> files_pb.ListFilesRequest:
    """What asks for a page of files.

    Raises:
        ValidationError: an order or a field to sort by that does not exist.
    """
    request = files_pb.ListFilesRequest(pagination_token=pagination_token)
    if limit is not None:
        request.limit = limit
    if order is not None:
        request.order = chosen("order", order, _ORDERS)
    if sort_by is not None:
        request.sort_by = chosen("sort_by", sort_by, _SORTS)
    return request
