"""Where the imports come from that a source does not hold itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from protoalign.contract import ContractFile
from protoalign.contract.imports import missing_imports
from protoalign.contract.wellknown import well_known_file
from protoalign.errors import PackageIndexError, ProtoalignError
from protoalign.sources.scan import FoundDescriptor, Scan

__all__ = ["Candidate", "Files", "Supply", "files_lacking_imports", "files_of", "supply_imports"]

Files = Mapping[str, ContractFile]

MAX_PACKAGES = 12
MAX_DEPTH = 3


class Supply(Protocol):
    """Finds the imports that neither the own files nor the available ones hold."""

    def __call__(self, own: Files, available: Files, /) -> dict[str, tuple[ContractFile, str]]:
        """File name to the file and the name of what supplied it."""
        ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that may hold imports; it is read only when an import is still missing.

    Attributes:
        name: what to call it.
        load: reads it; yields its files by name and the requirement strings that it declares itself.
    """

    name: str
    load: Callable[[], tuple[Files, tuple[str, ...]]]


def supply_imports(
    own: Files,
    available: Files,
    *,
    named: Iterable[Candidate],
    requirements: Iterable[str],
    fetchers: Sequence[Callable[[str], Scan]],
    note: Callable[[str], None],
) -> dict[str, tuple[ContractFile, str]]:
    """Find what is missing: in the named sources, then in the compiler's own files, then in declared dependencies.

    Args:
        own: the contract's own files.
        available: files that came along with them.
        named: the sources that the user named for this purpose.
        requirements: the requirement strings that the package declares.
        fetchers: each reads a package by its requirement string; a later one is asked only where those before it
            left something missing.
        note: is told where files were taken from, and which dependency the last fetcher could not read.

    Returns:
        File name to the file and the name of what supplied it. What is not in it is still missing.
    """
    search = _Search(own, available)
    declared = list(requirements)
    for candidate in named:
        if search.missing():
            files, more = candidate.load()
            search.take(files, candidate.name)
            declared += more
    search.take(_compiler_files(tuple(search.missing())), "protoc")
    for fetch in fetchers:
        unreadable = _search_packages(search, declared, fetch, note)
        if fetch is fetchers[-1] and search.missing():
            for requirement, error in unreadable.items():
                note(f"the dependency {requirement} could not be looked at: {error.what}")
    return search.supplied


class _Search:
    """What has been supplied so far, and what is still missing."""

    def __init__(self, own: Files, available: Files) -> None:
        self._held = {**available, **own}
        self._wanted: dict[str, list[str]] = {}
        self._reached: set[str] = set()
        self.supplied: dict[str, tuple[ContractFile, str]] = {}
        self._reach(own)

    def missing(self) -> dict[str, list[str]]:
        """The missing files, each with the files that want it."""
        return self._wanted

    def take(self, files: Files, source: str) -> bool:
        """Take what is missing, and what that imports in turn; say whether anything was taken."""
        taken = False
        while found := [name for name in self._wanted if name in files]:
            taken = True
            for name in found:
                self._held[name] = files[name]
                self.supplied[name] = (files[name], source)
                del self._wanted[name]
            self._reach(found)
        return taken

    def _reach(self, names: Iterable[str]) -> None:
        pending = list(names)
        while pending:
            name = pending.pop()
            if name in self._reached:
                continue
            self._reached.add(name)
            for imported in self._held[name].imports:
                if imported in self._held:
                    pending.append(imported)
                elif well_known_file(imported) is None:
                    self._wanted.setdefault(imported, []).append(name)


def _search_packages(
    search: _Search, requirements: Iterable[str], fetch: Callable[[str], Scan], note: Callable[[str], None]
) -> dict[str, PackageIndexError]:
    """Look through declared dependencies, likely ones first, and theirs; return those that the index did not give."""
    unreadable: dict[str, PackageIndexError] = {}
    tried: set[str] = set()
    waiting = [(requirement, 1) for requirement in requirements]
    while waiting and len(tried) < MAX_PACKAGES and (wanted := search.missing()):
        waiting.sort(key=lambda entry: (-_likeness(entry[0], wanted), entry[1]))
        requirement, depth = waiting.pop(0)
        package = _package_name(requirement)
        if package in tried:
            continue
        tried.add(package)
        try:
            scan = fetch(requirement)
            files = files_of(scan.found)
        except PackageIndexError as error:
            unreadable[requirement] = error
            continue
        except ProtoalignError:
            # A dependency without descriptors, or one that cannot be read, supplies nothing; what stays missing is
            # reported by name.
            continue
        if search.take(files, scan.source):
            note(f"imports were taken from {scan.source}, which the package declares to need")
        if depth < MAX_DEPTH:
            waiting += [(each, depth + 1) for each in scan.requirements]
    return unreadable


def files_of(found: Iterable[FoundDescriptor]) -> dict[str, ContractFile]:
    """Parse descriptors, the last of one name winning."""
    files = (ContractFile.parse(each.serialized, where=each.location) for each in found)
    return {file.name: file for file in files}


def files_lacking_imports(files: Files) -> dict[str, str]:
    """The files that cannot be compiled because an import of theirs, or of their imports, is missing; and why."""
    lacking: dict[str, str] = {}
    while True:
        held = {name: file for name, file in files.items() if name not in lacking}
        found = {
            wanted_by: f"imports {name}, which {'is left out too' if name in lacking else 'nothing supplies'}"
            for name, wanting in missing_imports(held).items()
            if well_known_file(name) is None
            for wanted_by in wanting
        }
        if not found:
            return lacking
        lacking |= found


def _compiler_files(wanted: Iterable[str]) -> Files:
    """Files such as google/protobuf/go_features.proto, which protoc brings and Google's Python runtime does not."""
    names = [name for name in wanted if name.startswith("google/protobuf/")]
    return dict(_compile_each(names)) if names else {}


def _compile_each(names: Iterable[str]) -> Iterator[tuple[str, ContractFile]]:
    # Imported here: starting programs is rarely needed, and its modules cost a tenth of a start.
    from google.protobuf.descriptor_pb2 import FileDescriptorSet

    from protoalign.sources.compilers import compile_with_protoc, find_tool

    include = find_tool("protoc").resolve().parent.parent / "include"
    for name in names:
        if (include / name).is_file():
            for file in FileDescriptorSet.FromString(compile_with_protoc(include, [name])).file:
                if file.name == name:
                    file.ClearField("source_code_info")
                    yield name, ContractFile.of(file)


def _package_name(requirement: str) -> str:
    from protoalign.sources.package_index import normalized_name

    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    return normalized_name(match.group()) if match else requirement


def _likeness(requirement: str, wanted: Iterable[str]) -> int:
    """How likely a package holds the wanted files, by the words that its name shares with their paths."""
    package = _package_name(requirement)
    words = {word for name in wanted for word in re.split(r"[/_.]", name) if len(word) > 2} - {"proto"}
    score = sum(2 for word in words if word in package)
    return score + sum(3 for hint in ("proto", "-pb", "grpc-") if hint in package)
