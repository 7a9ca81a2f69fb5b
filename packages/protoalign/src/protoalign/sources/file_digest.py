"""The SHA-256 of a file on disk."""

from __future__ import annotations

from hashlib import file_digest
from pathlib import Path

__all__ = ["sha256_of_file"]


def sha256_of_file(path: Path) -> str:
    """The SHA-256 of the file's content, in hex.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
