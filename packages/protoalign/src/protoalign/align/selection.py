"""Which files a run aligns, and which it deletes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from protoalign.errors import AlignError

if TYPE_CHECKING:
    from protoalign.compare.structure import StructuralDiff

__all__ = ["AlignOptions", "select_deleted", "select_files"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignOptions:
    """What one run of align does.

    Attributes:
        only: names, base names, paths or globs of the files to align, of either side; empty for all.
        delete: likewise of the subject's files to delete, which the reference lacks.
        delete_extra: delete every file that the reference lacks, own ones aside.
        reference_comments: write the reference's comments where the subject has none.
    """

    only: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()
    delete_extra: bool = False
    reference_comments: bool = False


def select_files(diff: StructuralDiff, only: Iterable[str]) -> frozenset[str]:
    """The reference's files to align.

    Raises:
        AlignError: a pattern fits no file of either side, or one without counterpart.
    """
    patterns = tuple(only)
    names = {file.name for file in diff.reference.files}
    if not patterns:
        return frozenset(names)
    counterparts = {match.subject.name: match.reference.name for match in diff.matching.files.values()}
    known = {**{name: name for name in names}, **counterparts}
    locations = {place: name for name, places in diff.subject.provenance.copies.items() for place in places}
    chosen: set[str] = set()
    for pattern in patterns:
        found = {known[name] for name in _fitting(pattern, known)}
        found |= {known[locations[place]] for place in _fitting(pattern, locations) if locations[place] in known}
        if not found:
            extra = [file.name for file in diff.subject.files if file.name not in counterparts]
            if _fitting(pattern, extra):
                raise AlignError(
                    f"--only {pattern} names a file that the reference lacks",
                    hint="It stays as it is; --delete FILE deletes it, --map OLD=NEW says what it is in the reference.",
                )
            raise AlignError(f"--only {pattern} fits no file", hint=_nearest(pattern, known))
        chosen |= found
    return frozenset(chosen)


def select_deleted(
    diff: StructuralDiff, own: Collection[str], options: AlignOptions
) -> tuple[frozenset[str], tuple[str, ...]]:
    """The subject's files to delete, and those that the reference lacks too and that stay without being own.

    Raises:
        AlignError: a pattern fits no file, or one that the reference has.
    """
    names = {file.name for file in diff.subject.files}
    lacking = {name for name in names if name not in diff.matching.files}
    extra = {name for name in lacking if not _is_own(diff, name, own)}
    deleted = set(extra) if options.delete_extra else set()
    for pattern in options.delete:
        found = _fitting(pattern, names)
        if not found:
            raise AlignError(f"--delete {pattern} fits no file of the subject", hint=_nearest(pattern, names))
        for name in sorted(set(found) - lacking):
            raise AlignError(
                f"--delete {pattern} would delete {name}, which is"
                f" {diff.matching.files[name].reference.name} in the reference",
                hint=f"Say --map {name}= if it has no counterpart.",
            )
        deleted.update(found)
    return frozenset(deleted), tuple(sorted(extra - deleted))


def _is_own(diff: StructuralDiff, name: str, own: Collection[str]) -> bool:
    """Whether a file is kept on purpose: by its name, or because all that it declares is."""
    file = diff.subject.by_name[name].descriptor
    prefix = f"{file.package}." if file.package else ""
    lists = (file.message_type, file.enum_type, file.service, file.extension)
    declared = [f"{prefix}{each.name}" for elements in lists for each in elements]
    if any(fnmatchcase(name, pattern) for pattern in own):
        return True
    return bool(declared) and all(any(fnmatchcase(each, pattern) for pattern in own) for each in declared)


def _fitting(pattern: str, names: Iterable[str]) -> list[str]:
    exact = [name for name in names if name == pattern]
    return exact or [
        name for name in names if fnmatchcase(name, pattern) or fnmatchcase(name.rpartition("/")[2], pattern)
    ]


def _nearest(pattern: str, names: Iterable[str]) -> str:
    listed = sorted(names)
    near = get_close_matches(pattern, listed, n=3, cutoff=0.4)
    return f"Nearest: {', '.join(near)}." if near else f"There are: {', '.join(listed[:5])}."
