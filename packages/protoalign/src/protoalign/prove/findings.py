"""Findings of one stage: as many as help, and how many more there are."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["MAX_FINDINGS", "FewFindings"]

MAX_FINDINGS = 100
"""How many findings a stage tells of."""


@dataclass(slots=True)
class FewFindings:
    """Takes findings one by one and keeps the first ones; it is true where there is any."""

    _kept: list[str] = field(default_factory=list, init=False)
    _count: int = field(default=0, init=False)

    def __bool__(self) -> bool:
        return self._count > 0

    def add(self, line: str) -> None:
        """Take one more."""
        self._count += 1
        if len(self._kept) < MAX_FINDINGS:
            self._kept.append(line)

    def lines(self) -> tuple[str, ...]:
        """Those that were kept, and a last line that says how many were not."""
        left_out = self._count - len(self._kept)
        return (*self._kept, f"and {left_out:,} more") if left_out else tuple(self._kept)
