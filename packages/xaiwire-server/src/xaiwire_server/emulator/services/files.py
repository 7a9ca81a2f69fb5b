"""Files: upload, list, read, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire import StatusCode
from xaiwire.proto import files_pb2
from xaiwire_server.emulator.clock import timestamp
from xaiwire_server.emulator.services.checks import required
from xaiwire_server.emulator.state.paging import Order
from xaiwire_server.rpc.refusal import Refusal, invalid

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from xaiwire_server.emulator.context import Context, Handler
    from xaiwire_server.emulator.links import Links
    from xaiwire_server.emulator.state.blobs import BlobWriter
    from xaiwire_server.emulator.state.files import Files, StoredFile

__all__ = ["FilesService"]

_SortBy = files_pb2.FilesSortBy
_COLUMNS = {
    _SortBy.CREATED_AT: "created",
    _SortBy.FILENAME: "name",
    _SortBy.SIZE: "size",
}


class FilesService:
    """The service."""

    def __init__(self, files: Files, links: Links, *, max_bytes: int, lifetime: int | None) -> None:
        """Begin.

        Args:
            files: the files.
            links: makes addresses of contents.
            max_bytes: what a file may have.
            lifetime: how long files stay, in microseconds; None for ever.
        """
        self._files = files
        self._links = links
        self._max_bytes = max_bytes
        self._lifetime = lifetime

    def handlers(self) -> dict[str, Handler]:
        """The RPCs of the service."""
        return {
            "/xai_api.Files/UploadFile": self.upload,
            "/xai_api.Files/ListFiles": self.list,
            "/xai_api.Files/RetrieveFile": self.retrieve,
            "/xai_api.Files/DeleteFile": self.delete,
            "/xai_api.Files/RetrieveFileContent": self.content,
            "/xai_api.Files/RetrieveFileURL": self.url,
        }

    async def upload(self, chunks: AsyncIterator[files_pb2.UploadFileChunk], context: Context) -> files_pb2.File:
        """Take a file; it is there when its last chunk is, and not before."""
        writer = self._files.writer()
        try:
            init = await self._received(chunks, writer)
            digest = await self._files.keep(writer)
            stored = self._files.add(
                writer, digest, team_id=context.team, name=init.name, purpose=init.purpose, lifetime=self._lifetime
            )
        except BaseException:
            await self._files.abandon(writer)
            raise
        return _message(stored)

    async def _received(
        self, chunks: AsyncIterator[files_pb2.UploadFileChunk], writer: BlobWriter
    ) -> files_pb2.UploadFileInit:
        init: files_pb2.UploadFileInit | None = None
        number = 0
        async for each in chunks:
            number += 1
            part = each.chunk.value if each.chunk is not None else None
            if init is None:
                if not isinstance(part, files_pb2.UploadFileInit):
                    raise invalid("chunk", "the first message of an upload is `init`")
                required("init.name", part.name)
                init = part
            elif not isinstance(part, bytes):
                raise invalid("chunk", f"message {number} of the upload is not `data`")
            elif writer.size + len(part) > self._max_bytes:
                raise Refusal(
                    StatusCode.RESOURCE_EXHAUSTED, f"a file may have {self._max_bytes:,} bytes; this one has more"
                )
            else:
                await writer.write(part)
        if init is None:
            raise invalid("chunk", "the upload has no message `init`")
        return init

    async def list(self, request: files_pb2.ListFilesRequest, context: Context) -> files_pb2.ListFilesResponse:
        """A page of the files."""
        sort_by = request.sort_by if request.has_field("sort_by") else _SortBy.CREATED_AT
        if sort_by not in _COLUMNS:
            raise invalid("sort_by", f"{int(sort_by)} is no FilesSortBy")
        if request.order not in tuple(files_pb2.Ordering):
            raise invalid("order", f"{int(request.order)} is no Ordering")
        order = Order(_COLUMNS[sort_by], descending=request.order == files_pb2.Ordering.DESCENDING)
        files, token = self._files.page(context.team, order, request.limit or None, request.pagination_token)
        response = files_pb2.ListFilesResponse(data=[_message(file) for file in files])
        if token is not None:
            response.pagination_token = token
        return response

    async def retrieve(self, request: files_pb2.RetrieveFileRequest, context: Context) -> files_pb2.File:
        """What is known of a file."""
        return _message(self._files.get(context.team, required("file_id", request.file_id)))

    async def delete(self, request: files_pb2.DeleteFileRequest, context: Context) -> files_pb2.DeleteFileResponse:
        """Delete a file."""
        file = self._files.get(context.team, required("file_id", request.file_id))
        self._files.delete(file)
        return files_pb2.DeleteFileResponse(id=file.id, deleted=True)

    async def content(
        self, request: files_pb2.RetrieveFileContentRequest, context: Context
    ) -> AsyncIterator[files_pb2.FileContentChunk]:
        """A file's content, piece by piece."""
        file = self._files.get(context.team, required("file_id", request.file_id))
        async for piece in self._files.pieces(file):
            yield files_pb2.FileContentChunk(data=piece)

    async def url(
        self, request: files_pb2.RetrieveFileURLRequest, context: Context
    ) -> files_pb2.RetrieveFileURLResponse:
        """An address of a file's content, on the same port."""
        file = self._files.get(context.team, required("file_id", request.file_id))
        path = self._links.file_path(context.team, file.id)
        return files_pb2.RetrieveFileURLResponse(url=context.call.base_url + path)


def _message(file: StoredFile) -> files_pb2.File:
    message = files_pb2.File(
        size=file.size,
        created_at=timestamp(file.created),
        filename=file.name,
        id=file.id,
        team_id=file.team_id,
    )
    if file.expires is not None:
        message.expires_at = timestamp(file.expires)
    return message
