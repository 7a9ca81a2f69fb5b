"""In which order files are worked on: what is imported first, what is urgent early."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from protoalign.contract.imports import closure
from protoalign.plan.model import ChangeTogether

if TYPE_CHECKING:
    from protoalign.compare import StructuralDiff
    from protoalign.contract import Contract

__all__ = ["Rank", "change_together", "import_needs", "recommended_order", "urgency"]

Rank = tuple[int, float, str]
"""What decides between files that could come next: priority, hours, name; the lowest comes first."""


def import_needs(contract: Contract) -> dict[str, frozenset[str]]:
    """Each own file's name to the own files that it imports, directly or not."""
    own = {file.name for file in contract.files}
    return {name: (closure(contract.by_name, [name]) & own) - {name} for name in sorted(own)}


def urgency(
    files: Iterable[str], needs: Mapping[str, frozenset[str]], ranks: Mapping[str, Rank]
) -> dict[str, tuple[int, str]]:
    """The priority that each file takes over from the most urgent file that needs it.

    Returns:
        File to the priority's number, and the file that it comes from; the file itself where it is its own.
    """
    files = tuple(files)
    found = {name: (ranks[name][0], name) for name in files}
    for name in sorted(files):
        for needed in needs.get(name, ()):
            if needed in found and ranks[name][0] < found[needed][0]:
                found[needed] = (ranks[name][0], name)
    return found


def recommended_order(
    files: Iterable[str], needs: Mapping[str, frozenset[str]], ranks: Mapping[str, Rank]
) -> tuple[str, ...]:
    """The files, imported ones before importing ones, and among those that could come next the most urgent one.

    Args:
        files: the files with open work.
        needs: file to the files that it imports, directly or not; free of rings, as every contract is.
        ranks: file to its rank.
    """
    files = frozenset(files)
    taken_over = urgency(files, needs, ranks)
    sorter = TopologicalSorter({name: sorted(needs.get(name, frozenset()) & files) for name in sorted(files)})
    sorter.prepare()
    ready: list[tuple[int, Rank]] = []
    order: list[str] = []
    while sorter.is_active():
        for name in sorter.get_ready():
            heappush(ready, (taken_over[name][0], ranks[name]))
        name = heappop(ready)[1][2]
        order.append(name)
        sorter.done(name)
    return tuple(order)


def change_together(diff: StructuralDiff, open_files: Iterable[str]) -> tuple[ChangeTogether, ...]:
    """Groups of files between whose changes the subject's tree would not compile.

    A file goes with those of the subject that import it when its path or package changes or when it is removed, and
    with the file that one of its declarations moves to.

    Args:
        diff: the differences.
        open_files: the files with open work, by the names that the plan calls them.
    """
    matching = diff.matching
    open_files = frozenset(open_files)
    own = {file.name: file for file in diff.subject.files}

    def planned(name: str) -> str:
        match = matching.files.get(name)
        return match.reference.name if match is not None else name

    links: list[tuple[str, str, str]] = []
    for name, file in sorted(own.items()):
        for imported in sorted({*file.imports} & own.keys()):
            reason = _why_importers_change(diff, imported)
            if reason:
                links.append((planned(name), planned(imported), f"`{name}` imports `{imported}`, {reason}"))
    for subject_file, reference_file, moved in _moved(diff):
        text = _listed(moved)
        links.append(
            (planned(subject_file), reference_file, f"{text} moves from `{subject_file}` to `{reference_file}`")
        )
    return _groups([link for link in links if link[0] != link[1] and {link[0], link[1]} & open_files])


def _why_importers_change(diff: StructuralDiff, name: str) -> str:
    match = diff.matching.files.get(name)
    if match is None:
        return "which the reference lacks"
    if match.reference.name != name:
        return f"which becomes `{match.reference.name}`"
    then, now = diff.subject.by_name[name].package, diff.reference.by_name[match.reference.name].package
    return f"whose package `{then}` becomes `{now}`" if then != now else ""


def _moved(diff: StructuralDiff) -> list[tuple[str, str, list[str]]]:
    """Declarations that both sides have in files that are no counterparts: subject's file, reference's file, names."""
    found: dict[tuple[str, str], list[str]] = {}
    for match in diff.matching.elements.values():
        here, there = match.subject, match.reference
        if len(here.path) == len(there.path) == 2:
            counterpart = diff.matching.files.get(here.file)
            if counterpart is None or counterpart.reference.name != there.file:
                found.setdefault((here.file, there.file), []).append(there.simple_name)
    return [(*files, sorted(names)) for files, names in sorted(found.items())]


def _listed(names: list[str], limit: int = 3) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:limit])
    return f"{shown} and {len(names) - limit} more" if len(names) > limit else shown


def _groups(links: list[tuple[str, str, str]]) -> tuple[ChangeTogether, ...]:
    group_of: dict[str, set[str]] = {}
    for one, other, _reason in links:
        joined = group_of.get(one, {one}) | group_of.get(other, {other})
        for name in joined:
            group_of[name] = joined
    distinct = sorted({tuple(sorted(group)) for group in group_of.values()})
    return tuple(
        ChangeTogether(files=group, reasons=tuple(dict.fromkeys(reason for one, _, reason in links if one in group)))
        for group in distinct
    )
