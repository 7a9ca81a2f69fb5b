"""Several copies of one file in a source: equal ones are one, and of different ones the user picks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from protoalign.contract import ContractFile, canonical_file
from protoalign.errors import AmbiguousCopiesError, SourceReadError
from protoalign.sources.scan import FoundDescriptor

__all__ = ["Copy", "merge_copies", "parse_copies", "pick_copies", "under"]

LISTED = 5


@dataclass(frozen=True, slots=True)
class Copy:
    """One file, and where in the source this copy of it stands."""

    file: ContractFile
    location: str


def parse_copies(found: Iterable[FoundDescriptor]) -> list[Copy]:
    """Parse what was found.

    Raises:
        DescriptorError: bytes that are no valid descriptor.
    """
    return [Copy(ContractFile.parse(each.serialized, where=each.location), each.location) for each in found]


def under(location: str, pattern: str) -> bool:
    """Whether a place lies in the folder that the pattern names, or matches it as a glob."""
    return location.startswith(pattern.rstrip("/") + "/") or fnmatchcase(location, pattern)


def pick_copies(copies: list[Copy], patterns: Iterable[str], source: str) -> tuple[list[Copy], list[Copy]]:
    """Take the copies that the user named.

    Args:
        copies: all copies in the source.
        patterns: folders or globs, which take what lies there and nothing else; and exact places (`module.py:LINE`),
            each of which decides for the one file that stands there.
        source: the source, for messages.

    Returns:
        The copies taken, and the others, which may still serve as imports.

    Raises:
        SourceReadError: a pattern matches nothing.
    """
    places = {each.location: each.file.name for each in copies}
    exact = {pattern for pattern in patterns if pattern in places}
    folders = [pattern for pattern in patterns if pattern not in exact]
    for pattern in folders:
        if not any(under(each.location, pattern) for each in copies):
            raise SourceReadError(
                f"--copy {pattern} matches none of the {len(copies)} descriptors found",
                where=source,
                hint=f"The first of them is at {copies[0].location}.",
            )
    decided = {places[place] for place in exact}

    def taken(each: Copy) -> bool:
        if each.file.name in decided:
            return each.location in exact
        return not folders or any(under(each.location, pattern) for pattern in folders)

    return [each for each in copies if taken(each)], [each for each in copies if not taken(each)]


def merge_copies(copies: Iterable[Copy], source: str, *, first_wins: bool = False) -> dict[str, list[Copy]]:
    """Group copies by file name; those of one name must be equal, unless the first wins.

    Raises:
        AmbiguousCopiesError: different files have one name.
    """
    merged: dict[str, list[Copy]] = {}
    different: dict[str, list[Copy]] = {}
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


def _ambiguous(different: Mapping[str, list[Copy]], source: str) -> AmbiguousCopiesError:
    lines = []
    choices: set[str] = set()
    for name, copies in sorted(different.items()):
        locations = [each.location for each in copies]
        lines.append(f"  {name}: {', '.join(locations)}")
        choices.update(_telling_parts(locations))
    if len(lines) > LISTED:
        lines = [*lines[:LISTED], f"  and {len(lines) - LISTED} more files"]
    listed = ", ".join(f"--copy {choice}" for choice in sorted(choices)[: 2 * LISTED])
    return AmbiguousCopiesError(
        "the source holds different files of one name:\n" + "\n".join(lines),
        where=source,
        hint=f"Say which copies to take: {listed}.",
    )


def _telling_parts(locations: list[str]) -> set[str]:
    """For each location, its path up to the first part in which the locations differ: a folder, or the place itself."""
    split = [location.split("/") for location in locations]
    shared = 0
    while all(len(parts) > shared + 1 for parts in split) and len({parts[shared] for parts in split}) == 1:
        shared += 1
    return {"/".join(parts[: shared + 1]) for parts in split}
