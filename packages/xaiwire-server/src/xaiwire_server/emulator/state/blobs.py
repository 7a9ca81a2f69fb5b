"""Contents of files: on disk, or in memory. A content never changes; what is new has a new name."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import uuid
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path
    from typing import BinaryIO

__all__ = ["BlobWriter", "Blobs", "FolderBlobs", "MemoryBlobs"]

PIECE = 1 << 20


class BlobWriter(Protocol):
    """A content that is on its way.

    Attributes:
        name: what it will be known by.
        size: bytes so far.
    """

    name: str
    size: int

    async def write(self, data: bytes) -> None:
        """Add bytes."""

    async def keep(self) -> str:
        """Make it a content of the store; its SHA-256 in hex."""

    async def discard(self) -> None:
        """Leave nothing of it."""


class Blobs(Protocol):
    """A store of contents."""

    def writer(self) -> BlobWriter:
        """Begin a content."""

    def pieces(self, name: str) -> AsyncIterator[bytes]:
        """Read a content piece by piece."""

    async def read(self, name: str) -> bytes:
        """Read a content."""

    def delete(self, name: str) -> None:
        """Delete a content, if it is there."""

    def names(self) -> list[str]:
        """All that there are."""

    def clear(self) -> None:
        """Delete all."""


class FolderBlobs:
    """Contents in a folder: each a file, which has its name only when it is whole."""

    def __init__(self, folder: Path) -> None:
        """Use a folder; what an earlier run left unfinished in it goes.

        Raises:
            OSError: it cannot be written.
        """
        self._folder = folder / "blobs"
        self._unfinished = folder / "incoming"
        self._folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self._unfinished, ignore_errors=True)
        self._unfinished.mkdir()

    def path(self, name: str) -> Path:
        """Where a content is."""
        return self._folder / name[:2] / name

    def writer(self) -> BlobWriter:
        """Begin a content."""
        name = uuid.uuid4().hex
        return _FileWriter(name, self._unfinished / name, self.path(name))

    async def pieces(self, name: str) -> AsyncIterator[bytes]:
        """Read a content piece by piece."""
        with self.path(name).open("rb") as file:
            while piece := await asyncio.to_thread(file.read, PIECE):
                yield piece

    async def read(self, name: str) -> bytes:
        """Read a content."""
        return await asyncio.to_thread(self.path(name).read_bytes)

    def delete(self, name: str) -> None:
        """Delete a content, if it is there."""
        self.path(name).unlink(missing_ok=True)

    def names(self) -> list[str]:
        """All that there are."""
        return [path.name for path in self._folder.glob("*/*")]

    def clear(self) -> None:
        """Delete all."""
        shutil.rmtree(self._folder)
        self._folder.mkdir()


class _FileWriter:
    def __init__(self, name: str, unfinished: Path, final: Path) -> None:
        self.name = name
        self.size = 0
        self._unfinished = unfinished
        self._final = final
        self._hash = hashlib.sha256()
        self._file: BinaryIO = unfinished.open("wb")

    async def write(self, data: bytes) -> None:
        await asyncio.to_thread(self._write, data)

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._hash.update(data)
        self.size += len(data)

    async def keep(self) -> str:
        await asyncio.to_thread(self._keep)
        return self._hash.hexdigest()

    def _keep(self) -> None:
        self._file.close()
        self._final.parent.mkdir(exist_ok=True)
        self._unfinished.replace(self._final)

    async def discard(self) -> None:
        self._file.close()
        self._unfinished.unlink(missing_ok=True)


class MemoryBlobs:
    """Contents in memory."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}

    def writer(self) -> BlobWriter:
        """Begin a content."""
        return _MemoryWriter(self.contents)

    async def pieces(self, name: str) -> AsyncIterator[bytes]:
        """Read a content piece by piece."""
        content = self.contents[name]
        for start in range(0, len(content), PIECE):
            yield content[start : start + PIECE]

    async def read(self, name: str) -> bytes:
        """Read a content."""
        return self.contents[name]

    def delete(self, name: str) -> None:
        """Delete a content, if it is there."""
        self.contents.pop(name, None)

    def names(self) -> list[str]:
        """All that there are."""
        return list(self.contents)

    def clear(self) -> None:
        """Delete all."""
        self.contents.clear()


class _MemoryWriter:
    def __init__(self, contents: dict[str, bytes]) -> None:
        self.name = uuid.uuid4().hex
        self.size = 0
        self._contents = contents
        self._parts: list[bytes] = []

    async def write(self, data: bytes) -> None:
        self._parts.append(data)
        self.size += len(data)

    async def keep(self) -> str:
        content = b"".join(self._parts)
        self._contents[self.name] = content
        return hashlib.sha256(content).hexdigest()

    async def discard(self) -> None:
        self._parts.clear()
