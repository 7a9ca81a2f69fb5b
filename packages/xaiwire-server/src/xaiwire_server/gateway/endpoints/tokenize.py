"""Tokens of texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire_server.gateway.access.keys import allow_model
from xaiwire_server.gateway.convert.tokenize import token_list
from xaiwire_server.gateway.routing import Route
from xaiwire_server.gateway.shapes.tokenize import TokenizeRequest, TokenList

if TYPE_CHECKING:
    from xaiwire import AsyncClient
    from xaiwire_server.gateway.http.exchange import Exchange

__all__ = ["TOKENIZE_ROUTES"]


async def tokenize(exchange: Exchange, client: AsyncClient) -> None:
    """Tell the tokens of a text."""
    request = await exchange.json(TokenizeRequest)
    allow_model(exchange, request.model)
    response = await client.services.tokenize.text(
        text=request.text, model=request.model, user=request.user or "", **exchange.options()
    )
    await exchange.answer(token_list(response))


TOKENIZE_ROUTES = (
    Route(
        name="tokenize",
        method="POST",
        path="/v1/tokenize-text",
        endpoint=tokenize,
        summary="Tell the tokens of a text",
        tag="Tokens",
        rpcs=("xai_api.Tokenize/TokenizeText",),
        request=TokenizeRequest,
        response=TokenList,
    ),
)
