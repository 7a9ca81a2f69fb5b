"""Documents of collections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xaiwire_server.gateway.convert.aliases import either
from xaiwire_server.gateway.convert.collections import (
    DOCUMENT_SORTS,
    ORDERS,
    document,
    document_list,
    page_fields,
)
from xaiwire_server.gateway.endpoints.document_forms import DOCUMENT_FORM, read_document_form
from xaiwire_server.gateway.http.failures import invalid
from xaiwire_server.gateway.http.query import MAX_COUNT, NO_PLACE
from xaiwire_server.gateway.routing import Route
from xaiwire_server.gateway.shapes.collections import (
    Document,
    DocumentAddition,
    DocumentBatch,
    DocumentList,
    DocumentUpdate,
    Empty,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xaiwire import AsyncClient
    from xaiwire_server.gateway.http.exchange import Exchange

__all__ = ["COLLECTION_DOCUMENT_ROUTES", "TEAM_QUERY", "page_query"]

TEAM_QUERY: Mapping[str, Any] = {"team_id": {"type": "string"}}


def page_query(sorts: Mapping[str, Any]) -> dict[str, Any]:
    """The schemas of the parameters with which a page is asked for.

    Args:
        sorts: what it can be sorted by.
    """
    return {
        **TEAM_QUERY,
        "limit": {"type": "integer", "minimum": 1, "maximum": MAX_COUNT},
        "order": {"type": "string", "enum": list(ORDERS)},
        "sort_by": {"type": "string", "enum": list(sorts)},
        "pagination_token": {"type": "string"},
        "filter": NO_PLACE,
        "name": NO_PLACE,
    }


async def upload(exchange: Exchange, client: AsyncClient) -> None:
    """Make a file of a form, and add it to a collection."""
    form = await read_document_form(exchange)
    if form.data is None:
        raise invalid("data", "it is required: the document's content")
    name = form.name or form.filename
    if not name:
        raise invalid("name", "it is required, as a field or as the file name of data")
    made = await client.services.collections.upload_document(
        team_id=form.team_id,
        collection_id=exchange.params["collection_id"],
        name=name,
        data=form.data,
        content_type=form.content_type or form.data_type,
        fields=form.fields,
        **exchange.management_options(),
    )
    await exchange.answer(document(made))


async def list_documents(exchange: Exchange, client: AsyncClient) -> None:
    """List the documents of a collection, page by page."""
    exchange.watch()
    fields = page_fields(exchange.query, DOCUMENT_SORTS)
    page = await client.services.collections.list_documents(
        collection_id=exchange.params["collection_id"], **fields, **exchange.management_options()
    )
    await exchange.answer(document_list(page))


async def batch_get(exchange: Exchange, client: AsyncClient) -> None:
    """Describe several documents."""
    exchange.watch()
    file_ids = exchange.query.get("file_ids")
    if not file_ids:
        raise invalid("file_ids", "it is required: ?file_ids=A&file_ids=B")
    found = await client.services.collections.batch_get_documents(
        team_id=exchange.query.get("team_id"),
        collection_id=exchange.params["collection_id"],
        file_ids=file_ids,
        **exchange.management_options(),
    )
    await exchange.answer(DocumentBatch([document(each) for each in found.documents]))


async def get(exchange: Exchange, client: AsyncClient) -> None:
    """Describe a document."""
    exchange.watch()
    team_id = exchange.query.get("team_id")
    found = await client.services.collections.get_document(team_id=team_id, **_place(exchange))
    await exchange.answer(document(found))


async def add(exchange: Exchange, client: AsyncClient) -> None:
    """Add a file to a collection."""
    request = await exchange.optional_json(DocumentAddition) or DocumentAddition()
    await client.services.collections.add_document(
        team_id=_team(exchange, request.team_id), fields=request.fields, **_place(exchange)
    )
    await exchange.answer(Empty())


async def remove(exchange: Exchange, client: AsyncClient) -> None:
    """Take a document out of a collection."""
    exchange.watch()
    team_id = exchange.query.get("team_id")
    await client.services.collections.remove_document(team_id=team_id, **_place(exchange))
    await exchange.answer(Empty())


async def update(exchange: Exchange, client: AsyncClient) -> None:
    """Change a document; where there is no body, index it anew, as the management API does."""
    request: DocumentUpdate | None
    if exchange.headers.get(b"content-type", b"").lower().startswith(b"multipart/"):
        form = await read_document_form(exchange)
        request = DocumentUpdate(
            team_id=form.team_id, name=form.name, content_type=form.content_type, data=form.data, fields=form.fields
        )
    else:
        request = await exchange.optional_json(DocumentUpdate)
    if request is None:
        await client.services.collections.reindex_document(team_id=exchange.query.get("team_id"), **_place(exchange))
        await exchange.answer(Empty())
        return
    if request.fields is not None and not request.fields:
        exchange.leave_out("fields", "the contract cannot tell none from those that stay as they are")
    changed = await client.services.collections.update_document(
        team_id=_team(exchange, request.team_id),
        name=request.name,
        content_type=request.content_type,
        data=request.data,
        fields=request.fields,
        **_place(exchange),
    )
    await exchange.answer(document(changed))


async def reindex(exchange: Exchange, client: AsyncClient) -> None:
    """Index a document anew."""
    exchange.watch()
    team_id = exchange.query.get("team_id")
    await client.services.collections.reindex_document(team_id=team_id, **_place(exchange))
    await exchange.answer(Empty())


def _place(exchange: Exchange) -> dict[str, Any]:
    """Which document is meant, and by whom."""
    return {**exchange.params, **exchange.management_options()}


def _team(exchange: Exchange, said: str | None) -> str | None:
    team: str | None = either(("the query's team_id", exchange.query.get("team_id")), ("team_id", said))
    return team


_PATH = "/management/v1/collections/{collection_id}/documents"
_TOO_LARGE = "A document travels in one message; send a larger one to /v1/files, and add it then."

COLLECTION_DOCUMENT_ROUTES = (
    Route(
        name="collections.documents.upload",
        method="POST",
        path=_PATH,
        endpoint=upload,
        summary="Make a file, and add it to a collection",
        tag="Collections",
        rpcs=("collections.Collections/UploadDocument",),
        form=DOCUMENT_FORM,
        required=("data",),
        response=Document,
        statuses={413: _TOO_LARGE},
        management=True,
    ),
    Route(
        name="collections.documents.list",
        method="GET",
        path=_PATH,
        endpoint=list_documents,
        summary="List the documents of a collection, page by page",
        tag="Collections",
        rpcs=("collections.Collections/ListDocuments",),
        response=DocumentList,
        query=page_query(DOCUMENT_SORTS),
        management=True,
    ),
    Route(
        name="collections.documents.batch_get",
        method="GET",
        path=f"{_PATH}:batchGet",
        endpoint=batch_get,
        summary="Describe several documents",
        tag="Collections",
        rpcs=("collections.Collections/BatchGetDocuments",),
        response=DocumentBatch,
        query={**TEAM_QUERY, "file_ids": {"type": "array", "items": {"type": "string"}, "minItems": 1}},
        required=("file_ids",),
        management=True,
    ),
    Route(
        name="collections.documents.get",
        method="GET",
        path=f"{_PATH}/{{file_id}}",
        endpoint=get,
        summary="Describe a document",
        tag="Collections",
        rpcs=("collections.Collections/GetDocumentMetadata",),
        response=Document,
        query=TEAM_QUERY,
        management=True,
    ),
    Route(
        name="collections.documents.add",
        method="POST",
        path=f"{_PATH}/{{file_id}}",
        endpoint=add,
        summary="Add a file to a collection",
        tag="Collections",
        rpcs=("collections.Collections/AddDocumentToCollection",),
        request=DocumentAddition,
        optional_body=True,
        response=Empty,
        query=TEAM_QUERY,
        management=True,
    ),
    Route(
        name="collections.documents.update",
        method="PATCH",
        path=f"{_PATH}/{{file_id}}",
        endpoint=update,
        summary="Change a document, by JSON or a form; without a body, index it anew",
        tag="Collections",
        rpcs=("collections.Collections/UpdateDocument", "collections.Collections/ReIndexDocument"),
        request=DocumentUpdate,
        form=DOCUMENT_FORM,
        optional_body=True,
        response=Document | Empty,
        query=TEAM_QUERY,
        statuses={413: _TOO_LARGE},
        management=True,
    ),
    Route(
        name="collections.documents.remove",
        method="DELETE",
        path=f"{_PATH}/{{file_id}}",
        endpoint=remove,
        summary="Take a document out of a collection; its file stays",
        tag="Collections",
        rpcs=("collections.Collections/RemoveDocumentFromCollection",),
        response=Empty,
        query=TEAM_QUERY,
        management=True,
    ),
    Route(
        name="collections.documents.reindex",
        method="POST",
        path=f"{_PATH}/{{file_id}}:reindex",
        endpoint=reindex,
        summary="Index a document anew, as its collection says now",
        tag="Collections",
        rpcs=("collections.Collections/ReIndexDocument",),
        response=Empty,
        query=TEAM_QUERY,
        management=True,
    ),
)
