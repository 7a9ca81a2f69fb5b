"""The database: SQLite, opened, migrated, and closed to everybody else."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from xaiwire_server.emulator.state.migrations import MIGRATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["Database", "StateError"]

FILE_NAME = "emulator.sqlite3"
_TABLES = ("chunks", "documents", "collections", "files", "completions", "deferred", "pictures", "incoming", "keys")


class StateError(Exception):
    """The folder cannot be used; the text says why and what to do."""


class Database:
    """A database that only this process uses.

    What `transaction` has left is on the way to the disk in the order of its transactions: a process that is killed
    loses none of them.
    """

    def __init__(self, folder: Path | None) -> None:
        """Open it, and make it where it does not exist.

        Args:
            folder: where it is; None keeps everything in memory.

        Raises:
            StateError: the folder is in use, cannot be written, or holds what this version does not know.
        """
        self._lock: FileLock | None = None
        self._depth = 0
        self.version = 0
        """Counts what was written, for those who keep a copy of something."""
        if folder is None:
            self._connection = self._connect(":memory:")
            return
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(folder / "emulator.lock", timeout=0, thread_local=False)
            self._lock.acquire()
        except Timeout:
            raise StateError(
                f"{folder}: another emulator uses this folder; stop it, or give this one a --data folder of its own"
            ) from None
        except OSError as error:
            raise StateError(f"{folder}: the folder cannot be written: {error.strerror or error}") from error
        try:
            self._connection = self._connect(str(folder / FILE_NAME))
        except sqlite3.Error as error:
            self._lock.release()
            raise StateError(f"{folder / FILE_NAME}: {error}; move the file away to begin anew") from error
        except StateError:
            self._lock.release()
            raise

    @staticmethod
    def _connect(path: str) -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            _check_version(path, version)
            for number, script in enumerate(MIGRATIONS[version:], version + 1):
                connection.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version = {number}; COMMIT;")
        except BaseException:
            connection.close()
            raise
        return connection

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """What a SELECT finds."""
        return self._connection.execute(statement, values).fetchall()

    def row(self, statement: str, values: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row that a SELECT finds."""
        row: tuple[Any, ...] | None = self._connection.execute(statement, values).fetchone()
        return row

    def write(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Change rows; how many there were."""
        self.version += 1
        return self._connection.execute(statement, values).rowcount

    def write_many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Do the same with many rows."""
        self.version += 1
        self._connection.executemany(statement, rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing; inside another transaction, a part of that one."""
        if self._depth:
            yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        finally:
            self._depth = 0

    def clear(self) -> None:
        """Delete everything but what the emulator needs to know itself by."""
        with self.transaction():
            for table in _TABLES:
                self.write(f"DELETE FROM {table}")  # noqa: S608 - names of our own

    def copy_to(self, path: Path | None) -> sqlite3.Connection:
        """Copy the database into a file, or into memory; the copy's connection."""
        target = sqlite3.connect(":memory:" if path is None else str(path), check_same_thread=False)
        self._connection.backup(target)
        return target

    def load(self, source: sqlite3.Connection) -> None:
        """Become what a copy is."""
        source.backup(self._connection)
        self.version += 1

    def close(self) -> None:
        """Close it, and let others use the folder."""
        self._connection.close()
        if self._lock is not None:
            self._lock.release()


def _check_version(path: str, version: int) -> None:
    if version > len(MIGRATIONS):
        raise StateError(
            f"{path}: the database has version {version}, and this release knows versions up to {len(MIGRATIONS)}; "
            "use a newer release, or another folder"
        )
