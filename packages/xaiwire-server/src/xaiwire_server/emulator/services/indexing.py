"""How a file becomes a document that is found: its text is cut into chunks, and these become vectors."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from xaiwire_server.emulator.state.collections import Document
from xaiwire_server.emulator.text.chunking import chunks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from xaiwire.proto import types_pb2
    from xaiwire_server.emulator.clock import Clock
    from xaiwire_server.emulator.state.collections import Collection
    from xaiwire_server.emulator.state.files import StoredFile
    from xaiwire_server.emulator.state.store import Store
    from xaiwire_server.emulator.text.embedding import Embedder

__all__ = ["Indexed", "Indexer"]

Indexed = tuple[list[tuple[str, "NDArray[np.float32]"]], str | None]
"""Chunks with their vectors, and why there are none."""


class Indexer:
    """Makes documents of files."""

    def __init__(self, *, store: Store, embedder: Embedder, clock: Clock, processing: int) -> None:
        """Begin.

        Args:
            store: the state.
            embedder: makes the vectors.
            clock: the emulator's time.
            processing: how long a document is being processed, in microseconds.
        """
        self._database = store.database
        self._files = store.files
        self._collections = store.collections
        self._embedder = embedder
        self._clock = clock
        self._processing = processing

    async def index(self, content: bytes, name: str, chunking: types_pb2.ChunkConfiguration) -> Indexed:
        """Cut a content and make vectors of its chunks; in a thread, since a large one takes its time."""
        return await asyncio.to_thread(self._index, content, name, chunking)

    def _index(self, content: bytes, name: str, chunking: types_pb2.ChunkConfiguration) -> Indexed:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return [], "the content is not text in UTF-8, and this emulator reads nothing else"
        parts = chunks(text, name, chunking)
        if not parts:
            return [], "the content is empty"
        return list(zip(parts, self._embedder.vectors(parts), strict=True)), None

    def write(
        self,
        collection: Collection,
        file: StoredFile,
        fields: dict[str, str],
        indexed: Indexed,
        added: int | None = None,
    ) -> Document:
        """Write a document with its chunks; one that is there is replaced.

        Args:
            collection: where.
            file: the document's file.
            fields: what is said of it.
            indexed: its chunks.
            added: when it came into the collection; None is now.
        """
        parts, error = indexed
        now = self._clock.now()
        document = Document(
            collection.id,
            file.id,
            file.name,
            file.size,
            fields,
            now if added is None else added,
            now + self._processing,
            error,
        )
        with self._database.transaction():
            self._collections.put_document(document)
            self._collections.put_chunks(document, parts)
        return document

    async def again(self, collection: Collection, file: StoredFile, document: Document) -> Document:
        """Index a document anew, as its collection now says."""
        indexed = await self.index(await self._files.read(file), file.name, collection.chunking)
        return self.write(collection, file, document.fields, indexed, document.added)
