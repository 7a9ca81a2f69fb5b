"""Where the bytes of an upload come from, read part by part so that the memory does not grow with the file."""

from __future__ import annotations

import errno
import inspect
import io
import os
import stat
import threading
from collections.abc import AsyncIterable, Iterable, Iterator
from typing import BinaryIO, Protocol, TypeAlias, cast

from xaiwire.errors import ValidationError

__all__ = ["Parts", "Source", "Uploadable", "check_chunk_size", "open_source", "own_name", "required_name"]

Uploadable: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO | Iterable[bytes]
"""What can be uploaded: a path, bytes, a file object opened in binary mode, or pieces of bytes."""


class Source(Protocol):
    """Gives the parts of an upload.

    Attributes:
        name: the file's name.
        total: how many bytes there are; None where nobody knows.
        waits: whether reading may wait for a disk or a pipe.
    """

    name: str
    total: int | None
    waits: bool

    def read(self) -> bytes:
        """The next part; empty at the end.

        Raises:
            OSError: the reading failed, or the file lost bytes since it was opened.
        """
        ...

    def close(self) -> None:
        """Close what was opened for the upload; a file object that was given stays open."""
        ...


def open_source(file: Uploadable, *, filename: str | None, chunk_size: int) -> Source:
    """Open what is to be uploaded.

    Args:
        file: a path, bytes, a file object opened in binary mode, or pieces of bytes.
        filename: what the file is called; None or empty for the path's, or the file object's, own name.
        chunk_size: bytes of a part at most; the last part, and those of a file object that reads less, are smaller.

    Returns:
        The source; it has to be closed.

    Raises:
        OSError: the path cannot be opened; FileNotFoundError where it does not exist.
        ValidationError: there is no name, the chunk size is not positive, or it is nothing that can be uploaded.
    """
    check_chunk_size(chunk_size)
    if isinstance(file, str | os.PathLike):
        return _open_path(file, filename, chunk_size)
    given: object = file
    if isinstance(given, bytes | bytearray | memoryview):
        return _Memory(required_name(filename, "bytes"), memoryview(given), chunk_size)
    if hasattr(given, "read"):
        if isinstance(given, io.TextIOBase):
            raise ValidationError("a file object has to be opened in binary mode, such as open(path, 'rb')")
        if getattr(given, "closed", False) is True:
            raise ValidationError("the file object is closed")
        if inspect.iscoroutinefunction(getattr(given, "read", None)):
            raise ValidationError("the file object is asynchronous, which only the async client can read")
        name = required_name(filename or own_name(given), "a file object without a name")
        return _File(name, cast("BinaryIO", given), chunk_size, ours=False)
    if isinstance(given, Iterable):
        return _Pieces(required_name(filename, "pieces of bytes"), given, chunk_size)
    if isinstance(given, AsyncIterable):
        raise ValidationError("pieces that come asynchronously can only be uploaded with the async client")
    raise ValidationError(f"cannot upload {type(given).__name__}: give a path, bytes or a file object")


class _Memory:
    """Bytes in memory; parts are copied out one at a time."""

    waits = False

    def __init__(self, name: str, view: memoryview, chunk_size: int) -> None:
        # Only what lies in one piece can be seen as plain bytes.
        plain = view.cast("B") if view.c_contiguous and view.nbytes else memoryview(view.tobytes())
        self.name = name
        self.total: int | None = plain.nbytes
        self._parts = (plain[start : start + chunk_size] for start in range(0, plain.nbytes, chunk_size))

    def read(self) -> bytes:
        return bytes(next(self._parts, b""))

    def close(self) -> None:
        self._parts.close()


class _File:
    """A file object, up to the bytes that it had when the upload began.

    One that grows meanwhile, such as a log, is sent as far as it was, so that the upload ends; one that loses bytes is
    an error, since what arrived is not what was there. Where the size is not known, such as that of a pipe, or the file
    says that it is empty, as those of /proc do, it is read to its end.
    """

    waits = True

    def __init__(self, name: str, file: BinaryIO, chunk_size: int, *, ours: bool) -> None:
        self.name = name
        self._file = file
        self._chunk_size = chunk_size
        self._ours = ours
        start, self._end = _extent(file)
        self.total: int | None = None if self._end is None else max(0, self._end - start) or None
        self._left = self.total
        # A cancelled call leaves a read going on in another thread, which then closes the file when it is done.
        self._reading = threading.Lock()
        self._closed = False

    def read(self) -> bytes:
        try:
            with self._reading:
                return self._read()
        finally:
            if self._closed:
                self.close()

    def close(self) -> None:
        self._closed = True
        if self._ours and self._reading.acquire(blocking=False):
            try:
                self._file.close()
            finally:
                self._reading.release()

    def _read(self) -> bytes:
        size = self._chunk_size if self._left is None else min(self._chunk_size, self._left)
        if size <= 0:
            return b""
        data: object = self._file.read(size)
        if data is None:
            raise BlockingIOError(errno.EAGAIN, "the file object has no bytes now: it must not be non-blocking")
        if not isinstance(data, bytes | bytearray | memoryview):
            raise TypeError(f"the file object gave {type(data).__name__}: it has to be opened in binary mode")
        if self._left is not None:
            if not data:
                self._check_shrunk(self._left)
            self._left -= len(data)
        return bytes(data)

    def _check_shrunk(self, missing: int) -> None:
        # Files such as those of /sys name a size that they never have; that is no loss.
        _, end = _extent(self._file)
        if end is None or self._end is None or end < self._end:
            raise OSError(errno.EIO, f"the file lost {missing} bytes while it was uploaded", self.name)


class _Pieces:
    """Pieces of bytes of any size, put together and taken apart into parts."""

    waits = True
    total: int | None = None

    def __init__(self, name: str, pieces: Iterable[bytes], chunk_size: int) -> None:
        self.name = name
        self._pieces: Iterator[bytes] = iter(pieces)
        self._parts = Parts(chunk_size)

    def read(self) -> bytes:
        while not self._parts.ready:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._parts.add(piece)
        return self._parts.take()

    def close(self) -> None:
        pass


class Parts:
    """Takes pieces, gives parts of the same size and a smaller one at the end."""

    __slots__ = ("_buffer", "_size")

    def __init__(self, size: int) -> None:
        self._size = size
        self._buffer = bytearray()

    @property
    def ready(self) -> bool:
        """Whether there is enough for a part of full size."""
        return len(self._buffer) >= self._size

    def add(self, piece: object) -> None:
        """Take a piece.

        Raises:
            TypeError: it is not bytes.
        """
        if not isinstance(piece, bytes | bytearray | memoryview):
            raise TypeError(f"a piece of an upload has to be bytes, not {type(piece).__name__}")
        self._buffer += piece

    def take(self) -> bytes:
        """The next part, of full size or less; empty where there is nothing."""
        with memoryview(self._buffer) as view:
            part = bytes(view[: self._size])
        del self._buffer[: self._size]
        return part


def _open_path(path: str | os.PathLike[str], filename: str | None, chunk_size: int) -> Source:
    file = open(path, "rb")  # noqa: PTH123, SIM115 - the source closes it
    try:
        return _File(required_name(filename or _base_name(path), "such a path"), file, chunk_size, ours=True)
    except BaseException:
        file.close()
        raise


def _extent(file: BinaryIO) -> tuple[int, int | None]:
    """Where a file object stands and where it ends; None where nobody knows."""
    try:
        described = os.fstat(file.fileno()) if isinstance(file, io.BufferedReader | io.FileIO) else None
        if described is not None and not stat.S_ISREG(described.st_mode):
            return 0, None
        start = file.tell()
        end = file.seek(0, os.SEEK_END)
        end = file.tell() if end is None else end
    except (OSError, AttributeError, ValueError, TypeError):
        return 0, None
    file.seek(start)
    return start, end


def own_name(file: object) -> str:
    """What a file object says it is called, without folders; empty where it does not."""
    name = getattr(file, "name", None)
    return _base_name(name) if isinstance(name, str | bytes | os.PathLike) else ""


def _base_name(path: str | bytes | os.PathLike[str] | os.PathLike[bytes]) -> str:
    return os.path.basename(os.fsdecode(path))  # noqa: PTH119 - a path may be of bytes


def required_name(name: str | None, what: str) -> str:
    """The name of an upload.

    Raises:
        ValidationError: there is none, or the contract's strings cannot hold it.
    """
    if not name:
        raise ValidationError(f"filename is required for {what}")
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise ValidationError(f"the name {name!r} is not valid Unicode: give another one as filename") from error
    return name


def check_chunk_size(chunk_size: int) -> None:
    """Refuse a size that no part can have.

    Raises:
        ValidationError: it is not positive.
    """
    if chunk_size < 1:
        raise ValidationError(f"chunk_size has to be at least 1 byte, not {chunk_size}")
