"""Collections: the management of collections and their documents."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from protobuf.wkt import Empty

from xaiwire import StatusCode
from xaiwire.proto import collections_pb2, shared_pb2, types_pb2
from xaiwire_server.emulator.clock import timestamp
from xaiwire_server.emulator.services.checks import required
from xaiwire_server.emulator.state.paging import Order
from xaiwire_server.emulator.text.chunking import check_chunking, default_chunking
from xaiwire_server.emulator.text.tokenizer import ENCODINGS
from xaiwire_server.rpc.refusal import Refusal, invalid

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from xaiwire_server.emulator.catalogue import Catalogue
    from xaiwire_server.emulator.clock import Clock
    from xaiwire_server.emulator.context import Context, Handler
    from xaiwire_server.emulator.services.indexing import Indexer
    from xaiwire_server.emulator.state.blobs import BlobWriter
    from xaiwire_server.emulator.state.collections import Collection, Document
    from xaiwire_server.emulator.state.files import StoredFile
    from xaiwire_server.emulator.state.store import Store

__all__ = ["CollectionsService"]

MAX_BATCH = 100

_Status = collections_pb2.DocumentStatus
_SORTS = {
    collections_pb2.CollectionsSortBy.NAME: "name",
    collections_pb2.CollectionsSortBy.AGE: "created",
}
_DOCUMENT_SORTS = {
    collections_pb2.DocumentsSortBy.NAME: "name",
    collections_pb2.DocumentsSortBy.SIZE: "size",
    collections_pb2.DocumentsSortBy.AGE: "added",
}


class CollectionsService:
    """The service."""

    def __init__(self, store: Store, catalogue: Catalogue, indexer: Indexer, clock: Clock, max_bytes: int) -> None:
        """Begin.

        Args:
            store: the state.
            catalogue: the models.
            indexer: makes documents of files.
            clock: the emulator's time.
            max_bytes: what a document may have.
        """
        self._store = store
        self._catalogue = catalogue
        self._indexer = indexer
        self._clock = clock
        self._max_bytes = max_bytes

    def handlers(self) -> dict[str, Handler]:
        """The RPCs of the service."""
        service = "/collections.Collections/"
        return {
            f"{service}CreateCollection": self.create,
            f"{service}ListCollections": self.list,
            f"{service}DeleteCollection": self.delete,
            f"{service}GetCollectionMetadata": self.get,
            f"{service}UpdateCollection": self.update,
            f"{service}ListAvailableEmbeddingModels": self.list_embedding_models,
            f"{service}ListAvailableTokenEncodings": self.list_token_encodings,
            f"{service}UploadDocument": self.upload_document,
            f"{service}ListDocuments": self.list_documents,
            f"{service}GetDocumentMetadata": self.get_document,
            f"{service}AddDocumentToCollection": self.add_document,
            f"{service}RemoveDocumentFromCollection": self.remove_document,
            f"{service}UpdateDocument": self.update_document,
            f"{service}ReIndexDocument": self.reindex_document,
            f"{service}BatchGetDocuments": self.batch_get_documents,
        }

    # Collections.

    async def create(
        self, request: collections_pb2.CreateCollectionRequest, context: Context
    ) -> collections_pb2.CollectionMetadata:
        """Make a collection."""
        team = _team(request, context)
        name = required("collection_name", request.collection_name)
        model = self._catalogue.embedding[0].name
        if request.index_configuration is not None and request.index_configuration.model_name:
            asked = request.index_configuration.model_name
            known = {alias: each.name for each in self._catalogue.embedding for alias in (each.name, *each.aliases)}
            if asked not in known:
                raise invalid("index_configuration.model_name", f"{asked!r} is no embedding model")
            model = known[asked]
        chunking = request.chunk_configuration or default_chunking()
        check_chunking(chunking)
        return self._metadata(self._store.collections.create(team, name, model, chunking))

    async def list(
        self, request: collections_pb2.ListCollectionsRequest, context: Context
    ) -> collections_pb2.ListCollectionsResponse:
        """A page of the collections."""
        order = _order(request, _SORTS, "id", "CollectionsSortBy")
        found, token = self._store.collections.page(
            _team(request, context), order, _limit(request), request.pagination_token
        )
        response = collections_pb2.ListCollectionsResponse(collections=[self._metadata(each) for each in found])
        if token is not None:
            response.pagination_token = token
        return response

    async def get(
        self, request: collections_pb2.GetCollectionMetadataRequest, context: Context
    ) -> collections_pb2.CollectionMetadata:
        """A collection."""
        return self._metadata(self._collection(request, context))

    async def update(
        self, request: collections_pb2.UpdateCollectionRequest, context: Context
    ) -> collections_pb2.CollectionMetadata:
        """Rename a collection, or cut its documents otherwise from now on."""
        collection = self._collection(request, context)
        if request.has_field("collection_name"):
            collection = replace(collection, name=required("collection_name", request.collection_name))
        if request.chunk_configuration is not None:
            check_chunking(request.chunk_configuration)
            collection = replace(collection, chunking=request.chunk_configuration)
        self._store.collections.update(collection)
        return self._metadata(collection)

    async def delete(self, request: collections_pb2.DeleteCollectionRequest, context: Context) -> Empty:
        """Delete a collection; the files of its documents stay."""
        self._store.collections.delete(self._collection(request, context))
        return Empty()

    async def list_embedding_models(
        self, request: collections_pb2.ListAvailableEmbeddingModelsRequest, context: Context
    ) -> collections_pb2.ListAvailableEmbeddingModelsResponse:
        """The models that a collection can have."""
        _team(request, context)
        names = [model.name for model in self._catalogue.embedding]
        return collections_pb2.ListAvailableEmbeddingModelsResponse(embedding_models=names)

    async def list_token_encodings(
        self, request: collections_pb2.ListAvailableTokenEncodingsRequest, context: Context
    ) -> collections_pb2.ListAvailableTokenEncodingsResponse:
        """The encodings by which chunks can be measured."""
        _team(request, context)
        return collections_pb2.ListAvailableTokenEncodingsResponse(encodings=list(ENCODINGS))

    # Documents.

    async def upload_document(
        self, request: collections_pb2.UploadDocumentRequest, context: Context
    ) -> collections_pb2.DocumentMetadata:
        """Make a file and add it to a collection."""
        collection = self._collection(request, context)
        required("name", request.name)
        self._check_size(request.data)
        content_type = request.content_type or "text/plain"
        indexed = await self._indexer.index(request.data, request.name, collection.chunking)
        files = self._store.files
        async with self._content(request.data) as (writer, digest):
            # The collection may have gone while the content was read.
            collection = self._collection(request, context)
            with self._store.database.transaction():
                file = files.add(
                    writer, digest, team_id=collection.team_id, name=request.name, content_type=content_type
                )
                document = self._indexer.write(collection, file, dict(request.fields), indexed)
        return self._document_metadata(document, file)

    async def list_documents(
        self, request: collections_pb2.ListDocumentsRequest, context: Context
    ) -> collections_pb2.ListDocumentsResponse:
        """A page of a collection's documents."""
        collection = self._collection(request, context)
        order = _order(request, _DOCUMENT_SORTS, "file_id", "DocumentsSortBy")
        found, token = self._store.collections.document_page(
            collection.id, order, _limit(request), request.pagination_token
        )
        documents = [self._document_metadata(each, self._file(collection, each)) for each in found]
        response = collections_pb2.ListDocumentsResponse(documents=documents)
        if token is not None:
            response.pagination_token = token
        return response

    async def get_document(
        self, request: collections_pb2.GetDocumentMetadataRequest, context: Context
    ) -> collections_pb2.DocumentMetadata:
        """A document."""
        collection, document = self._document(request, context)
        return self._document_metadata(document, self._file(collection, document))

    async def add_document(self, request: collections_pb2.AddDocumentToCollectionRequest, context: Context) -> Empty:
        """Add a file to a collection."""
        collection = self._collection(request, context)
        file = self._store.files.get(collection.team_id, required("file_id", request.file_id))
        known = {each.collection_id for each in self._store.collections.documents_of(file.id)}
        if collection.id in known:
            raise Refusal(
                StatusCode.ALREADY_EXISTS, f"file {file.id!r} is a document of collection {collection.id!r} already"
            )
        indexed = await self._indexer.index(await self._store.files.read(file), file.name, collection.chunking)
        self._indexer.write(collection, file, dict(request.fields), indexed)
        return Empty()

    async def remove_document(
        self, request: collections_pb2.RemoveDocumentFromCollectionRequest, context: Context
    ) -> Empty:
        """Take a document out of a collection; its file stays."""
        _, document = self._document(request, context)
        self._store.collections.remove_document(document)
        return Empty()

    async def update_document(
        self, request: collections_pb2.UpdateDocumentRequest, context: Context
    ) -> collections_pb2.DocumentMetadata:
        """Change a document's name, content, kind or fields; in other collections that have it, it changes, too."""
        collection, document = self._document(request, context)
        old = self._file(collection, document)
        name = required("name", request.name) if request.has_field("name") else old.name
        content_type = request.content_type if request.has_field("content_type") else old.content_type
        file = replace(old, name=name, content_type=content_type)
        fields = dict(request.fields) or document.fields
        if not request.has_field("data"):
            return await self._updated(collection, file, old, fields, await self._store.files.read(old))
        self._check_size(request.data)
        async with self._content(request.data) as (writer, digest):
            file = replace(file, size=writer.size, hash=digest, blob=writer.name)
            metadata = await self._updated(collection, file, old, fields, request.data)
        self._store.files.delete_content(old.blob)
        return metadata

    async def _updated(
        self, collection: Collection, file: StoredFile, old: StoredFile, fields: dict[str, str], content: bytes
    ) -> collections_pb2.DocumentMetadata:
        collections = self._store.collections
        indexed = {
            each.collection_id: await self._indexer.index(
                content, file.name, collections.get(file.team_id, each.collection_id).chunking
            )
            for each in collections.documents_of(file.id)
        }
        with self._store.database.transaction():
            self._store.files.replace(file, old)
            for each in collections.documents_of(file.id):
                if each.collection_id in indexed:
                    other = collections.get(file.team_id, each.collection_id)
                    new = fields if other.id == collection.id else each.fields
                    self._indexer.write(other, file, new, indexed[other.id], each.added)
        return self._document_metadata(collections.document(collection.id, file.id), file)

    @asynccontextmanager
    async def _content(self, data: bytes) -> AsyncIterator[tuple[BlobWriter, str]]:
        """A content in the store, with its hash; it goes again unless the block makes it a file's."""
        writer = self._store.files.writer()
        try:
            await writer.write(data)
            yield writer, await self._store.files.keep(writer)
        except BaseException:
            await self._store.files.abandon(writer)
            raise

    async def reindex_document(self, request: collections_pb2.ReIndexDocumentRequest, context: Context) -> Empty:
        """Cut a document anew, as its collection now says."""
        collection, document = self._document(request, context)
        await self._indexer.again(collection, self._file(collection, document), document)
        return Empty()

    async def batch_get_documents(
        self, request: collections_pb2.BatchGetDocumentsRequest, context: Context
    ) -> collections_pb2.BatchGetDocumentsResponse:
        """Several documents, in the order in which they were asked for."""
        collection = self._collection(request, context)
        if not 1 <= len(request.file_ids) <= MAX_BATCH:
            raise invalid("file_ids", f"there are {len(request.file_ids)} ids; between 1 and {MAX_BATCH} are allowed")
        found = [self._store.collections.document(collection.id, each) for each in request.file_ids]
        documents = [self._document_metadata(each, self._file(collection, each)) for each in found]
        return collections_pb2.BatchGetDocumentsResponse(documents=documents)

    # What they have in common.

    def _collection(self, request: Any, context: Context) -> Collection:  # noqa: ANN401 - all have a collection_id
        team = _team(request, context)
        return self._store.collections.get(team, required("collection_id", request.collection_id))

    def _document(self, request: Any, context: Context) -> tuple[Collection, Document]:  # noqa: ANN401 - as above
        collection = self._collection(request, context)
        file_id = required("file_id", request.file_id)
        return collection, self._store.collections.document(collection.id, file_id)

    def _file(self, collection: Collection, document: Document) -> StoredFile:
        return self._store.files.get(collection.team_id, document.file_id)

    def _check_size(self, data: bytes) -> None:
        if len(data) > self._max_bytes:
            raise Refusal(
                StatusCode.RESOURCE_EXHAUSTED,
                f"data: a document may have {self._max_bytes:,} bytes; this one has {len(data):,}",
            )

    def _metadata(self, collection: Collection) -> collections_pb2.CollectionMetadata:
        return collections_pb2.CollectionMetadata(
            collection_id=collection.id,
            collection_name=collection.name,
            created_at=timestamp(collection.created),
            index_configuration=types_pb2.IndexConfiguration(model_name=collection.model),
            chunk_configuration=collection.chunking,
            documents_count=self._store.collections.count(collection.id),
        )

    def _document_metadata(self, document: Document, file: StoredFile) -> collections_pb2.DocumentMetadata:
        metadata = collections_pb2.DocumentMetadata(
            file_metadata=collections_pb2.FileMetadata(
                file_id=file.id,
                name=file.name,
                size_bytes=file.size,
                content_type=file.content_type,
                created_at=timestamp(file.created),
                expires_at=None if file.expires is None else timestamp(file.expires),
                hash=file.hash,
            ),
            fields=document.fields,
        )
        if document.ready > self._clock.now():
            metadata.status = _Status.PROCESSING
        elif document.error is None:
            metadata.status = _Status.PROCESSED
        else:
            metadata.status = _Status.FAILED
            metadata.error_message = document.error
        return metadata


def _team(request: Any, context: Context) -> str:  # noqa: ANN401 - all have a team_id
    if request.has_field("team_id") and request.team_id not in ("", context.team):
        raise Refusal(
            StatusCode.PERMISSION_DENIED, f"team_id: the key belongs to another team than {request.team_id!r}"
        )
    return context.team


def _limit(request: Any) -> int | None:  # noqa: ANN401 - listings have a limit
    return request.limit if request.has_field("limit") else None


def _order(request: Any, columns: dict[Any, str], identity: str, kind: str) -> Order:  # noqa: ANN401 - as above
    sort_by = request.sort_by if request.has_field("sort_by") else next(iter(columns))
    if sort_by not in columns:
        raise invalid("sort_by", f"{int(sort_by)} is no {kind}")
    order = request.order if request.has_field("order") else shared_pb2.Ordering.UNKNOWN
    if order not in tuple(shared_pb2.Ordering):
        raise invalid("order", f"{int(order)} is no Ordering")
    return Order(columns[sort_by], identity, descending=order == shared_pb2.Ordering.DESCENDING)
