"""Collections and documents of the contract, as REST has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import asdict

from xaiwire.proto import collections_pb2, shared_pb2, types_pb2
from xaiwire_server.gateway.convert.moments import rfc3339
from xaiwire_server.gateway.convert.oneofs import one
from xaiwire_server.gateway.http.failures import invalid, not_carried
from xaiwire_server.gateway.http.query import query_choice, query_count
from xaiwire_server.gateway.shapes import collections as shapes
from xaiwire_server.gateway.shapes.base import is_neutral

__all__ = [
    "COLLECTION_SORTS",
    "DOCUMENT_SORTS",
    "ORDERS",
    "collection",
    "collection_list",
    "creation_fields",
    "document",
    "document_list",
    "page_fields",
    "update_fields",
]

_Status = collections_pb2.DocumentStatus

# The short words, and the contract's names, which xAI's management API has in queries.
ORDERS: Mapping[str, Any] = {
    "asc": shared_pb2.Ordering.ASCENDING,
    "desc": shared_pb2.Ordering.DESCENDING,
    **{f"ORDERING_{order.name}": order for order in shared_pb2.Ordering},
}
COLLECTION_SORTS: Mapping[str, Any] = {
    **{sort.name.lower(): sort for sort in collections_pb2.CollectionsSortBy},
    **{f"COLLECTIONS_SORT_BY_{sort.name}": sort for sort in collections_pb2.CollectionsSortBy},
}
DOCUMENT_SORTS: Mapping[str, Any] = {
    **{sort.name.lower(): sort for sort in collections_pb2.DocumentsSortBy},
    **{f"DOCUMENTS_SORT_BY_{sort.name}": sort for sort in collections_pb2.DocumentsSortBy},
}

# The management API says both in answers as protobuf's JSON has them: names in full, 64 bits as text.
_STATUSES = {status: f"DOCUMENT_STATUS_{status.name}" for status in _Status}

_OTHER_CHUNKINGS = (
    "ast_configuration",
    "bytes_configuration",
    "code_chars_configuration",
    "code_tokens_configuration",
    "markdown_chars_configuration",
    "markdown_tokens_configuration",
    "table_configuration",
)

# Requests.


def creation_fields(request: shapes.CollectionRequest) -> dict[str, Any]:
    """The fields of `CreateCollectionRequest`.

    Raises:
        ApiError: 400, the contract has no place for something, or a configuration contradicts itself.
    """
    _refuse(request, "collection_description", "field_definitions", "version")
    if not is_neutral(request.metric_space, "HNSW_METRIC_UNKNOWN"):
        raise not_carried("metric_space")
    index = request.index_configuration
    return {
        "team_id": request.team_id,
        "collection_name": request.collection_name,
        "index_configuration": types_pb2.IndexConfiguration(model_name=index.model_name) if index is not None else None,
        "chunk_configuration": _chunking(request.chunk_configuration),
    }


def update_fields(request: shapes.CollectionUpdate) -> dict[str, Any]:
    """The fields of `UpdateCollectionRequest`, without the collection's id.

    Raises:
        ApiError: 400, as above.
    """
    _refuse(request, "collection_description", "field_definition_updates")
    return {
        "team_id": request.team_id,
        "collection_name": request.collection_name,
        "chunk_configuration": _chunking(request.chunk_configuration),
    }


def page_fields(query: Mapping[str, Any], sorts: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a request for a page.

    Args:
        query: the query's parameters; the management API has a `filter` and a `name`, the contract has not.
        sorts: what it can be sorted by.

    Raises:
        ApiError: 400, a value is none of those that there are, or the contract has no place for a parameter.
    """
    for name in ("filter", "name"):
        if query.get(name):
            raise not_carried(name)
    return {
        "team_id": query.get("team_id"),
        "limit": query_count(query, "limit"),
        "order": query_choice(query, "order", ORDERS),
        "sort_by": query_choice(query, "sort_by", sorts),
        "pagination_token": query.get("pagination_token"),
    }


def _refuse(request: object, *names: str) -> None:
    for name in names:
        if not is_neutral(getattr(request, name)):
            raise not_carried(name)


def _chunking(request: shapes.RequestChunkConfiguration | None) -> types_pb2.ChunkConfiguration | None:
    if request is None:
        return None
    param = "chunk_configuration"
    for name in _OTHER_CHUNKINGS:
        if getattr(request, name) is not None:
            raise not_carried(f"{param}.{name}", "cut by characters or by tokens")
    chars, tokens = request.chars_configuration, request.tokens_configuration
    if chars is not None and tokens is not None:
        raise invalid(
            f"{param}.tokens_configuration", "chunks are measured by characters or by tokens, and it says both"
        )
    config = None
    if chars is not None:
        config = one("chars_configuration", types_pb2.CharsConfiguration(**asdict(chars)))
    elif tokens is not None:
        config = one("tokens_configuration", types_pb2.TokensConfiguration(**asdict(tokens)))
    return types_pb2.ChunkConfiguration(
        config=config,
        strip_whitespace=request.strip_whitespace,
        inject_name_into_chunks=request.inject_name_into_chunks,
    )


# Answers.


def collection(metadata: collections_pb2.CollectionMetadata) -> shapes.Collection:
    """A collection."""
    index = metadata.index_configuration
    return shapes.Collection(
        collection_id=metadata.collection_id,
        collection_name=metadata.collection_name,
        documents_count=metadata.documents_count,
        created_at=rfc3339(metadata.created_at),
        index_configuration=shapes.IndexConfiguration(model_name=index.model_name) if index is not None else None,
        chunk_configuration=_chunk_configuration(metadata.chunk_configuration),
    )


def collection_list(response: collections_pb2.ListCollectionsResponse) -> shapes.CollectionList:
    """A page of collections."""
    token = response.pagination_token if response.has_field("pagination_token") else None
    return shapes.CollectionList(
        collections=[collection(each) for each in response.collections], pagination_token=token
    )


def document(metadata: collections_pb2.DocumentMetadata) -> shapes.Document:
    """A document."""
    file = metadata.file_metadata
    return shapes.Document(
        status=_STATUSES.get(metadata.status, str(int(metadata.status))),
        fields=dict(metadata.fields),
        file_metadata=_file(file) if file is not None else None,
        error_message=metadata.error_message if metadata.has_field("error_message") else None,
    )


def document_list(response: collections_pb2.ListDocumentsResponse) -> shapes.DocumentList:
    """A page of documents."""
    token = response.pagination_token if response.has_field("pagination_token") else None
    return shapes.DocumentList(documents=[document(each) for each in response.documents], pagination_token=token)


def _file(file: collections_pb2.FileMetadata) -> shapes.DocumentFile:
    return shapes.DocumentFile(
        file_id=file.file_id,
        name=file.name,
        size_bytes=str(file.size_bytes),
        content_type=file.content_type,
        hash=file.hash,
        created_at=rfc3339(file.created_at),
        expires_at=rfc3339(file.expires_at),
    )


def _chunk_configuration(chunking: types_pb2.ChunkConfiguration | None) -> shapes.ChunkConfiguration | None:
    if chunking is None:
        return None
    made = shapes.ChunkConfiguration(
        strip_whitespace=chunking.strip_whitespace, inject_name_into_chunks=chunking.inject_name_into_chunks
    )
    config = chunking.config.value if chunking.config is not None else None
    match config:
        case types_pb2.CharsConfiguration():
            made.chars_configuration = shapes.CharsConfiguration(
                max_chunk_size_chars=config.max_chunk_size_chars, chunk_overlap_chars=config.chunk_overlap_chars
            )
        case types_pb2.TokensConfiguration():
            made.tokens_configuration = shapes.TokensConfiguration(
                max_chunk_size_tokens=config.max_chunk_size_tokens,
                chunk_overlap_tokens=config.chunk_overlap_tokens,
                encoding_name=config.encoding_name,
            )
    return made
