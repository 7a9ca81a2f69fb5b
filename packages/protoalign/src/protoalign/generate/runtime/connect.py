"""Callers that connect to a server, over gRPC unless told otherwise.

They do no more than the protocol asks: no retries, and errors as connectrpc raises them.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Generator, Iterable, Iterator, Mapping
from contextlib import aclosing, closing
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from connectrpc.client import ConnectClient, ConnectClientSync
from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType
from connectrpc.protocol import ProtocolType
from connectrpc.request import Headers
from protobuf import Message
from pyqwest import Client, HTTPTransport, HTTPVersion, SyncClient, SyncHTTPTransport

from .calls import CallOptions, Idempotency, Metadata, Method, StreamingKind

__all__ = ["AsyncConnectCaller", "ConnectCaller"]

Req = TypeVar("Req", bound="Message[Any]")
Res = TypeVar("Res", bound="Message[Any]")

_STREAM_TYPES = {
    StreamingKind.UNARY: StreamType.UNARY,
    StreamingKind.CLIENT_STREAM: StreamType.CLIENT_STREAM,
    StreamingKind.SERVER_STREAM: StreamType.SERVER_STREAM,
    StreamingKind.BIDI_STREAM: StreamType.BIDI_STREAM,
}
_IDEMPOTENCY_LEVELS = {
    Idempotency.UNKNOWN: IdempotencyLevel.UNKNOWN,
    Idempotency.NO_SIDE_EFFECTS: IdempotencyLevel.NO_SIDE_EFFECTS,
    Idempotency.IDEMPOTENT: IdempotencyLevel.IDEMPOTENT,
}


class ConnectCaller:
    """Makes calls and waits for them.

    Args:
        address: the server, such as `https://api.example.com` or `http://127.0.0.1:50051`.
        metadata: what to send with every call, such as an authorization.
        protocol: gRPC, gRPC-Web or Connect.
        tls_ca_cert: certificates in PEM to verify the server with; None for those of the system.
    """

    def __init__(
        self,
        address: str,
        *,
        metadata: Metadata = (),
        protocol: ProtocolType = ProtocolType.GRPC,
        tls_ca_cert: bytes | None = None,
    ) -> None:
        self._metadata = _pairs(metadata)
        self._transport = SyncHTTPTransport(
            http_version=_http_version(protocol),
            tls_ca_cert=tls_ca_cert,
            tls_include_system_certs=tls_ca_cert is None,
            # A redirect would carry the metadata, credentials among it, to another place.
            follow_redirects=False,
        )
        self._client = ConnectClientSync(
            address.rstrip("/"), protocol=protocol, http_client=SyncClient(self._transport), send_compression=None
        )

    def close(self) -> None:
        """Close all connections."""
        self._client.close()
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def unary(self, method: Method[Req, Res], request: Req, options: CallOptions, /) -> Res:
        """One request, one response."""
        headers, timeout_ms = _headers(self._metadata, options), _timeout_ms(method, options)
        return self._client.execute_unary(request=request, method=_info(method), headers=headers, timeout_ms=timeout_ms)

    def server_stream(
        self, method: Method[Req, Res], request: Req, options: CallOptions, /
    ) -> Generator[Res, None, None]:
        """One request, a stream of responses."""
        headers, timeout_ms = _headers(self._metadata, options), _timeout_ms(method, options)
        yield from _until_closed(
            self._client.execute_server_stream(
                request=request, method=_info(method), headers=headers, timeout_ms=timeout_ms
            )
        )

    def client_stream(self, method: Method[Req, Res], requests: Iterable[Req], options: CallOptions, /) -> Res:
        """A stream of requests, one response."""
        headers, timeout_ms = _headers(self._metadata, options), _timeout_ms(method, options)
        return self._client.execute_client_stream(
            request=iter(requests), method=_info(method), headers=headers, timeout_ms=timeout_ms
        )

    def bidi_stream(
        self, method: Method[Req, Res], requests: Iterable[Req], options: CallOptions, /
    ) -> Generator[Res, None, None]:
        """A stream of requests, a stream of responses."""
        headers, timeout_ms = _headers(self._metadata, options), _timeout_ms(method, options)
        yield from _until_closed(
            self._client.execute_bidi_stream(
                request=iter(requests), method=_info(method), headers=headers, timeout_ms=timeout_ms
            )
        )


class AsyncConnectCaller:
    """Makes calls in an event loop.

    Args:
        address: the server, such as `https://api.example.com` or `http://127.0.0.1:50051`.
        metadata: what to send with every call, such as an authorization.
        protocol: gRPC, gRPC-Web or Connect.
        tls_ca_cert: certificates in PEM to verify the server with; None for those of the system.
    """

    def __init__(
        self,
        address: str,
        *,
        metadata: Metadata = (),
        protocol: ProtocolType = ProtocolType.GRPC,
        tls_ca_cert: bytes | None = None,
    ) -> None:
        self._metadata = _pairs(metadata)
        self._transport = HTTPTransport(
            http_version=_http_version(protocol),
            tls_ca_cert=tls_ca_cert,
            tls_include_system_certs=tls_ca_cert is None,
            # A redirect would carry the metadata, credentials among it, to another place.
            follow_redirects=False,
        )
        self._client = ConnectClient(
            address.rstrip("/"), protocol=protocol, http_client=Client(self._transport), send_compression=None
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def unary(self, method: Method[Req, Res], request: Req, options: CallOptions, /) -> Res:
        """One request, one response."""
        headers, timeout_ms = _headers(self._metadata, options), _timeout_ms(method, options)
        return await self._client.execute_unary(
            request=request, method=_info(method), headers=headers, timeout_ms=timeout_ms
        )

    async def server_stream(
        self, method: Method[Req, Res], request: Req, options: CallOptions, /
    ) -> AsyncGenerator[Res, None]:
        """One request, a stream of responses."""
        headers, timeout_ms = _headers(self._metadata, options), _timeout_ms(method, options)
        responses = self._client.execute_server_stream(
            request=request, method=_info(method), headers=headers, timeout_ms=timeout_ms
        )
        async with aclosing(cast("AsyncGenerator[Res, None]", responses)) as stream:
            async for response in stream:
                yield response

    async def client_stream(
        self, method: Method[Req, Res], requests: AsyncIterable[Req] | Iterable[Req], options: CallOptions, /
    ) -> Res:
        """A stream of requests, one response."""
        headers, timeout_ms = _headers(self._metadata, options), _timeout_ms(method, options)
        return await self._client.execute_client_stream(
            request=_async_iterator(requests), method=_info(method), headers=headers, timeout_ms=timeout_ms
        )

    async def bidi_stream(
        self, method: Method[Req, Res], requests: AsyncIterable[Req] | Iterable[Req], options: CallOptions, /
    ) -> AsyncGenerator[Res, None]:
        """A stream of requests, a stream of responses."""
        headers, timeout_ms = _headers(self._metadata, options), _timeout_ms(method, options)
        responses = self._client.execute_bidi_stream(
            request=_async_iterator(requests), method=_info(method), headers=headers, timeout_ms=timeout_ms
        )
        async with aclosing(cast("AsyncGenerator[Res, None]", responses)) as stream:
            async for response in stream:
                yield response


def _http_version(protocol: ProtocolType) -> HTTPVersion | None:
    # gRPC is HTTP/2, also without TLS, where nothing negotiates it.
    return HTTPVersion.HTTP2 if protocol is ProtocolType.GRPC else None


def _info(method: Method[Req, Res]) -> MethodInfo[Req, Res]:
    return MethodInfo(
        name=method.name,
        service_name=method.service,
        input=method.input,
        output=method.output,
        idempotency_level=_IDEMPOTENCY_LEVELS[method.idempotency],
        stream_type=_STREAM_TYPES[method.streaming],
    )


def _timeout_ms(method: Method[Req, Res], options: CallOptions) -> int | None:
    seconds = options.get("timeout", method.timeout)
    return None if seconds is None else max(1, round(seconds * 1000))


def _headers(always: tuple[tuple[str, str], ...], options: CallOptions) -> Headers:
    return Headers((*always, *_pairs(options.get("metadata", ()))))


def _pairs(metadata: Metadata) -> tuple[tuple[str, str], ...]:
    pairs = metadata.items() if isinstance(metadata, Mapping) else metadata
    # gRPC carries bytes as base64 without padding, under names that end in -bin.
    return tuple(
        (name, value if isinstance(value, str) else b64encode(value).decode().rstrip("=")) for name, value in pairs
    )


def _until_closed(responses: Iterator[Res]) -> Generator[Res, None, None]:
    with closing(cast("Generator[Res, None, None]", responses)) as stream:
        yield from stream


async def _async_iterator(requests: AsyncIterable[Req] | Iterable[Req]) -> AsyncIterator[Req]:
    if isinstance(requests, AsyncIterable):
        async for request in requests:
            yield request
        return
    for request in requests:
        yield request
