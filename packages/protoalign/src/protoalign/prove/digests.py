"""Digests of folders: of generated code, and of vectors."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from protoalign.contract.model import digest_of_files
from protoalign.errors import SourceReadError
from protoalign.prove.proof import Folder

__all__ = ["digest_of_contents", "digested_folder", "files_of_folder"]

CACHES = frozenset({"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"})
"""Folders that tools put beside code; they are no part of it."""


def digest_of_contents(files: Mapping[str, bytes]) -> str:
    """The digest of a folder with these files, `sha256:` and hex.

    It is the SHA-256 of one line for each file, in the order of the names: the content's SHA-256 in hex, two spaces,
    the name. `sha256sum` writes such lines, so anybody can compute it without protoalign.

    Args:
        files: name inside the folder, `/` between folders, to content.
    """
    return digest_of_files({name: sha256(content).hexdigest() for name, content in files.items()})


def digested_folder(root: Path, name: str) -> Folder:
    """A folder on disk with its digest.

    Args:
        root: the folder.
        name: what to call it: its path relative to the folder of the settings file.

    Raises:
        SourceReadError: see `files_of_folder`.
    """
    digests = {file: _digest_of_file(path) for file, path in files_of_folder(root).items()}
    return Folder(path=name, digest=digest_of_files(digests), files=len(digests))


def files_of_folder(root: Path) -> dict[str, Path]:
    """The files below a folder by name, `/` between folders, sorted; caches of tools and hidden files are left out.

    Raises:
        SourceReadError: it is no folder or cannot be read, or there is in it what is neither a file nor a folder, such
            as a link.
    """
    if root.is_symlink() or not root.is_dir():
        raise SourceReadError("is no folder", where=str(root), hint="Write it with protoalign generate.")
    try:
        found = {path.relative_to(root).as_posix(): path for path in _walk(root)}
    except OSError as error:
        raise SourceReadError(
            f"cannot be read: {error.strerror or error}", where=str(error.filename or root)
        ) from error
    return dict(sorted(found.items()))


def _walk(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in entries:
            path = Path(entry.path)
            if entry.name in CACHES or entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(path)
            elif not entry.is_file(follow_symlinks=False):
                raise SourceReadError("is neither a file nor a folder", where=str(path), hint="Move it away.")
            elif not entry.name.isprintable():
                raise SourceReadError("has a name that cannot be listed", where=str(folder), hint="Move it away.")
            else:
                yield path


def _digest_of_file(path: Path) -> str:
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise SourceReadError(f"cannot be read: {error.strerror or error}", where=str(path)) from error
