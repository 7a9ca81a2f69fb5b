"""Pictures that were made, for as long as their addresses hold."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from xaiwire_server.emulator.clock import seconds

if TYPE_CHECKING:
    from xaiwire_server.emulator.clock import Clock
    from xaiwire_server.emulator.state.database import Database

__all__ = ["Pictures"]

KEPT = seconds(24 * 3600)


class Pictures:
    """The pictures."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, content: bytes, kind: str) -> str:
        """Keep a picture; its id.

        Args:
            content: the file.
            kind: `jpeg` or `png`.
        """
        identity = uuid.uuid4().hex
        self._database.write(
            "INSERT INTO pictures (id, format, content, expires) VALUES (?, ?, ?, ?)",
            (identity, kind, content, self._clock.now() + KEPT),
        )
        return identity

    def get(self, identity: str) -> tuple[str, bytes] | None:
        """A picture's format and content; None if it is not there."""
        row = self._database.row(
            "SELECT format, content FROM pictures WHERE id = ? AND expires > ?", (identity, self._clock.now())
        )
        return None if row is None else (row[0], row[1])

    def purge(self) -> int:
        """Delete what has expired; how many."""
        return self._database.write("DELETE FROM pictures WHERE expires <= ?", (self._clock.now(),))
