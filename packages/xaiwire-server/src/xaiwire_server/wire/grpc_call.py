"""A call of gRPC on a stream of HTTP/2."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from protobuf import Message

from xaiwire import StatusCode
from xaiwire_server.rpc.call import Call
from xaiwire_server.rpc.framing import Inbox, envelope, percent_encoded, timeout_seconds
from xaiwire_server.rpc.refusal import Cut, Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from xaiwire_server.rpc.call import CallServer
    from xaiwire_server.wire.http2 import Http2Connection

__all__ = ["GrpcCall"]

_HEADERS = (
    (b":status", b"200"),
    (b"content-type", b"application/grpc"),
    (b"grpc-accept-encoding", b"identity,deflate,gzip"),
)
_TRAILERS_OK = ((b"grpc-status", b"0"),)


class GrpcCall:
    """One call: takes what the connection reads, and runs the handler in a task of its own.

    A request that is one message is handed over when it is there; nothing waits for it. Requests that are a stream come
    by an iterator, and the client may send on as they are taken.
    """

    def __init__(
        self,
        connection: Http2Connection,
        stream: int,
        headers: Mapping[str, str],
        server: CallServer,
        limit: int,
    ) -> None:
        path = headers.get(":path", "/")
        self._connection = connection
        self._stream = stream
        self._server = server
        self._inbox = Inbox(limit, headers.get("grpc-encoding", "identity"))
        self._task: asyncio.Task[None] | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._uncredited = 0
        self._complete = False
        self._expired = False
        self._headers_sent = False
        self._over = False
        self._call: Call | None = None
        rpc = server.find(path)
        if rpc is None:
            self._refuse(Refusal(StatusCode.UNIMPLEMENTED, f"there is no RPC {path}"))
            return
        self._call = Call(rpc, headers, connection.peer, "grpc", connection.base_url(headers))
        try:
            if "grpc-timeout" in headers:
                seconds = timeout_seconds(headers["grpc-timeout"])
                self._expiry = connection.loop.call_later(seconds, self._expire)
        except Refusal as refusal:
            self._refuse(refusal)
            return
        if rpc.client_streams:
            self._start(self._requests(rpc.input))

    # What the connection calls.

    def data(self, data: bytes, credit: int) -> None:
        """Bytes of the request came.

        Args:
            data: the bytes.
            credit: how much of the client's window they took.
        """
        self._uncredited += credit
        if self._over:
            self._give_credit()
            return
        try:
            self._inbox.feed(data)
        except Refusal as refusal:
            self._give_credit()
            self._stop()
            self._refuse(refusal)
            return
        # A message that is not whole yet must not wait for its own end; whole ones wait until they are wanted.
        if not self._inbox.messages:
            self._give_credit()
        self._wake()

    def end(self) -> None:
        """The request is complete."""
        self._complete = True
        if self._over or self._call is None:
            return
        if self._call.rpc.client_streams:
            self._wake()
            return
        messages = self._inbox.messages
        if len(messages) != 1 or self._inbox.partial:
            came = "no message" if not messages else "more than one message"
            self._refuse(
                Refusal(StatusCode.INTERNAL, f"{came} came; {self._call.rpc.path} takes one")
                if not self._inbox.partial
                else Refusal(StatusCode.INTERNAL, "the request breaks off within a message")
            )
            return
        try:
            request = self._call.rpc.input.from_binary(messages.popleft())
        except Exception as error:  # noqa: BLE001 - what a decoder raises depends on the bytes
            self._refuse(_undecodable(self._call, error))
            return
        self._start(request)

    def gone(self) -> None:
        """The client gave the call up, or the connection is lost."""
        self._over = True
        self._stop()

    # What runs the call.

    def _start(self, request: Message[Any] | AsyncIterator[Message[Any]]) -> None:
        self._task = self._connection.loop.create_task(self._run(request))

    async def _run(self, request: Message[Any] | AsyncIterator[Message[Any]]) -> None:
        call = self._call
        assert call is not None  # noqa: S101 - a call that was refused does not run
        connection, stream = self._connection, self._stream
        responses = self._server.responses(call, request)
        try:
            async for response in responses:
                if not self._headers_sent:
                    self._send_headers()
                if connection.send(stream, envelope(response.to_binary())):
                    await connection.drained(stream)
            self._finish(_TRAILERS_OK)
        except Refusal as refusal:
            self._refuse(refusal)
        except Cut as cut:
            self._over = True
            connection.cut(stream, whole=cut.connection)
        except asyncio.CancelledError:
            if self._expired:
                self._refuse(Refusal(StatusCode.DEADLINE_EXCEEDED, "the caller's time is over"))
            else:
                self._over = True
                connection.cut(stream, whole=False)
                raise
        except Exception:
            # The server's own log has the reason; the caller learns no more than that it is ours.
            self._refuse(Refusal(StatusCode.INTERNAL, f"a bug of this server; request {call.request_id}"))
            raise
        finally:
            self._task = None
            if self._expiry is not None:
                self._expiry.cancel()

    async def _requests(self, kind: type[Message[Any]]) -> AsyncIterator[Message[Any]]:
        call = self._call
        assert call is not None  # noqa: S101 - as above
        while True:
            while self._inbox.messages:
                content = self._inbox.messages.popleft()
                if not self._inbox.messages:
                    self._give_credit()
                try:
                    message = kind.from_binary(content)
                except Exception as error:
                    raise _undecodable(call, error) from error
                yield message
            if self._complete:
                if self._inbox.partial:
                    raise Refusal(StatusCode.INTERNAL, "the request breaks off within a message")
                return
            self._waiter = self._connection.loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _stop(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
        if self._task is not None:
            self._task.cancel()

    def _expire(self) -> None:
        self._expired = True
        if self._task is not None:
            self._task.cancel()
        else:
            self._refuse(Refusal(StatusCode.DEADLINE_EXCEEDED, "the caller's time was over before its request came"))

    def _give_credit(self) -> None:
        if self._uncredited:
            self._connection.credit(self._stream, self._uncredited)
            self._uncredited = 0

    # What goes to the client.

    def _send_headers(self) -> None:
        self._headers_sent = True
        pairs = self._call.response_metadata if self._call is not None else ()
        extra = tuple((name.encode(), value.encode()) for name, value in pairs)
        self._connection.send_headers(self._stream, _HEADERS + extra)

    def _refuse(self, refusal: Refusal) -> None:
        message = percent_encoded(refusal.message)
        extra = tuple((name.encode(), value.encode()) for name, value in refusal.trailers)
        self._finish(((b"grpc-status", str(int(refusal.code)).encode()), (b"grpc-message", message.encode()), *extra))

    def _finish(self, trailers: tuple[tuple[bytes, bytes], ...]) -> None:
        if self._over:
            return
        self._over = True
        if not self._headers_sent:
            self._send_headers()
        self._connection.finish(self._stream, trailers, reset=not self._complete)


def _undecodable(call: Call, error: Exception) -> Refusal:
    return Refusal(StatusCode.INTERNAL, f"the request is no {call.rpc.input.desc().type_name}: {error}")
