"""The client of collections in an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Unpack

from xaiwire import collections, documents
from xaiwire._collections import tasks
from xaiwire._collections.batch import Document, DocumentLike, UploadOutcome, UploadReport
from xaiwire._collections.polling import Wait
from xaiwire._files.source_aio import AsyncUploadable
from xaiwire._gen.xai.api.v1 import collections_pb, documents_pb, files_pb, shared_pb, types_pb
from xaiwire._options import without_call_info
from xaiwire._services import collections as methods
from xaiwire._services import documents as document_methods
from xaiwire._services.calls import iterate_pages_async
from xaiwire.aio import files
from xaiwire.collections import CollectionSortBy, DocumentSortBy, Order
from xaiwire.errors import DeadlineExceededError
from xaiwire.files import CHUNK_SIZE, ProgressCallback

if TYPE_CHECKING:
    from xaiwire._calls.options import CallOptions
    from xaiwire._options import PollOptions
    from xaiwire._services.calls import AsyncCaller

__all__ = ["Client"]


class Client:
    """Keeps documents that can be searched by meaning: `client.collections`.

            collection = await client.collections.create("manuals")
            file = await client.collections.upload_file(collection.collection_id, "manual.pdf")
            await client.collections.wait_until_processed(collection.collection_id, file.id)
            found = await client.collections.search("how to reset the device", [collection.collection_id])

    All methods but `search` are served by the management host and need a management key. They take `timeout`
    (seconds), `metadata`, `retry` and `call_info` for the one call, see CallOptions, and `team_id`, the team that it is
    about where that is not the key's own.
    """

    __slots__ = ("_caller",)

    def __init__(self, caller: AsyncCaller) -> None:
        """Make a client.

        Args:
            caller: makes the calls.
        """
        self._caller = caller

    async def create(
        self,
        name: str,
        model_name: str | None = None,
        chunk_configuration: types_pb.ChunkConfiguration | None = None,
        *,
        team_id: str | None = None,
        **options: Unpack[CallOptions],
    ) -> collections_pb.CollectionMetadata:
        """Make an empty collection.

        Args:
            name: its name.
            model_name: the embedding model, one of `list_embedding_models`; the server's default where it is None.
            chunk_configuration: how documents are cut into chunks, see `xaiwire.collections.chunk_by_characters` and
                `chunk_by_tokens`; the server's default where it is None.
            team_id: the team that it is for.
            **options: of the call.

        Returns:
            The collection's metadata.

        Raises:
            RpcError: the call failed.
        """
        request = collections.create_request(
            name=name, model_name=model_name, chunk_configuration=chunk_configuration, team_id=team_id
        )
        return await self._caller.unary(methods.CREATE, request, options)

    async def list(
        self,
        limit: int | None = None,
        order: Order | shared_pb.Ordering | None = None,
        sort_by: CollectionSortBy | collections_pb.CollectionsSortBy | None = None,
        pagination_token: str | None = None,
        *,
        team_id: str | None = None,
        **options: Unpack[CallOptions],
    ) -> collections_pb.ListCollectionsResponse:
        """Get one page of the collections; `list_all` iterates over all of them.

        Args:
            limit: collections on the page at most; the server's default where it is None.
            order: `"asc"` or `"desc"`.
            sort_by: `"name"` or `"age"`.
            pagination_token: of the page before, its `pagination_token`.
            team_id: the team whose they are.
            **options: of the call.

        Returns:
            The page: `collections`, and `pagination_token`, which is empty on the last one.

        Raises:
            ValidationError: another order or field to sort by.
            RpcError: the call failed.
        """
        request = collections.list_request(
            limit=limit, order=order, sort_by=sort_by, pagination_token=pagination_token, team_id=team_id
        )
        return await self._caller.unary(methods.LIST, request, options)

    def list_all(
        self,
        limit: int | None = None,
        order: Order | shared_pb.Ordering | None = None,
        sort_by: CollectionSortBy | collections_pb.CollectionsSortBy | None = None,
        pagination_token: str | None = None,
        *,
        team_id: str | None = None,
        **options: Unpack[CallOptions],
    ) -> AsyncGenerator[collections_pb.CollectionMetadata, None]:
        """Iterate over the collections of all pages; a page is fetched when it is needed.

        Args:
            limit: collections on a page at most, not of all pages.
            order: `"asc"` or `"desc"`.
            sort_by: `"name"` or `"age"`.
            pagination_token: of the page to begin with.
            team_id: the team whose they are.
            **options: of each call.

        Returns:
            An iterator over the collections' metadata.

        Raises:
            ValidationError: another order or field to sort by.
            RpcError: a call failed, while iterating.
            RepeatedPageError: the server names a page a second time, while iterating.
        """
        return iterate_pages_async(
            lambda page: self._caller.unary(methods.LIST, page, options),
            collections.list_request(
                limit=limit, order=order, sort_by=sort_by, pagination_token=pagination_token, team_id=team_id
            ),
            field="pagination_token",
            token=lambda page: page.pagination_token,
            items=lambda page: page.collections,
        )

    async def get(
        self, collection_id: str, *, team_id: str | None = None, **options: Unpack[CallOptions]
    ) -> collections_pb.CollectionMetadata:
        """Get a collection's metadata.

        Args:
            collection_id: the collection.
            team_id: the team whose it is.
            **options: of the call.

        Raises:
            RpcError: the call failed; NotFoundError where there is no such collection.
        """
        request = collections_pb.GetCollectionMetadataRequest(team_id=team_id, collection_id=collection_id)
        return await self._caller.unary(methods.GET, request, options)

    async def update(
        self,
        collection_id: str,
        name: str | None = None,
        chunk_configuration: types_pb.ChunkConfiguration | None = None,
        *,
        team_id: str | None = None,
        **options: Unpack[CallOptions],
    ) -> collections_pb.CollectionMetadata:
        """Change a collection; what is None stays.

        Documents that are there are cut anew by `reindex_document`.

        Args:
            collection_id: the collection.
            name: its new name.
            chunk_configuration: how documents are cut into chunks from now on.
            team_id: the team whose it is.
            **options: of the call.

        Returns:
            The changed metadata.

        Raises:
            ValidationError: nothing is to be changed.
            RpcError: the call failed.
        """
        request = collections.update_request(
            collection_id=collection_id, name=name, chunk_configuration=chunk_configuration, team_id=team_id
        )
        return await self._caller.unary(methods.UPDATE, request, options)

    async def delete(self, collection_id: str, *, team_id: str | None = None, **options: Unpack[CallOptions]) -> None:
        """Delete a collection.

        Args:
            collection_id: the collection.
            team_id: the team whose it is.
            **options: of the call.

        Raises:
            RpcError: the call failed.
        """
        request = collections_pb.DeleteCollectionRequest(team_id=team_id, collection_id=collection_id)
        await self._caller.unary(methods.DELETE, request, options)

    async def search(
        self,
        query: str,
        collection_ids: Sequence[str],
        limit: int | None = None,
        **options: Unpack[CallOptions],
    ) -> documents_pb.SearchResponse:
        """Search the documents of collections by meaning. This one is served by the API host, with the API key.

        Args:
            query: what to look for.
            collection_ids: the collections to search in.
            limit: matches at most; the server's default where it is None.
            **options: of the call.

        Returns:
            The response; `matches` has the chunks that were found, with their scores.

        Raises:
            ValidationError: one string as `collection_ids`.
            RpcError: the call failed.
        """
        request = documents.search_request(query, collection_ids, None, limit)
        return await self._caller.unary(document_methods.SEARCH, request, options)

    async def list_embedding_models(
        self, *, team_id: str | None = None, **options: Unpack[CallOptions]
    ) -> collections_pb.ListAvailableEmbeddingModelsResponse:
        """Get the embedding models that collections can have; the official client does not have this.

        Args:
            team_id: the team that it is about.
            **options: of the call.

        Returns:
            The response; `embedding_models` has the names.

        Raises:
            RpcError: the call failed.
        """
        request = collections_pb.ListAvailableEmbeddingModelsRequest(team_id=team_id)
        return await self._caller.unary(methods.LIST_EMBEDDING_MODELS, request, options)

    async def list_token_encodings(
        self, *, team_id: str | None = None, **options: Unpack[CallOptions]
    ) -> collections_pb.ListAvailableTokenEncodingsResponse:
        """Get the encodings that documents can be cut by tokens of; the official client does not have this.

        Args:
            team_id: the team that it is about.
            **options: of the call.

        Returns:
            The response; `encodings` has the names.

        Raises:
            RpcError: the call failed.
        """
        request = collections_pb.ListAvailableTokenEncodingsRequest(team_id=team_id)
        return await self._caller.unary(methods.LIST_TOKEN_ENCODINGS, request, options)

    async def upload_document(
        self,
        collection_id: str,
        name: str,
        data: bytes | bytearray | memoryview,
        content_type: str,
        fields: Mapping[str, str] | None = None,
        *,
        team_id: str | None = None,
        **options: Unpack[CallOptions],
    ) -> collections_pb.DocumentMetadata:
        """Upload a document in one message, which must not have more than 20 MiB; see `upload_file` for larger ones.

        Args:
            collection_id: the collection.
            name: the document's name.
            data: its content.
            content_type: its media type, such as `text/markdown`.
            fields: what is stored with it.
            team_id: the team whose the collection is.
            **options: of the call.

        Returns:
            The document's metadata; its `file_metadata.file_id` is what other methods take.

        Raises:
            RpcError: the call failed.
        """
        request = collections.upload_document_request(
            collection_id=collection_id,
            name=name,
            data=data,
            content_type=content_type,
            fields=fields,
            team_id=team_id,
        )
        return await self._caller.unary(methods.UPLOAD_DOCUMENT, request, options)

    async def upload_documents(
        self,
        collection_id: str,
        documents: Iterable[DocumentLike] | AsyncIterable[DocumentLike],
        *,
        concurrency: int = 8,
        on_document: Callable[[UploadOutcome], object] | None = None,
        team_id: str | None = None,
        **options: Unpack[CallOptions],
    ) -> UploadReport:
        """Upload many documents, several at once.

        A document that fails does not stop the others; what became of each is in the report. Documents are taken and
        files are read when it is their turn, so a generator of many needs the memory of `concurrency` of them.

        Args:
            collection_id: the collection.
            documents: Documents, or paths, which become `Document.from_path(path)`. Each is sent in one message, which
                must not have more than 20 MiB.
            concurrency: how many are uploaded at once, each in a task.
            on_document: gets the outcome of each document as they come; may be a coroutine function. An error that it
                raises ends the batch: uploads under way are cancelled.
            team_id: the team whose the collection is.
            **options: of each call; call_info is left out.

        Returns:
            The report, in the order of `documents`.

        Raises:
            ValidationError: the concurrency is not positive.

        Example:
            report = await client.collections.upload_documents(collection_id, Path("docs").glob("*.md"))
            report.raise_for_failures()
        """
        each = without_call_info(options)

        async def upload(document: Document) -> collections_pb.DocumentMetadata:
            return await self.upload_document(
                collection_id,
                document.name,
                await asyncio.to_thread(document.content),
                document.content_type,
                document.fields,
                team_id=team_id,
                **each,
            )

        return await tasks.upload_all(documents, upload, concurrency=concurrency, on_document=on_document)

    async def upload_file(
        self,
        collection_id: str,
        file: AsyncUploadable,
        *,
        filename: str | None = None,
        fields: Mapping[str, str] | None = None,
        on_progress: ProgressCallback = None,
        chunk_size: int = CHUNK_SIZE,
        team_id: str | None = None,
        **options: Unpack[CallOptions],
    ) -> files_pb.File:
        """Upload a file of any size part by part, and put it into a collection.

        Three calls: one that finds the collection, so that nothing is uploaded in vain, then `files.upload`, then
        `add_existing_document`. Where the last one fails, its error has a note with the file's id.

        Args:
            collection_id: the collection.
            file: as of `files.upload`.
            filename: as of `files.upload`.
            fields: what is stored with the document.
            on_progress: as of `files.upload`.
            chunk_size: as of `files.upload`.
            team_id: the team whose the collection is.
            **options: of each call; call_info is filled in by the upload.

        Returns:
            The file's metadata; its `id` is the document's.

        Raises:
            OSError: `file` cannot be opened or read.
            ValidationError: `file` or `on_progress` cannot be used.
            RpcError: a call failed.
        """
        others = without_call_info(options)
        await self.get(collection_id, team_id=team_id, **others)
        uploaded = await files.Client(self._caller).upload(
            file, filename=filename, on_progress=on_progress, chunk_size=chunk_size, **options
        )
        try:
            await self.add_existing_document(collection_id, uploaded.id, fields, team_id=team_id, **others)
        except BaseException as error:
            collections.note_uploaded(error, uploaded.id)
            raise
        return uploaded

    async def wait_until_processed(
        self,
        collection_id: str,
        file_id: str,
        *,
        timeout: float | timedelta | None = 600.0,
        interval: float | timedelta = 0.5,
        team_id: str | None = None,
        **options: Unpack[PollOptions],
    ) -> collections_pb.DocumentMetadata:
        """Wait until a document can be searched.

        Args:
            collection_id: the collection.
            file_id: the document.
            timeout: seconds to wait at most; None for no limit.
            interval: seconds between the first two questions; it grows by half each time, up to 10 s.
            team_id: the team whose the collection is.
            **options: of each call.

        Returns:
            The document's metadata.

        Raises:
            DocumentFailedError: the server could not process it.
            DocumentTimeoutError: it was not processed in time.
            ValidationError: a time is not positive.
            RpcError: a call failed.
        """
        wait = Wait(file_id, timeout=timeout, interval=interval)
        while True:
            try:
                document = await self.get_document(file_id, collection_id, team_id=team_id, **wait.options(options))
            except DeadlineExceededError as error:
                wait.check_late(error)
                raise
            if wait.is_done(document):
                return document
            await asyncio.sleep(wait.delay())

    async def add_existing_document(
        self,
        collection_id: str,
        file_id: str,
        fields: Mapping[str, str] | None = None,
        *,
        team_id: str | None = None,
        **options: Unpack[CallOptions],
    ) -> None:
        """Put a file that was uploaded by `files.upload`, or a document of another collection, into a collection.

        Args:
            collection_id: the collection.
            file_id: the file.
            fields: what is stored with it in this collection.
            team_id: the team whose the collection is.
            **options: of the call.

        Raises:
            RpcError: the call failed.
        """
        request = collections.add_document_request(
            collection_id=collection_id, file_id=file_id, fields=fields, team_id=team_id
        )
        await self._caller.unary(methods.ADD_DOCUMENT, request, options)

    async def list_documents(
        self,
        collection_id: str,
        limit: int | None = None,
        order: Order | shared_pb.Ordering | None = None,
        sort_by: DocumentSortBy | collections_pb.DocumentsSortBy | None = None,
        pagination_token: str | None = None,
        *,
        team_id: str | None = None,
        **options: Unpack[CallOptions],
    ) -> collections_pb.ListDocumentsResponse:
        """Get one page of a collection's documents; `list_all_documents` iterates over all of them.

        Args:
            collection_id: the collection.
            limit: documents on the page at most; the server's default where it is None.
            order: `"asc"` or `"desc"`.
            sort_by: `"name"`, `"age"` or `"size"`.
            pagination_token: of the page before, its `pagination_token`.
            team_id: the team whose the collection is.
            **options: of the call.

        Returns:
            The page: `documents`, and `pagination_token`, which is empty on the last one.

        Raises:
            ValidationError: another order or field to sort by.
            RpcError: the call failed.
        """
        request = collections.list_documents_request(
            collection_id=collection_id,
            limit=limit,
            order=order,
            sort_by=sort_by,
            pagination_token=pagination_token,
            team_id=team_id,
        )
        return await self._caller.unary(methods.LIST_DOCUMENTS, request, options)

    def list_all_documents(
        self,
        collection_id: str,
        limit: int | None = None,
        order: Order | shared_pb.Ordering | None = None,
        sort_by: DocumentSortBy | collections_pb.DocumentsSortBy | None = None,
        pagination_token: str | None = None,
        *,
        team_id: str | None = None,
        **options: Unpack[CallOptions],
    ) -> AsyncGenerator[collections_pb.DocumentMetadata, None]:
        """Iterate over the documents of all pages of a collection; a page is fetched when it is needed.

        Args:
            collection_id: the collection.
            limit: documents on a page at most, not of all pages.
            order: `"asc"` or `"desc"`.
            sort_by: `"name"`, `"age"` or `"size"`.
            pagination_token: of the page to begin with.
            team_id: the team whose the collection is.
            **options: of each call.

        Returns:
            An iterator over the documents' metadata.

        Raises:
            ValidationError: another order or field to sort by.
            RpcError: a call failed, while iterating.
            RepeatedPageError: the server names a page a second time, while iterating.
        """
        return iterate_pages_async(
            lambda page: self._caller.unary(methods.LIST_DOCUMENTS, page, options),
            collections.list_documents_request(
                collection_id=collection_id,
                limit=limit,
                order=order,
                sort_by=sort_by,
                pagination_token=pagination_token,
                team_id=team_id,
            ),
            field="pagination_token",
            token=lambda page: page.pagination_token,
            items=lambda page: page.documents,
        )

    async def get_document(
        self, file_id: str, collection_id: str, *, team_id: str | None = None, **options: Unpack[CallOptions]
    ) -> collections_pb.DocumentMetadata:
        """Get a document's metadata. As in the official client, the file's id comes first.

        Args:
            file_id: the document.
            collection_id: the collection.
            team_id: the team whose the collection is.
            **options: of the call.

        Raises:
            RpcError: the call failed; NotFoundError where there is no such document.
        """
        request = collections_pb.GetDocumentMetadataRequest(
            file_id=file_id, team_id=team_id, collection_id=collection_id
        )
        return await self._caller.unary(methods.GET_DOCUMENT, request, options)

    async def batch_get_documents(
        self,
        collection_id: str,
        file_ids: Sequence[str],
        *,
        team_id: str | None = None,
        **options: Unpack[CallOptions],
    ) -> collections_pb.BatchGetDocumentsResponse:
        """Get several documents' metadata in one call.

        Args:
            collection_id: the collection.
            file_ids: the documents.
            team_id: the team whose the collection is.
            **options: of the call.

        Returns:
            The response; `documents` has the metadata.

        Raises:
            ValidationError: one string as `file_ids`.
            RpcError: the call failed.
        """
        request = collections.batch_get_documents_request(
            collection_id=collection_id, file_ids=file_ids, team_id=team_id
        )
        return await self._caller.unary(methods.BATCH_GET_DOCUMENTS, request, options)

    async def remove_document(
        self, collection_id: str, file_id: str, *, team_id: str | None = None, **options: Unpack[CallOptions]
    ) -> None:
        """Take a document out of a collection.

        Args:
            collection_id: the collection.
            file_id: the document.
            team_id: the team whose the collection is.
            **options: of the call.

        Raises:
            RpcError: the call failed.
        """
        request = collections_pb.RemoveDocumentFromCollectionRequest(
            file_id=file_id, team_id=team_id, collection_id=collection_id
        )
        await self._caller.unary(methods.REMOVE_DOCUMENT, request, options)

    async def update_document(  # noqa: PLR0917 - as the official client has it
        self,
        collection_id: str,
        file_id: str,
        name: str | None = None,
        data: bytes | bytearray | memoryview | None = None,
        content_type: str | None = None,
        fields: Mapping[str, str] | None = None,
        *,
        team_id: str | None = None,
        **options: Unpack[CallOptions],
    ) -> collections_pb.DocumentMetadata:
        """Change a document; what is None stays.

        Args:
            collection_id: the collection.
            file_id: the document.
            name: its new name.
            data: its new content.
            content_type: its new media type.
            fields: what is stored with it.
            team_id: the team whose the collection is.
            **options: of the call.

        Returns:
            The changed metadata.

        Raises:
            RpcError: the call failed.
        """
        request = collections.update_document_request(
            collection_id=collection_id,
            file_id=file_id,
            name=name,
            data=data,
            content_type=content_type,
            fields=fields,
            team_id=team_id,
        )
        return await self._caller.unary(methods.UPDATE_DOCUMENT, request, options)

    async def reindex_document(
        self, collection_id: str, file_id: str, *, team_id: str | None = None, **options: Unpack[CallOptions]
    ) -> None:
        """Embed a document anew, such as after the collection's configuration was changed.

        Args:
            collection_id: the collection.
            file_id: the document.
            team_id: the team whose the collection is.
            **options: of the call.

        Raises:
            RpcError: the call failed.
        """
        request = collections_pb.ReIndexDocumentRequest(team_id=team_id, collection_id=collection_id, file_id=file_id)
        await self._caller.unary(methods.REINDEX_DOCUMENT, request, options)
