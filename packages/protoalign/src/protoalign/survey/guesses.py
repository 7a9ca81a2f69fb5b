"""What can be inferred between a tree and its reference, as entries of `[map]`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from protoalign.errors import NothingMatchedError
from protoalign.survey.model import MapEntry

if TYPE_CHECKING:
    from protoalign.compare.structure import Matching
    from protoalign.contract import Contract

__all__ = ["inferred_entries"]

TOP_LEVEL = ("message", "enum", "service", "rpc", "extension")


def inferred_entries(subject: Contract, reference: Contract) -> tuple[MapEntry, ...]:
    """Packages, files, and elements above the level of fields that were matched under another name.

    What follows from an entry before it is left out: an element of a renamed package that keeps its own name.

    Args:
        subject: the tree's contract.
        reference: the reference.

    Raises:
        DescriptorError: the protobuf runtime refuses a file.
    """
    from protoalign.compare.matching import match_contracts

    try:
        return tuple(_entries(match_contracts(subject, reference, {})))
    except NothingMatchedError:
        return ()


def _entries(matching: Matching) -> Iterator[MapEntry]:
    for package, references in sorted(matching.packages.items()):
        if len(references) == 1 and references[0] != package and package:
            yield MapEntry(
                subject=package, reference=references[0], reason="the files in it have their counterparts there"
            )
    for name, match in sorted(matching.files.items()):
        if match.is_guess and match.reference.name != name:
            yield MapEntry(subject=name, reference=match.reference.name, reason=match.reason)
    for name, match in sorted(matching.elements.items()):
        if match.by in ("shape", "use") and match.subject.kind in TOP_LEVEL:
            yield MapEntry(subject=name, reference=match.reference.name, reason=match.reason)
