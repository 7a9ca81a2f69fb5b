"""Bounds that reading the members of one source must keep, and what each kind of breach is called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from protoalign.errors import ArchiveError
from protoalign.sources.limits import Limits

__all__ = ["DAMAGED", "SUSPICIOUS", "TOO_LARGE", "UNPACK", "MemberBudget", "Wanted", "check_member_name"]

DAMAGED = "Fetch the archive again; if it stays so, tell its publisher."
SUSPICIOUS = "Nothing was read from it. Such an archive can be an attack; look at it before you trust it."
TOO_LARGE = "It is refused because its size looks like an attack; a source of that size cannot be read."
UNPACK = "Unpack it yourself and name the folder."

# Whether a member, by its name, is to be read.
Wanted = Callable[[str], bool]


class MemberBudget:
    """Counts what is read of one source and refuses more than its limits allow."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        self._limits = limits
        self._members = 0
        self._bytes = 0

    def members(self, count: int) -> None:
        """Count members, wanted or not.

        Raises:
            ArchiveError: they are too many.
        """
        self._members += count
        if self._members > self._limits.members:
            raise ArchiveError(f"holds more than {self._limits.members:,} files", where=str(self._path), hint=TOO_LARGE)

    def content(self, name: str, size: int) -> None:
        """Count the unpacked size of a member that is about to be read.

        Raises:
            ArchiveError: it, or all of them together, are too large.
        """
        self._bytes += size
        if size > self._limits.member_size:
            raise ArchiveError(
                f"{name} unpacks to more than {_mebibytes(self._limits.member_size)}",
                where=str(self._path),
                hint=TOO_LARGE,
            )
        if self._bytes > self._limits.total_size:
            raise ArchiveError(
                f"its files unpack to more than {_mebibytes(self._limits.total_size)}",
                where=str(self._path),
                hint=TOO_LARGE,
            )


def _mebibytes(size: int) -> str:
    return f"{size / (1 << 20):g} MiB"


def check_member_name(path: Path, name: str) -> None:
    """Refuse a name that leads out of the archive; such an archive is hostile, whatever else it holds.

    Raises:
        ArchiveError: the name is absolute or has a `..`, a drive letter, a backslash or a null character.
    """
    if (
        name[:1] == "/"
        or name[1:2] == ":"
        or "\\" in name
        or "\0" in name
        or (".." in name and ".." in name.split("/"))
    ):
        raise ArchiveError(f"the member name {name[:120]!r} leads out of the archive", where=str(path), hint=SUSPICIOUS)
