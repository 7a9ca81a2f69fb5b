"""From what was found in a source to a contract: equal copies become one, imports are supplied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from protoalign.contract import (
    Comment,
    Contract,
    ContractFile,
    Provenance,
    build_contract,
    canonical_file,
    comments_of_source_info,
)
from protoalign.errors import (
    AmbiguousCopiesError,
    NoDescriptorsError,
    SourceReadError,
    UnsupportedDescriptorError,
)
from protoalign.sources.scan import FoundDescriptor, Scan
from protoalign.sources.suppliers import Supply, files_lacking_imports

__all__ = ["assemble"]

LISTED = 5


@dataclass(frozen=True, slots=True)
class _Copy:
    file: ContractFile
    location: str


def assemble(scan: Scan, supply: Supply, *, copy: str | None = None, partial: bool = False) -> Contract:
    """Turn a scan into a contract.

    Args:
        scan: what was found in the source.
        supply: called with the contract's own files, returns files of others that they import.
        copy: the folder, or glob, inside the source whose files are the contract's own; the others are imports.
        partial: go on without descriptors that exist only as code, and without files whose imports nothing supplies;
            the contract's provenance says what was left out.

    Raises:
        NoDescriptorsError: nothing was found.
        UnsupportedDescriptorError: there are descriptors that exist only as code, and `partial` is false.
        AmbiguousCopiesError: different files have one name.
        DescriptorError: bytes that are no valid descriptor.
        UnresolvedImportsError: imports that nothing supplies.
        ImportCycleError: files import each other in a ring.
    """
    if scan.unsupported and not partial:
        raise UnsupportedDescriptorError(
            "these descriptors exist only as code to be run, which protoalign never does:\n"
            + "\n".join(f"  {place}" for place in scan.unsupported),
            where=scan.source,
            hint="--partial takes the other files and leaves these out.",
        )
    copies = _parse(scan.found)
    if not copies:
        raise NoDescriptorsError(
            "no protobuf descriptor was found",
            where=scan.source,
            hint="Name a package, archive or folder that holds generated protobuf code, .proto files or a descriptor set.",
        )
    own_copies, other_copies = _pick(copies, copy, scan.source)
    own = _merge(own_copies, scan.source)
    imports = _merge([*other_copies, *_parse(scan.imports)], scan.source, first_wins=True)
    own_files = {name: found[0].file for name, found in own.items()}
    available = {name: found[0].file for name, found in imports.items() if name not in own_files}
    supplied = supply(own_files, available)
    left_out = {place: "exists only as code to be run" for place in scan.unsupported}
    if partial:
        held = {**available, **{name: file for name, (file, _) in supplied.items()}, **own_files}
        lacking = files_lacking_imports(held)
        left_out |= {name: reason for name, reason in lacking.items() if name in own_files}
        own_files = {name: file for name, file in own_files.items() if name not in lacking}
        if not own_files:
            raise NoDescriptorsError("no file is complete with its imports", where=scan.source)
    provenance = Provenance(
        source=scan.source,
        kind=scan.kind,
        version=scan.version,
        archive=scan.archive,
        archive_sha256=scan.archive_sha256,
        copies={name: tuple(each.location for each in own[name]) for name in own_files},
        supplied_by={name: source for name, (_, source) in supplied.items()},
        left_out=left_out,
    )
    return build_contract(
        own_files.values(),
        provenance,
        available=[*available.values(), *(file for file, _ in supplied.values())],
        comments=_comments(own_files, scan.comments),
    )


def _parse(found: Iterable[FoundDescriptor]) -> list[_Copy]:
    return [_Copy(ContractFile.parse(each.serialized, where=each.location), each.location) for each in found]


def _pick(copies: list[_Copy], pattern: str | None, source: str) -> tuple[list[_Copy], list[_Copy]]:
    if pattern is None:
        return copies, []
    folder = pattern.rstrip("/") + "/"
    own = [each for each in copies if each.location.startswith(folder) or fnmatchcase(each.location, pattern)]
    if not own:
        raise SourceReadError(
            f"--copy {pattern} matches none of the {len(copies)} descriptors found",
            where=source,
            hint=f"The first of them is at {copies[0].location}.",
        )
    return own, [each for each in copies if each not in own]


def _merge(copies: list[_Copy], source: str, *, first_wins: bool = False) -> dict[str, list[_Copy]]:
    """Group copies by file name; those of one name must be equal, unless the first wins."""
    merged: dict[str, list[_Copy]] = {}
    different: dict[str, list[_Copy]] = {}
    for each in copies:
        known = merged.setdefault(each.file.name, [])
        if not known or _equal(known[0].file, each.file):
            known.append(each)
        elif not first_wins:
            different.setdefault(each.file.name, [known[0]]).append(each)
    if different:
        raise _ambiguous(different, source)
    return merged


def _equal(one: ContractFile, other: ContractFile) -> bool:
    return one.serialized == other.serialized or canonical_file(one.serialized) == canonical_file(other.serialized)


def _ambiguous(different: Mapping[str, list[_Copy]], source: str) -> AmbiguousCopiesError:
    lines = []
    folders: set[str] = set()
    for name, copies in sorted(different.items()):
        locations = [each.location for each in copies]
        lines.append(f"  {name}: {', '.join(locations)}")
        folders.update(_telling_folders(locations))
    if len(lines) > LISTED:
        lines = [*lines[:LISTED], f"  and {len(lines) - LISTED} more files"]
    choices = ", ".join(f"--copy {folder}" for folder in sorted(folders)[:LISTED])
    return AmbiguousCopiesError(
        "the source holds different files of one name:\n" + "\n".join(lines),
        where=source,
        hint=f"Say which copies to take: {choices}." if choices else "Name a source that holds one of them only.",
    )


def _telling_folders(locations: list[str]) -> set[str]:
    """For each location, its path up to the first part in which the locations differ, if that is a folder."""
    split = [location.split("/") for location in locations]
    shared = 0
    while all(len(parts) > shared + 1 for parts in split) and len({parts[shared] for parts in split}) == 1:
        shared += 1
    return {"/".join(parts[: shared + 1]) for parts in split if len(parts) > shared + 1}


def _comments(own: Mapping[str, ContractFile], found: Iterable[Comment]) -> tuple[Comment, ...]:
    return (
        *(comment for name in sorted(own) for comment in comments_of_source_info(own[name].descriptor)),
        *found,
    )
