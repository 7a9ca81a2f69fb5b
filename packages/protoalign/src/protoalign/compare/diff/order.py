"""Differences of order."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from protoalign.compare.diff.scopes import as_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from google.protobuf.descriptor_pb2 import EnumDescriptorProto

    from protoalign.compare.diff.pairs import Pair
    from protoalign.compare.structure import Difference

__all__ = ["first_value_difference", "order_difference", "order_of_pairs"]

MAX_SHOWN = 8


def order_of_pairs(pair: Pair, places: Mapping[int, tuple[int, str]], label: str) -> list[Difference]:
    """A difference if what both sides list comes in another order.

    Args:
        pair: the two that have the lists.
        places: place in the reference's list to the place in the subject's list, and the name.
        label: what people call the list.
    """
    theirs = [places[index] for index in sorted(places)]
    ours = sorted(theirs)
    if ours == theirs:
        return []
    return [order_difference(pair, [name for _, name in ours], [name for _, name in theirs], label)]


def order_difference(pair: Pair, ours: Sequence[str], theirs: Sequence[str], label: str) -> Difference:
    """A difference of order, with the part of both lists that it is about."""
    start, end = 0, len(ours)
    while start < end and ours[start] == theirs[start]:
        start += 1
    while end > start and ours[end - 1] == theirs[end - 1]:
        end -= 1
    return pair.difference("order", _shown(ours, start, end), _shown(theirs, start, end), label)


def first_value_difference(pair: Pair, label: str) -> list[Difference]:
    """A difference if one enum starts with a value that the other lacks, so that an unset field reads otherwise."""
    ours, theirs = (cast("EnumDescriptorProto", node.descriptor) for node in (pair.subject, pair.reference))
    if not ours.value or not theirs.value or ours.value[0].number == theirs.value[0].number:
        return []
    first, other = (as_text(enum.value[0].name) for enum in (ours, theirs))
    return [pair.difference("order", f"{first}, …", f"{other}, …", label)]


def _shown(names: Sequence[str], start: int, end: int) -> str:
    stop = min(end, start + MAX_SHOWN)
    shown = [*names[start:stop]]
    if start:
        shown.insert(0, "…")
    if stop < len(names):
        shown.append("…")
    return ", ".join(shown)
