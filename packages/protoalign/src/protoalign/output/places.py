"""What places on disk are called."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["shown_path"]


def shown_path(path: Path) -> str:
    """A path as it is called in the current folder, where it lies below it; else in full."""
    relative = os.path.relpath(path)
    shown = str(path) if relative.startswith("..") else Path(relative).as_posix()
    # A name that is no UTF-8 could be printed nowhere.
    return shown.encode("utf-8", "backslashreplace").decode()
