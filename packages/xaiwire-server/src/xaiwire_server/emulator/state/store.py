"""All that the emulator keeps, opened together."""

from __future__ import annotations

import secrets
import shutil
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xaiwire_server.emulator.state.blobs import Blobs, FolderBlobs, MemoryBlobs
from xaiwire_server.emulator.state.collections import Collections
from xaiwire_server.emulator.state.completions import Completions, DeferredAnswers
from xaiwire_server.emulator.state.database import Database, StateError
from xaiwire_server.emulator.state.files import Files
from xaiwire_server.emulator.state.keys import Keys
from xaiwire_server.emulator.state.pictures import Pictures

if TYPE_CHECKING:
    from pathlib import Path

    from xaiwire_server.emulator.clock import Clock

__all__ = ["Store"]


@dataclass(slots=True, eq=False)
class _Snapshot:
    database: sqlite3.Connection
    contents: dict[str, bytes]


class Store:
    """The state.

    Attributes:
        folder: where it is; None in memory.
    """

    def __init__(self, folder: Path | None, clock: Clock) -> None:
        """Open it.

        Args:
            folder: where it is; None keeps everything in memory.
            clock: the emulator's time.

        Raises:
            StateError: the folder cannot be used.
        """
        self.folder = folder
        self.database = Database(folder)
        try:
            self.blobs: Blobs = MemoryBlobs() if folder is None else FolderBlobs(folder)
            self.files = Files(self.database, self.blobs, clock)
        except OSError as error:
            self.database.close()
            raise StateError(f"{folder}: the folder cannot be written: {error.strerror or error}") from error
        self.keys = Keys(self.database, clock)
        self.completions = Completions(self.database, clock)
        self.deferred = DeferredAnswers(self.database, clock)
        self.collections = Collections(self.database, clock)
        self.pictures = Pictures(self.database, clock)
        self._snapshots: dict[str, _Snapshot] = {}

    def secret(self) -> bytes:
        """32 random bytes that stay the same for this state."""
        row = self.database.row("SELECT value FROM meta WHERE name = 'secret'")
        if row is None:
            value = secrets.token_bytes(32)
            self.database.write("INSERT INTO meta (name, value) VALUES ('secret', ?)", (value,))
            return value
        return bytes(row[0])

    def use_embedder(self, name: str) -> None:
        """Say who makes the vectors.

        Raises:
            StateError: another one has made those that are kept; no vector of one is near those of the other.
        """
        row = self.database.row("SELECT value FROM meta WHERE name = 'embedder'")
        if row is not None and row[0] != name and self.database.row("SELECT 1 FROM chunks LIMIT 1") is not None:
            raise StateError(
                f"{self.folder}: the documents were indexed by the embedder {row[0]!r}; start with --embedder "
                f"{row[0]}, or use another folder"
            )
        self.database.write("INSERT OR REPLACE INTO meta (name, value) VALUES ('embedder', ?)", (name,))

    def purge(self) -> int:
        """Delete what has expired; how many things."""
        return self.files.purge() + self.completions.purge() + self.pictures.purge()

    def reset(self) -> None:
        """Delete everything; snapshots stay."""
        self.database.clear()
        self.blobs.clear()

    # Snapshots.

    def snapshot(self, name: str) -> None:
        """Remember all as it is now; a snapshot of the same name is replaced."""
        if isinstance(self.blobs, MemoryBlobs):
            self._snapshots[name] = _Snapshot(self.database.copy_to(None), dict(self.blobs.contents))
            return
        folder = self._snapshot_folder(name)
        new = folder.with_name(f".{folder.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        (new / "blobs").mkdir(parents=True)
        self.database.copy_to(new / "emulator.sqlite3").close()
        assert isinstance(self.blobs, FolderBlobs)  # noqa: S101 - there are two kinds
        for blob in self.blobs.names():
            # Contents do not change, so that a second name for the same bytes is a copy.
            (new / "blobs" / blob).hardlink_to(self.blobs.path(blob))
        shutil.rmtree(folder, ignore_errors=True)
        new.rename(folder)

    def restore(self, name: str) -> bool:
        """Become what a snapshot is; whether there is one of that name."""
        if isinstance(self.blobs, MemoryBlobs):
            kept = self._snapshots.get(name)
            if kept is None:
                return False
            self.database.load(kept.database)
            self.blobs.contents.clear()
            self.blobs.contents.update(kept.contents)
            return True
        folder = self._snapshot_folder(name)
        if not folder.is_dir():
            return False
        assert isinstance(self.blobs, FolderBlobs)  # noqa: S101 - there are two kinds
        for path in (folder / "blobs").iterdir():
            final = self.blobs.path(path.name)
            if not final.exists():
                final.parent.mkdir(exist_ok=True)
                final.hardlink_to(path)
        source = sqlite3.connect(folder / "emulator.sqlite3")
        self.database.load(source)
        source.close()
        wanted = {row[0] for row in self.database.rows("SELECT blob FROM files")}
        for blob in self.blobs.names():
            if blob not in wanted:
                self.blobs.delete(blob)
        return True

    def snapshots(self) -> list[str]:
        """The names of all snapshots."""
        if self.folder is None:
            return sorted(self._snapshots)
        folder = self.folder / "snapshots"
        return sorted(path.name for path in folder.iterdir() if path.name[0] != ".") if folder.is_dir() else []

    def _snapshot_folder(self, name: str) -> Path:
        assert self.folder is not None  # noqa: S101 - only folders have snapshots on disk
        return self.folder / "snapshots" / name

    def close(self) -> None:
        """Close it."""
        for kept in self._snapshots.values():
            kept.database.close()
        self.database.close()
