"""Collections: documents that are embedded, so that they can be searched by meaning.

The requests that the clients of `xaiwire.sync.collections` and `xaiwire.aio.collections` send, and the types that their
methods take.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

from protobuf import Oneof

from xaiwire._choices import chosen, several
from xaiwire._collections.batch import Document, DocumentLike, UploadOutcome, UploadReport
from xaiwire._gen.xai.api.v1 import collections_pb, shared_pb, types_pb
from xaiwire.errors import ValidationError

__all__ = [
    "CollectionSortBy",
    "Document",
    "DocumentLike",
    "DocumentSortBy",
    "Order",
    "UploadOutcome",
    "UploadReport",
    "add_document_request",
    "batch_get_documents_request",
    "chunk_by_characters",
    "chunk_by_tokens",
    "create_request",
    "list_documents_request",
    "list_request",
    "note_uploaded",
    "update_document_request",
    "update_request",
    "upload_document_request",
]

Order: TypeAlias = Literal["asc", "desc"]
CollectionSortBy: TypeAlias = Literal["name", "age"]
DocumentSortBy: TypeAlias = Literal["name", "age", "size"]

_ORDERS = {"asc": shared_pb.Ordering.ASCENDING, "desc": shared_pb.Ordering.DESCENDING}
_COLLECTION_SORTS = {"name": collections_pb.CollectionsSortBy.NAME, "age": collections_pb.CollectionsSortBy.AGE}
_DOCUMENT_SORTS = {
    "name": collections_pb.DocumentsSortBy.NAME,
    "age": collections_pb.DocumentsSortBy.AGE,
    "size": collections_pb.DocumentsSortBy.SIZE,
}


def chunk_by_characters(
    most: int, overlap: int = 0, *, strip_whitespace: bool = False, inject_name: bool = False
) -> types_pb.ChunkConfiguration:
    """How documents are cut into chunks, by characters.

    Args:
        most: characters of a chunk at most.
        overlap: characters that a chunk has in common with the one before.
        strip_whitespace: whether chunks lose the white space around them.
        inject_name: whether each chunk gets the document's name.
    """
    config: Oneof[Literal["chars_configuration"], types_pb.CharsConfiguration] = Oneof(
        "chars_configuration", types_pb.CharsConfiguration(max_chunk_size_chars=most, chunk_overlap_chars=overlap)
    )
    return types_pb.ChunkConfiguration(
        config=config, strip_whitespace=strip_whitespace, inject_name_into_chunks=inject_name
    )


def chunk_by_tokens(
    most: int, overlap: int = 0, *, encoding: str = "", strip_whitespace: bool = False, inject_name: bool = False
) -> types_pb.ChunkConfiguration:
    """How documents are cut into chunks, by tokens.

    Args:
        most: tokens of a chunk at most.
        overlap: tokens that a chunk has in common with the one before.
        encoding: of the tokens, one of `collections.list_token_encodings()`; the server's choice where it is empty.
        strip_whitespace: whether chunks lose the white space around them.
        inject_name: whether each chunk gets the document's name.
    """
    config: Oneof[Literal["tokens_configuration"], types_pb.TokensConfiguration] = Oneof(
        "tokens_configuration",
        types_pb.TokensConfiguration(max_chunk_size_tokens=most, chunk_overlap_tokens=overlap, encoding_name=encoding),
    )
    return types_pb.ChunkConfiguration(
        config=config, strip_whitespace=strip_whitespace, inject_name_into_chunks=inject_name
    )


def create_request(
    *,
    name: str,
    model_name: str | None,
    chunk_configuration: types_pb.ChunkConfiguration | None,
    team_id: str | None,
) -> collections_pb.CreateCollectionRequest:
    """What makes a collection."""
    return collections_pb.CreateCollectionRequest(
        team_id=team_id,
        collection_name=name,
        index_configuration=types_pb.IndexConfiguration(model_name=model_name) if model_name else None,
        chunk_configuration=chunk_configuration,
    )


def list_request(
    *,
    limit: int | None,
    order: Order | shared_pb.Ordering | None,
    sort_by: CollectionSortBy | collections_pb.CollectionsSortBy | None,
    pagination_token: str | None,
    team_id: str | None,
) -> collections_pb.ListCollectionsRequest:
    """What asks for a page of collections.

    Raises:
        ValidationError: an order or a field to sort by that does not exist.
    """
    return collections_pb.ListCollectionsRequest(
        team_id=team_id,
        limit=limit,
        order=None if order is None else chosen("order", order, _ORDERS),
        sort_by=None if sort_by is None else chosen("sort_by", sort_by, _COLLECTION_SORTS),
        pagination_token=pagination_token,
    )


def update_request(
    *,
    collection_id: str,
    name: str | None,
    chunk_configuration: types_pb.ChunkConfiguration | None,
    team_id: str | None,
) -> collections_pb.UpdateCollectionRequest:
    """What changes a collection.

    Raises:
        ValidationError: nothing is to be changed.
    """
    if name is None and chunk_configuration is None:
        raise ValidationError("update changes name or chunk_configuration: give at least one of them")
    return collections_pb.UpdateCollectionRequest(
        team_id=team_id, collection_id=collection_id, collection_name=name, chunk_configuration=chunk_configuration
    )


def upload_document_request(
    *,
    collection_id: str,
    name: str,
    data: bytes | bytearray | memoryview,
    content_type: str,
    fields: Mapping[str, str] | None,
    team_id: str | None,
) -> collections_pb.UploadDocumentRequest:
    """What uploads a document in one message."""
    return collections_pb.UploadDocumentRequest(
        team_id=team_id,
        collection_id=collection_id,
        name=name,
        data=_as_bytes("data", data),
        content_type=content_type,
        fields=dict(fields or {}),
    )


def add_document_request(
    *, collection_id: str, file_id: str, fields: Mapping[str, str] | None, team_id: str | None
) -> collections_pb.AddDocumentToCollectionRequest:
    """What puts a file into a collection."""
    return collections_pb.AddDocumentToCollectionRequest(
        team_id=team_id, collection_id=collection_id, file_id=file_id, fields=dict(fields or {})
    )


def list_documents_request(
    *,
    collection_id: str,
    limit: int | None,
    order: Order | shared_pb.Ordering | None,
    sort_by: DocumentSortBy | collections_pb.DocumentsSortBy | None,
    pagination_token: str | None,
    team_id: str | None,
) -> collections_pb.ListDocumentsRequest:
    """What asks for a page of a collection's documents.

    Raises:
        ValidationError: an order or a field to sort by that does not exist.
    """
    return collections_pb.ListDocumentsRequest(
        team_id=team_id,
        collection_id=collection_id,
        limit=limit,
        order=None if order is None else chosen("order", order, _ORDERS),
        sort_by=None if sort_by is None else chosen("sort_by", sort_by, _DOCUMENT_SORTS),
        pagination_token=pagination_token,
    )


def batch_get_documents_request(
    *, collection_id: str, file_ids: Iterable[str], team_id: str | None
) -> collections_pb.BatchGetDocumentsRequest:
    """What asks for several documents' metadata.

    Raises:
        ValidationError: one string is given and not several.
    """
    return collections_pb.BatchGetDocumentsRequest(
        team_id=team_id, collection_id=collection_id, file_ids=several("file_ids", file_ids)
    )


def update_document_request(
    *,
    collection_id: str,
    file_id: str,
    name: str | None,
    data: bytes | bytearray | memoryview | None,
    content_type: str | None,
    fields: Mapping[str, str] | None,
    team_id: str | None,
) -> collections_pb.UpdateDocumentRequest:
    """What changes a document; what is None stays."""
    return collections_pb.UpdateDocumentRequest(
        team_id=team_id,
        collection_id=collection_id,
        file_id=file_id,
        name=name,
        data=None if data is None else _as_bytes("data", data),
        content_type=content_type,
        fields=dict(fields or {}),
    )


def note_uploaded(error: BaseException, file_id: str) -> None:
    """Tell with an error that a file is uploaded and in no collection, so that it is not lost."""
    error.add_note(
        f"The file was uploaded as {file_id} and is not in the collection: "
        "collections.add_existing_document(collection_id, file_id) puts it there, files.delete(file_id) removes it."
    )


def _as_bytes(name: str, data: object) -> bytes:
    # bytes() would make as many zeros of a number, and numbers of a list.
    if not isinstance(data, bytes | bytearray | memoryview):
        raise ValidationError(f"{name} has to be bytes, not {type(data).__name__}")
    return bytes(data)
