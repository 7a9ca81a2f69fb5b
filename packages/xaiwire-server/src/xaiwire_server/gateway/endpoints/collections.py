"""Collections: the management of them. Their documents are in `collection_documents`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xaiwire_server.gateway.access.keys import allow_model, may_use
from xaiwire_server.gateway.convert.collections import (
    COLLECTION_SORTS,
    collection,
    collection_list,
    creation_fields,
    page_fields,
    update_fields,
)
from xaiwire_server.gateway.endpoints.collection_documents import COLLECTION_DOCUMENT_ROUTES, TEAM_QUERY, page_query
from xaiwire_server.gateway.routing import Route
from xaiwire_server.gateway.shapes.collections import (
    Collection,
    CollectionEmbeddingModels,
    CollectionList,
    CollectionRequest,
    CollectionUpdate,
    Empty,
    TokenEncodings,
)

if TYPE_CHECKING:
    from xaiwire import AsyncClient
    from xaiwire_server.gateway.http.exchange import Exchange

__all__ = ["COLLECTION_ROUTES"]


async def create(exchange: Exchange, client: AsyncClient) -> None:
    """Make a collection."""
    request = await exchange.json(CollectionRequest)
    index = request.index_configuration
    if index is not None and index.model_name:
        allow_model(exchange, index.model_name, "index_configuration.model_name")
    made = await client.services.collections.create(**creation_fields(request), **exchange.management_options())
    await exchange.answer(collection(made))


async def list_collections(exchange: Exchange, client: AsyncClient) -> None:
    """List collections, page by page."""
    exchange.watch()
    fields = page_fields(exchange.query, COLLECTION_SORTS)
    page = await client.services.collections.list(**fields, **exchange.management_options())
    await exchange.answer(collection_list(page))


async def get(exchange: Exchange, client: AsyncClient) -> None:
    """Describe a collection."""
    exchange.watch()
    found = await client.services.collections.get(
        collection_id=exchange.params["collection_id"],
        team_id=exchange.query.get("team_id"),
        **exchange.management_options(),
    )
    await exchange.answer(collection(found))


async def update(exchange: Exchange, client: AsyncClient) -> None:
    """Rename a collection, or change how its documents are cut."""
    request = await exchange.json(CollectionUpdate)
    changed = await client.services.collections.update(
        collection_id=exchange.params["collection_id"], **update_fields(request), **exchange.management_options()
    )
    await exchange.answer(collection(changed))


async def delete(exchange: Exchange, client: AsyncClient) -> None:
    """Delete a collection."""
    exchange.watch()
    await client.services.collections.delete(
        collection_id=exchange.params["collection_id"],
        team_id=exchange.query.get("team_id"),
        **exchange.management_options(),
    )
    await exchange.answer(Empty())


async def embedding_models(exchange: Exchange, client: AsyncClient) -> None:
    """List the embedding models that a collection can have."""
    exchange.watch()
    team_id = exchange.query.get("team_id")
    found = await client.services.collections.list_embedding_models(team_id=team_id, **exchange.management_options())
    models = [name for name in found.embedding_models if may_use(exchange.caller, name)]
    await exchange.answer(CollectionEmbeddingModels(models))


async def token_encodings(exchange: Exchange, client: AsyncClient) -> None:
    """List the encodings by whose tokens chunks can be measured."""
    exchange.watch()
    team_id = exchange.query.get("team_id")
    found = await client.services.collections.list_token_encodings(team_id=team_id, **exchange.management_options())
    await exchange.answer(TokenEncodings(list(found.encodings)))


_PATH = "/management/v1/collections"

COLLECTION_ROUTES = (
    Route(
        name="collections.create",
        method="POST",
        path=_PATH,
        endpoint=create,
        summary="Make a collection",
        tag="Collections",
        rpcs=("collections.Collections/CreateCollection",),
        request=CollectionRequest,
        response=Collection,
        management=True,
    ),
    Route(
        name="collections.list",
        method="GET",
        path=_PATH,
        endpoint=list_collections,
        summary="List collections, page by page",
        tag="Collections",
        rpcs=("collections.Collections/ListCollections",),
        response=CollectionList,
        query=page_query(COLLECTION_SORTS),
        management=True,
    ),
    Route(
        name="collections.get",
        method="GET",
        path=f"{_PATH}/{{collection_id}}",
        endpoint=get,
        summary="Describe a collection",
        tag="Collections",
        rpcs=("collections.Collections/GetCollectionMetadata",),
        response=Collection,
        query=TEAM_QUERY,
        management=True,
    ),
    Route(
        name="collections.update",
        method="PUT",
        path=f"{_PATH}/{{collection_id}}",
        endpoint=update,
        summary="Rename a collection, or change how its documents are cut from now on",
        tag="Collections",
        rpcs=("collections.Collections/UpdateCollection",),
        request=CollectionUpdate,
        response=Collection,
        management=True,
    ),
    Route(
        name="collections.delete",
        method="DELETE",
        path=f"{_PATH}/{{collection_id}}",
        endpoint=delete,
        summary="Delete a collection; the files of its documents stay",
        tag="Collections",
        rpcs=("collections.Collections/DeleteCollection",),
        response=Empty,
        query=TEAM_QUERY,
        management=True,
    ),
    *COLLECTION_DOCUMENT_ROUTES,
    Route(
        name="collections.embedding_models",
        method="GET",
        path="/management/v1/embedding-models",
        endpoint=embedding_models,
        summary="List the embedding models that a collection can have",
        tag="Collections",
        rpcs=("collections.Collections/ListAvailableEmbeddingModels",),
        response=CollectionEmbeddingModels,
        query=TEAM_QUERY,
        management=True,
    ),
    Route(
        name="collections.token_encodings",
        method="GET",
        path="/management/v1/token-encodings",
        endpoint=token_encodings,
        summary="List the encodings by whose tokens chunks can be measured",
        tag="Collections",
        rpcs=("collections.Collections/ListAvailableTokenEncodings",),
        response=TokenEncodings,
        query=TEAM_QUERY,
        management=True,
    ),
)
