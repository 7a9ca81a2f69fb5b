"""Long outputs, shown in part."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["trimmed"]

LINES = 60
COLUMNS = 240


def trimmed(lines: Sequence[str]) -> tuple[str, ...]:
    """The first lines, each cut where it is very long, and how many more there are."""
    shown = tuple(line if len(line) <= COLUMNS else f"{line[:COLUMNS]}…" for line in lines[:LINES])
    more = len(lines) - len(shown)
    return (*shown, f"… and {more:,} more lines") if more else shown
