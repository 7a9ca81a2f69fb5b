"""RPCs as connectrpc describes them, for its servers and its clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType

if TYPE_CHECKING:
    from xaiwire_server.rpc.methods import Rpc

__all__ = ["method_info"]

_KINDS = {
    (False, False): StreamType.UNARY,
    (True, False): StreamType.CLIENT_STREAM,
    (False, True): StreamType.SERVER_STREAM,
    (True, True): StreamType.BIDI_STREAM,
}


def method_info(rpc: Rpc) -> MethodInfo[Any, Any]:
    """An RPC as connectrpc describes it."""
    return MethodInfo(
        name=rpc.name,
        service_name=rpc.service,
        input=rpc.input,
        output=rpc.output,
        idempotency_level=IdempotencyLevel.UNKNOWN,
        stream_type=_KINDS[rpc.client_streams, rpc.server_streams],
    )
