"""Source strings that are written down in one folder and read in another."""

from __future__ import annotations

import os
import re
from pathlib import Path

__all__ = ["anchored", "moved"]

PATH_KINDS = ("python:", "proto:", "image:", "go:", "lock:")
OTHER_KINDS = re.compile(r"[a-z][a-z0-9+.-]+:")


def anchored(source: str, folder: Path) -> str:
    """A source string whose relative path is relative to a folder, as it reads in the current folder.

    Args:
        source: the source string.
        folder: the folder that its path is relative to.

    Returns:
        The source string for `load`; unchanged where it names no relative path.
    """
    return moved(source, folder, Path())


def moved(source: str, origin: Path, target: Path) -> str:
    """A source string whose relative path is relative to one folder, made relative to another.

    Args:
        source: the source string.
        origin: the folder that its path is relative to.
        target: the folder that it shall be relative to.

    Returns:
        The source string; unchanged where it names no relative path.
    """
    for kind in PATH_KINDS:
        if source.startswith(kind):
            return kind + _moved_path(source.removeprefix(kind), origin, target)
    if source.startswith("git:"):
        repository, mark, rest = source.removeprefix("git:").partition("#")
        # What is no folder there is a URL, or a mistake that is better told in the user's own words.
        if (origin / repository).is_dir():
            repository = _moved_path(repository, origin, target)
        return f"git:{repository}{mark}{rest}"
    if OTHER_KINDS.match(source) and not (origin / source).exists():
        return source
    return _moved_path(source, origin, target)


def _moved_path(path: str, origin: Path, target: Path) -> str:
    if not path or Path(path).is_absolute() or origin.resolve() == target.resolve():
        return path
    return Path(os.path.relpath(origin.resolve() / path, target.resolve())).as_posix()
