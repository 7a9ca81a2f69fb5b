"""Single files and trees of them: all or nothing, and never over a file that protoalign did not write."""

from __future__ import annotations

import os
import re
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

from protoalign.errors import OutputError

__all__ = [
    "STAMP_COMMENT",
    "Written",
    "compare_tree",
    "interrupts_wait",
    "is_stamped",
    "output_error",
    "path_below",
    "scratch_folder",
    "stamp",
    "write_file",
    "write_synced",
    "write_tree",
]

STAMP = re.compile(rb"// Written by protoalign from ([^\n]*)\.\n// SHA-256 of what follows this line: ([0-9a-f]{64})\n")

STAMP_COMMENT = re.compile(
    r"\s*Written by protoalign from [^\n]*\.\n\s*SHA-256 of what follows this line: [0-9a-f]{64}\s*"
)
"""The mark of `stamp` as a compiler's source info has it: a comment without comment signs."""


def stamp(text: str, source: str) -> bytes:
    """Put the mark in front of a .proto text by which a later run knows the file for its own, unedited.

    Args:
        text: the file's text.
        source: what it was made from; control characters are replaced.
    """
    body = f"\n{text}".encode()
    shown = "".join(character if character.isprintable() else "?" for character in source)
    digest = sha256(body).hexdigest()
    return f"// Written by protoalign from {shown}.\n// SHA-256 of what follows this line: {digest}\n".encode() + body


def is_stamped(content: bytes) -> bool:
    """Whether the content bears the mark of `stamp` and was not edited since."""
    match = STAMP.match(content)
    return match is not None and sha256(content[match.end() :]).hexdigest().encode() == match.group(2)


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a tree's files, by name.

    Attributes:
        created: files that were not there before.
        replaced: files whose content changed.
        unchanged: files that already had the content.
        stale: files that an earlier run wrote from the same product (in any version) and that the tree no longer has;
            they are left in place.
    """

    created: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()


def compare_tree(root: Path, files: Mapping[str, bytes]) -> Written:
    """What `write_tree` would do, without writing.

    Raises:
        OutputError: the folder cannot be read, or a path in it is of the wrong kind.
    """
    created, replaced, unchanged = [], [], []
    try:
        if root.exists() and not root.is_dir():
            raise OutputError("is a file, and a folder is to be written", where=str(root), hint="Name another folder.")
        for name in sorted(files):
            path = path_below(root, name)
            if path.is_symlink() or (path.exists() and not path.is_file()):
                raise OutputError(
                    "is a link or a folder, and a file is to be written there",
                    where=str(path),
                    hint="Move it away.",
                )
            if not path.exists():
                created.append(name)
            elif path.read_bytes() == files[name]:
                unchanged.append(name)
            else:
                replaced.append(name)
        products = {_product(content) for content in files.values()}
        stale = [name for name, content in _stamped_files(root) if name not in files and _product(content) in products]
    except OSError as error:
        raise output_error(error, root) from error
    return Written(tuple(created), tuple(replaced), tuple(unchanged), tuple(stale))


def write_tree(root: Path, files: Mapping[str, bytes], *, force: bool = False) -> Written:
    """Write files below a folder.

    All files are written beside their targets first and then moved into place; when a move fails, the moves before it
    are taken back. A folder that does not exist yet appears whole or not at all. An interrupt (Ctrl-C) waits until
    the moves are done.

    Args:
        root: the folder; made where it does not exist.
        files: name (`/` between folders, inside the folder) to content.
        force: overwrite files that were not written by protoalign, or were edited since.

    Raises:
        OutputError: a foreign file would be overwritten, or the files cannot be written; nothing was changed.
    """
    plan = compare_tree(root, files)
    if not force:
        foreign = [name for name in plan.replaced if not is_stamped((root / name).read_bytes())]
        if foreign:
            raise OutputError(
                "these files were not written by protoalign, or were edited since:\n"
                + "\n".join(f"  {name}" for name in foreign),
                where=str(root),
                hint="Nothing was written. Name another folder, move them away, or overwrite them with --force.",
            )
    changed = [*plan.created, *plan.replaced]
    if not changed:
        return plan
    try:
        if root.exists():
            _replace_files(root, {name: files[name] for name in changed})
        else:
            _create_folder(root, files)
    except OSError as error:
        raise output_error(error, root) from error
    return plan


def write_file(path: Path, content: bytes) -> None:
    """Write one file: its old content or the new one is there at any moment.

    Raises:
        OutputError: it cannot be written.
    """
    try:
        if path.is_dir():
            raise OutputError("is a folder, and a file is to be written", where=str(path), hint="Name a file.")
        path.parent.mkdir(parents=True, exist_ok=True)
        with scratch_folder(path.parent) as scratch:
            staged = scratch / "file"
            write_synced(staged, content)
            staged.replace(path)
    except OSError as error:
        raise output_error(error, path) from error


def path_below(root: Path, name: str) -> Path:
    """The path of a name inside a folder, without a link on the way to it; the path itself may be one.

    Raises:
        OutputError: the name leads out of the folder, or through a link or a file.
    """
    parts = PurePosixPath(name).parts
    if not parts or PurePosixPath(name).is_absolute() or any(part in ("..", ".") for part in parts):
        raise OutputError(f"{name!r} is no path inside the folder", where=str(root))
    folder = root
    for part in parts[:-1]:
        folder /= part
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise OutputError(
                "is a link or a file, and a folder is needed there", where=str(folder), hint="Move it away."
            )
    return folder / parts[-1]


def _stamped_files(root: Path) -> Iterator[tuple[str, bytes]]:
    if root.is_dir():
        for path in sorted(root.rglob("*.proto")):
            if path.is_file() and not path.is_symlink() and is_stamped(content := path.read_bytes()):
                yield path.relative_to(root).as_posix(), content


def _product(content: bytes) -> bytes | None:
    """What a stamped file was made from, without its version: files of another product in the folder are no one's."""
    match = STAMP.match(content)
    return match.group(1).split(b"==")[0] if match is not None else None


def _create_folder(root: Path, files: Mapping[str, bytes]) -> None:
    root.parent.mkdir(parents=True, exist_ok=True)
    with scratch_folder(root.parent) as scratch:
        staged = scratch / "tree"
        staged.mkdir()
        for name, content in files.items():
            write_synced(staged / name, content)
        with interrupts_wait():
            staged.rename(root)


def _replace_files(root: Path, files: Mapping[str, bytes]) -> None:
    with scratch_folder(root) as scratch:
        for name, content in files.items():
            write_synced(scratch / "new" / name, content)
            old = root / name
            if old.exists():
                kept = scratch / "old" / name
                kept.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(old, kept)
        with interrupts_wait():
            moved: list[str] = []
            try:
                for name in files:
                    target = root / name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    moved.append(name)
                    (scratch / "new" / name).replace(target)
            except OSError:
                for name in moved:
                    kept = scratch / "old" / name
                    if kept.exists():
                        kept.replace(root / name)
                    else:
                        (root / name).unlink(missing_ok=True)
                raise


def write_synced(path: Path, content: bytes) -> None:
    """Write a file, and the folders around it, and wait until the content is on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def scratch_folder(parent: Path, prefix: str = ".protoalign-") -> Iterator[Path]:
    """A folder of one's own inside another one, gone when the context ends."""
    scratch = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    scratch.chmod(0o755)
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def interrupts_wait() -> Iterator[None]:
    """Hold back Ctrl-C for the few milliseconds in which files are moved into place."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pending: list[int] = []
    previous = signal.signal(signal.SIGINT, lambda number, _frame: pending.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
        if pending:
            raise KeyboardInterrupt


def output_error(error: OSError, root: Path) -> OutputError:
    """What to raise when the system refuses a write and all is as it was before."""
    return OutputError(
        f"cannot be written: {error.strerror or error}",
        where=str(error.filename or root),
        hint="Nothing was changed. Check permissions and free space, or name another place.",
    )
