"""A full copy of a folder with changes applied, made beside it, ready to take its place."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from protoalign.output import write_synced

__all__ = [
    "CannotStageError",
    "StagedChanges",
    "fingerprint",
    "give_owner_and_mode",
    "remove_empty_folders",
    "stage_copy",
]

# Beyond, a copy would cost more than the journal that does without one.
MAX_ENTRIES = 50_000
Fingerprint = dict[str, tuple[int, ...]]


class CannotStageError(Exception):
    """The folder holds what a copy cannot stand for: a repository's data, a device, too much, or another's files."""


@dataclass(frozen=True, slots=True)
class StagedChanges:
    """Changes below one folder.

    Attributes:
        writes: path inside the folder to content.
        removals: paths inside the folder that are gone afterwards.
        like: path that is written to the path, in the old folder, whose permissions it gets.
    """

    writes: Mapping[str, bytes]
    removals: frozenset[str]
    like: Mapping[str, str]


def stage_copy(folder: Path, copy: Path, changes: StagedChanges) -> Fingerprint:
    """Copy a folder and apply changes to the copy. Unchanged files are linked where the file system allows that.

    Returns:
        The folder's fingerprint at the time of the copying.

    Raises:
        CannotStageError: the folder cannot be stood for by a copy.
        OSError: the copy cannot be written.
    """
    seen = fingerprint(folder)
    touched = changes.writes.keys() | changes.removals
    copy.mkdir()
    for relative in seen:
        source, target = folder / relative, copy / relative
        mode = source.lstat().st_mode
        if stat.S_ISDIR(mode):
            target.mkdir()
        elif stat.S_ISLNK(mode):
            target.symlink_to(source.readlink())
        elif relative not in touched:
            _link_or_copy(source, target)
    for relative, content in changes.writes.items():
        target = copy / relative
        write_synced(target, content)
        give_owner_and_mode(target, folder / changes.like.get(relative, relative))
    remove_empty_folders(copy, changes.removals)
    for relative in sorted(seen, reverse=True):
        if stat.S_ISDIR((folder / relative).lstat().st_mode) and (copy / relative).is_dir():
            _copy_status(folder / relative, copy / relative)
    _copy_status(folder, copy)
    return seen


def fingerprint(folder: Path) -> Fingerprint:
    """Each entry below a folder, with what changes when it is written to.

    Raises:
        CannotStageError: there is something that a copy cannot stand for, or too much.
    """
    found: Fingerprint = {}
    for relative, status in _entries(folder, ""):
        if len(found) >= MAX_ENTRIES:
            raise CannotStageError(f"holds more than {MAX_ENTRIES:,} files")
        is_folder = stat.S_ISDIR(status.st_mode)
        content = () if is_folder else (status.st_size, status.st_mtime_ns)
        found[relative] = (status.st_ino, stat.S_IFMT(status.st_mode), *content)
    return found


def _entries(folder: Path, prefix: str) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(folder) as entries:
        listed = sorted(entries, key=lambda entry: entry.name)
    for entry in listed:
        status = entry.stat(follow_symlinks=False)
        if entry.name == ".git":
            raise CannotStageError("holds a git repository")
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode) or stat.S_ISLNK(status.st_mode)):
            raise CannotStageError(f"holds {prefix}{entry.name}, which is no regular file")
        if status.st_dev != folder.lstat().st_dev:
            raise CannotStageError(f"holds {prefix}{entry.name}, which is on another device")
        yield f"{prefix}{entry.name}", status
        if stat.S_ISDIR(status.st_mode):
            yield from _entries(folder / entry.name, f"{prefix}{entry.name}/")


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except (OSError, NotImplementedError):
        shutil.copy2(source, target)
        _give_owner(target, source.stat())


def give_owner_and_mode(target: Path, like: Path) -> None:
    """Give a new file the permissions, and where that is allowed the owner, of an old one; none where that is gone."""
    try:
        status = like.stat()
    except OSError:
        return
    _give_owner(target, status)
    target.chmod(stat.S_IMODE(status.st_mode))


def _copy_status(source: Path, target: Path) -> None:
    _give_owner(target, source.stat())
    shutil.copystat(source, target)


def _give_owner(target: Path, status: os.stat_result) -> None:
    present = target.stat()
    if hasattr(os, "chown") and (present.st_uid, present.st_gid) != (status.st_uid, status.st_gid):
        try:
            os.chown(target, status.st_uid, status.st_gid)
        except PermissionError:
            raise CannotStageError("belongs to another user or group") from None


def remove_empty_folders(root: Path, removals: frozenset[str]) -> None:
    """Remove the folders that removals leave empty."""
    for relative in sorted(removals, reverse=True):
        folder = (root / relative).parent
        while folder != root and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent
