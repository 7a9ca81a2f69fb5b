"""Bounds on what a source may make us read. An input beyond them is refused, never truncated."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one source; sizes in bytes.

    The largest module seen in a real package is 3 MiB and the largest package holds some 30,000 members, so the
    defaults leave room for more than ten times that.

    Attributes:
        archive_size: a downloaded or opened archive.
        members: files in an archive or folder.
        member_size: one file, uncompressed.
        total_size: all files that are read, uncompressed.
        descriptor_size: one serialized descriptor.
        depth: levels of folders, and of nested expressions in a module.
        download_seconds: time without a byte before a download is given up.
        compile_seconds: time for one run of a compiler.
    """

    archive_size: int = 1024 * MIB
    members: int = 400_000
    member_size: int = 64 * MIB
    total_size: int = 1024 * MIB
    descriptor_size: int = 32 * MIB
    depth: int = 64
    download_seconds: float = 30.0
    compile_seconds: float = 300.0
