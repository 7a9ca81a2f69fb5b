"""The subject's tree on disk: which path holds which .proto file, and where files of other names belong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from protoalign.errors import AlignError, SourceReadError

if TYPE_CHECKING:
    from protoalign.contract import Contract

__all__ = ["ImportRoot", "SubjectTree", "read_tree"]

SUFFIX = ".proto"


@dataclass(frozen=True, slots=True)
class ImportRoot:
    """An import root, seen from the folder that was named as the subject.

    Attributes:
        inside: the root's path inside the folder, empty where it is the folder itself.
        around: the folder's path inside the root, for a root that lies above the folder; empty for the others.
    """

    inside: str = ""
    around: str = ""

    def path_of(self, name: str) -> str | None:
        """The path inside the folder of a file of that import name; None where it would lie outside of the folder."""
        if self.around:
            return name.removeprefix(f"{self.around}/") if name.startswith(f"{self.around}/") else None
        return f"{self.inside}/{name}" if self.inside else name


@dataclass(frozen=True, slots=True)
class SubjectTree:
    """The .proto files of a folder, as they were read.

    Attributes:
        folder: the folder.
        located: import name to the paths inside the folder that hold the file, mostly one.
        texts: path inside the folder to content.
        guessed: import name to the root that the file's place speaks for, where nothing proves another one: no file
            imports it, so it is named by its path inside the folder, and its folders are called as the reference's.
    """

    folder: Path
    located: Mapping[str, tuple[str, ...]]
    texts: Mapping[str, bytes] = field(repr=False)
    guessed: Mapping[str, ImportRoot] = field(default_factory=dict)

    def roots_of(self, name: str) -> tuple[ImportRoot, ...]:
        """The import roots below which a file of the tree lies."""
        if name in self.guessed:
            return (self.guessed[name],)
        return tuple(dict.fromkeys(_root(location, name) for location in self.located[name]))

    def likeliest_root(self, name: str) -> ImportRoot:
        """The root for a file without counterpart: the one of most files, of those that can hold it."""
        counted = Counter(root for each in self.located for root in self.roots_of(each))
        fitting = [root for root in counted if root.path_of(name) is not None] or list(counted)
        return min(fitting, key=lambda root: (-counted[root], len(root.inside), root.inside), default=ImportRoot())

    def places(self, name: str, counterpart: str | None) -> tuple[str, ...]:
        """Where a file of the target belongs, as paths inside the folder.

        Args:
            name: the file's import name.
            counterpart: the file of the tree whose place it takes, where there is one.

        Raises:
            AlignError: it belongs outside of the folder, or where no reader of the tree would look.
        """
        roots = self.roots_of(counterpart) if counterpart is not None else (self.likeliest_root(name),)
        places = []
        for root in roots:
            place = root.path_of(name)
            if place is None:
                raise AlignError(
                    f"{name} belongs outside of the folder, which is {root.around} below its import root",
                    where=str(self.folder),
                    hint="Name the import root itself as the subject: the folder that imports are relative to.",
                )
            _check_place(place, name, self.folder)
            places.append(place)
        return tuple(dict.fromkeys(places))


def read_tree(folder: Path, subject: Contract, reference: Contract) -> SubjectTree:
    """Read the files that a contract was made of.

    Args:
        folder: the folder that was named as the subject.
        subject: the contract that was read from it.
        reference: what it is aligned with: the names of its folders tell where files belong that nothing imports.

    Raises:
        AlignError: the subject is no folder of .proto files.
        SourceReadError: a file cannot be read.
    """
    if not folder.is_dir():
        raise AlignError(
            "is no folder of .proto files, so there is nothing to rewrite",
            where=str(folder),
            hint="Name the folder that holds the .proto files as the subject.",
        )
    located = {file.name: subject.provenance.copies.get(file.name, ()) for file in subject.files}
    texts = {}
    for location in (each for places in located.values() for each in places):
        try:
            texts[location] = (folder / location).read_bytes()
        except OSError as error:
            raise SourceReadError(
                f"cannot be read: {error.strerror or error}", where=str(folder / location), hint="Run it again."
            ) from error
    return SubjectTree(folder, located, texts, _guessed(located, subject, reference))


def _guessed(located: Mapping[str, tuple[str, ...]], subject: Contract, reference: Contract) -> dict[str, ImportRoot]:
    tops = {file.name.partition("/")[0] for file in reference.files if "/" in file.name}
    imported = {name.partition("/")[0] for file in subject.files for name in file.imports}
    guessed = {}
    for name, places in located.items():
        folders = name.split("/")[:-1]
        if places == (name,) and folders and folders[0] not in tops and folders[0] not in imported:
            depth = next((depth for depth, folder in enumerate(folders) if folder in tops), None)
            if depth is not None:
                guessed[name] = ImportRoot(inside="/".join(folders[:depth]))
    return guessed


def _root(location: str, name: str) -> ImportRoot:
    if location == name:
        return ImportRoot()
    if location.endswith(f"/{name}"):
        return ImportRoot(inside=location[: -len(name) - 1])
    if name.endswith(f"/{location}"):
        return ImportRoot(around=name[: -len(location) - 1])
    raise AlignError(
        f"its path is {location} and its import name is {name}, which tells no import root",
        hint="Name the folder that imports are relative to as the subject.",
    )


def _check_place(place: str, name: str, folder: Path) -> None:
    parts = PurePosixPath(place).parts
    if not place.endswith(SUFFIX) or any(part.startswith(".") or part in ("", "..") for part in parts):
        raise AlignError(
            f"the reference names a file {name!r}, and no such file can be part of a tree of .proto files",
            where=str(folder),
            hint="Only names that end in .proto and have no hidden folder in them are written.",
        )
