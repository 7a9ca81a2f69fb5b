"""Callers that connect to a server, over gRPC unless told otherwise.

They do no more than the protocol asks: no retries, and errors as connectrpc raises them (`ConnectError`, with a code).
"""

from __future__ import annotations

import math
from asyncio import CancelledError
from base64 import b64encode
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Generator, Iterable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from types import TracebackType
from typing import Any, Generic, Self, TypedDict, TypeVar, cast

from connectrpc.client import ConnectClient, ConnectClientSync
from connectrpc.errors import ConnectError
from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType
from connectrpc.protocol import ProtocolType
from connectrpc.request import Headers
from protobuf import Message
from pyqwest import Client, HTTPTransport, HTTPVersion, SyncClient, SyncHTTPTransport, SyncTransport, Transport

from .calls import CallOptions, Idempotency, Metadata, Method, StreamingKind

__all__ = ["AsyncConnectCaller", "ConnectCaller"]

Req = TypeVar("Req", bound="Message[Any]")
Res = TypeVar("Res", bound="Message[Any]")

_IDEMPOTENCY = {
    Idempotency.UNKNOWN: IdempotencyLevel.UNKNOWN,
    Idempotency.NO_SIDE_EFFECTS: IdempotencyLevel.NO_SIDE_EFFECTS,
    Idempotency.IDEMPOTENT: IdempotencyLevel.IDEMPOTENT,
}
_STREAMING = {
    StreamingKind.UNARY: StreamType.UNARY,
    StreamingKind.CLIENT_STREAM: StreamType.CLIENT_STREAM,
    StreamingKind.SERVER_STREAM: StreamType.SERVER_STREAM,
    StreamingKind.BIDI_STREAM: StreamType.BIDI_STREAM,
}


class _Arguments(TypedDict, Generic[Req, Res]):
    method: MethodInfo[Req, Res]
    headers: Headers
    timeout_ms: int | None


class _Calls:
    """What every call of a caller has in common."""

    __slots__ = ("_closed", "_metadata", "_timeout")

    def __init__(self, metadata: Metadata, timeout: float | None) -> None:
        self._metadata = _pairs(metadata)
        self._timeout = timeout
        self._closed = False

    def _arguments(self, method: Method[Req, Res], options: CallOptions) -> _Arguments[Req, Res]:
        if self._closed:
            raise RuntimeError(f"{type(self).__name__} is closed")
        unknown = options.keys() - CallOptions.__annotations__.keys()
        if unknown:
            raise TypeError(f"{method.path} does not take {' or '.join(map(repr, sorted(unknown)))}")
        own = method.timeout if self._timeout is None else self._timeout
        called = _pairs(options.get("metadata", ()))
        replaced = {name for name, _ in called}
        return {
            "method": MethodInfo(
                name=method.name,
                service_name=method.service,
                input=method.input,
                output=method.output,
                idempotency_level=_IDEMPOTENCY[method.idempotency],
                stream_type=_STREAMING[method.streaming],
            ),
            "headers": Headers([*(pair for pair in self._metadata if pair[0] not in replaced), *called]),
            "timeout_ms": _milliseconds(options.get("timeout", own)),
        }


class ConnectCaller(_Calls):
    """Makes calls and waits for them; a `calls.Caller`. It may be used from several threads at once.

    Args:
        address: the server with its scheme, such as `https://api.example.com` or `http://localhost:50051`.
        metadata: what to send with every call; what a call's own options name takes the place of it.
        timeout: the limit of a call in seconds where its options set none; None for that of the method.
        protocol: what is spoken: gRPC, gRPC-Web or Connect. gRPC needs HTTP/2, in plain text without an upgrade.
        ca_certificates: PEM-encoded certificates to trust in place of the system's.
        max_response_bytes: the largest response message that is read; None for no limit.
        transport: makes the HTTP requests in place of one of the caller's own; it is not closed with the caller.
    """

    __slots__ = ("_client", "_own_transport")

    def __init__(
        self,
        address: str,
        *,
        metadata: Metadata = (),
        timeout: float | None = None,
        protocol: ProtocolType = ProtocolType.GRPC,
        ca_certificates: bytes | None = None,
        max_response_bytes: int | None = None,
        transport: SyncTransport | None = None,
    ) -> None:
        super().__init__(metadata, timeout)
        self._own_transport: SyncHTTPTransport | None = None
        if transport is None:
            transport = self._own_transport = SyncHTTPTransport(
                http_version=_http_version(protocol),
                tls_ca_cert=ca_certificates,
                tls_include_system_certs=ca_certificates is None,
                # A redirect would carry the metadata, credentials among it, to another place.
                follow_redirects=False,
            )
        self._client = ConnectClientSync(
            address.rstrip("/"),
            protocol=protocol,
            send_compression=None,
            read_max_bytes=max_response_bytes,
            http_client=SyncClient(transport),
        )

    def close(self) -> None:
        """Close the connections. Later calls raise RuntimeError."""
        self._closed = True
        self._client.close()
        if self._own_transport is not None:
            self._own_transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def unary(self, method: Method[Req, Res], request: Req, options: CallOptions, /) -> Res:
        """One request, one response.

        Raises:
            ConnectError: the call failed; `code` says how.
        """
        return self._client.execute_unary(request=request, **self._arguments(method, options))

    def server_stream(
        self, method: Method[Req, Res], request: Req, options: CallOptions, /
    ) -> Generator[Res, None, None]:
        """One request, a stream of responses. Closing the generator cancels the call.

        Raises:
            ConnectError: the call failed; `code` says how.
        """
        yield from self._client.execute_server_stream(request=request, **self._arguments(method, options))

    def client_stream(self, method: Method[Req, Res], requests: Iterable[Req], options: CallOptions, /) -> Res:
        """A stream of requests, one response. The requests are taken in another thread.

        Raises:
            ConnectError: the call failed; `code` says how.
            Exception: what `requests` raises; the call is cancelled then.
        """
        failures: list[Exception] = []
        with _true_errors(failures):
            return self._client.execute_client_stream(
                request=_each(requests, failures), **self._arguments(method, options)
            )

    def bidi_stream(
        self, method: Method[Req, Res], requests: Iterable[Req], options: CallOptions, /
    ) -> Generator[Res, None, None]:
        """A stream of requests, a stream of responses. Closing the generator cancels the call.

        The requests are taken in another thread.

        Raises:
            ConnectError: the call failed; `code` says how.
            Exception: what `requests` raises; the call is cancelled then.
        """
        failures: list[Exception] = []
        with _true_errors(failures):
            yield from self._client.execute_bidi_stream(
                request=_each(requests, failures), **self._arguments(method, options)
            )


class AsyncConnectCaller(_Calls):
    """Makes calls in an event loop; a `calls.AsyncCaller`.

    Args:
        address: the server with its scheme, such as `https://api.example.com` or `http://localhost:50051`.
        metadata: what to send with every call; what a call's own options name takes the place of it.
        timeout: the limit of a call in seconds where its options set none; None for that of the method.
        protocol: what is spoken: gRPC, gRPC-Web or Connect. gRPC needs HTTP/2, in plain text without an upgrade.
        ca_certificates: PEM-encoded certificates to trust in place of the system's.
        max_response_bytes: the largest response message that is read; None for no limit.
        transport: makes the HTTP requests in place of one of the caller's own; it is not closed with the caller.
    """

    __slots__ = ("_client", "_own_transport")

    def __init__(
        self,
        address: str,
        *,
        metadata: Metadata = (),
        timeout: float | None = None,
        protocol: ProtocolType = ProtocolType.GRPC,
        ca_certificates: bytes | None = None,
        max_response_bytes: int | None = None,
        transport: Transport | None = None,
    ) -> None:
        super().__init__(metadata, timeout)
        self._own_transport: HTTPTransport | None = None
        if transport is None:
            transport = self._own_transport = HTTPTransport(
                http_version=_http_version(protocol),
                tls_ca_cert=ca_certificates,
                tls_include_system_certs=ca_certificates is None,
                # A redirect would carry the metadata, credentials among it, to another place.
                follow_redirects=False,
            )
        self._client = ConnectClient(
            address.rstrip("/"),
            protocol=protocol,
            send_compression=None,
            read_max_bytes=max_response_bytes,
            http_client=Client(transport),
        )

    async def close(self) -> None:
        """Close the connections. Later calls raise RuntimeError."""
        self._closed = True
        await self._client.close()
        if self._own_transport is not None:
            await self._own_transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def unary(self, method: Method[Req, Res], request: Req, options: CallOptions, /) -> Res:
        """One request, one response.

        Raises:
            ConnectError: the call failed; `code` says how.
        """
        with _true_errors():
            return await self._client.execute_unary(request=request, **self._arguments(method, options))

    async def server_stream(
        self, method: Method[Req, Res], request: Req, options: CallOptions, /
    ) -> AsyncGenerator[Res, None]:
        """One request, a stream of responses. Closing the generator cancels the call.

        Raises:
            ConnectError: the call failed; `code` says how.
        """
        responses = self._client.execute_server_stream(request=request, **self._arguments(method, options))
        with _true_errors():
            async with aclosing(cast("AsyncGenerator[Res, None]", responses)) as stream:
                async for response in stream:
                    yield response

    async def client_stream(
        self, method: Method[Req, Res], requests: AsyncIterable[Req] | Iterable[Req], options: CallOptions, /
    ) -> Res:
        """A stream of requests, one response. The requests are taken in the event loop.

        Raises:
            ConnectError: the call failed; `code` says how.
            Exception: what `requests` raises; the call is cancelled then.
        """
        failures: list[Exception] = []
        with _true_errors(failures):
            return await self._client.execute_client_stream(
                request=_each_async(requests, failures), **self._arguments(method, options)
            )

    async def bidi_stream(
        self, method: Method[Req, Res], requests: AsyncIterable[Req] | Iterable[Req], options: CallOptions, /
    ) -> AsyncGenerator[Res, None]:
        """A stream of requests, a stream of responses. Closing the generator cancels the call.

        The requests are taken in the event loop.

        Raises:
            ConnectError: the call failed; `code` says how.
            Exception: what `requests` raises; the call is cancelled then.
        """
        failures: list[Exception] = []
        responses = self._client.execute_bidi_stream(
            request=_each_async(requests, failures), **self._arguments(method, options)
        )
        with _true_errors(failures):
            async with aclosing(cast("AsyncGenerator[Res, None]", responses)) as stream:
                async for response in stream:
                    yield response


def _each(requests: Iterable[Req], failures: list[Exception]) -> Iterator[Req]:
    try:
        yield from requests
    except Exception as error:
        failures.append(error)
        raise


async def _each_async(requests: AsyncIterable[Req] | Iterable[Req], failures: list[Exception]) -> AsyncIterator[Req]:
    try:
        if isinstance(requests, AsyncIterable):
            async for request in requests:
                yield request
        else:
            for request in requests:
                yield request
    except Exception as error:
        failures.append(error)
        raise


@contextmanager
def _true_errors(failures: Iterable[Exception] = ()) -> Iterator[None]:
    """Undo what the client makes of errors that are not the call's.

    A failure in making the requests would look like a lost connection, and the cancellation of a task like an error of
    the server.
    """
    try:
        yield
    except ConnectError as error:
        for failure in failures:
            raise failure from None
        if isinstance(error.__cause__, CancelledError):
            raise CancelledError(*error.__cause__.args) from None
        raise


def _http_version(protocol: ProtocolType) -> HTTPVersion | None:
    """What to speak; None for HTTP/1.1 in plain text and the server's choice under TLS."""
    return HTTPVersion.HTTP2 if protocol is ProtocolType.GRPC else None


def _milliseconds(seconds: float | None) -> int | None:
    if seconds is None:
        return None
    if not 0 < seconds < math.inf:
        raise ValueError(f"a timeout is a number of seconds above 0, or None for no limit; it is {seconds}")
    return math.ceil(seconds * 1000)


def _pairs(metadata: Metadata) -> tuple[tuple[str, str], ...]:
    pairs = metadata.items() if isinstance(metadata, Mapping) else metadata
    return tuple((name.lower(), _text(name.lower(), value)) for name, value in pairs)


def _text(name: str, value: str | bytes) -> str:
    if isinstance(value, str):
        return value
    if not name.endswith("-bin"):
        raise ValueError(f"the metadata {name} takes a string; only names that end in -bin take bytes")
    return b64encode(value).decode().rstrip("=")
