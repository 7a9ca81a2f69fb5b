"""Where a download goes: a path, which has the whole content or is as it was, or a file object."""

from __future__ import annotations

import contextlib
import errno
import inspect
import io
import os
import stat
import threading
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeAlias

from xaiwire.errors import ValidationError

__all__ = ["Downloadable", "Target", "Writable", "open_target"]


class Writable(Protocol):
    """A file object opened in binary mode; in the async client `write` may be a coroutine function."""

    def write(self, data: bytes, /) -> Any:  # noqa: ANN401 - the number of bytes, nothing, or an awaitable of these
        """Take bytes; what is not taken is counted by the result."""
        ...


Downloadable: TypeAlias = str | os.PathLike[str] | Writable
"""Where a download can go."""


class Target(Protocol):
    """Takes a download."""

    def write(self, data: bytes) -> None:
        """Write a part.

        Raises:
            OSError: it cannot be written.
        """
        ...

    def commit(self) -> None:
        """Everything was written: it takes its place."""
        ...

    def abort(self) -> None:
        """Not everything came: a path is left as it was. Does nothing after `commit`, and never waits."""
        ...


def open_target(to: Downloadable) -> Target:
    """Make ready to take a download.

    A path is written beside its place, under a name that nobody uses, and moved there at the end. Where it is a link,
    what it leads to is replaced; where it is no file but a device or a pipe, it is written to as it is.

    Args:
        to: a path or a file object opened in binary mode.

    Returns:
        The target; it has to be committed or aborted.

    Raises:
        OSError: nothing can be written there.
        ValidationError: it is neither a path nor a binary file object.
    """
    if isinstance(to, str | os.PathLike):
        return _open_path(to)
    given: object = to
    if isinstance(given, io.TextIOBase):
        raise ValidationError("a file object has to be opened in binary mode, such as open(path, 'wb')")
    if not callable(getattr(given, "write", None)):
        raise ValidationError(f"cannot download to {type(given).__name__}: give a path or a file object")
    if inspect.iscoroutinefunction(to.write):
        raise ValidationError("the file object is asynchronous, which only the async client can write")
    return _Given(to)


def _open_path(path: str | os.PathLike[str]) -> Target:
    try:
        found = os.stat(path)  # noqa: PTH116 - the path may be a string
    except FileNotFoundError:
        mode = None
    else:
        if stat.S_ISDIR(found.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
        if not stat.S_ISREG(found.st_mode):
            return _Device(open(path, "wb"))  # noqa: PTH123 - the target closes it
        mode = stat.S_IMODE(found.st_mode)
    return _Beside(Path(os.path.realpath(path)), mode)


class _Given:
    """A file object, which stays open."""

    def __init__(self, file: Writable) -> None:
        self._file = file

    def write(self, data: bytes) -> None:
        _write_all(self._file, data)

    def commit(self) -> None:
        pass

    def abort(self) -> None:
        pass


class _Device:
    """What cannot be replaced, such as a pipe."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, data: bytes) -> None:
        self._file.write(data)

    def commit(self) -> None:
        self._file.close()

    def abort(self) -> None:
        with contextlib.suppress(OSError):
            self._file.close()


class _Beside:
    """A file beside its place, so that the move stays in one file system.

    A cancelled call leaves a write going on in another thread. `abort` does not wait for it; the thread then removes
    the file when its write is done.
    """

    def __init__(self, path: Path, mode: int | None) -> None:
        self._path = path
        self._beside = path.with_name(f".{os.urandom(8).hex()}.part")
        self._using = threading.Lock()
        self._given_up = False
        self._over = False
        self._file = self._beside.open("xb")
        if mode is not None:
            with contextlib.suppress(OSError):
                self._beside.chmod(mode)

    def write(self, data: bytes) -> None:
        try:
            with self._using:
                self._file.write(data)
        finally:
            self._abort_if_given_up()

    def commit(self) -> None:
        try:
            with self._using:
                self._file.close()
                self._beside.replace(self._path)
                self._over = True
        finally:
            self._abort_if_given_up()

    def abort(self) -> None:
        self._given_up = True
        if not self._using.acquire(blocking=False):
            return
        try:
            if not self._over:
                self._over = True
                with contextlib.suppress(OSError):
                    self._file.close()
                self._beside.unlink(missing_ok=True)
        finally:
            self._using.release()

    def _abort_if_given_up(self) -> None:
        if self._given_up:
            self.abort()


def _write_all(file: Writable, data: bytes) -> None:
    left = memoryview(data)
    while left:
        # Unbuffered files take less than they are given; others often do not say how much.
        count = file.write(bytes(left) if len(left) < len(data) else data)
        if count is None and isinstance(file, io.RawIOBase):
            raise BlockingIOError(errno.EAGAIN, "the file object takes no bytes now: it must not be non-blocking")
        if not isinstance(count, int) or count >= len(left):
            return
        if count <= 0:
            raise OSError(errno.EIO, "the file object takes no more bytes")
        left = left[count:]
