"""Findings grouped by element."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protoalign.compare.model import Finding

__all__ = ["ElementFindings", "findings_by_element"]


@dataclass(frozen=True, slots=True)
class ElementFindings:
    """All findings of one element; at least one.

    Attributes:
        findings: the findings, in the order in which they came.
    """

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The finding that came first: the worst one."""
        return self.findings[0]

    @property
    def share_places(self) -> bool:
        """Whether all findings point at the same places."""
        return all(
            (finding.subject, finding.reference) == (self.first.subject, self.first.reference)
            for finding in self.findings
        )

    @property
    def share_reach(self) -> bool:
        """Whether all findings reach the same RPCs in the same directions."""
        return all(finding.reaches == self.first.reaches for finding in self.findings)


def findings_by_element(findings: Iterable[Finding]) -> tuple[ElementFindings, ...]:
    """The findings by element; an element stands where its first finding stood."""
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.file, finding.kind, finding.element), []).append(finding)
    return tuple(ElementFindings(tuple(group)) for group in groups.values())
