"""Whole folders replaced: each is the old one or the new one at any moment, and of several all change or none."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from protoalign.errors import OutputError
from protoalign.output.exchange import exchange
from protoalign.output.files import interrupts_wait, output_error, path_below, scratch_folder, write_synced

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["replace_folders"]

PREFIX = ".protoalign-folder-"
LEFT_SECONDS = 3600.0


def replace_folders(contents: Mapping[Path, Mapping[str, bytes]]) -> None:
    """Replace folders by others with exactly the given files.

    The new folders are complete on the disk beside the old ones before the first one changes place. When a move fails,
    those before it are taken back. An interrupt (Ctrl-C) waits until the moves are done. A run that is killed while it
    prepares leaves a hidden folder behind, which a run for the same folder removes an hour later.

    Args:
        contents: the folder to its files: name (`/` between folders, inside the folder) to content. A folder that does
            not exist is made; one without files is removed.

    Raises:
        OutputError: a folder cannot be replaced; nothing was changed.
    """
    for folder in contents:
        _check_replaceable(folder)
    at_fault = next(iter(contents), Path())
    try:
        with ExitStack() as stack:
            staged: dict[Path, Path] = {}
            for at_fault, files in contents.items():
                stack.enter_context(_parents_of(at_fault))
                _remove_leftovers(at_fault)
                scratch = stack.enter_context(scratch_folder(at_fault.parent, _prefix(at_fault)))
                staged[at_fault] = scratch
                if files:
                    _stage(scratch / "new", files)
            with interrupts_wait():
                _move_all(staged)
    except OSError as error:
        raise output_error(error, at_fault) from error


def _stage(new: Path, files: Mapping[str, bytes]) -> None:
    new.mkdir()
    for name, content in files.items():
        write_synced(path_below(new, name), content)


def _move_all(staged: Mapping[Path, Path]) -> None:
    moved: list[Path] = []
    try:
        for folder, scratch in staged.items():
            _change_places(folder, scratch / "new", scratch / "old")
            moved.append(folder)
    except OSError:
        for folder in reversed(moved):
            scratch = staged[folder]
            # An exchange has left the old folder where the new one was.
            old = scratch / "old" if (scratch / "old").exists() else scratch / "new"
            _change_places(folder, old, scratch / "undone")
        raise


def _change_places(folder: Path, new: Path, old: Path) -> None:
    """Put `new` in the folder's place, and the folder where `new` was or `old` is to be; either may be absent."""
    if new.exists() and folder.exists() and exchange(new, folder):
        return
    if folder.exists():
        folder.rename(old)
    try:
        if new.exists():
            new.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise


def _check_replaceable(folder: Path) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise OutputError(
            "is a link or a file, and a folder is to be replaced there", where=str(folder), hint="Move it away."
        )
    if not folder.exists():
        return
    with suppress(OSError):  # the current folder may be gone
        if Path.cwd().resolve().is_relative_to(folder.resolve()):
            raise OutputError(
                "is the current folder or around it, and it is to be replaced as a whole",
                where=str(folder),
                hint="Run it from another folder.",
            )
    if folder.is_mount():
        raise OutputError(
            "is a mount point, which cannot be replaced as a whole",
            where=str(folder),
            hint="Name a folder inside of it.",
        )


@contextmanager
def _parents_of(folder: Path) -> Iterator[None]:
    """Make the folders around a folder; those that were made go again when something fails."""
    made: list[Path] = []
    parent = folder.parent
    while not parent.exists():
        made.append(parent)
        parent = parent.parent
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        for each in made:
            with suppress(OSError):
                each.rmdir()
        raise


def _remove_leftovers(folder: Path) -> None:
    for left in folder.parent.glob(f"{_prefix(folder)}*"):
        with suppress(OSError):
            # A young one may belong to a run that is still at work.
            if time.time() - left.stat().st_mtime > LEFT_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


def _prefix(folder: Path) -> str:
    """The name's beginning of this folder's scratch folders, by which a later run knows them."""
    mark = sha256(os.fsencode(folder.resolve())).hexdigest()[:8]
    return f"{PREFIX}{mark}-"
