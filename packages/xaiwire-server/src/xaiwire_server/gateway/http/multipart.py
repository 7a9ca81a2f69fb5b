"""Forms of the type multipart/form-data, part by part as they come: no part is ever held whole.

async with aclosing(form_parts(exchange, limit)) as parts:
    async for part in parts:
        if part.filename is None:
            text = await part.text()
        else:
            async for piece in part:
                ...
"""

from __future__ import annotations

import logging
import re
from collections import deque
from contextlib import aclosing
from typing import TYPE_CHECKING, NoReturn, Self

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from xaiwire_server.gateway.http.failures import ApiError
from xaiwire_server.gateway.http.wording import continued

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from xaiwire_server.gateway.http.exchange import Exchange

__all__ = ["FORM_BYTES", "Part", "form_parts"]

FORM_BYTES = 1 << 20
"""What a form may have beside its file: heads, boundaries, fields."""

FIELD_BYTES = 1 << 16
"""What a field of text may have."""

MOST_PARTS = 64
MOST_HEADERS = 8
HEADER_BYTES = 4096

_BOUNDARY = re.compile(rb"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_IDENTITY = frozenset({"", "7bit", "8bit", "binary"})

# What is wrong with a form is said to who sent it; in the log it would be somebody else's noise.
logging.getLogger("python_multipart").setLevel(logging.ERROR)


async def form_parts(exchange: Exchange, limit: int) -> AsyncGenerator[Part, None]:
    """The parts of a request's form. What is not read of a part is skipped when the next one is asked for.

    Args:
        exchange: the request; its body has not been read.
        limit: bytes that the whole body may have.

    Yields:
        The parts, in their order. Behind the last one, the body has been read to its end.

    Raises:
        ApiError: 400, this is no form, with the place; 408, 413 and 415 as for any request.
        ClientGoneError: the client left.
    """
    boundary = _boundary(exchange.headers.get(b"content-type", b""))
    async with aclosing(exchange.parts(limit)) as body:
        reader = _Reader(body, boundary)
        while (part := await reader.part()) is not None:
            yield part


class Part:
    """A part of a form, and an iterator over the pieces of its content, which are never empty.

    Attributes:
        name: the field's name.
        filename: the file's name; None where it is a field of text.
        content_type: as the part says it; empty where it does not.
    """

    __slots__ = ("_reader", "content_type", "filename", "name")

    def __init__(self, reader: _Reader, name: str, filename: str | None, content_type: str) -> None:
        self._reader = reader
        self.name = name
        self.filename = filename
        self.content_type = content_type

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        piece = await self._reader.piece(self)
        if not piece:
            raise StopAsyncIteration
        return piece

    async def text(self, limit: int = FIELD_BYTES) -> str:
        """The content as text.

        Args:
            limit: bytes that it may have.

        Raises:
            ApiError: 400, it has more, or is no UTF-8.
        """
        content = bytearray()
        async for piece in self:
            content += piece
            if len(content) > limit:
                raise _invalid(f"the field has more than {limit:,} bytes", self.name)
        try:
            return content.decode()
        except UnicodeDecodeError:
            raise _invalid("the field is no UTF-8", self.name) from None


class _Reader:
    """Feeds a body to the parser, and keeps what it found until somebody takes it: at most a chunk of the body's."""

    def __init__(self, body: AsyncIterator[bytes], boundary: bytes) -> None:
        self._body = body
        self._came = 0
        self._number = 0
        self._field = b""
        self._value = b""
        self._headers: dict[str, str] = {}
        self._current: Part | None = None
        self._complete = False
        # A part's head, the pieces of its content, and b"" for its end.
        self._found: deque[Part | bytes] = deque()
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._on_part_begin,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_part_data,
                "on_part_end": self._on_part_end,
                "on_end": self._on_end,
            },
            max_header_count=MOST_HEADERS,
            max_header_size=HEADER_BYTES,
        )

    async def part(self) -> Part | None:
        """The next part; None behind the last one."""
        self._current = None
        while await self._filled():
            found = self._found.popleft()
            if isinstance(found, Part):
                self._current = found
                return found
        return None

    async def piece(self, part: Part) -> bytes:
        """The next piece of a part's content; empty at its end."""
        if part is not self._current or not await self._filled():
            return b""
        found = self._found.popleft()
        if not isinstance(found, bytes) or not found:
            self._current = None
            return b""
        return found

    async def _filled(self) -> bool:
        """Read on, until there is something; whether there is."""
        while not self._found:
            chunk = await anext(self._body, None)
            if chunk is None:
                if not self._complete:
                    raise _invalid(f"the form breaks off at byte {self._came:,}, before its closing boundary")
                return False
            try:
                self._parser.write(chunk)
            except MultipartParseError as error:
                self._refuse(str(error), self._came + max(error.offset, 0))
            self._came += len(chunk)
        return True

    def _refuse(self, reason: str, at: int) -> NoReturn:
        where = f"part {self._number}, " if self._number else ""
        raise _invalid(f"this is no form as its content-type promises: {where}byte {at:,}: {continued(reason)}")

    def _on_part_begin(self) -> None:
        self._number += 1
        if self._number > MOST_PARTS:
            raise _invalid(f"the form has more than {MOST_PARTS} parts")
        self._headers.clear()

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        name = self._field.decode("latin-1").lower()
        if name in self._headers:
            raise _invalid(f"part {self._number} of the form has the header {name} twice")
        self._headers[name] = self._value.decode("latin-1")
        self._field = self._value = b""

    def _on_headers_finished(self) -> None:
        disposition = self._headers.get("content-disposition", "")
        kind, options = parse_options_header(disposition)
        if kind != b"form-data" or b"name" not in options:
            raise _invalid(f'part {self._number} of the form has no header content-disposition: form-data; name="…"')
        name = self._said(options[b"name"], "name")
        filename = options.get(b"filename")
        if filename is None and "filename*" in disposition.lower():
            raise _invalid("filename* is not for forms (RFC 7578, 4.2); send filename, in UTF-8", name)
        encoding = self._headers.get("content-transfer-encoding", "").strip().lower()
        if encoding not in _IDENTITY:
            raise _invalid("a part with content-transfer-encoding is not read; send the content as it is", name)
        self._found.append(
            Part(
                self,
                name,
                None if filename is None else self._said(filename, "filename"),
                self._headers.get("content-type", "").strip(),
            )
        )

    def _said(self, value: bytes, what: str) -> str:
        try:
            text = value.decode()
        except UnicodeDecodeError:
            raise _invalid(f"the {what} in part {self._number} of the form is no UTF-8") from None
        if _CONTROL.search(text):
            raise _invalid(f"the {what} in part {self._number} of the form has control characters")
        return text

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._found.append(data[start:end])

    def _on_part_end(self) -> None:
        self._found.append(b"")

    def _on_end(self) -> None:
        self._complete = True


def _boundary(content_type: bytes) -> bytes:
    kind, options = parse_options_header(content_type.decode("latin-1"))
    if kind != b"multipart/form-data":
        raise ApiError(415, "the request's content-type is to be multipart/form-data", code="unsupported_media_type")
    boundary = options.get(b"boundary", b"")
    if not _BOUNDARY.fullmatch(boundary):
        raise _invalid(
            "the request's content-type is to name the form's boundary: 1 to 70 characters (RFC 2046, 5.1.1)"
        )
    return boundary


def _invalid(problem: str, param: str | None = None) -> ApiError:
    return ApiError(400, f"{param}: {problem}" if param else problem, code="invalid_form", param=param)
