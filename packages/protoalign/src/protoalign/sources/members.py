"""Reading files out of a folder, a zip (wheel, module zip) or a tar (sdist), with bounds, without unpacking.

Nothing is written to disk and nothing that is read is run. Links are never followed out of the source.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from protoalign.errors import ArchiveError, SourceReadError
from protoalign.sources.limits import Limits
from protoalign.sources.member_budget import TOO_LARGE, MemberBudget, Wanted

__all__ = ["Wanted", "is_archive", "member_names", "read_members"]

SKIPPED_FOLDERS = {"__pycache__", "node_modules"}


def is_archive(path: Path) -> bool:
    """Whether the file's content (not its name) is that of a zip or a tar, compressed or not."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            head = file.read(262)
    except OSError:
        return False
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06") or head[257:262] == b"ustar":
        return True
    from protoalign.sources.tar_members import is_compressed_tar

    return is_compressed_tar(path, head)


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
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            yield from _read_folder(path, wanted, limits)
            return
        if not stat.S_ISREG(status.st_mode):
            raise SourceReadError("is no regular file or folder", where=str(path), hint="Check the path.")
        if status.st_size > limits.archive_size:
            raise ArchiveError(
                f"is larger than {limits.archive_size / (1 << 20):g} MiB", where=str(path), hint=TOO_LARGE
            )
        with path.open("rb") as file:
            is_zip = file.read(2) == b"PK"
        # Each reader is imported when it is needed: start-up time is a promise.
        if is_zip:
            from protoalign.sources.zip_members import read_zip

            yield from read_zip(path, wanted, limits)
        else:
            from protoalign.sources.tar_members import read_tar

            yield from read_tar(path, wanted, limits)
    except FileNotFoundError as error:
        raise SourceReadError("does not exist", where=str(error.filename or path), hint="Check the path.") from error
    except PermissionError as error:
        raise SourceReadError(
            "may not be read",
            where=str(error.filename or path),
            hint="Give yourself permission to read it, or copy it to a folder of your own.",
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        raise SourceReadError(
            f"cannot be read: {getattr(error, 'strerror', None) or error}",
            where=repr(str(path)) if "\0" in str(path) else str(path),
        ) from error


def _read_folder(root: Path, wanted: Wanted, limits: Limits) -> Iterator[tuple[str, bytes]]:
    budget = MemberBudget(root, limits)
    real_root = root.resolve()

    def refuse(error: OSError) -> None:
        raise error

    for folder, folders, names in os.walk(root, onerror=refuse):
        here = Path(folder)
        relative = here.relative_to(root)
        if len(relative.parts) > limits.depth:
            raise SourceReadError(
                f"folders lie more than {limits.depth} deep", where=str(here), hint="Name an inner folder."
            )
        # Hidden folders hold tools' data (.git, .venv); linked ones os.walk does not enter.
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in SKIPPED_FOLDERS)
        budget.members(len(names))
        for name in sorted(names):
            file = here / name
            member = (relative / name).as_posix()
            if not _is_own_regular_file(real_root, file) or not wanted(member):
                continue
            budget.content(member, file.stat().st_size)
            yield member, file.read_bytes()


def _is_own_regular_file(real_root: Path, file: Path) -> bool:
    mode = file.lstat().st_mode
    if stat.S_ISLNK(mode):
        try:
            target = file.resolve()
        except (OSError, RuntimeError):  # a ring of links
            return False
        return target.is_file() and target.is_relative_to(real_root)
    return stat.S_ISREG(mode)
