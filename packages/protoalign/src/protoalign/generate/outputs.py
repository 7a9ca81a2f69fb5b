"""The folders that generated code goes to: what is in them, what shall be, and what of it is somebody else's."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from protoalign.errors import OutputError, SettingsError
from protoalign.output import output_error, path_below, shown_path

__all__ = [
    "Content",
    "FolderChange",
    "Language",
    "OutputFolder",
    "compare_folder",
    "read_folder",
    "refuse_foreign",
    "refuse_overlaps",
]

Language = Literal["python", "go"]
Content = Literal["messages", "services", "proof"]

BANNER = re.compile(rb"DO NOT EDIT|Code generated|@generated")
# Where a banner stands: generators put it into the first lines.
BANNER_SIZE = 4096
# What a package's __init__.py holds where it has nothing to say; generators write it without a banner.
EMPTY_INIT = re.compile(rb"\s*(from __future__ import annotations\s*)?")
# What interpreters leave behind beside the files they read.
LEFTOVERS = frozenset({"__pycache__"})
MAX_FILES = 100_000
MAX_TOTAL = 1 << 30
SHOWN_FOREIGN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFolder:
    """One folder that is replaced as a whole.

    Attributes:
        language: the language of the code.
        content: what it holds.
        path: the folder, absolute.
        name: its path relative to the folder of the settings file, `/` between folders.
    """

    language: Language
    content: Content
    path: Path
    name: str

    @classmethod
    def of(cls, root: Path, name: str, language: Language, content: Content) -> OutputFolder:
        """The folder of that name below the folder of the settings file.

        Raises:
            OutputError: a link or a file stands in the way.
        """
        return cls(language=language, content=content, path=path_below(root, name), name=name)


@dataclass(frozen=True)
class FolderChange:
    """A folder as it is and as it shall be.

    Attributes:
        folder: the folder.
        before: name to content of the files that are there.
        after: name to content of the files that shall be there.
    """

    folder: OutputFolder
    before: Mapping[str, bytes]
    after: Mapping[str, bytes]

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """Files that shall be there and are not."""
        return tuple(sorted(self.after.keys() - self.before.keys()))

    @cached_property
    def extra(self) -> tuple[str, ...]:
        """Files that are there and shall not be."""
        return tuple(sorted(self.before.keys() - self.after.keys()))

    @cached_property
    def changed(self) -> tuple[str, ...]:
        """Files whose content shall be another one."""
        both = self.before.keys() & self.after.keys()
        return tuple(sorted(name for name in both if self.before[name] != self.after[name]))

    @property
    def is_fresh(self) -> bool:
        """Whether all is as it shall be."""
        return not (self.missing or self.extra or self.changed)


def compare_folder(folder: OutputFolder, after: Mapping[str, bytes]) -> FolderChange:
    """Hold a folder against what shall be in it.

    Raises:
        OutputError: it cannot be read.
    """
    return FolderChange(folder, read_folder(folder.path), after)


def read_folder(path: Path) -> dict[str, bytes]:
    """The files below a folder, by name; none where there is no folder. Of a link, where it leads is its content.

    Raises:
        OutputError: it cannot be read, or holds too much to be generated code.
    """
    found: dict[str, bytes] = {}
    total = 0
    try:
        for file in _files(path):
            content = os.fsencode(file.readlink()) if file.is_symlink() else file.read_bytes()
            total += len(content)
            if len(found) >= MAX_FILES or total > MAX_TOTAL:
                raise OutputError(
                    f"holds more than {MAX_FILES:,} files or {MAX_TOTAL >> 20:,} MiB, which is no generated code",
                    where=shown_path(path),
                    hint="Name a folder of its own for the generated code.",
                )
            found[file.relative_to(path).as_posix()] = content
    except OSError as error:
        raise output_error(error, path) from error
    return found


def refuse_foreign(changes: Iterable[FolderChange]) -> None:
    """Refuse to replace folders with files that no generator wrote, for replacing them would delete these files.

    Raises:
        OutputError: there are such files; it names them.
    """
    foreign = [
        shown_path(change.folder.path / name)
        for change in changes
        for name, content in change.before.items()
        if change.after.get(name) != content and not _is_generated(change.folder.path / name, content)
    ]
    if foreign:
        more = len(foreign) - SHOWN_FOREIGN
        lines = [f"  {name}" for name in foreign[:SHOWN_FOREIGN]] + ([f"  … and {more:,} more"] if more > 0 else [])
        raise OutputError(
            "\n".join(("these files bear no mark of a generator, and their folders are replaced as a whole:", *lines)),
            hint="Nothing was written. Move them elsewhere, name other folders, or have them deleted with --force.",
        )


def refuse_overlaps(folders: Sequence[OutputFolder], inputs: Mapping[str, Path]) -> None:
    """Refuse output folders that are inside one another, or that hold what the code is made from.

    Args:
        folders: the output folders.
        inputs: what is read, such as the settings file, by what to call it.

    Raises:
        SettingsError: replacing one folder would delete another one or an input.
    """
    for index, one in enumerate(folders):
        for other in folders[index + 1 :]:
            if one.path.is_relative_to(other.path) or other.path.is_relative_to(one.path):
                raise SettingsError(
                    f'"{one.name}" and "{other.name}" overlap, and each is replaced as a whole', where="[generate]"
                )
        for what, path in inputs.items():
            if path.resolve().is_relative_to(one.path.resolve()):
                raise SettingsError(
                    f'"{one.name}" is replaced as a whole, and {what} is in it: {shown_path(path)}',
                    where="[generate]",
                    hint="Name a folder of its own for the generated code.",
                )


def _files(path: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(path):
        here = Path(parent)
        links = [name for name in folders if (here / name).is_symlink()]
        folders[:] = sorted(name for name in folders if name not in LEFTOVERS and name not in links)
        yield from (here / name for name in sorted((*names, *links)))


def _is_generated(path: Path, content: bytes) -> bool:
    if path.is_symlink():
        return False
    if path.name == "__init__.py" and EMPTY_INIT.fullmatch(content):
        return True
    if path.name == "py.typed" and not content.strip():
        return True
    return BANNER.search(content[:BANNER_SIZE]) is not None
