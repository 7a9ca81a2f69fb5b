"""How lines of text are put together: indentation, blocks, blank lines between declarations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Item", "block", "indented", "stacked"]

INDENT = "  "


@dataclass(frozen=True, slots=True)
class Item:
    """One declaration with its comments, ready to be stacked with others.

    Attributes:
        lines: its lines.
        group: declarations of one group stand together, blank lines separate groups.
        apart: whether blank lines separate it even from its own group.
        opens_apart: whether a blank line stands before it, even where it comes first in a block; comments that
            belong to nothing need it to stay what they are.
        closes_apart: whether a blank line must follow.
    """

    lines: Sequence[str]
    group: str
    apart: bool = False
    opens_apart: bool = False
    closes_apart: bool = False


def indented(lines: Iterable[str]) -> list[str]:
    """The lines one level deeper; empty lines stay empty."""
    return [INDENT + line if line else line for line in lines]


def stacked(items: Sequence[Item]) -> list[str]:
    """The lines of all items, with blank lines where they make the text readable or keep comments in their place."""
    lines: list[str] = []
    previous: Item | None = None
    for item in items:
        if previous is not None and (
            previous.group != item.group or previous.apart or previous.closes_apart or item.apart or item.opens_apart
        ):
            lines.append("")
        lines.extend(item.lines)
        previous = item
    return lines


def block(head: Sequence[str], items: Sequence[Item], notes: Sequence[str] = ()) -> list[str]:
    """A declaration with a body in braces.

    Args:
        head: its first lines, without the opening brace.
        items: what stands inside.
        notes: lines to stand directly behind the opening brace.
    """
    if not items and not notes:
        return [*head[:-1], f"{head[-1]} {{}}"]
    inner = list(notes)
    if items and (notes or items[0].opens_apart):
        inner.append("")
    inner.extend(stacked(items))
    return [*head[:-1], f"{head[-1]} {{", *indented(inner), "}"]
