"""What `protoalign align` has to tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protoalign.align import Alignment
    from protoalign.check import StepResult
    from protoalign.compare.model import Comparison
    from protoalign.settings import FailOn

__all__ = ["AlignResult"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignResult:
    """One run.

    Attributes:
        alignment: what was changed, or would be.
        comparison: the comparison afterwards; None where nothing was written.
        lint: what buf lint says afterwards; None where nothing was written.
        fail_on: the lowest severity that counts as left to do.
        notes: what else a person may want to know, one line each.
    """

    alignment: Alignment
    comparison: Comparison | None
    lint: StepResult | None
    fail_on: FailOn
    notes: tuple[str, ...] = ()
