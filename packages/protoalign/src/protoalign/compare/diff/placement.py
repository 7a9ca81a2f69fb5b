"""Differences of names and places."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protoalign.compare.diff.pairs import Pair
    from protoalign.compare.structure import Difference

__all__ = ["placement_differences"]


def placement_differences(pair: Pair, *, in_place: bool) -> list[Difference]:
    """Where an element is declared, and under which name.

    A package, file or parent that is called otherwise is a difference of its own, not one of all that is in it.

    Args:
        pair: two elements.
        in_place: whether the element that declares the one is the counterpart of the element that declares the other.
    """
    simple = (pair.subject.simple_name, pair.reference.simple_name)
    if in_place:
        return pair.differ("name", *simple)
    found: list[Difference] = []
    scope, other = pair.subject_scope, pair.reference_scope
    moved = True
    if scope.node.kind == other.node.kind == "file":
        counterparts = pair.sides.counterparts
        if not counterparts.are_files(scope.node.name, other.node.name):
            found.append(pair.difference("file", scope.node.name, other.node.name))
        moved = other.name not in counterparts.matching.packages.get(scope.name, (scope.name,))
    if moved or simple[0] != simple[1]:
        found.append(pair.difference("name", pair.subject.name, pair.reference.name))
    return found
