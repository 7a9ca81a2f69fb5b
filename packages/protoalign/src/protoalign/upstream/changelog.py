"""The changes between two releases in the order in which a person reads them: by what was done, by file, by element."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protoalign.upstream.model import Change, ChangeSort, ReleaseChange

__all__ = ["SECTIONS", "ChangelogSection", "changelog_sections", "count_by_kind", "noteworthy"]

SECTIONS: tuple[ChangeSort, ...] = ("removed", "changed", "renamed", "added")
"""The sections of a changelog, those that concern existing clients first."""

KINDS = ("file", "service", "rpc", "message", "enum", "oneof", "field", "extension", "enum value")


@dataclass(frozen=True, slots=True)
class ChangelogSection:
    """All changes of one sort.

    Attributes:
        sort: the sort.
        files: file to its changes, both sorted by name; of one element the worst change first.
    """

    sort: ChangeSort
    files: Mapping[str, tuple[Change, ...]]


def changelog_sections(change: ReleaseChange) -> tuple[ChangelogSection, ...]:
    """The sections that are not empty; cosmetic changes are left out."""
    sections = []
    for sort in SECTIONS:
        files: dict[str, list[Change]] = {}
        for each in noteworthy(change.of_sort(sort)):
            files.setdefault(each.file, []).append(each)
        if files:
            ordered = {
                file: tuple(sorted(files[file], key=lambda each: (KINDS.index(each.kind) > 0, each.element)))
                for file in sorted(files)
            }
            sections.append(ChangelogSection(sort, ordered))
    return tuple(sections)


def noteworthy(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    """The changes that are not only cosmetic."""
    return tuple(each for each in changes if not each.is_cosmetic)


def count_by_kind(changes: tuple[Change, ...]) -> dict[str, int]:
    """Kind of element to the number of elements, in a fixed order; kinds without any are left out."""
    elements = {(each.kind, each.element) for each in changes}
    counts = {kind: sum(each == kind for each, _ in elements) for kind in KINDS}
    return {kind: number for kind, number in counts.items() if number}
