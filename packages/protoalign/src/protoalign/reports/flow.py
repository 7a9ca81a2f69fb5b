"""Styled text in lines of a given width."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

__all__ = ["Flow", "Style", "shortened"]

Style = Literal["", "bold", "dim", "red", "bold red", "yellow", "green", "bold green", "cyan", "magenta"]

CODES: dict[Style, str] = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "bold red": "1;31",
    "yellow": "33",
    "green": "32",
    "bold green": "1;32",
    "cyan": "36",
    "magenta": "35",
}


def shortened(text: str, width: int) -> str:
    """The text in at most `width` columns; what is cut off is at its start, as a path's end says most."""
    return text if len(text) <= width else "…" + text[len(text) - width + 1 :]


class Flow:
    """Lays styled text out in lines.

    Args:
        width: columns that a line may take.
        color: whether styles become ANSI codes; otherwise they are dropped.
    """

    def __init__(self, width: int, *, color: bool) -> None:
        self.width = max(width, 20)
        self._color = color

    def styled(self, text: str, style: Style) -> str:
        """The text with its style's codes."""
        return f"\x1b[{CODES[style]}m{text}\x1b[0m" if self._color and style and text else text

    def lines(self, parts: Iterable[tuple[str, Style]], *, first: int = 0, rest: int = 0) -> Iterator[str]:
        """Words of the parts, wrapped.

        Args:
            parts: texts with their styles; a space stands between two parts.
            first: columns to leave free at the start of the first line.
            rest: likewise of the other lines.
        """
        indent, used = first, first
        line: list[tuple[str, Style]] = []
        for word, style in self._words(parts, self.width - max(first, rest)):
            if line and used + 1 + len(word) > self.width:
                yield self._line(line, indent)
                indent, used, line = rest, rest, []
            used += len(word) + bool(line)
            line.append((word, style))
        if line:
            yield self._line(line, indent)

    def labelled(
        self, label: str, parts: Iterable[tuple[str, Style]], *, indent: int, column: int, style: Style = "dim"
    ) -> Iterator[str]:
        """Words of the parts, wrapped, with a label in front of the first line.

        Args:
            label: the label.
            parts: texts with their styles.
            indent: where the label starts.
            column: where the text starts; behind the label, with a space between.
            style: the label's style.
        """
        lines = self.lines(parts, first=column, rest=column)
        first = next(lines, "")
        yield f"{' ' * indent}{self.styled(label, style)}{first[indent + len(label) :]}"
        yield from lines

    def _words(self, parts: Iterable[tuple[str, Style]], room: int) -> Iterator[tuple[str, Style]]:
        for text, style in parts:
            for word in text.split():
                for start in range(0, len(word), room):
                    yield word[start : start + room], style

    def _line(self, words: list[tuple[str, Style]], indent: int) -> str:
        runs: list[tuple[str, Style]] = []
        for word, style in words:
            if runs and runs[-1][1] == style:
                runs[-1] = (f"{runs[-1][0]} {word}", style)
            else:
                runs.append((word, style))
        return " " * indent + " ".join(self.styled(text, style) for text, style in runs)
