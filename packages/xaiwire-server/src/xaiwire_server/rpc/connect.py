"""Calls by Connect and gRPC-Web, for `curl` and browsers; connectrpc does the protocols."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from connectrpc.code import Code
from connectrpc.errors import ConnectError
from connectrpc.method import StreamType
from connectrpc.server import ConnectASGIApplication, Endpoint

from xaiwire_server.rpc.call import Call
from xaiwire_server.rpc.connect_methods import method_info
from xaiwire_server.rpc.refusal import Cut, Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from connectrpc.request import RequestContext
    from protobuf import Message

    from xaiwire_server.rpc.call import CallServer
    from xaiwire_server.rpc.methods import Rpc

__all__ = ["ConnectApplication"]

_ENDPOINTS = {
    StreamType.UNARY: Endpoint.unary,
    StreamType.CLIENT_STREAM: Endpoint.client_stream,
    StreamType.SERVER_STREAM: Endpoint.server_stream,
    StreamType.BIDI_STREAM: Endpoint.bidi_stream,
}


class ConnectApplication(ConnectASGIApplication[Any]):
    """An ASGI application that hands calls to a server of calls."""

    def __init__(self, server: CallServer, rpcs: Iterable[Rpc], max_message_bytes: int) -> None:
        """Make it.

        Args:
            server: serves the calls.
            rpcs: what there is to call.
            max_message_bytes: the largest request message that is taken.
        """
        endpoints = {rpc.path: _endpoint(server, rpc) for rpc in rpcs}
        super().__init__(service=server, endpoints=lambda _server: endpoints, read_max_bytes=max_message_bytes)

    @property
    def path(self) -> str:
        """Where it is mounted."""
        return ""


def _endpoint(server: CallServer, rpc: Rpc) -> Any:  # noqa: ANN401 - of one of four kinds
    method = method_info(rpc)
    function = _streaming(server, rpc) if rpc.server_streams else _single(server, rpc)
    return _ENDPOINTS[method.stream_type](method=method, function=function)  # type: ignore[operator]


def _call(rpc: Rpc, context: RequestContext[Any, Any]) -> Call:
    headers: dict[str, str] = {}
    for name, value in context.request_headers.allitems():
        key = name.lower()
        headers[key] = f"{headers[key]},{value}" if key in headers else value
    protocol = "grpc-web" if "grpc-web" in headers.get("content-type", "") else "connect"
    scheme = headers.get("x-forwarded-proto", "http")
    return Call(rpc, headers, context.client_address or "", protocol, f"{scheme}://{headers.get('host', 'localhost')}")


async def _responses(
    server: CallServer,
    rpc: Rpc,
    request: Any,  # noqa: ANN401 - of any RPC
    context: RequestContext[Any, Any],
) -> AsyncIterator[Message[Any]]:
    call = _call(rpc, context)
    sent = False
    async with aclosing(server.responses(call, request)) as responses:  # type: ignore[type-var]  # it is a generator
        try:
            async for response in responses:
                if not sent:
                    sent = True
                    _add_headers(call, context)
                yield response
        except Refusal as refusal:
            if not sent:
                _add_headers(call, context)
            for name, value in refusal.trailers:
                context.response_trailers[name] = value
            raise ConnectError(Code[refusal.code.name], refusal.message) from refusal
        except Cut as cut:
            # The protocols on top of HTTP/1.1 have no way to break off that is not an error.
            raise ConnectError(Code.UNAVAILABLE, str(cut)) from cut


def _add_headers(call: Call, context: RequestContext[Any, Any]) -> None:
    for name, value in call.response_metadata:
        context.response_headers[name] = value


def _single(server: CallServer, rpc: Rpc) -> Callable[..., Any]:
    async def function(request: Any, context: RequestContext[Any, Any]) -> Message[Any]:  # noqa: ANN401 - of any RPC
        async with aclosing(_responses(server, rpc, request, context)) as responses:  # type: ignore[type-var]
            async for response in responses:
                return response
        raise ConnectError(Code.INTERNAL, "there is no response")

    return function


def _streaming(server: CallServer, rpc: Rpc) -> Callable[..., Any]:
    def function(request: Any, context: RequestContext[Any, Any]) -> AsyncIterator[Message[Any]]:  # noqa: ANN401
        return _responses(server, rpc, request, context)

    return function
