"""Carrying out an edit so that the tree is the old one or the new one at any moment.

One changed file is replaced by a rename. For more, the smallest folder that holds them all is copied beside itself,
unchanged files as links, the changes are applied to the copy, and the two folders change places in one step. Where
that cannot be (another system, a mount point, the current folder, a repository's top level), a journal is written
first; a run that dies while it is at work leaves it behind, and the next one goes on from it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path, PurePosixPath

from protoalign.align.edit import TreeEdit
from protoalign.align.journal import JOURNAL, apply_by_journal, finish_journal
from protoalign.align.staging import CannotStageError, StagedChanges, fingerprint, give_owner_and_mode, stage_copy
from protoalign.errors import AlignError, OutputError
from protoalign.output import exchange, interrupts_wait, output_error, path_below, scratch_folder, write_synced
from protoalign.sources.package_cache import cache_root

__all__ = ["carry_out_edit", "recover"]

PREFIX = ".protoalign-align-"
WRITABLE = 0o222


def carry_out_edit(edit: TreeEdit) -> None:
    """Write, rename and delete what an edit says, all of it or nothing.

    Raises:
        AlignError: the files have changed since the edit was made, are read-only, or another run is at work.
        OutputError: they cannot be written; nothing was changed.
    """
    if edit.is_empty:
        return
    try:
        with _alone(edit.folder):
            _check_unchanged(edit)
            _check_writable(edit)
            if len(edit.writes) == 1 and not edit.removals:
                _replace_one(edit)
            elif not _exchange_folder(edit):
                apply_by_journal(edit.folder, _changes(edit, ""))
    except OSError as error:
        raise output_error(error, edit.folder) from error


def recover(folder: Path) -> str:
    """Bring a tree in order that an interrupted run left behind.

    Returns:
        What was done, one sentence without a final full stop; empty where there was nothing to do.

    Raises:
        AlignError: what was left behind is damaged, or another run is at work.
        OutputError: the files cannot be written.
    """
    if not folder.is_dir():
        return ""
    left = list(_left_behind(folder))
    if not left and not (folder / JOURNAL).is_dir():
        return ""
    try:
        with _alone(folder):
            for scratch in left:
                shutil.rmtree(scratch, ignore_errors=True)
            done = finish_journal(folder)
    except OSError as error:
        raise OutputError(
            f"what an interrupted run left behind cannot be put in order: {error.strerror or error}",
            where=str(folder),
            hint="Check permissions and free space, and run align again: it goes on from there.",
        ) from error
    if done:
        return f"an earlier run was interrupted while it wrote to {folder}; its work was {done}"
    return f"what an interrupted run had left beside {folder} was removed; the tree itself was whole"


# ---- the three ways -------------------------------------------------------------------------------------------------


def _replace_one(edit: TreeEdit) -> None:
    ((path, content),) = edit.writes.items()
    target = path_below(edit.folder, path)
    made = _make_folders(target.parent)
    try:
        with scratch_folder(target.parent, _prefix(edit.folder)) as scratch:
            staged = scratch / "file"
            write_synced(staged, content)
            try:
                give_owner_and_mode(staged, target)
            except CannotStageError:
                staged.chmod(0o644)
            with interrupts_wait():
                staged.replace(target)
    except BaseException:
        if not target.exists():
            for folder in reversed(made):
                folder.rmdir()
        raise


def _exchange_folder(edit: TreeEdit) -> bool:
    folder = _smallest_folder(edit)
    if not _may_be_exchanged(folder):
        return False
    inside = folder.relative_to(edit.folder.resolve()).as_posix()
    changes = _changes(edit, "" if inside == "." else f"{inside}/")
    with scratch_folder(folder.parent, _prefix(edit.folder)) as scratch:
        copy = scratch / "tree"
        try:
            seen = stage_copy(folder, copy, changes)
            if fingerprint(folder) != seen:
                raise _changed_meanwhile(folder)
        except CannotStageError:
            return False
        with interrupts_wait():
            done = exchange(copy, folder)
        if done:
            # The new tree is in place; a disk that cannot say so for sure does not make it the old one.
            with suppress(OSError):
                _sync(folder.parent)
        return done


def _changes(edit: TreeEdit, inside: str) -> StagedChanges:
    """The edit's changes with paths relative to a folder inside of the edit's."""

    def below(path: str) -> str:
        return path.removeprefix(inside)

    return StagedChanges(
        {below(path): content for path, content in edit.writes.items()},
        frozenset(map(below, edit.removals)),
        {below(new): below(old) for new, old in edit.renames.items()},
    )


def _smallest_folder(edit: TreeEdit) -> Path:
    parents = [PurePosixPath(path).parent.as_posix() for path in (*edit.writes, *edit.removals)]
    folder = edit.folder.resolve() / os.path.commonpath(parents)
    while not folder.is_dir():
        folder = folder.parent
    return folder


def _may_be_exchanged(folder: Path) -> bool:
    try:
        here = Path.cwd().resolve()
    except OSError:
        here = None
    parent = folder.parent
    return (
        parent != folder
        # Whoever stands in the folder, such as the shell, would stay in the old one.
        and not (here is not None and here.is_relative_to(folder))
        and not folder.is_mount()
        and not (folder / ".git").exists()
        and os.access(parent, os.W_OK | os.X_OK)
        and folder.stat().st_dev == parent.stat().st_dev
    )


# ---- checks ---------------------------------------------------------------------------------------------------------


def _check_unchanged(edit: TreeEdit) -> None:
    for path in (*edit.writes, *edit.removals):
        target = path_below(edit.folder, path)
        try:
            present = target.read_bytes()
        except FileNotFoundError:
            present = None
        if present != edit.before.get(path) and (path in edit.before or not _is_renamed(path, edit)):
            raise _changed_meanwhile(target)


def _is_renamed(path: str, edit: TreeEdit) -> bool:
    """Whether the path is one that is removed, only written otherwise, as where case does not count."""
    return any(old.lower() == path.lower() for old in edit.removals)


def _changed_meanwhile(path: Path) -> AlignError:
    return AlignError("has changed since it was read", where=str(path), hint="Nothing was written. Run it again.")


def _check_writable(edit: TreeEdit) -> None:
    root = edit.folder.resolve()
    for path in (*edit.writes, *edit.removals):
        target = root / path
        folder = target.parent
        while not folder.is_dir():
            folder = folder.parent
        for each in (folder, target):
            # The administrator may write anywhere; what is marked as read-only is left alone all the same.
            if each.exists() and not (os.access(each, os.W_OK) and each.stat().st_mode & WRITABLE):
                raise AlignError(
                    "is read-only", where=str(each), hint="Nothing was written. Give yourself permission to write it."
                )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep two runs from writing to one folder. The lock goes with the process that holds it."""
    from filelock import FileLock, Timeout

    locks = cache_root() / "locks"
    lock = FileLock(locks / f"align-{_mark(folder)}.lock", timeout=0)
    # Where no lock can be made, as on a full disk, the run goes on without.
    with suppress(OSError, NotImplementedError):
        locks.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire()
        except Timeout:
            raise AlignError(
                "another run is writing to it", where=str(folder), hint="Nothing was written. Wait for its end."
            ) from None
    try:
        yield
    finally:
        lock.release()


def _left_behind(folder: Path) -> Iterator[Path]:
    prefix = _prefix(folder)
    root = folder.resolve()
    yield from root.parent.glob(f"{prefix}*")
    for here, folders, _ in os.walk(root):
        yield from (Path(here, name) for name in folders if name.startswith(prefix))
        folders[:] = [name for name in folders if not name.startswith(".")]


def _prefix(folder: Path) -> str:
    return f"{PREFIX}{_mark(folder)}-"


def _mark(folder: Path) -> str:
    """Eight digits that stand for a folder, so that a run knows what earlier ones left behind for it."""
    return sha256(os.fsencode(folder.resolve())).hexdigest()[:8]


def _make_folders(folder: Path) -> list[Path]:
    made: list[Path] = []
    while not folder.is_dir():
        made.insert(0, folder)
        folder = folder.parent
    for each in made:
        each.mkdir()
    return made


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
