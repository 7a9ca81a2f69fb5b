"""The client of files in an event loop."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing, closing
from typing import TYPE_CHECKING, Unpack

from xaiwire import files
from xaiwire._callbacks import settle
from xaiwire._files.source_aio import AsyncSource, AsyncUploadable, open_source_async
from xaiwire._files.target import Downloadable
from xaiwire._files.target_aio import open_target_async
from xaiwire._gen.xai.api.v1 import files_pb
from xaiwire._options import without_call_info
from xaiwire._services import files as methods
from xaiwire._services.calls import iterate_pages_async
from xaiwire.files import CHUNK_SIZE, Order, ProgressCallback, SortBy
from xaiwire.progress import TransferProgress, report_form

if TYPE_CHECKING:
    from xaiwire._calls.options import CallOptions
    from xaiwire._services.calls import AsyncCaller

__all__ = ["Client"]


class Client:
    """Stores files and gives them back: `client.files`.

        file = await client.files.upload("report.pdf")
        async for file in client.files.list_all(order="desc", sort_by="size"):
            print(file.id, file.filename, file.size)
        await client.files.download(file.id, "copy.pdf")

    Files are read and written beside the event loop; cancelling the task cancels the call.

    All methods take `timeout` (seconds), `metadata`, `retry` and `call_info` for the one call; see CallOptions. Where a
    method makes several calls, they are said of each, and `call_info` is filled in by the last of those that matter.
    """

    __slots__ = ("_caller",)

    def __init__(self, caller: AsyncCaller) -> None:
        """Make a client.

        Args:
            caller: makes the calls.
        """
        self._caller = caller

    async def upload(
        self,
        file: AsyncUploadable,
        *,
        filename: str | None = None,
        purpose: str = "",
        on_progress: ProgressCallback = None,
        chunk_size: int = CHUNK_SIZE,
        **options: Unpack[CallOptions],
    ) -> files_pb.File:
        """Upload a file, part by part, so that the memory does not grow with it.

        A file that grows meanwhile is sent as far as it was when the upload began. One that loses bytes meanwhile ends
        the upload with an OSError. Pipes, and files that say that they are empty, are read to their end.

        Args:
            file: a path; bytes, a bytearray or a memoryview; a file object opened in binary mode, from where it stands,
                which stays open; or pieces of bytes of any size. File objects and pieces may be asynchronous.
            filename: the name; required where `file` has none. Without it, the last part of the path or of the file
                object's `name`.
            purpose: what the file is for; the server does not use it.
            on_progress: is told of the parts that are through; a function of (bytes so far, bytes of the whole or None)
                or of (bytes of the part), or an object with `update(bytes of the part)`; see xaiwire.progress. What it
                raises ends the upload and comes through. Coroutine functions are awaited.
            chunk_size: bytes of a part at most.
            **options: of the call; the timeout is that of the whole upload.

        Returns:
            The file's metadata.

        Raises:
            OSError: `file` cannot be opened or read; FileNotFoundError where it does not exist. The call is cancelled.
            ValidationError: there is no name, or `file` or `on_progress` cannot be used; nothing was sent.
            RpcError: the call failed. An upload is never made a second time.

        Example:
            await client.files.upload(b"a,b", filename="table.csv")
        """
        form = report_form(on_progress, awaits=True)
        with closing(await open_source_async(file, filename=filename, chunk_size=chunk_size)) as source:
            chunks = _upload_chunks(source, purpose, TransferProgress(form, source.total))
            return await self._caller.client_stream(methods.UPLOAD, chunks, options)

    async def list(
        self,
        *,
        limit: int | None = None,
        order: Order | files_pb.Ordering | None = None,
        sort_by: SortBy | files_pb.FilesSortBy | None = None,
        pagination_token: str | None = None,
        **options: Unpack[CallOptions],
    ) -> files_pb.ListFilesResponse:
        """Get one page of the files; `list_all` iterates over all of them.

        Args:
            limit: files on the page at most; the server's default, 100, where it is None.
            order: `"asc"` or `"desc"`.
            sort_by: `"created_at"`, `"filename"` or `"size"`.
            pagination_token: of the page before, its `pagination_token`.
            **options: of the call.

        Returns:
            The page: `data` has the files; `pagination_token` is empty on the last one.

        Raises:
            ValidationError: another order or field to sort by.
            RpcError: the call failed.
        """
        request = files.list_request(limit=limit, order=order, sort_by=sort_by, pagination_token=pagination_token)
        return await self._caller.unary(methods.LIST, request, options)

    def list_all(
        self,
        *,
        limit: int | None = None,
        order: Order | files_pb.Ordering | None = None,
        sort_by: SortBy | files_pb.FilesSortBy | None = None,
        pagination_token: str | None = None,
        **options: Unpack[CallOptions],
    ) -> AsyncGenerator[files_pb.File, None]:
        """Iterate over the files of all pages; a page is fetched when it is needed.

        Args:
            limit: files on a page at most, not of all pages.
            order: `"asc"` or `"desc"`.
            sort_by: `"created_at"`, `"filename"` or `"size"`.
            pagination_token: of the page to begin with.
            **options: of each call.

        Returns:
            An iterator over the files.

        Raises:
            ValidationError: another order or field to sort by.
            RpcError: a call failed, while iterating.
            RepeatedPageError: the server names a page a second time, while iterating.
        """
        return iterate_pages_async(
            lambda page: self._caller.unary(methods.LIST, page, options),
            files.list_request(limit=limit, order=order, sort_by=sort_by, pagination_token=pagination_token),
            field="pagination_token",
            token=lambda page: page.pagination_token,
            items=lambda page: page.data,
        )

    async def get(self, file_id: str, **options: Unpack[CallOptions]) -> files_pb.File:
        """Get a file's metadata.

        Args:
            file_id: the file's id.
            **options: of the call.

        Raises:
            RpcError: the call failed; NotFoundError where there is no such file.
        """
        return await self._caller.unary(methods.GET, files_pb.RetrieveFileRequest(file_id=file_id), options)

    async def delete(self, file_id: str, **options: Unpack[CallOptions]) -> files_pb.DeleteFileResponse:
        """Delete a file.

        Args:
            file_id: the file's id.
            **options: of the call.

        Returns:
            The id, and in `deleted` whether the file is gone.

        Raises:
            RpcError: the call failed.
        """
        return await self._caller.unary(methods.DELETE, files_pb.DeleteFileRequest(file_id=file_id), options)

    async def url(self, file_id: str, **options: Unpack[CallOptions]) -> files_pb.RetrieveFileURLResponse:
        """Get an address where a file's content can be fetched; the official client does not have this.

        Args:
            file_id: the file's id.
            **options: of the call.

        Returns:
            The response; `url` is the address.

        Raises:
            RpcError: the call failed.
        """
        return await self._caller.unary(methods.URL, files_pb.RetrieveFileURLRequest(file_id=file_id), options)

    async def content(self, file_id: str, **options: Unpack[CallOptions]) -> bytes:
        """Get the whole content of a file; `download` and `content_stream` need less memory.

        Args:
            file_id: the file's id.
            **options: of the call; the timeout is that of the whole content.

        Raises:
            RpcError: the call failed.
        """
        async with aclosing(self.content_stream(file_id, **options)) as parts:
            return b"".join([part async for part in parts])

    async def content_stream(self, file_id: str, **options: Unpack[CallOptions]) -> AsyncGenerator[bytes, None]:
        """Iterate over the parts of a file's content as they come.

        Args:
            file_id: the file's id.
            **options: of the call; the timeout is that of the whole content.

        Yields:
            The parts, none of them empty. Closing the generator cancels the call.

        Raises:
            RpcError: the call failed, maybe after some parts.

        Example:
            digest = hashlib.sha256()
            async for part in client.files.content_stream(file_id):
                digest.update(part)
        """
        request = files_pb.RetrieveFileContentRequest(file_id=file_id)
        async with aclosing(self._caller.server_stream(methods.CONTENT, request, options)) as chunks:
            async for chunk in chunks:
                if chunk.data:
                    yield chunk.data

    async def download(
        self,
        file_id: str,
        to: Downloadable,
        *,
        on_progress: ProgressCallback = None,
        **options: Unpack[CallOptions],
    ) -> int:
        """Write a file's content to a path or a file object, part by part.

        A path gets the whole content or stays as it was: the content is written beside it and moved there at the end.
        To a file object, the parts are written as they come.

        Args:
            file_id: the file's id.
            to: a path, whose folder exists; or a file object opened in binary mode, which stays open; its `write` may
                be a coroutine function.
            on_progress: as of `upload`. Where it is given, the file's metadata is fetched first, for its size.
            **options: of each call; the timeout is that of the whole content.

        Returns:
            The number of bytes.

        Raises:
            OSError: it cannot be written.
            ValidationError: `to` or `on_progress` cannot be used.
            RpcError: a call failed.
        """
        form = report_form(on_progress, awaits=True)
        target = await open_target_async(to)
        try:
            total = None
            if on_progress is not None:
                total = (await self.get(file_id, **without_call_info(options))).size or None
            progress = TransferProgress(form, total)
            async with aclosing(self.content_stream(file_id, **options)) as parts:
                async for part in parts:
                    await target.write(part)
                    await settle(progress.advance(len(part)))
            await target.commit()
        finally:
            target.abort()
        return progress.done


async def _upload_chunks(
    source: AsyncSource, purpose: str, progress: TransferProgress
) -> AsyncGenerator[files_pb.UploadFileChunk, None]:
    yield files.init_chunk(source.name, purpose)
    while part := await source.read():
        yield files.data_chunk(part)
        await settle(progress.advance(len(part)))
