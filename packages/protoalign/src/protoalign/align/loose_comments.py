"""Comments that a compiler's source info leaves out: at closing braces, inside brackets, at the end of a file."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protoalign.contract import comments_of_source_info

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

__all__ = ["LooseComments", "loose_comments"]

TOKEN = re.compile(
    rb'"(?:\\.|[^"\\\n])*"' rb"|'(?:\\.|[^'\\\n])*'" rb"|(?P<line>//[^\n]*)|(?P<block>/\*.*?\*/)", re.DOTALL
)
TAB = 8
Path = tuple[int, ...]
Position = tuple[int, int]


@dataclass(frozen=True, slots=True)
class LooseComments:
    """Comments of one file that its source info lacks.

    Attributes:
        placed: text and path of the element that it stands in or behind.
        ending: texts behind the last declaration.
    """

    placed: tuple[tuple[str, Path], ...] = ()
    ending: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Span:
    start: Position
    end: Position
    path: Path


@dataclass(slots=True)
class _Block:
    text: str
    start: Position
    last_line: int
    is_line: bool


def loose_comments(file: FileDescriptorProto, content: bytes, elements: Collection[Path]) -> LooseComments:
    """Find them.

    Args:
        file: the file's descriptor, with source info.
        content: the text that it was compiled from.
        elements: the paths of the elements that a comment may be attached to.
    """
    known = Counter(
        line
        for comment in comments_of_source_info(file)
        for text in (*comment.detached, comment.leading, comment.trailing)
        for line in _plain_lines(text)
    )
    blocks = list(_unknown_blocks(content, known))
    if not blocks:
        return LooseComments()
    spans = sorted(
        (
            _span(tuple(location.path), location.span)
            for location in file.source_code_info.location
            if tuple(location.path) in elements
        ),
        key=lambda span: (span.start, span.end),
    )
    placed: list[tuple[str, Path]] = []
    ending: list[str] = []
    for block in blocks:
        span = _home(block.start, spans)
        if span is None:
            ending.append(block.text)
        else:
            placed.append((block.text, span.path))
    return LooseComments(tuple(placed), tuple(ending))


def _unknown_blocks(content: bytes, known: Counter[str]) -> Iterator[_Block]:
    starts = [0, *(match.end() for match in re.finditer(rb"\n", content))]
    open_block: _Block | None = None
    for match in TOKEN.finditer(content):
        raw = match["line"] or match["block"]
        if raw is None:
            continue
        text = raw.decode("utf-8", "replace")
        inner = text[2:] if match["line"] else text[2:-2]
        lines = list(_plain_lines(inner))
        if not lines or not Counter(lines) - known:
            known.subtract(lines)
            continue
        start, end = _position(match.start(), starts, content), _position(match.end(), starts, content)
        if match["line"] and open_block is not None and open_block.is_line and start[0] == open_block.last_line + 1:
            open_block.text += f"\n{inner.rstrip()}"
            open_block.last_line = start[0]
            continue
        if open_block is not None:
            yield open_block
        shown = inner.rstrip() if match["line"] else "\n".join(f" {line}" for line in lines)
        open_block = _Block(shown, start, end[0], bool(match["line"]))
    if open_block is not None:
        yield open_block


def _plain_lines(text: str) -> Iterator[str]:
    """The lines of a comment without marks, indentation and blank lines, by which texts are told to be the same."""
    for line in text.splitlines():
        plain = line.strip().lstrip("*/").strip()
        if plain:
            yield plain


def _position(offset: int, starts: list[int], content: bytes) -> Position:
    """Line and column as protoc counts them: in bytes, with tabs."""
    line = bisect_right(starts, offset) - 1
    column = 0
    for byte in content[starts[line] : offset]:
        column += TAB - column % TAB if byte == 0x09 else 1
    return line, column


def _span(path: Path, span: Collection[int]) -> _Span:
    numbers = list(span)
    end = (numbers[0], numbers[2]) if len(numbers) == 3 else (numbers[2], numbers[3])
    return _Span((numbers[0], numbers[1]), end, path)


def _home(position: Position, spans: list[_Span]) -> _Span | None:
    """The innermost element around a position, else the one that ended before it; None behind the last one."""
    around = [span for span in spans if span.start <= position < span.end]
    if around:
        return max(around, key=lambda span: (span.start, -span.end[0], -span.end[1]))
    before = [span for span in spans if span.end <= position]
    same_line = [span for span in before if span.end[0] == position[0]]
    if same_line:
        return max(same_line, key=lambda span: (span.end, -span.start[0], -span.start[1]))
    if any(span.start > position for span in spans):
        return max(before, key=lambda span: span.end, default=None)
    return None
