"""Changes by journal: for folders that cannot be exchanged. An interrupted one is finished or undone by the next run.

The new files, links to the old ones and a list of steps are complete on the disk before the first file changes. The
list says in which direction the steps go: `do`, or `undo` after a step has failed. Each step can be repeated, so
whoever finds a journal goes through all of its steps again, and then removes it.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from protoalign.align.staging import CannotStageError, StagedChanges, give_owner_and_mode, remove_empty_folders
from protoalign.errors import AlignError, OutputError
from protoalign.output import interrupts_wait, path_below, write_synced

__all__ = ["JOURNAL", "apply_by_journal", "finish_journal"]

JOURNAL = ".protoalign-journal"
STEPS = "steps.json"
FORMAT = 1
MAX_SIZE = 64 << 20


@dataclass(frozen=True, slots=True)
class _Step:
    """One path and its two states: names of files inside the journal, None where the path is absent in that state."""

    path: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class _Steps:
    direction: Literal["do", "undo"]
    steps: tuple[_Step, ...]


def apply_by_journal(folder: Path, changes: StagedChanges) -> None:
    """Apply changes to a folder in place.

    Raises:
        OSError: it failed, and all is as it was before; or undoing failed too, and the next run undoes the rest.
    """
    journal = folder / JOURNAL
    journal.mkdir()
    try:
        written = _Steps("do", tuple(_staged(folder, journal, changes)))
        with interrupts_wait():
            try:
                _write_steps(journal, written)
                _go(folder, journal, written)
                _sync_folders(folder, written)
            except OSError:
                undone = replace(written, direction="undo")
                # Without the mark, a run that dies in the next line is finished rather than undone: whole either way.
                with suppress(OSError):
                    _write_steps(journal, undone)
                _go(folder, journal, undone)
                with suppress(OSError):
                    _sync_folders(folder, undone)
                _forget(journal)
                raise
            remove_empty_folders(folder, changes.removals)
            _forget(journal)
    except BaseException:
        if not (journal / STEPS).exists():
            shutil.rmtree(journal, ignore_errors=True)
        raise


def finish_journal(folder: Path) -> str:
    """Finish or undo what an interrupted run began.

    Returns:
        What was done, as part of a sentence; empty where there was nothing to do.

    Raises:
        AlignError: the journal is damaged.
        OSError: the files cannot be written.
    """
    journal = folder / JOURNAL
    if journal.is_symlink() or not journal.is_dir():
        return ""
    steps = journal / STEPS
    if not steps.is_file() or steps.is_symlink():
        shutil.rmtree(journal)
        return ""
    written = _read_steps(folder, journal)
    with interrupts_wait():
        _go(folder, journal, written)
        _sync_folders(folder, written)
        removed = (step.path for step in written.steps if (step.new if written.direction == "do" else step.old) is None)
        remove_empty_folders(folder, frozenset(removed))
        _forget(journal)
    return "finished" if written.direction == "do" else "undone"


def _staged(folder: Path, journal: Path, changes: StagedChanges) -> Iterator[_Step]:
    for number, path in enumerate(sorted(changes.writes.keys() | changes.removals)):
        target = path_below(folder, path)
        old = new = None
        if target.exists():
            old = f"{number}.old"
            _link(target, journal / old)
        if path in changes.writes:
            new = f"{number}.new"
            write_synced(journal / new, changes.writes[path])
            try:
                give_owner_and_mode(journal / new, folder / changes.like.get(path, path))
            except CannotStageError:
                # A file in a folder of others can only be one's own.
                (journal / new).chmod(0o644)
        yield _Step(path, old, new)


def _go(folder: Path, journal: Path, written: _Steps) -> None:
    states = [(step.path, step.new if written.direction == "do" else step.old) for step in written.steps]
    # Removals come first: where case does not count, two paths may name one file.
    for path, state in sorted(states, key=lambda each: each[1] is not None):
        target = path_below(folder, path)
        if state is None:
            target.unlink(missing_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            passing = journal / "passing"
            passing.unlink(missing_ok=True)
            _link(journal / state, passing)
            passing.replace(target)


def _sync_folders(folder: Path, written: _Steps) -> None:
    for parent in {(folder / step.path).parent for step in written.steps}:
        _sync_folder(parent)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except (OSError, NotImplementedError):
        shutil.copy2(source, target)


def _write_steps(journal: Path, written: _Steps) -> None:
    data = {"format": FORMAT, "direction": written.direction, "steps": [asdict(step) for step in written.steps]}
    write_synced(journal / "steps.new", json.dumps(data, indent=1).encode())
    _sync_folder(journal)
    (journal / "steps.new").replace(journal / STEPS)
    _sync_folder(journal)


def _forget(journal: Path) -> None:
    (journal / STEPS).unlink(missing_ok=True)
    with suppress(OSError):
        _sync_folder(journal)
    shutil.rmtree(journal, ignore_errors=True)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix" or not folder.is_dir():
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read_steps(folder: Path, journal: Path) -> _Steps:
    """The steps, trusted in nothing: whoever made the folder can have put a journal into it."""
    try:
        written = _parsed_steps(journal / STEPS)
        for step in written.steps:
            _check_step(folder, journal, step)
    except (ValueError, KeyError, TypeError, RecursionError, OutputError) as error:
        raise AlignError(
            f"the journal of an interrupted run is damaged: {error}",
            where=str(journal),
            hint="Look at what is in it, put the .proto files in order (git can), and delete the journal's folder.",
        ) from error
    return written


def _parsed_steps(path: Path) -> _Steps:
    if path.stat().st_size > MAX_SIZE:
        raise ValueError("it is too large")
    data = json.loads(path.read_bytes())
    if data["format"] != FORMAT or data["direction"] not in ("do", "undo"):
        raise ValueError("its format is not known")
    steps = tuple(_Step(str(step["path"]), step["old"], step["new"]) for step in data["steps"])
    return _Steps(data["direction"], steps)


def _check_step(folder: Path, journal: Path, step: _Step) -> None:
    hidden = any(part.startswith(".") for part in step.path.split("/"))
    if hidden or not step.path.endswith(".proto"):
        raise ValueError(f"it names {step.path!r}")
    path_below(folder, step.path)
    for number, suffix in ((step.old, ".old"), (step.new, ".new")):
        if number is None:
            continue
        staged = journal / number
        if not number.removesuffix(suffix).isdecimal() or not staged.is_file() or staged.is_symlink():
            raise ValueError(f"it lacks {number!r}")
