"""Search in documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire_server.gateway.convert.documents import match_list, search_fields
from xaiwire_server.gateway.routing import Route
from xaiwire_server.gateway.shapes.documents import MatchList, SearchRequest

if TYPE_CHECKING:
    from xaiwire import AsyncClient
    from xaiwire_server.gateway.http.exchange import Exchange

__all__ = ["DOCUMENT_ROUTES"]


async def search(exchange: Exchange, client: AsyncClient) -> None:
    """Search the documents of collections."""
    request = await exchange.json(SearchRequest)
    response = await client.services.documents.search(**search_fields(request), **exchange.options())
    await exchange.answer(match_list(response))


DOCUMENT_ROUTES = (
    Route(
        name="documents.search",
        method="POST",
        path="/v1/documents/search",
        endpoint=search,
        summary="Search the documents of collections",
        tag="Documents",
        rpcs=("xai_api.Documents/Search",),
        request=SearchRequest,
        response=MatchList,
        statuses={404: "There is no such collection."},
    ),
)
