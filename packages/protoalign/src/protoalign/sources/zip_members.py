"""Reading the members of a zip archive, with bounds.

The standard library's reader costs half of what reading a large wheel's modules may cost in all, and it trusts the
sizes that a member declares. This one reads the central directory once, checks each member that is wanted against its
local header and its neighbours, unpacks no more than the declared size, and verifies length and checksum. What it does
not know (LZMA and other rare methods) it leaves to the standard library's.
"""

from __future__ import annotations

import stat
import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from protoalign.errors import ArchiveError
from protoalign.sources.limits import Limits
from protoalign.sources.member_budget import (
    DAMAGED,
    SUSPICIOUS,
    UNPACK,
    MemberBudget,
    Wanted,
    check_member_name,
)

__all__ = ["read_zip"]

# The records of a zip file; field by field in PKWARE's APPNOTE, section 4.3.
END = struct.Struct("<4s4H2LH")
END_64_LOCATOR = struct.Struct("<4sLQL")
END_64 = struct.Struct("<4sQ2H2L4Q")
# Of an entry: magic, flags, method, checksum, both sizes, the lengths of name, extra and comment, attributes, offset.
ENTRY = struct.Struct("<4s4x2H4x3L3H4x2L")
# Of a local header: magic and the lengths of name and extra.
LOCAL = struct.Struct("<4s22x2H")
MAX_COMMENT = 0xFFFF
IN_EXTRA = 0xFFFFFFFF
ENTRIES_IN_EXTRA = 0xFFFF
ZIP_64_EXTRA = 1

STORED, DEFLATED = 0, 8
ENCRYPTED = 0x1 | 0x40 | 0x2000
UTF_8 = 0x800


class _Entry(NamedTuple):
    name: str
    raw_name: bytes
    flags: int
    method: int
    checksum: int
    packed: int
    size: int
    offset: int


class _DamagedError(Exception):
    """The archive is not what the format asks for."""


def read_zip(path: Path, wanted: Wanted, limits: Limits) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each regular file whose name `wanted` takes, in the archive's order.

    Raises:
        ArchiveError: the archive is damaged, encrypted, hostile or too large.
        OSError: it cannot be read.
    """
    budget = MemberBudget(path, limits)
    with path.open("rb", buffering=0) as file:
        try:
            directory, shift, declared, end = _directory(file, budget)
            chosen, offsets = _choose(path, directory, shift, wanted)
            budget.members(max(0, len(offsets) - declared))
            offsets.sort()
            for entry in chosen:
                budget.content(entry.name, entry.size)
                following = bisect_right(offsets, entry.offset)
                bound = offsets[following] if following < len(offsets) else end
                yield entry.name, _content(path, file, entry, bound)
        except (_DamagedError, struct.error, zlib.error, UnicodeDecodeError) as error:
            raise ArchiveError(f"the zip archive is damaged: {error}", where=str(path), hint=DAMAGED) from error


def _directory(file: BinaryIO, budget: MemberBudget) -> tuple[bytes, int, int, int]:
    """The central directory, the shift of all offsets, the number of declared entries, and where member data ends."""
    size = file.seek(0, 2)
    tail_start = max(0, size - MAX_COMMENT - END.size)
    tail = _read(file, tail_start, size - tail_start)
    found = tail.rfind(b"PK\x05\x06")
    if found < 0 or len(tail) - found < END.size:
        raise _DamagedError("it has no end record, so it is cut short or no zip")
    _, _, _, _, count, length, offset, _ = END.unpack_from(tail, found)
    end = tail_start + found
    if IN_EXTRA in (offset, length) or count == ENTRIES_IN_EXTRA:
        locator_start = end - END_64_LOCATOR.size
        if locator_start >= 0:
            magic, _, record, _ = END_64_LOCATOR.unpack(_read(file, locator_start, END_64_LOCATOR.size))
            if magic == b"PK\x06\x07":
                magic, *_, count, length, offset = END_64.unpack(_read(file, record, END_64.size))
                if magic != b"PK\x06\x06":
                    raise _DamagedError("its 64-bit end record is not where it should be")
                end = record
    # What stands before the archive, such as a self-extractor's program, shifts all offsets.
    shift = end - length - offset
    if shift < 0:
        raise _DamagedError("its directory is not where it should be")
    budget.members(count)
    return _read(file, offset + shift, length), shift, count, offset + shift


def _choose(path: Path, directory: bytes, shift: int, wanted: Wanted) -> tuple[list[_Entry], list[int]]:
    """The wanted regular files, and the offsets of all members; the loop is hot, a large wheel has thousands."""
    chosen: dict[str, _Entry] = {}
    offsets: list[int] = []
    unpack = ENTRY.unpack_from
    position = 0
    end = len(directory)
    while position < end:
        (
            magic, flags, method, checksum, packed, size,
            name_length, extra_length, comment_length, attributes, offset,
        ) = unpack(directory, position)  # fmt: skip
        if magic != b"PK\x01\x02":
            raise _DamagedError("its directory holds something that is no entry")
        start = position + ENTRY.size
        position = start + name_length + extra_length + comment_length
        raw_name = directory[start : start + name_length]
        # The codec of old names is slow, and nearly all names are plain.
        name = raw_name.decode("ascii" if raw_name.isascii() else "utf-8" if flags & UTF_8 else "cp437")
        check_member_name(path, name)
        if IN_EXTRA in (packed, size, offset):
            extra = directory[start + name_length : start + name_length + extra_length]
            size, packed, offset = _from_extra(extra, size, packed, offset)
        offsets.append(offset + shift)
        mode = attributes >> 16
        if name[-1:] == "/" or stat.S_IFMT(mode) not in (0, stat.S_IFREG) or not wanted(name):
            continue
        if name in chosen:
            raise ArchiveError(f"two members are named {name}", where=str(path), hint=SUSPICIOUS)
        chosen[name] = _Entry(name, raw_name, flags, method, checksum, packed, size, offset + shift)
    if position > end:
        raise _DamagedError("its directory is cut short")
    return list(chosen.values()), offsets


def _from_extra(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, position)
        position += 4
        if kind == ZIP_64_EXTRA:
            values = iter(struct.unpack_from(f"<{length // 8}Q", extra, position))
            try:
                return (
                    next(values) if size == IN_EXTRA else size,
                    next(values) if packed == IN_EXTRA else packed,
                    next(values) if offset == IN_EXTRA else offset,
                )
            except StopIteration:
                break
        position += length
    raise _DamagedError("an entry lacks its 64-bit sizes")


def _content(path: Path, file: BinaryIO, entry: _Entry, bound: int) -> bytes:
    if entry.flags & ENCRYPTED:
        raise ArchiveError(f"{entry.name} is encrypted", where=str(path), hint=UNPACK)
    name_length = len(entry.raw_name)
    # One read nearly always gets header and data; extra fields that are longer than usual cost a second one.
    usual = LOCAL.size + name_length + 64
    block = _read(file, entry.offset, min(usual + entry.packed, bound - entry.offset))
    if len(block) < LOCAL.size:
        raise _DamagedError(f"{entry.name} is cut short")
    magic, local_name_length, extra_length = LOCAL.unpack_from(block)
    start = LOCAL.size + local_name_length + extra_length
    if magic != b"PK\x03\x04" or block[LOCAL.size : LOCAL.size + local_name_length] != entry.raw_name:
        raise _DamagedError(f"the header of {entry.name} does not agree with the directory")
    if entry.offset + start + entry.packed > bound:
        raise ArchiveError(f"{entry.name} overlaps another member", where=str(path), hint=SUSPICIOUS)
    if len(block) < start + entry.packed:
        block = _read(file, entry.offset, start + entry.packed)
    content = _unpack(path, entry, block[start : start + entry.packed])
    if len(content) != entry.size:
        raise _DamagedError(f"{entry.name} is not as long as it says")
    if zlib.crc32(content) != entry.checksum:
        raise _DamagedError(f"the checksum of {entry.name} differs")
    return content


def _unpack(path: Path, entry: _Entry, packed: bytes) -> bytes:
    if entry.method == DEFLATED:
        # One byte more than declared shows that there is more, and no bomb gets further than that.
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        return unpacker.decompress(packed, entry.size + 1)
    if entry.method == STORED:
        return packed
    return _unpack_rare(path, entry)


def _unpack_rare(path: Path, entry: _Entry) -> bytes:
    import lzma
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive, archive.open(archive.getinfo(entry.name)) as member:
            return member.read(entry.size + 1)
    except (NotImplementedError, RuntimeError) as error:
        raise ArchiveError(f"{entry.name} cannot be unpacked: {error}", where=str(path), hint=UNPACK) from error
    except (zipfile.BadZipFile, lzma.LZMAError, EOFError, OSError, KeyError, ValueError) as error:
        raise _DamagedError(f"{entry.name}: {error}") from error


def _read(file: BinaryIO, start: int, size: int) -> bytes:
    """The bytes from `start`; fewer than `size` where the file ends."""
    if start < 0 or size < 0:
        raise _DamagedError("it names a place that it does not have")
    file.seek(start)
    data = file.read(size)
    while len(data) < size and (more := file.read(size - len(data))):
        data += more
    return data
