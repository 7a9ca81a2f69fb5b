"""Where the imports come from that a source does not hold itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from protoalign.contract import ContractFile
from protoalign.contract.imports import missing_imports
from protoalign.contract.wellknown import well_known_file
from protoalign.errors import PackageIndexError, ProtoalignError
from protoalign.sources.compilers import compile_with_protoc, find_tool
from protoalign.sources.scan import Scan

__all__ = ["Candidate", "Files", "Supply", "supply_imports"]

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
    fetch: Callable[[str], Scan],
    note: Callable[[str], None],
) -> dict[str, tuple[ContractFile, str]]:
    """Find what is missing: in the named sources, then in the compiler's own files, then in declared dependencies.

    Args:
        own: the contract's own files.
        available: files that came along with them.
        named: the sources that the user named for this purpose.
        requirements: the requirement strings that the package declares.
        fetch: reads a package by its requirement string.
        note: is told where files were taken from, and which dependency could not be read.

    Returns:
        File name to the file and the name of what supplied it. What is not in it is still missing.
    """
    supplied: dict[str, tuple[ContractFile, str]] = {}

    def missing() -> dict[str, tuple[str, ...]]:
        held = {**available, **{name: file for name, (file, _) in supplied.items()}, **own}
        return {
            name: wanted_by
            for name, wanted_by in missing_imports(_needed(held, own)).items()
            if well_known_file(name) is None
        }

    def take(files: Files, source: str) -> bool:
        taken = []
        while found := [name for name in missing() if name in files]:
            supplied.update({name: (files[name], source) for name in found})
            taken += found
        return bool(taken)

    for candidate in named:
        if not missing():
            return supplied
        files, more = candidate.load()
        take(files, candidate.name)
        requirements = (*requirements, *more)
    take(_compiler_files(missing()), "protoc")

    tried: set[str] = set()
    waiting = [(requirement, 1) for requirement in requirements]
    while (wanted := missing()) and waiting and len(tried) < MAX_PACKAGES:
        waiting.sort(key=lambda entry: (-_likeness(entry[0], wanted), entry[1]))
        requirement, depth = waiting.pop(0)
        package = _package_name(requirement)
        if package in tried:
            continue
        tried.add(package)
        try:
            scan = fetch(requirement)
        except PackageIndexError as error:
            note(f"the dependency {requirement} could not be looked at: {error.what}")
            continue
        except ProtoalignError:
            # A dependency without descriptors, or one that cannot be read, supplies nothing; what stays missing is
            # reported by name.
            continue
        files = {
            file.name: file
            for each in scan.found
            for file in (ContractFile.parse(each.serialized, where=each.location),)
        }
        if take(files, scan.source):
            note(f"imports were taken from {scan.source}, which the package declares to need")
        if depth < MAX_DEPTH:
            waiting += [(each, depth + 1) for each in scan.requirements]
    return supplied


def _needed(held: Files, own: Files) -> Files:
    reached: dict[str, ContractFile] = {}
    pending = list(own)
    while pending:
        name = pending.pop()
        if name in held and name not in reached:
            reached[name] = held[name]
            pending.extend(held[name].imports)
    return reached


def _compiler_files(wanted: Iterable[str]) -> Files:
    """Files such as google/protobuf/go_features.proto, which protoc brings and Google's Python runtime does not."""
    names = [name for name in wanted if name.startswith("google/protobuf/")]
    return dict(_compile_each(names))


def _compile_each(names: Iterable[str]) -> Iterator[tuple[str, ContractFile]]:
    from google.protobuf.descriptor_pb2 import FileDescriptorSet

    for name in names:
        include = _protoc_include()
        if include is None or not (include / name).is_file():
            continue
        for file in FileDescriptorSet.FromString(compile_with_protoc(include, [name])).file:
            if file.name == name:
                file.ClearField("source_code_info")
                yield name, ContractFile.of(file)


def _protoc_include() -> Path | None:
    include = find_tool("protoc").resolve().parent.parent / "include"
    return include if include.is_dir() else None


def _package_name(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    return re.sub(r"[-_.]+", "-", match.group()).lower() if match else requirement


def _likeness(requirement: str, wanted: Mapping[str, tuple[str, ...]]) -> int:
    """How likely a package holds the wanted files, by the words that its name shares with their paths."""
    package = _package_name(requirement)
    words = {word for name in wanted for word in re.split(r"[/_.]", name) if len(word) > 2} - {"proto"}
    score = sum(2 for word in words if word in package)
    return score + sum(3 for hint in ("proto", "-pb", "grpc-") if hint in package)
