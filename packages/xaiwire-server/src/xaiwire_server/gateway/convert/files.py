"""Files: the messages of uploads and lists as the contract has them, answers as REST has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire.proto import files_pb2
from xaiwire_server.gateway.convert.moments import unix
from xaiwire_server.gateway.convert.oneofs import one
from xaiwire_server.gateway.shapes import files as shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ORDERS", "SORTS", "data_chunk", "file", "file_deleted", "file_list", "init_chunk"]

ORDERS = {"asc": files_pb2.Ordering.ASCENDING, "desc": files_pb2.Ordering.DESCENDING}
SORTS = {
    "created_at": files_pb2.FilesSortBy.CREATED_AT,
    "filename": files_pb2.FilesSortBy.FILENAME,
    "size": files_pb2.FilesSortBy.SIZE,
}


def init_chunk(filename: str, purpose: str) -> files_pb2.UploadFileChunk:
    """The message that an upload begins with."""
    return files_pb2.UploadFileChunk(chunk=one("init", files_pb2.UploadFileInit(name=filename, purpose=purpose)))


def data_chunk(data: bytes) -> files_pb2.UploadFileChunk:
    """A message with a piece of the content."""
    return files_pb2.UploadFileChunk(chunk=one("data", data))


def file(found: files_pb2.File) -> shapes.File:
    """A file."""
    return shapes.File(
        id=found.id,
        object="file",
        bytes=found.size,
        created_at=unix(found.created_at),
        expires_at=found.expires_at.seconds if found.expires_at is not None else None,
        filename=found.filename,
        team_id=found.team_id,
    )


def file_list(found: Sequence[files_pb2.File], *, has_more: bool, token: str) -> shapes.FileList:
    """A page of files.

    Args:
        found: the files.
        has_more: whether there are others behind them.
        token: by which the contract finds those; empty where it has none for this place.
    """
    return shapes.FileList(
        object="list",
        data=[file(each) for each in found],
        has_more=has_more,
        first_id=found[0].id if found else None,
        last_id=found[-1].id if found else None,
        pagination_token=token,
    )


def file_deleted(response: files_pb2.DeleteFileResponse) -> shapes.FileDeleted:
    """What became of a file that was to be deleted."""
    return shapes.FileDeleted(response.id, "file", response.deleted)
