"""One call, as handlers see it, and what serves calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from protobuf import Message

    from xaiwire_server.rpc.methods import Rpc

__all__ = ["Call", "CallServer"]


@dataclass(slots=True, eq=False)
class Call:
    """A call.

    Attributes:
        rpc: which.
        metadata: what the caller sent, names in lower case; values that came several times are joined with commas.
        peer: the caller's address.
        protocol: `grpc`, `grpc-web` or `connect`.
        base_url: where the caller reached this server, as `http://localhost:50051`.
        response_metadata: goes before the first response.
        request_id: the call's own id; sent back as `x-request-id`.
    """

    rpc: Rpc
    metadata: Mapping[str, str]
    peer: str
    protocol: str
    base_url: str
    response_metadata: list[tuple[str, str]] = field(default_factory=list)
    request_id: str = ""


class CallServer(Protocol):
    """What the protocols hand calls to."""

    def find(self, path: str) -> Rpc | None:
        """The RPC at a path; None if there is none."""

    def responses(self, call: Call, request: Message[Any] | AsyncIterator[Message[Any]]) -> AsyncIterator[Message[Any]]:
        """Serve a call: one response, or many where the server streams.

        Args:
            call: the call.
            request: the request, or many where the client streams.

        Raises:
            Refusal: the call ends with this status.
            Cut: the call breaks off.
        """
