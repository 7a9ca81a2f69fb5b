"""Another server, to which calls are passed on by gRPC; connectrpc and pyqwest are the client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectrpc.client import ConnectClient
from connectrpc.errors import ConnectError
from connectrpc.protocol import ProtocolType
from connectrpc.request import Headers
from pyqwest import Client, HTTPTransport, HTTPVersion

from xaiwire import StatusCode
from xaiwire_server.rpc.connect_methods import method_info
from xaiwire_server.rpc.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from protobuf import Message

    from xaiwire_server.rpc.call import Call

__all__ = ["Upstream"]

_PASSED = frozenset({"authorization", "xai-sdk-version"})


class Upstream:
    """A server to which calls are passed on, with the caller's own key."""

    def __init__(self, api: str, management: str, management_services: frozenset[str], max_bytes: int) -> None:
        """Connect to nothing yet.

        Args:
            api: the API's address, as `https://api.x.ai`.
            management: the management API's address.
            management_services: the services that are there.
            max_bytes: the largest response message that is read.
        """
        self._transport = HTTPTransport(
            http_version=HTTPVersion.HTTP2, tls_include_system_certs=True, follow_redirects=False
        )
        client = Client(self._transport)
        self._api, self._management = (
            ConnectClient(
                address.rstrip("/"),
                protocol=ProtocolType.GRPC,
                send_compression=None,
                read_max_bytes=max_bytes,
                http_client=client,
            )
            for address in (api, management)
        )
        self._management_services = management_services

    async def responses(self, call: Call, request: Any) -> AsyncIterator[Message[Any]]:  # noqa: ANN401 - of any RPC
        """What the server answers.

        Raises:
            Refusal: its status.
        """
        rpc = call.rpc
        client = self._management if rpc.service in self._management_services else self._api
        method = method_info(rpc)
        headers = Headers([(name, value) for name, value in call.metadata.items() if name in _PASSED])
        try:
            if rpc.server_streams:
                async for message in client.execute_server_stream(request=request, method=method, headers=headers):
                    yield message
            elif rpc.client_streams:
                yield await client.execute_client_stream(request=request, method=method, headers=headers)
            else:
                yield await client.execute_unary(request=request, method=method, headers=headers)
        except ConnectError as error:
            raise Refusal(StatusCode[error.code.name], error.message) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.aclose()
