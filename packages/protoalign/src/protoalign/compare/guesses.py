"""The matches that were inferred, to be stated and overruled."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from protoalign.compare.model import Guess

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from protoalign.compare.structure import StructuralDiff

__all__ = ["guesses_of"]


def guesses_of(diff: StructuralDiff, mapping: Mapping[str, str]) -> tuple[Guess, ...]:
    """Packages, then files, then elements, each in the order of the subject's names.

    Elements that are matched by name under a package or a file that is stated already are not stated again.

    Args:
        diff: the differences, with the matching.
        mapping: what the settings map: no guess.
    """
    matching = diff.matching
    files = [
        Guess(kind="file", subject=match.subject.name, reference=match.reference.name, reason=match.reason)
        for _, match in sorted(matching.files.items())
        if match.is_guess and match.subject.name != match.reference.name
    ]
    elements = [
        Guess(kind=match.subject.kind, subject=match.subject.name, reference=match.reference.name, reason=match.reason)
        for _, match in sorted(matching.elements.items())
        if match.by in ("shape", "use")
    ]
    return (*_packages(diff, mapping), *files, *elements)


def _packages(diff: StructuralDiff, mapping: Mapping[str, str]) -> Iterator[Guess]:
    pairs: Counter[tuple[str, str]] = Counter()
    for name, match in diff.matching.files.items():
        ours, theirs = diff.subject.by_name[name].package, diff.reference.by_name[match.reference.name].package
        pairs[ours, theirs] += 1
    for (ours, theirs), count in sorted(pairs.items()):
        if ours != theirs and mapping.get(ours) != theirs:
            held = "one of its files has its counterpart" if count == 1 else f"{count} of its files have counterparts"
            yield Guess(
                kind="package",
                subject=ours,
                reference=theirs,
                reason=f"{held} there",
            )
