"""Collections and their documents: the names of the contract's fields, as xAI's management API has them, too."""

from __future__ import annotations

from typing import Any

import msgspec

from xaiwire_server.gateway.shapes.base import Int32, Request

__all__ = [
    "CharsConfiguration",
    "ChunkConfiguration",
    "Collection",
    "CollectionEmbeddingModels",
    "CollectionList",
    "CollectionRequest",
    "CollectionUpdate",
    "Document",
    "DocumentAddition",
    "DocumentBatch",
    "DocumentFile",
    "DocumentList",
    "DocumentUpdate",
    "Empty",
    "IndexConfiguration",
    "RequestChunkConfiguration",
    "TokenEncodings",
    "TokensConfiguration",
]

# Requests.


class IndexConfiguration(Request):
    """How a collection is indexed: with which embedding model."""

    model_name: str = ""


class CharsConfiguration(Request):
    """Chunks are measured in characters."""

    max_chunk_size_chars: Int32 = 0
    chunk_overlap_chars: Int32 = 0


class TokensConfiguration(Request):
    """Chunks are measured in tokens of an encoding."""

    max_chunk_size_tokens: Int32 = 0
    chunk_overlap_tokens: Int32 = 0
    encoding_name: str = ""


class RequestChunkConfiguration(Request):
    """How documents are to be cut into chunks: by characters or by tokens, not by both."""

    chars_configuration: CharsConfiguration | None = None
    tokens_configuration: TokensConfiguration | None = None
    strip_whitespace: bool = False
    inject_name_into_chunks: bool = False
    ast_configuration: Any = None
    bytes_configuration: Any = None
    code_chars_configuration: Any = None
    code_tokens_configuration: Any = None
    markdown_chars_configuration: Any = None
    markdown_tokens_configuration: Any = None
    table_configuration: Any = None


class CollectionRequest(Request):
    """A new collection."""

    collection_name: str
    team_id: str | None = None
    index_configuration: IndexConfiguration | None = None
    chunk_configuration: RequestChunkConfiguration | None = None
    collection_description: Any = None
    field_definitions: Any = None
    metric_space: Any = None
    version: Any = None


class CollectionUpdate(Request):
    """What is to change of a collection; what is not there stays as it is."""

    team_id: str | None = None
    collection_name: str | None = None
    chunk_configuration: RequestChunkConfiguration | None = None
    collection_description: Any = None
    field_definition_updates: Any = None


class DocumentAddition(Request):
    """What is said of a file that is added to a collection."""

    team_id: str | None = None
    fields: dict[str, str] | None = None


class DocumentUpdate(Request):
    """What is to change of a document; what is not there stays as it is. `data` is base64.

    The contract cannot tell no fields from fields that are not there, so all fields of a document cannot be taken away.
    """

    team_id: str | None = None
    name: str | None = None
    content_type: str | None = None
    data: bytes | None = None
    fields: dict[str, str] | None = None


# Answers.


class ChunkConfiguration(msgspec.Struct, kw_only=True, omit_defaults=True):
    """How documents are cut into chunks."""

    strip_whitespace: bool
    inject_name_into_chunks: bool
    chars_configuration: CharsConfiguration | None = None
    tokens_configuration: TokensConfiguration | None = None


class Collection(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A collection."""

    collection_id: str
    collection_name: str
    documents_count: int
    created_at: str | None = None
    index_configuration: IndexConfiguration | None = None
    chunk_configuration: ChunkConfiguration | None = None


class CollectionList(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A page of collections; with `pagination_token`, the next one is asked for."""

    collections: list[Collection]
    pagination_token: str | None = None


class DocumentFile(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The file of a document."""

    file_id: str
    name: str
    size_bytes: str
    content_type: str
    hash: str
    created_at: str | None = None
    expires_at: str | None = None


class Document(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A document of a collection.

    `status` is `DOCUMENT_STATUS_PROCESSING`, `…_PROCESSED`, `…_UNKNOWN`, or `…_FAILED` with the reason in
    `error_message`.
    """

    status: str
    fields: dict[str, str]
    file_metadata: DocumentFile | None = None
    error_message: str | None = None


class DocumentList(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A page of documents; with `pagination_token`, the next one is asked for."""

    documents: list[Document]
    pagination_token: str | None = None


class DocumentBatch(msgspec.Struct):
    """The documents that were asked for."""

    documents: list[Document]


class CollectionEmbeddingModels(msgspec.Struct):
    """The embedding models that a collection can have."""

    embedding_models: list[str]


class TokenEncodings(msgspec.Struct):
    """The encodings by whose tokens chunks can be measured."""

    encodings: list[str]


class Empty(msgspec.Struct):
    """It was done; there is nothing to say of it."""
