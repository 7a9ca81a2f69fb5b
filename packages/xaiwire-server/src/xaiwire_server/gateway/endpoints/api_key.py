"""What is known of a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire_server.gateway.convert.api_key import api_key_info
from xaiwire_server.gateway.routing import Route
from xaiwire_server.gateway.shapes.api_key import ApiKeyInfo

if TYPE_CHECKING:
    from xaiwire import AsyncClient
    from xaiwire_server.gateway.http.exchange import Exchange

__all__ = ["API_KEY_ROUTES"]


async def info(exchange: Exchange, client: AsyncClient) -> None:
    """Tell what is known of the key that the API is called with; of a gateway key, that of the one upstream."""
    exchange.watch()
    await exchange.answer(api_key_info(await client.services.auth.get_api_key_info(**exchange.options())))


API_KEY_ROUTES = (
    Route(
        name="api_key",
        method="GET",
        path="/v1/api-key",
        endpoint=info,
        summary="Tell what is known of the key; of a gateway key, that of the one that it stands for",
        tag="Keys",
        rpcs=("xai_api.Auth/get_api_key_info",),
        response=ApiKeyInfo,
    ),
)
