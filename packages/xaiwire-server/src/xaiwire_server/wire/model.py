"""What is served on a port."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from xaiwire_server.rpc.call import CallServer

__all__ = ["GONE", "MAX_MESSAGE_BYTES", "AsgiApp", "Connection", "Served"]

AsgiApp: TypeAlias = Callable[
    [MutableMapping[str, Any], Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]
]

MAX_MESSAGE_BYTES = 20 << 20
"""What a message may have, as the official client allows both ways."""

WRITE_SECONDS = 300.0

GONE = "xaiwire.gone"
"""An extension of ASGI's scope: a future that is done when the client's connection, or its stream, is lost."""


class Connection(Protocol):
    """An open connection."""

    def leave(self) -> None:
        """Take nothing new, and end when what is under way has."""

    def abort(self) -> None:
        """End at once."""


@dataclass(slots=True, eq=False)
class Served:
    """What a port serves, and its open connections.

    Attributes:
        calls: takes the calls that come by gRPC; None where the application gets these requests, too.
        app: takes all other requests.
        max_message_bytes: the largest request message that is taken.
        write_seconds: how long a client of HTTP may leave unread what waits for it.
        authority: the port's own name, for clients that do not say how they reached it.
        connections: those that are open.
    """

    calls: CallServer | None
    app: AsgiApp
    max_message_bytes: int = MAX_MESSAGE_BYTES
    write_seconds: float = WRITE_SECONDS
    authority: str = ""
    connections: set[Connection] = field(default_factory=set)
