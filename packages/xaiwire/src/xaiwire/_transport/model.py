"""What both transports, blocking and asyncio, have in common."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterable, Iterable
from dataclasses import dataclass
from typing import Protocol

from xaiwire.errors import ErrorDetail, StatusCode

__all__ = [
    "AsyncChannel",
    "AsyncExchange",
    "BlockingChannel",
    "BlockingExchange",
    "ChannelOptions",
    "Endpoint",
    "Failure",
    "Pairs",
]

Pairs = tuple[tuple[str, str], ...]
"""Names in lower case, with their values, in the order of the wire; a name may occur twice."""

MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a server is.

    Attributes:
        host: a name or an address, without brackets.
        port: the port.
        secure: whether the connection is TLS.
    """

    host: str
    port: int
    secure: bool

    @property
    def authority(self) -> str:
        """What HTTP/2's `:authority` says; the usual port is left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelOptions:
    """How a channel behaves.

    Attributes:
        user_agent: the header of that name.
        ssl_context: how TLS is verified; None for the system's certificates.
        max_receive_bytes: the largest message that is taken, uncompressed.
        max_send_bytes: the largest message that is sent.
        connect_timeout: seconds that a connection may take to be made.
        keepalive_interval: seconds without news from the server after which it is pinged while calls wait; None for
            never.
        keepalive_timeout: seconds that the answer to a ping may take.
    """

    user_agent: str
    ssl_context: ssl.SSLContext | None = None
    max_receive_bytes: int = 20 * MIB
    max_send_bytes: int = 20 * MIB
    connect_timeout: float = 20.0
    keepalive_interval: float | None = 30.0
    keepalive_timeout: float = 10.0


class Failure(Exception):  # noqa: N818 - it becomes an RpcError, which users see
    """A call that did not end with status OK.

    Attributes:
        code: the status code.
        message: what the server says, or the transport.
        details: what the server attached.
        unprocessed: the server cannot have begun with the call: it was never sent, or refused (REFUSED_STREAM, a GOAWAY
            that leaves it out).
    """

    def __init__(
        self, code: StatusCode, message: str, *, details: tuple[ErrorDetail, ...] = (), unprocessed: bool = False
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details
        self.unprocessed = unprocessed


class BlockingExchange(Protocol):
    """One call on the wire.

    Attributes:
        headers: the response's headers; empty until they came.
        trailers: the response's trailers; empty until they came. A response of trailers alone has no headers.
    """

    headers: Pairs
    trailers: Pairs

    def receive(self) -> bytes | None:
        """The next message; None behind the last one, where the status is OK.

        Raises:
            Failure: the status is another, the connection broke, or the deadline is over.
        """
        ...

    def close(self) -> None:
        """Give the call up, if it is not at its end: the server is told, and the connection can be used on."""
        ...


class BlockingChannel(Protocol):
    """Makes calls to one server, from any thread.

    Nothing connects before the first call; after a fork, new connections are made.
    """

    def start(
        self, path: str, metadata: Pairs, messages: bytes | Iterable[bytes], deadline: float | None
    ) -> BlockingExchange:
        """Begin a call and send its messages; with several, return when all are sent or the server has answered.

        Args:
            path: the RPC's path.
            metadata: headers beside those of the protocol; names and values are valid.
            messages: one serialized message, or several that are taken one at a time as they can be sent.
            deadline: when the call has to be over, by time.monotonic(); None for never.

        Raises:
            Failure: the call cannot be begun.
        """
        ...

    def close(self) -> None:
        """Close all connections; calls that are under way fail with CANCELLED, later ones raise RuntimeError."""
        ...


class AsyncExchange(Protocol):
    """One call on the wire, in an event loop; see BlockingExchange."""

    headers: Pairs
    trailers: Pairs

    async def receive(self) -> bytes | None:
        """The next message; None behind the last one, where the status is OK.

        Raises:
            Failure: the status is another, the connection broke, or the deadline is over.
        """
        ...

    def close(self) -> None:
        """Give the call up, if it is not at its end: the server is told, and the connection can be used on."""
        ...


class AsyncChannel(Protocol):
    """Makes calls to one server, from any event loop: each loop has connections of its own."""

    async def start(
        self,
        path: str,
        metadata: Pairs,
        messages: bytes | Iterable[bytes] | AsyncIterable[bytes],
        deadline: float | None,
    ) -> AsyncExchange:
        """Begin a call and send its messages; see BlockingChannel."""
        ...

    async def close(self) -> None:
        """Close all connections of this event loop, and of loops that are closed."""
        ...
