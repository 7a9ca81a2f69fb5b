"""Reading the members of a tar archive, compressed or not, with bounds."""

from __future__ import annotations

import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from protoalign.errors import ArchiveError
from protoalign.sources.limits import Limits
from protoalign.sources.member_budget import (
    DAMAGED,
    SUSPICIOUS,
    TOO_LARGE,
    MemberBudget,
    Wanted,
    check_member_name,
)

__all__ = ["is_compressed_tar", "read_tar"]

GZIP, BZIP2, XZ = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00"
TAR_NAMES = (".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")


class _BoundedStream:
    """A decompressed stream that refuses to yield more than the limit: tar has to read what it skips."""

    def __init__(self, stream: IO[bytes], path: Path, limit: int) -> None:
        self._stream = stream
        self._path = path
        self._left = limit
        self._limit = limit

    def read(self, size: int = -1) -> bytes:
        # Never more than the limit at once, whatever size a header claims.
        data = self._stream.read(min(size, self._left + 1) if size >= 0 else self._left + 1)
        self._left -= len(data)
        if self._left < 0:
            raise ArchiveError(
                f"unpacks to more than {self._limit / (1 << 20):g} MiB", where=str(self._path), hint=TOO_LARGE
            )
        return data


def read_tar(path: Path, wanted: Wanted, limits: Limits) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each regular file whose name `wanted` takes, in the archive's order.

    Links, devices and pipes are passed over.

    Raises:
        ArchiveError: the archive is damaged, hostile or too large.
        PermissionError: it may not be read.
    """
    import lzma

    budget = MemberBudget(path, limits)
    seen: set[str] = set()
    try:
        with _decompressed(path) as stream:
            bounded = cast("IO[bytes]", _BoundedStream(stream, path, limits.total_size))
            with tarfile.open(fileobj=bounded, mode="r|", encoding="utf-8") as archive:
                while (info := archive.next()) is not None:
                    # The list that tarfile keeps for a second pass would hold every member's header.
                    archive.members = []  # type: ignore[attr-defined]
                    budget.members(1)
                    check_member_name(path, info.name)
                    if not info.isreg() or not wanted(info.name):
                        continue
                    if info.name in seen:
                        raise ArchiveError(f"two members are named {info.name}", where=str(path), hint=SUSPICIOUS)
                    seen.add(info.name)
                    budget.content(info.name, info.size)
                    content = archive.extractfile(info)
                    data = content.read() if content is not None else b""
                    if len(data) != info.size:
                        raise ArchiveError(f"{info.name} is cut short", where=str(path), hint=DAMAGED)
                    yield info.name, data
    except PermissionError:
        raise
    except (
        tarfile.TarError,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        ValueError,
        OverflowError,
        OSError,
        RecursionError,
    ) as error:
        raise ArchiveError(f"the archive is damaged: {error}", where=str(path), hint=DAMAGED) from error


def is_compressed_tar(path: Path, head: bytes) -> bool:
    """Whether a file that begins with `head` is a compressed tar."""
    if not head.startswith((GZIP, BZIP2, XZ)):
        return False
    import lzma

    try:
        with _decompressed(path) as stream:
            return stream.read(262)[257:262] == b"ustar"
    except (OSError, EOFError, zlib.error, lzma.LZMAError):
        # A damaged archive is still an archive; its name decides.
        return path.name.endswith(TAR_NAMES)


def _decompressed(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        head = file.read(6)
    if head.startswith(GZIP):
        import gzip

        return cast("IO[bytes]", gzip.open(path, "rb"))
    if head.startswith(BZIP2):
        import bz2

        return cast("IO[bytes]", bz2.open(path, "rb"))
    if head.startswith(XZ):
        import lzma

        return cast("IO[bytes]", lzma.open(path, "rb"))
    return path.open("rb")
