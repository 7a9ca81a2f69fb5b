"""The structural diff: everything that differs between two matched contracts, without opinion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protoalign.compare.diff.forms import form_differences
from protoalign.compare.diff.walk import Walk

if TYPE_CHECKING:
    from protoalign.compare.structure import Difference, Matching
    from protoalign.contract import Contract

__all__ = ["differences_of"]


def differences_of(subject: Contract, reference: Contract, matching: Matching) -> tuple[Difference, ...]:
    """Every structural difference, file by file in the reference's order; there is none only if the digests are equal.

    Args:
        subject: the contract that is held against the reference.
        reference: the reference.
        matching: which nodes of the two are counterparts.

    Raises:
        DescriptorError: the runtime refuses a file, or an option does not hold what its definition says.
    """
    found = tuple(Walk(subject, reference, matching).differences())
    return found or tuple(form_differences(subject, reference, matching))
