"""A request of plain HTTP on a stream of HTTP/2, for an ASGI application."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from xaiwire_server.wire.model import GONE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xaiwire_server.wire.http2 import Http2Connection
    from xaiwire_server.wire.model import AsgiApp

__all__ = ["HttpRequest"]


class HttpRequest:
    """One request: an ASGI scope, its two channels, and the task that the application runs in."""

    def __init__(
        self, connection: Http2Connection, stream: int, headers: Mapping[str, str], app: AsgiApp, *, secure: bool
    ) -> None:
        self._connection = connection
        self._stream = stream
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._complete = False
        self._over = False
        self._gone: asyncio.Future[None] = connection.loop.create_future()
        self._is_head = headers.get(":method") == "HEAD"
        target, _, query = headers.get(":path", "/").partition("?")
        host, _, port = connection.peer.rpartition(":")
        fields = [(name.encode(), value.encode()) for name, value in headers.items() if not name.startswith(":")]
        if ":authority" in headers:
            fields.append((b"host", headers[":authority"].encode()))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "2",
            "method": headers.get(":method", "GET"),
            "scheme": "https" if secure else "http",
            "path": unquote(target),
            "raw_path": target.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": fields,
            "client": (host, int(port)) if port.isdigit() else None,
            "server": None,
            "state": {},
            "extensions": {GONE: self._gone},
        }
        self._task = connection.loop.create_task(self._run(app, scope))

    def data(self, data: bytes, credit: int) -> None:
        """Bytes of the request came; behind its answer, nobody wants them."""
        if self._over:
            self._connection.credit(self._stream, credit)
        elif data:
            self._events.put_nowait({"type": "http.request", "body": data, "more_body": True, "credit": credit})

    def end(self) -> None:
        """The request is complete."""
        self._complete = True
        self._events.put_nowait({"type": "http.request", "body": b"", "more_body": False})

    def gone(self) -> None:
        """The client is not there any more."""
        self._over = True
        if not self._gone.done():
            self._gone.set_result(None)
        self._events.put_nowait({"type": "http.disconnect"})

    async def _run(self, app: AsgiApp, scope: dict[str, Any]) -> None:
        try:
            await app(scope, self._receive, self._send)
        finally:
            if not self._over:
                self._over = True
                self._connection.cut(self._stream, whole=False)

    async def _receive(self) -> dict[str, Any]:
        if self._over and self._events.empty():
            return {"type": "http.disconnect"}
        event = await self._events.get()
        credit = event.pop("credit", 0)
        if credit:
            self._connection.credit(self._stream, credit)
        return event

    async def _send(self, event: Mapping[str, Any]) -> None:
        if self._over:
            return
        if event["type"] == "http.response.start":
            status = (b":status", str(event["status"]).encode())
            # Connection-specific headers are an error in HTTP/2: RFC 9113, 8.2.2.
            headers = [(name, value) for name, value in event.get("headers", ()) if name not in _HOP_BY_HOP]
            self._connection.send_headers(self._stream, [status, *headers])
        elif event["type"] == "http.response.body":
            body = b"" if self._is_head else event.get("body", b"")
            if body and self._connection.send(self._stream, body) and not await self._has_room():
                return
            if not event.get("more_body", False):
                self._over = True
                self._connection.finish(self._stream, (), reset=not self._complete)

    async def _has_room(self) -> bool:
        """Wait until the client has read; False for one that does not, which is cut off."""
        connection, stream = self._connection, self._stream
        while True:
            unread = connection.unread(stream)
            try:
                async with asyncio.timeout(connection.write_seconds):
                    await connection.drained(stream)
            except TimeoutError:
                if connection.unread(stream) < unread:
                    continue
                connection.cut(stream, whole=False)
                self.gone()
                return False
            return True


_HOP_BY_HOP = frozenset({b"connection", b"keep-alive", b"transfer-encoding", b"upgrade", b"proxy-connection"})
