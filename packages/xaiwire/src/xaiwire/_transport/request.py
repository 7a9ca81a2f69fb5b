"""The headers of a request."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from xaiwire._transport.framing import ACCEPT_ENCODING, timeout_value
from xaiwire._transport.header_coding import VARIABLE, header_tuple

if TYPE_CHECKING:
    from hpack import HeaderTuple

    from xaiwire._transport.model import Endpoint, Pairs

__all__ = ["RequestHeaders"]

_MOST = 128


class RequestHeaders:
    """Makes the headers of requests to one server, and remembers them: most calls have the same ones."""

    __slots__ = ("_known", "_scheme_and_authority", "_user_agent")

    def __init__(self, endpoint: Endpoint, user_agent: str) -> None:
        scheme = "https" if endpoint.secure else "http"
        self._scheme_and_authority = (header_tuple(":scheme", scheme), header_tuple(":authority", endpoint.authority))
        self._user_agent = user_agent
        self._known: dict[tuple[str, Pairs], tuple[HeaderTuple, ...]] = {}

    def of(self, path: str, metadata: Pairs, deadline: float | None) -> tuple[HeaderTuple, ...]:
        """The headers of one request.

        Args:
            path: the RPC's path.
            metadata: headers beside those of the protocol.
            deadline: by time.monotonic(); it makes `grpc-timeout`, which stands last.
        """
        variable = [header_tuple(name, value) for name, value in metadata if name in VARIABLE]
        if variable:
            metadata = tuple(pair for pair in metadata if pair[0] not in VARIABLE)
        key = (path, metadata)
        fixed = self._known.get(key)
        if fixed is None:
            fixed = self._made(path, metadata)
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[key] = fixed
        if deadline is not None:
            variable.append(header_tuple("grpc-timeout", timeout_value(deadline - time.monotonic())))
        return (*fixed, *variable)

    def _made(self, path: str, metadata: Pairs) -> tuple[HeaderTuple, ...]:
        return (
            header_tuple(":method", "POST"),
            *self._scheme_and_authority,
            header_tuple(":path", path),
            header_tuple("te", "trailers"),
            header_tuple("content-type", "application/grpc"),
            header_tuple("user-agent", self._user_agent),
            header_tuple("grpc-accept-encoding", ACCEPT_ENCODING),
            *(header_tuple(name, value) for name, value in metadata),
        )
