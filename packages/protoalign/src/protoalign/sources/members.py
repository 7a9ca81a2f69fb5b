"""Reading files out of a folder, a zip (wheel, module zip) or a tar (sdist), with bounds, without unpacking.

Nothing is written to disk and nothing that is read is run. Links are never followed out of the source.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, cast

from protoalign.errors import ArchiveError, SourceReadError
from protoalign.sources.limits import Limits

__all__ = ["is_archive", "member_names", "read_members"]

SKIPPED_FOLDERS = {"__pycache__", "node_modules"}
DAMAGED = "Fetch the archive again; if it stays so, tell its publisher."
SUSPICIOUS = "Nothing was read from it. Such an archive can be an attack; look at it before you trust it."
TOO_LARGE = "It is refused because its size looks like an attack; a source of that size cannot be read."

Wanted = Callable[[str], bool]


def is_archive(path: Path) -> bool:
    """Whether the file's content (not its name) is that of a zip or a tar, compressed or not."""
    try:
        with path.open("rb") as file:
            head = file.read(262)
    except OSError:
        return False
    return (
        head[:4] in (b"PK\x03\x04", b"PK\x05\x06")
        or head[257:262] == b"ustar"
        or _is_compressed_tar(path, head)
    )


def member_names(path: Path, limits: Limits) -> tuple[str, ...]:
    """The names of all regular files of a folder or archive, sorted.

    Raises:
        ArchiveError: the archive is damaged, encrypted, hostile or too large.
        SourceReadError: the path is missing or unreadable.
    """
    names: list[str] = []

    def note(name: str) -> bool:
        names.append(name)
        return False

    for _ in read_members(path, note, limits):
        pass
    return tuple(sorted(names))


def read_members(path: Path, wanted: Wanted, limits: Limits) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each regular file whose name `wanted` takes; `/` stands between folders.

    Raises:
        ArchiveError: the archive is damaged, encrypted, hostile or too large.
        SourceReadError: the path is missing or unreadable.
    """
    try:
        if path.is_dir():
            yield from _read_folder(path, wanted, limits)
            return
        if not path.is_file():
            raise SourceReadError(
                "is no regular file or folder" if path.exists() else "does not exist",
                where=str(path),
                hint="Check the path.",
            )
        if path.stat().st_size > limits.archive_size:
            raise ArchiveError(
                f"is larger than {limits.archive_size >> 20} MiB", where=str(path), hint=TOO_LARGE
            )
        with path.open("rb") as file:
            head = file.read(4)
        reader = _read_zip if head[:2] == b"PK" else _read_tar
        yield from reader(path, wanted, limits)
    except PermissionError as error:
        raise SourceReadError(
            "may not be read",
            where=str(error.filename or path),
            hint="Give yourself permission to read it, or copy it to a folder of your own.",
        ) from error


class _Budget:
    """Counts what is read of one source and refuses more than its limits allow."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        self._limits = limits
        self._members = 0
        self._bytes = 0

    def member(self) -> None:
        self._members += 1
        if self._members > self._limits.members:
            raise ArchiveError(
                f"holds more than {self._limits.members:,} files", where=str(self._path), hint=TOO_LARGE
            )

    def content(self, name: str, size: int) -> None:
        self._bytes += size
        if size > self._limits.member_size:
            raise ArchiveError(
                f"{name} unpacks to more than {self._limits.member_size >> 20} MiB",
                where=str(self._path),
                hint=TOO_LARGE,
            )
        if self._bytes > self._limits.total_size:
            raise ArchiveError(
                f"its files unpack to more than {self._limits.total_size >> 20} MiB",
                where=str(self._path),
                hint=TOO_LARGE,
            )


def _check_name(path: Path, name: str) -> None:
    parts = name.rstrip("/").split("/")
    if (
        name.startswith("/")
        or "\\" in name
        or "\0" in name
        or ".." in parts
        or (len(name) > 1 and name[1] == ":")
    ):
        raise ArchiveError(
            f"the member name {name[:120]!r} leads out of the archive", where=str(path), hint=SUSPICIOUS
        )


def _read_zip(path: Path, wanted: Wanted, limits: Limits) -> Iterator[tuple[str, bytes]]:
    budget = _Budget(path, limits)
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            seen: set[str] = set()
            for info in infos:
                budget.member()
                _check_name(path, info.filename)
                if info.filename in seen:
                    raise ArchiveError(
                        f"two members are named {info.filename}", where=str(path), hint=SUSPICIOUS
                    )
                seen.add(info.filename)
            for info in infos:
                kind = stat.S_IFMT(info.external_attr >> 16)
                if info.is_dir() or kind not in (0, stat.S_IFREG) or not wanted(info.filename):
                    continue
                if info.flag_bits & 0x1:
                    raise ArchiveError(
                        f"{info.filename} is encrypted",
                        where=str(path),
                        hint="Unpack it yourself and name the folder.",
                    )
                budget.content(info.filename, info.file_size)
                content = archive.read(info)
                if len(content) != info.file_size:
                    raise ArchiveError(f"{info.filename} is cut short", where=str(path), hint=DAMAGED)
                yield info.filename, content
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        UnicodeDecodeError,
        ValueError,
    ) as error:
        raise ArchiveError(f"the zip archive is damaged: {error}", where=str(path), hint=DAMAGED) from error
    except (NotImplementedError, RuntimeError) as error:
        raise ArchiveError(
            f"the zip archive cannot be read: {error}",
            where=str(path),
            hint="Unpack it yourself and name the folder.",
        ) from error


class _BoundedStream:
    """A decompressed stream that refuses to yield more than the limit: tar has to read what it skips."""

    def __init__(self, stream: IO[bytes], path: Path, limit: int) -> None:
        self._stream = stream
        self._path = path
        self._limit = limit
        self._read = 0

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            size = self._limit - self._read + 1
        data = self._stream.read(size)
        self._read += len(data)
        if self._read > self._limit:
            raise ArchiveError(
                f"unpacks to more than {self._limit >> 20} MiB", where=str(self._path), hint=TOO_LARGE
            )
        return data


def _read_tar(path: Path, wanted: Wanted, limits: Limits) -> Iterator[tuple[str, bytes]]:
    budget = _Budget(path, limits)
    seen: set[str] = set()
    try:
        with _decompressed(path) as stream:
            bounded = cast("IO[bytes]", _BoundedStream(stream, path, limits.total_size))
            with tarfile.open(fileobj=bounded, mode="r|", encoding="utf-8") as archive:
                for info in archive:
                    budget.member()
                    _check_name(path, info.name)
                    if not info.isreg() or not wanted(info.name):
                        continue
                    if info.name in seen:
                        raise ArchiveError(
                            f"two members are named {info.name}", where=str(path), hint=SUSPICIOUS
                        )
                    seen.add(info.name)
                    budget.content(info.name, info.size)
                    content = archive.extractfile(info)
                    data = content.read() if content is not None else b""
                    if len(data) != info.size:
                        raise ArchiveError(f"{info.name} is cut short", where=str(path), hint=DAMAGED)
                    yield info.name, data
    except (tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, UnicodeDecodeError, ValueError) as error:
        raise ArchiveError(f"the archive is damaged: {error}", where=str(path), hint=DAMAGED) from error
    except PermissionError:
        raise
    except OSError as error:
        raise ArchiveError(f"the archive is damaged: {error}", where=str(path), hint=DAMAGED) from error


def _decompressed(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        head = file.read(6)
    if head[:2] == b"\x1f\x8b":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    if head[:3] == b"BZh":
        return cast("IO[bytes]", bz2.open(path, "rb"))
    if head == b"\xfd7zXZ\x00":
        return cast("IO[bytes]", lzma.open(path, "rb"))
    return path.open("rb")


def _is_compressed_tar(path: Path, head: bytes) -> bool:
    if head[:2] != b"\x1f\x8b" and head[:3] != b"BZh" and head[:6] != b"\xfd7zXZ\x00":
        return False
    try:
        with _decompressed(path) as stream:
            return stream.read(262)[257:262] == b"ustar"
    except (OSError, EOFError, zlib.error, lzma.LZMAError):
        # A damaged archive is still an archive; a gzip file by name decides.
        return path.name.endswith((".tar.gz", ".tgz", ".tar.bz2", ".tar.xz"))


def _read_folder(root: Path, wanted: Wanted, limits: Limits) -> Iterator[tuple[str, bytes]]:
    budget = _Budget(root, limits)

    def refuse(error: OSError) -> None:
        raise error

    for folder, folders, names in os.walk(root, onerror=refuse):
        here = Path(folder)
        if len(here.relative_to(root).parts) > limits.depth:
            raise SourceReadError(f"folders lie more than {limits.depth} deep", where=str(here))
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in SKIPPED_FOLDERS
        )
        for name in sorted(names):
            file = here / name
            member = file.relative_to(root).as_posix()
            budget.member()
            if not _is_own_regular_file(root, file) or not wanted(member):
                continue
            budget.content(member, file.stat().st_size)
            yield member, file.read_bytes()


def _is_own_regular_file(root: Path, file: Path) -> bool:
    mode = file.lstat().st_mode
    if stat.S_ISLNK(mode):
        target = file.resolve()
        return target.is_file() and target.is_relative_to(root.resolve())
    return stat.S_ISREG(mode)
