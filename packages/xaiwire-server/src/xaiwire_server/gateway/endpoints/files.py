"""Files: upload, list, read, delete."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from xaiwire_server.gateway.convert.files import ORDERS, SORTS, file, file_deleted, file_list
from xaiwire_server.gateway.endpoints.file_upload import upload
from xaiwire_server.gateway.http.failures import invalid, not_carried, upstream_silent
from xaiwire_server.gateway.http.query import MAX_COUNT, NO_PLACE, query_choice, query_count
from xaiwire_server.gateway.routing import Route
from xaiwire_server.gateway.shapes.files import File, FileDeleted, FileList, FileUrl

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from typing import Any

    from xaiwire import AsyncClient
    from xaiwire.proto import files_pb2
    from xaiwire_server.gateway.http.exchange import Exchange

__all__ = ["FILE_ROUTES"]

MOST_PAGES = 100
"""Pages of the contract's that are looked through for the file that a page begins behind."""

_OCTETS = (b"content-type", b"application/octet-stream")

_FORM: dict[str, Any] = {
    "file": {"type": "string", "format": "binary", "description": "The file, with a filename; its type is not kept."},
    "purpose": {"type": "string", "description": "What it is for; before a large file, not behind it."},
}
_LIST_QUERY: dict[str, Any] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": MAX_COUNT, "description": "Files on the page at most."},
    "order": {"type": "string", "enum": [*ORDERS]},
    "sort_by": {"type": "string", "enum": [*SORTS]},
    "after": {"type": "string", "description": "The id of the file that the page begins behind."},
    "pagination_token": {"type": "string", "description": "What the page before said; in place of `after`."},
    "purpose": NO_PLACE,
}

_MISSING = {404: "There is no such file."}


async def list_files(exchange: Exchange, client: AsyncClient) -> None:
    """Tell a page of the files."""
    exchange.watch()
    params = exchange.query
    if params.get("purpose"):
        raise not_carried("purpose", "it does not tell what files are for")
    limit = query_count(params, "limit")
    order, sort_by = query_choice(params, "order", ORDERS), query_choice(params, "sort_by", SORTS)
    after, token = params.get("after", ""), params.get("pagination_token", "")

    async def fetch(token: str, limit: int = 0) -> files_pb2.ListFilesResponse:
        return await client.services.files.list(
            limit=limit, order=order, sort_by=sort_by, pagination_token=token or None, **exchange.options()
        )

    if not after:
        page = await fetch(token, limit or 0)
        token = page.pagination_token or ""
        await exchange.answer(file_list(page.data, has_more=bool(token), token=token))
    elif token:
        raise invalid("after", "there is a pagination_token, too; either says where the page begins")
    else:
        await exchange.answer(await _behind(fetch, after, limit))


async def _behind(
    fetch: Callable[[str], Awaitable[files_pb2.ListFilesResponse]], after: str, limit: int | None
) -> FileList:
    """The page behind a file. The contract knows pages by tokens only, so they are walked until the file is found.

    Args:
        fetch: gets the page of a token; of an empty one, the first.
        after: the id of the file.
        limit: files on the page at most; None for as many as the walk finds at once.

    Raises:
        ApiError: 400, the file was not found.
    """
    files: list[files_pb2.File] | None = None
    token = ""
    for _ in range(MOST_PAGES):
        page = await fetch(token)
        token = page.pagination_token or ""
        if files is not None:
            files.extend(page.data)
        else:
            at = next((at for at, each in enumerate(page.data) if each.id == after), None)
            files = None if at is None else page.data[at + 1 :]
        if not token or (files is not None and len(files) >= (limit or 1)):
            break
    if files is None:
        where = f"the first {MOST_PAGES} pages of the list" if token else "the list"
        raise invalid("after", f"{where} in this order do not have the file; pagination_token finds any place at once")
    if limit is not None and len(files) > limit:
        return file_list(files[:limit], has_more=True, token="")
    return file_list(files, has_more=bool(token), token=token)


async def retrieve(exchange: Exchange, client: AsyncClient) -> None:
    """Tell what is known of a file."""
    found = await client.services.files.get(file_id=_asked(exchange), **exchange.options())
    await exchange.answer(file(found))


async def delete(exchange: Exchange, client: AsyncClient) -> None:
    """Delete a file."""
    response = await client.services.files.delete(file_id=_asked(exchange), **exchange.options())
    await exchange.answer(file_deleted(response))


async def url(exchange: Exchange, client: AsyncClient) -> None:
    """Tell an address of a file's content."""
    response = await client.services.files.url(file_id=_asked(exchange), **exchange.options())
    await exchange.answer(FileUrl(response.url))


async def content(exchange: Exchange, client: AsyncClient) -> None:
    """Send a file's content, as it comes. Where that breaks off, the connection breaks, too."""
    file_id = _asked(exchange)
    async with aclosing(client.services.files.content(file_id=file_id, **exchange.options())) as chunks:
        # The first chunk decides whether this is an answer or an error.
        chunk = await _next(exchange, chunks)
        await exchange.begin(200, (_OCTETS,))
        while chunk is not None:
            if chunk.data:
                await exchange.send(chunk.data, more=True)
            chunk = await _next(exchange, chunks)
    await exchange.send(b"", more=False)


async def _next(
    exchange: Exchange, chunks: AsyncGenerator[files_pb2.FileContentChunk, None]
) -> files_pb2.FileContentChunk | None:
    silence = asyncio.timeout(exchange.settings.stream_silence)
    try:
        async with silence:
            return await anext(chunks, None)
    except TimeoutError:
        # The deadline of the whole call is a TimeoutError, too.
        if not silence.expired():
            raise
        raise upstream_silent(exchange.settings.stream_silence) from None


def _asked(exchange: Exchange) -> str:
    """The file that a path names."""
    exchange.watch()
    return exchange.params["file_id"]


FILE_ROUTES = (
    Route(
        name="files.upload",
        method="POST",
        path="/v1/files",
        endpoint=upload,
        summary="Upload a file",
        tag="Files",
        rpcs=("xai_api.Files/UploadFile",),
        form=_FORM,
        required=("file",),
        response=File,
        statuses={413: "The file is too large."},
    ),
    Route(
        name="files.list",
        method="GET",
        path="/v1/files",
        endpoint=list_files,
        summary="Tell a page of the files",
        tag="Files",
        rpcs=("xai_api.Files/ListFiles",),
        query=_LIST_QUERY,
        response=FileList,
    ),
    Route(
        name="files.get",
        method="GET",
        path="/v1/files/{file_id}",
        endpoint=retrieve,
        summary="Tell what is known of a file",
        tag="Files",
        rpcs=("xai_api.Files/RetrieveFile",),
        response=File,
        statuses=_MISSING,
    ),
    Route(
        name="files.delete",
        method="DELETE",
        path="/v1/files/{file_id}",
        endpoint=delete,
        summary="Delete a file",
        tag="Files",
        rpcs=("xai_api.Files/DeleteFile",),
        response=FileDeleted,
        statuses=_MISSING,
    ),
    Route(
        name="files.content",
        method="GET",
        path="/v1/files/{file_id}/content",
        endpoint=content,
        summary="Send a file's content",
        tag="Files",
        rpcs=("xai_api.Files/RetrieveFileContent",),
        content="application/octet-stream",
        statuses=_MISSING,
    ),
    Route(
        name="files.url",
        method="GET",
        path="/v1/files/{file_id}/url",
        endpoint=url,
        summary="Tell an address of a file's content, for some time",
        tag="Files",
        rpcs=("xai_api.Files/RetrieveFileURL",),
        response=FileUrl,
        statuses=_MISSING,
    ),
)
