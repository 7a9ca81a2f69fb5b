"""Files: what is known of them, and their contents."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xaiwire_server.emulator.state.paging import Order, page
from xaiwire_server.rpc.refusal import not_found

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from xaiwire_server.emulator.clock import Clock
    from xaiwire_server.emulator.state.blobs import Blobs, BlobWriter
    from xaiwire_server.emulator.state.database import Database

__all__ = ["Files", "StoredFile"]

_COLUMNS = "id, team_id, name, purpose, content_type, size, hash, blob, created, expires"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file.

    Attributes:
        id: its id.
        team_id: whose it is.
        name: its name.
        purpose: as it was given.
        content_type: as it was given.
        size: in bytes.
        hash: SHA-256, in hex.
        blob: the name of its content.
        created: when it came.
        expires: when it goes; None if it stays.
    """

    id: str
    team_id: str
    name: str
    purpose: str
    content_type: str
    size: int
    hash: str
    blob: str
    created: int
    expires: int | None


class Files:
    """The files."""

    def __init__(self, database: Database, blobs: Blobs, clock: Clock) -> None:
        """Take over what an earlier run left, without what it did not finish."""
        self._database = database
        self._blobs = blobs
        self._clock = clock
        for (blob,) in database.rows("SELECT blob FROM incoming"):
            blobs.delete(blob)
        database.write("DELETE FROM incoming")

    def writer(self) -> BlobWriter:
        """Begin a content."""
        return self._blobs.writer()

    async def keep(self, writer: BlobWriter) -> str:
        """Put a content into the store; its hash. No file has it until `use` says so."""
        # Should this process die before a file has it, the next one knows what to delete.
        self._database.write("INSERT INTO incoming (blob) VALUES (?)", (writer.name,))
        return await writer.keep()

    async def abandon(self, writer: BlobWriter) -> None:
        """Leave nothing of a content that no file has."""
        await writer.discard()
        self._blobs.delete(writer.name)
        self.use(writer.name)

    def use(self, blob: str) -> None:
        """A content is no longer on its way; to be said in the transaction that writes its file."""
        self._database.write("DELETE FROM incoming WHERE blob = ?", (blob,))

    def add(
        self,
        writer: BlobWriter,
        digest: str,
        *,
        team_id: str,
        name: str,
        purpose: str = "",
        content_type: str = "",
        lifetime: int | None = None,
    ) -> StoredFile:
        """Make a file of a content that was kept.

        Args:
            writer: the content.
            digest: its hash.
            team_id: whose it is.
            name: its name.
            purpose: kept as it is.
            content_type: kept as it is.
            lifetime: how long it stays, in microseconds; None for ever.
        """
        now = self._clock.now()
        file = StoredFile(
            f"file_{uuid.uuid4()}",
            team_id,
            name,
            purpose,
            content_type,
            writer.size,
            digest,
            writer.name,
            now,
            None if lifetime is None else now + lifetime,
        )
        with self._database.transaction():
            self._insert(file)
            self.use(file.blob)
        return file

    def _insert(self, file: StoredFile) -> None:
        self._database.write(
            f"INSERT INTO files ({_COLUMNS}) VALUES (?{', ?' * 9})",  # noqa: S608 - names of our own
            (
                file.id,
                file.team_id,
                file.name,
                file.purpose,
                file.content_type,
                file.size,
                file.hash,
                file.blob,
                file.created,
                file.expires,
            ),
        )

    def replace(self, file: StoredFile, old: StoredFile) -> None:
        """Write what is new of a file."""
        self._database.write(
            "UPDATE files SET name = ?, content_type = ?, size = ?, hash = ?, blob = ? WHERE id = ?",
            (file.name, file.content_type, file.size, file.hash, file.blob, file.id),
        )
        if file.blob != old.blob:
            self.use(file.blob)

    def get(self, team_id: str, file_id: str) -> StoredFile:
        """A file.

        Raises:
            Refusal: NOT_FOUND.
        """
        row = self._database.row(
            f"SELECT {_COLUMNS} FROM files WHERE id = ? AND team_id = ? AND (expires IS NULL OR expires > ?)",  # noqa: S608
            (file_id, team_id, self._clock.now()),
        )
        if row is None:
            raise not_found("file", file_id)
        return StoredFile(*row)

    def page(
        self, team_id: str, order: Order, limit: int | None, token: str | None
    ) -> tuple[list[StoredFile], str | None]:
        """A page of the files, and the token of the next one."""
        rows, following = page(
            self._database,
            "files",
            _COLUMNS,
            scope=("team_id = ? AND (expires IS NULL OR expires > ?)", [team_id, self._clock.now()]),
            order=order,
            limit=limit,
            token=token,
        )
        return [StoredFile(*row) for row in rows], following

    def pieces(self, file: StoredFile) -> AsyncIterator[bytes]:
        """A file's content, piece by piece."""
        return self._blobs.pieces(file.blob)

    async def read(self, file: StoredFile) -> bytes:
        """A file's content."""
        return await self._blobs.read(file.blob)

    def delete(self, file: StoredFile) -> None:
        """Delete a file, and the documents that it is."""
        self._database.write("DELETE FROM files WHERE id = ?", (file.id,))
        self._blobs.delete(file.blob)

    def delete_content(self, blob: str) -> None:
        """Delete a content that no file has any more."""
        self._blobs.delete(blob)

    def purge(self) -> int:
        """Delete what has expired; how many files."""
        gone = self._database.rows(
            f"SELECT {_COLUMNS} FROM files WHERE expires IS NOT NULL AND expires <= ?",  # noqa: S608 - ours
            (self._clock.now(),),
        )
        for row in gone:
            self.delete(StoredFile(*row))
        return len(gone)
