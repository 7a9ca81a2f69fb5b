"""A copy of a folder to run commands in: what git tracks or would track, and nothing that lies outside."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from protoalign.errors import SourceReadError
from protoalign.sources import Limits
from protoalign.sources.git_commands import open_local

__all__ = ["copy_folder"]

FILES = 100_000
TOTAL = 1 << 30


def copy_folder(folder: Path, target: Path) -> frozenset[str]:
    """Copy a folder's files: in a git work tree those that git does not ignore, elsewhere all.

    Symbolic links are copied as links where they stay inside of the folder; others are left out, since a command that
    writes through one would change what is not a copy.

    Args:
        folder: the folder.
        target: the folder to make.

    Returns:
        The names of the files that were copied, `/` between folders.

    Raises:
        SourceReadError: it holds too much, or cannot be read.
    """
    target.mkdir(parents=True)
    copied: set[str] = set()
    total = 0
    try:
        for name in _names(folder):
            source = folder / name
            if not source.is_symlink() and not source.is_file():
                continue  # deleted but still tracked, or a submodule
            if source.is_symlink() and not _stays_inside(source, folder):
                continue
            total += source.lstat().st_size
            if len(copied) >= FILES or total > TOTAL:
                raise SourceReadError(
                    f"holds more than {FILES:,} files or {TOTAL >> 20:,} MiB, too much to copy for a check",
                    where=str(folder),
                    hint="Put protoalign.toml into a smaller folder, or let git ignore what is not needed.",
                )
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name, follow_symlinks=False)
            copied.add(name)
    except OSError as error:
        raise SourceReadError(
            f"cannot be copied: {error.strerror or error}", where=str(error.filename or folder)
        ) from error
    return frozenset(copied)


def _names(folder: Path) -> Iterator[str]:
    with suppress(SourceReadError):
        repository = open_local(folder, Limits())
        yield from repository.work_files()
        return
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != ".git")
        inside = Path(parent).relative_to(folder)
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        yield from ((inside / name).as_posix() for name in (*sorted(files), *links))


def _stays_inside(link: Path, folder: Path) -> bool:
    return not link.readlink().is_absolute() and link.resolve().is_relative_to(folder.resolve())
