"""An upload: a form whose file goes upstream as it comes."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from xaiwire_server.gateway.convert.files import data_chunk, file, init_chunk
from xaiwire_server.gateway.http.failures import ApiError, invalid, not_carried
from xaiwire_server.gateway.http.multipart import FORM_BYTES, form_parts

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from xaiwire import AsyncClient
    from xaiwire.proto import files_pb2
    from xaiwire_server.gateway.http.exchange import Exchange
    from xaiwire_server.gateway.http.multipart import Part

__all__ = ["upload"]

HELD_BYTES = 4 << 20
"""What is held back of a file, so that fields behind a small one are known before its upload begins."""

PIECE_BYTES = 256 << 10
"""What a message of an upload has at least, but for the last one."""


async def upload(exchange: Exchange, client: AsyncClient) -> None:
    """Take a file."""
    # While the server upstream takes nothing, nothing is read that would tell that the client left.
    exchange.watch_connection()
    async with aclosing(form_parts(exchange, exchange.settings.max_file_bytes + FORM_BYTES)) as parts:
        form = _Form(exchange, parts)
        await form.begin()
        async with aclosing(form.messages()) as messages:
            stored = await client.services.files.upload(messages, **exchange.options())
    await exchange.answer(file(stored))


class _Form:
    """The form of an upload. No more of its file is in memory than is held back at its begin."""

    def __init__(self, exchange: Exchange, parts: AsyncGenerator[Part, None]) -> None:
        self._exchange = exchange
        self._parts = parts
        self._purpose: str | None = None
        self._file: Part | None = None
        self._filename = ""
        self._held: list[bytes] = []
        self._size = 0
        self._begun = False
        self._is_read = False

    async def begin(self) -> None:
        """Read as far as is held back.

        Raises:
            ApiError: this is no form with one file.
            ClientGoneError: the client left.
        """
        self._file = await self._next_file()
        if self._file is None:
            raise invalid("file", "the form has none; send it as the field file, with a filename")
        if not self._file.filename:
            raise invalid("file", "the part has no filename")
        self._filename = self._file.filename
        while self._size < HELD_BYTES:
            piece = await self._piece()
            if not piece:
                await self._end()
                break
            self._held.append(piece)

    async def messages(self) -> AsyncGenerator[files_pb2.UploadFileChunk, None]:
        """The messages of the upload, as the file comes.

        Raises:
            ApiError: what came later is wrong.
            ClientGoneError: the client left.
        """
        self._begun = True
        yield init_chunk(self._filename, self._purpose or "")
        self._held.reverse()
        while self._held:
            yield data_chunk(self._held.pop())
        if not self._is_read:
            while piece := await self._piece():
                yield data_chunk(piece)
            await self._end()

    async def _piece(self) -> bytes:
        """The next piece of the file; empty at its end."""
        if self._file is None:
            return b""
        limit = self._exchange.settings.max_file_bytes
        piece = bytearray()
        async for part in self._file:
            self._size += len(part)
            if self._size > limit:
                # Many clients read no answer before all is sent; how much that may be, the form's own limit says.
                async for _ in self._parts:
                    pass
                raise ApiError(413, f"file: it has more than {limit:,} bytes", code="request_too_large", param="file")
            piece += part
            if len(piece) >= PIECE_BYTES:
                break
        return bytes(piece)

    async def _end(self) -> None:
        """Read what is behind the file."""
        if await self._next_file() is not None:
            raise invalid("file", "the form has more than one; send each by a request of its own")
        self._is_read = True
        # From here on, nothing is read that would tell that the client left.
        self._exchange.watch()

    async def _next_file(self) -> Part | None:
        """Read fields up to the next file; None at the form's end."""
        async for part in self._parts:
            if part.name == "file":
                return part
            await self._field(part)
        return None

    async def _field(self, part: Part) -> None:
        name = part.name
        if name == "expires_after" or name.startswith("expires_after["):
            raise not_carried("expires_after", "delete the file yourself")
        if name != "purpose":
            self._exchange.leave_out(name, "unknown field")
        elif self._purpose is not None:
            raise invalid(name, "the form says it twice")
        else:
            self._purpose = await part.text()
            if self._begun:
                self._exchange.leave_out(
                    name, f"it has to come before the file, or behind one of less than {HELD_BYTES >> 20} MiB"
                )
