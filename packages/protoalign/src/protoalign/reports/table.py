"""Rows of plain text in aligned columns."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

__all__ = ["table_lines"]


def table_lines(rows: Sequence[Sequence[str]], right: Collection[str]) -> Iterator[str]:
    """The rows, each column as wide as its widest cell.

    Args:
        rows: the rows, the titles first.
        right: titles of the columns that stand to the right, as numbers do.
    """
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (
            cell.rjust(width) if title in right else cell.ljust(width)
            for title, cell, width in zip(rows[0], row, widths, strict=True)
        )
        yield "  ".join(cells).rstrip()
