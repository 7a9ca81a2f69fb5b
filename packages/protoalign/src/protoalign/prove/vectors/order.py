"""Sets of fields that every runtime writes in one order.

The specification leaves the order of fields open. Google's runtimes write fields by number; Go writes the members of
oneofs behind all other fields, in the order of the oneofs; protobuf-py writes fields in declaration order. Two fields
agree where all three orders put them the same way round, and in a set whose fields agree pairwise the bytes are one.
Source: `order.LegacyFieldOrder` of google.golang.org/protobuf, and the runtimes' output.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from protoalign.prove.vectors.shapes import FieldShape

__all__ = ["agreeing_cover", "agreeing_set", "order_agrees"]

# Beyond, the longest set is not searched for: a long one, taken greedily, is enough.
MAX_SEARCHED = 200
# Fields that would need more sets stand in none: each has vectors of its own.
MAX_SETS = 50


def order_agrees(one: FieldShape, other: FieldShape) -> bool:
    """Whether all runtimes write the two fields in the same order."""
    lower, higher = (one, other) if one.number < other.number else (other, one)
    if lower.oneof == higher.oneof is not None:
        return False  # two members of one oneof never stand together
    return lower.position < higher.position and _place_in_go(lower) < _place_in_go(higher)


def agreeing_set(fields: Iterable[FieldShape], fixed: Sequence[FieldShape] = ()) -> tuple[FieldShape, ...]:
    """As many of the fields as can stand together, and the fixed ones, by number.

    Args:
        fields: the fields to choose from.
        fixed: fields that have to be in it, whether they agree with each other or not.
    """
    candidates = sorted(
        (field for field in fields if all(field is not each and order_agrees(field, each) for each in fixed)),
        key=lambda field: field.number,
    )
    chain = _longest(candidates) if len(candidates) <= MAX_SEARCHED else _greedy(candidates)
    return tuple(sorted((*fixed, *chain), key=lambda field: field.number))


def agreeing_cover(fields: Iterable[FieldShape], fixed: Sequence[FieldShape] = ()) -> list[tuple[FieldShape, ...]]:
    """Sets that together hold the fields that agree with the fixed ones, unless that takes too many."""
    listed = [field for field in fields if all(field is not each for each in fixed)]
    first = agreeing_set(listed, fixed)
    chains: list[list[FieldShape]] = []
    for field in sorted(listed, key=lambda field: field.number):
        if field in first or not all(order_agrees(field, each) for each in fixed):
            continue
        chain = next((chain for chain in chains if order_agrees(chain[-1], field)), None)
        if chain is not None:
            chain.append(field)
        elif len(chains) < MAX_SETS:
            chains.append([field])
    return [first, *(agreeing_set(listed, (*fixed, *chain)) for chain in chains)]


def _place_in_go(field: FieldShape) -> tuple[bool, int, int]:
    return (field.oneof is not None, field.oneof if field.oneof is not None else 0, field.number)


def _longest(candidates: Sequence[FieldShape]) -> list[FieldShape]:
    """The longest chain of fields that come by number; that fields agree is transitive."""
    if all(map(order_agrees, candidates, candidates[1:])):
        return list(candidates)
    length = [1] * len(candidates)
    before = [-1] * len(candidates)
    for at, field in enumerate(candidates):
        for earlier in range(at):
            if length[earlier] >= length[at] and order_agrees(candidates[earlier], field):
                length[at], before[at] = length[earlier] + 1, earlier
    chain = []
    at = max(range(len(candidates)), key=lambda index: length[index], default=-1)
    while at >= 0:
        chain.append(candidates[at])
        at = before[at]
    return chain[::-1]


def _greedy(candidates: Sequence[FieldShape]) -> list[FieldShape]:
    chain: list[FieldShape] = []
    for field in candidates:
        if not chain or order_agrees(chain[-1], field):
            chain.append(field)
    return chain
