"""Embeddings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire_server.gateway.access.keys import allow_model
from xaiwire_server.gateway.convert.embeddings import embedding_fields, embedding_list
from xaiwire_server.gateway.routing import Route
from xaiwire_server.gateway.shapes.embeddings import EmbeddingList, EmbeddingRequest

if TYPE_CHECKING:
    from xaiwire import AsyncClient
    from xaiwire_server.gateway.http.exchange import Exchange

__all__ = ["EMBEDDING_ROUTES"]


async def embed(exchange: Exchange, client: AsyncClient) -> None:
    """Make vectors of texts and images."""
    request = await exchange.json(EmbeddingRequest)
    allow_model(exchange, request.model)
    response = await client.services.embed.create(**embedding_fields(request), **exchange.options())
    await exchange.answer(embedding_list(response))


EMBEDDING_ROUTES = (
    Route(
        name="embeddings",
        method="POST",
        path="/v1/embeddings",
        endpoint=embed,
        summary="Make vectors of texts and images",
        tag="Embeddings",
        rpcs=("xai_api.Embedder/Embed",),
        request=EmbeddingRequest,
        response=EmbeddingList,
    ),
)
