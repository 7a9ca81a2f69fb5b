"""What a comparison comes to, in one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from protoalign.reports.wording import counted, percent, severity_counts

if TYPE_CHECKING:
    from protoalign.compare.model import Comparison
    from protoalign.settings import FailOn

__all__ = ["Outcome", "Verdict", "verdict_of"]

Outcome = Literal["aligned", "accepted", "findings", "incomplete"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a comparison comes to.

    Attributes:
        outcome: `aligned`: no finding at all; `accepted`: only findings below the level that fails; `findings`: some at
            or above it; `incomplete`: something could not be read, so that nothing can be promised.
        title: the outcome in a few words.
        detail: the counts behind it.
    """

    outcome: Outcome
    title: str
    detail: str

    def __str__(self) -> str:
        return f"{self.title}: {self.detail}"


def verdict_of(comparison: Comparison, fail_on: FailOn) -> Verdict:
    """Judge a comparison as the exit code does.

    Args:
        comparison: the comparison.
        fail_on: the lowest severity that makes it fail.
    """
    if not comparison.is_complete:
        parts = len(comparison.subject.left_out) + len(comparison.reference.left_out)
        unread = f"{counted(parts, 'part')} could not be read"
        return Verdict("incomplete", "incomplete", f"{unread}; of the rest, {_counts(comparison)}")
    if comparison.failing(fail_on):
        return Verdict("findings", "not aligned", _counts(comparison))
    if comparison.findings:
        level = "no finding makes it fail" if fail_on == "never" else f"nothing at or above {fail_on}"
        return Verdict("accepted", "passed", f"{level}; {_counts(comparison)}")
    return Verdict("aligned", "aligned", _counts(comparison))


def _counts(comparison: Comparison) -> str:
    elements = sum(file.elements for file in comparison.files)
    aligned = sum(file.aligned for file in comparison.files)
    parts = [
        f"{counted(len(comparison.findings), 'finding')} ({severity_counts(comparison.findings)})"
        if comparison.findings
        else "no findings",
        f"{aligned:,} of {counted(elements, 'element')} in {counted(len(comparison.files), 'file')} aligned"
        f" ({percent(comparison.score)})",
    ]
    if comparison.waived:
        parts.append(f"{len(comparison.waived):,} waived")
    return "; ".join(parts)
