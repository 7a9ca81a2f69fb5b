"""How alike two names, messages, enums, services and files are, each from 0 to 1."""

from __future__ import annotations

from collections.abc import Iterable, Set
from difflib import SequenceMatcher
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

__all__ = ["dice", "name_likeness", "stem"]


@cache
def name_likeness(one: str, other: str) -> float:
    """How alike two names are; case and underscores do not count."""
    a, b = (name.replace("_", "").lower() for name in (one, other))
    if a == b:
        return 1.0
    if not a or not b:
        return 0.0
    # Of a long and a short name the ratio cannot be high; this saves most of the work.
    if 2 * min(len(a), len(b)) < 0.6 * (len(a) + len(b)):
        return 0.0
    return SequenceMatcher(None, a, b, autojunk=False).ratio()


def dice(one: Set[Hashable], other: Set[Hashable]) -> float:
    """Twice what both have over what each has; 0 where both are empty."""
    total = len(one) + len(other)
    return 2 * len(one & other) / total if total else 0.0


def stem(file: str) -> str:
    """A file's name without folders and suffix."""
    return file.rpartition("/")[2].removesuffix(".proto")


def longest_common_ending(one: Iterable[str], other: Iterable[str]) -> int:
    """How many items the two end with in common."""
    count = 0
    for a, b in zip(reversed(list(one)), reversed(list(other)), strict=False):
        if a != b:
            break
        count += 1
    return count
