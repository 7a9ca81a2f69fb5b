"""Collections and their documents: files that are searched by their chunks."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from xaiwire.proto import types_pb2
from xaiwire_server.emulator.state.paging import Order, page
from xaiwire_server.rpc.refusal import not_found

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from xaiwire_server.emulator.clock import Clock
    from xaiwire_server.emulator.state.database import Database

__all__ = ["Collection", "Collections", "Document", "StoredChunk"]

_COLLECTION = "id, team_id, name, created, model, chunking"
_DOCUMENT = "collection_id, file_id, name, size, fields, added, ready, error"


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection.

    Attributes:
        id: its id.
        team_id: whose it is.
        name: its name.
        created: when it was made.
        model: the embedding model.
        chunking: how documents are cut.
    """

    id: str
    team_id: str
    name: str
    created: int
    model: str
    chunking: types_pb2.ChunkConfiguration


@dataclass(frozen=True, slots=True)
class Document:
    """A file in a collection.

    Attributes:
        collection_id: where.
        file_id: which file.
        name: the file's name.
        size: the file's size.
        fields: what was said of it.
        added: when it came into the collection.
        ready: from when on it is found.
        error: why it is not found, ever.
    """

    collection_id: str
    file_id: str
    name: str
    size: int
    fields: dict[str, str]
    added: int
    ready: int
    error: str | None


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk of a document that was found.

    Attributes:
        id: its id.
        collection_id: where it was found.
        file_id: whose it is.
        content: its text.
    """

    id: str
    collection_id: str
    file_id: str
    content: str


class Collections:
    """The collections."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._vectors: dict[str, tuple[int, list[tuple[StoredChunk, int]], NDArray[np.float32]]] = {}

    # Collections.

    def create(self, team_id: str, name: str, model: str, chunking: types_pb2.ChunkConfiguration) -> Collection:
        """Make a collection."""
        collection = Collection(f"collection_{uuid.uuid4()}", team_id, name, self._clock.now(), model, chunking)
        self._database.write(
            f"INSERT INTO collections ({_COLLECTION}) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608 - names of our own
            (collection.id, team_id, name, collection.created, model, chunking.to_binary()),
        )
        return collection

    def get(self, team_id: str, collection_id: str) -> Collection:
        """A collection.

        Raises:
            Refusal: NOT_FOUND.
        """
        row = self._database.row(
            f"SELECT {_COLLECTION} FROM collections WHERE id = ? AND team_id = ?",  # noqa: S608 - names of our own
            (collection_id, team_id),
        )
        if row is None:
            raise not_found("collection", collection_id)
        return _collection(row)

    def page(
        self, team_id: str, order: Order, limit: int | None, token: str | None
    ) -> tuple[list[Collection], str | None]:
        """A page of the collections, and the token of the next one."""
        rows, following = page(
            self._database,
            "collections",
            _COLLECTION,
            scope=("team_id = ?", [team_id]),
            order=order,
            limit=limit,
            token=token,
        )
        return [_collection(row) for row in rows], following

    def update(self, collection: Collection) -> None:
        """Write what is new of a collection."""
        self._database.write(
            "UPDATE collections SET name = ?, chunking = ? WHERE id = ?",
            (collection.name, collection.chunking.to_binary(), collection.id),
        )

    def delete(self, collection: Collection) -> None:
        """Delete a collection and its documents; their files stay."""
        self._database.write("DELETE FROM collections WHERE id = ?", (collection.id,))

    def count(self, collection_id: str) -> int:
        """How many documents a collection has."""
        row = self._database.row("SELECT COUNT(*) FROM documents WHERE collection_id = ?", (collection_id,))
        return int(row[0]) if row else 0

    # Documents.

    def put_document(self, document: Document) -> None:
        """Add a document; one that is there is replaced, with its chunks."""
        self.remove_document(document)
        self._database.write(
            f"INSERT INTO documents ({_DOCUMENT}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - names of our own
            (
                document.collection_id,
                document.file_id,
                document.name,
                document.size,
                msgspec.json.encode(document.fields).decode(),
                document.added,
                document.ready,
                document.error,
            ),
        )

    def put_chunks(self, document: Document, chunks: Sequence[tuple[str, NDArray[np.float32]]]) -> None:
        """Add a document's chunks: their texts and vectors."""
        self._database.write_many(
            "INSERT INTO chunks (id, collection_id, file_id, number, content, vector) VALUES (?, ?, ?, ?, ?, ?)",
            [
                (f"chunk_{uuid.uuid4()}", document.collection_id, document.file_id, number, text, vector.tobytes())
                for number, (text, vector) in enumerate(chunks)
            ],
        )

    def document(self, collection_id: str, file_id: str) -> Document:
        """A document.

        Raises:
            Refusal: NOT_FOUND.
        """
        row = self._database.row(
            f"SELECT {_DOCUMENT} FROM documents WHERE collection_id = ? AND file_id = ?",  # noqa: S608 - ours
            (collection_id, file_id),
        )
        if row is None:
            raise not_found(f"document of collection {collection_id!r},", file_id)
        return _document(row)

    def documents_of(self, file_id: str) -> list[Document]:
        """The documents that a file is."""
        rows = self._database.rows(f"SELECT {_DOCUMENT} FROM documents WHERE file_id = ?", (file_id,))  # noqa: S608
        return [_document(row) for row in rows]

    def document_page(
        self, collection_id: str, order: Order, limit: int | None, token: str | None
    ) -> tuple[list[Document], str | None]:
        """A page of a collection's documents, and the token of the next one."""
        rows, following = page(
            self._database,
            "documents",
            _DOCUMENT,
            scope=("collection_id = ?", [collection_id]),
            order=order,
            limit=limit,
            token=token,
        )
        return [_document(row) for row in rows], following

    def remove_document(self, document: Document) -> None:
        """Take a document out; its file stays."""
        self._database.write(
            "DELETE FROM documents WHERE collection_id = ? AND file_id = ?",
            (document.collection_id, document.file_id),
        )

    # Search.

    def nearest(self, collection_id: str, vector: NDArray[np.float32], count: int) -> list[tuple[StoredChunk, float]]:
        """The chunks of a collection that are nearest to a vector, with the cosines of their angles."""
        chunks, matrix = self._chunks(collection_id)
        if not chunks:
            return []
        now = self._clock.now()
        scores = matrix @ vector
        found: list[tuple[StoredChunk, float]] = []
        for at in np.argsort(-scores, kind="stable"):
            chunk, ready = chunks[int(at)]
            if ready <= now:
                found.append((chunk, float(scores[at])))
                if len(found) == count:
                    break
        return found

    def _chunks(self, collection_id: str) -> tuple[list[tuple[StoredChunk, int]], NDArray[np.float32]]:
        kept = self._vectors.get(collection_id)
        version = self._database.version
        if kept is not None and kept[0] == version:
            return kept[1], kept[2]
        rows = self._database.rows(
            "SELECT chunks.id, collection_id, file_id, content, vector, ready FROM chunks JOIN documents "
            "USING (collection_id, file_id) WHERE collection_id = ? AND error IS NULL ORDER BY file_id, number",
            (collection_id,),
        )
        chunks = [(StoredChunk(*row[:4]), row[5]) for row in rows]
        vectors = [np.frombuffer(row[4], dtype=np.float32) for row in rows]
        matrix = np.stack(vectors) if vectors else np.empty((0, 0), dtype=np.float32)
        if len(self._vectors) >= 16:
            self._vectors.clear()
        self._vectors[collection_id] = (version, chunks, matrix)
        return chunks, matrix


def _collection(row: tuple[object, ...]) -> Collection:
    *plain, chunking = row
    return Collection(*plain, types_pb2.ChunkConfiguration.from_binary(chunking))  # type: ignore[arg-type,call-arg]


def _document(row: tuple[object, ...]) -> Document:
    collection_id, file_id, name, size, fields, *rest = row
    return Document(collection_id, file_id, name, size, msgspec.json.decode(str(fields)), *rest)  # type: ignore[arg-type]
