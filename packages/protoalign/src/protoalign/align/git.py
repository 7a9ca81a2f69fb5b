"""Whether git could give back what is about to be overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from protoalign.errors import AlignError, SourceReadError, ToolMissingError
from protoalign.sources.git_commands import open_local
from protoalign.sources.limits import Limits

__all__ = ["GitState", "git_state", "refuse_dirty"]

SUFFIX = ".proto"
LISTED = 10


@dataclass(frozen=True, slots=True)
class GitState:
    """What git knows of a folder.

    Attributes:
        dirty: paths below the folder that are not committed as they are: changed ones, and untracked .proto files.
        note: why nothing is known, one sentence without a final full stop; empty where something is.
    """

    dirty: tuple[str, ...] = ()
    note: str = ""


def git_state(folder: Path) -> GitState:
    """Ask git what is not committed below a folder; nothing is changed, not even git's index."""
    try:
        repository = open_local(folder, Limits())
        listed = repository.read(
            "status", "--porcelain=v1", "-z", "--untracked-files=all", "--ignore-submodules=all", "--", "."
        )
    except ToolMissingError:
        return GitState(note="git is not installed, so nothing tells whether the files are committed")
    except SourceReadError as error:
        if "no git repository" in error.what:
            return GitState(note=f"{folder} is in no git repository: nothing could bring back what is overwritten")
        return GitState(note=f"whether the files are committed is not known: {error.what}")
    return GitState(tuple(_dirty(listed)))


def refuse_dirty(folder: Path, state: GitState) -> None:
    """Do nothing if all is committed.

    Raises:
        AlignError: something is not, with the paths.
    """
    if not state.dirty:
        return
    shown = [f"  {path}" for path in state.dirty[:LISTED]]
    if len(state.dirty) > LISTED:
        shown.append(f"  and {len(state.dirty) - LISTED:,} more")
    raise AlignError(
        "\n".join(("holds changes that are not committed:", *shown)),
        where=str(folder),
        hint="Nothing was written. Commit or stash them, so that git can show what align did; --force goes on without.",
    )


def _dirty(listed: str) -> Iterator[str]:
    entries = iter(listed.split("\0"))
    for entry in entries:
        state, path = entry[:2], entry[3:]
        if not path:
            continue
        if "R" in state or "C" in state:
            next(entries, None)  # the path that it had before
        if state != "??" or path.endswith(SUFFIX):
            yield path
