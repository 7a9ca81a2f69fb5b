"""Comments back at their elements, as `//` lines, so that no comment's text can end its comment."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from protoalign.contract import Comment
from protoalign.printer.lines import Item, block

__all__ = ["Comments", "comment_lines"]

NO_COMMENT = Comment(file="", path=())
# Controls that change the direction of what follows could show a reader another text than the compiler reads.
DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def comment_lines(text: str) -> list[str]:
    """The text as `//` lines; whatever could end a line early starts a new one, other controls are replaced."""
    return [_comment_line(line) for line in text.splitlines()] if text.strip() else []


def _comment_line(line: str) -> str:
    shown = "".join(
        "\N{REPLACEMENT CHARACTER}"
        if character in DIRECTION or (character != "\t" and unicodedata.category(character) in ("Cc", "Cs"))
        else character
        for character in line.rstrip()
    )
    return f"//{shown}" if not shown or shown.startswith((" ", "\t", "/")) else f"// {shown}"


class Comments:
    """The comments of one file, by element path; each is handed out once.

    Args:
        by_path: the comments, empty to print none.
    """

    def __init__(self, by_path: Mapping[tuple[int, ...], Comment]) -> None:
        self._by_path = dict(by_path)

    def _take(self, paths: Sequence[tuple[int, ...]]) -> Comment:
        for path in paths:
            comment = self._by_path.pop(path, None)
            if comment is not None:
                return comment
        return NO_COMMENT

    def statement(self, lines: Sequence[str], *paths: tuple[int, ...], group: str, apart: bool = False) -> Item:
        """A declaration that ends in a semicolon, with the comment of the first path that has one."""
        comment = self._take(paths) if self._by_path else NO_COMMENT
        if comment is NO_COMMENT:
            return Item(lines, group, apart=apart)
        before, opens_apart = _before(comment)
        trailing = comment_lines(comment.trailing)
        if len(trailing) == 1:
            lines = [*lines[:-1], f"{lines[-1]} {trailing[0]}"]
            trailing = []
        return Item(
            [*before, *lines, *trailing],
            group,
            apart=apart,
            opens_apart=opens_apart,
            closes_apart=bool(trailing),
        )

    def block(self, head: Sequence[str], items: Sequence[Item], *paths: tuple[int, ...], group: str) -> Item:
        """A declaration with a body in braces, with the comment of the first path that has one."""
        comment = self._take(paths) if self._by_path else NO_COMMENT
        if comment is NO_COMMENT:
            return Item(block(head, items), group, apart=True)
        before, opens_apart = _before(comment)
        trailing = comment_lines(comment.trailing)
        lines = block(head, items, trailing)
        if len(trailing) == 1:
            # A single line goes behind the brace; the blank line that would part it from the body is not needed.
            at = len(head)
            rest = lines[at + 1 :]
            if rest and not rest[0] and not items[0].opens_apart:
                rest = rest[1:]
            lines = [*lines[: at - 1], f"{lines[at - 1]} {trailing[0]}", *rest]
        return Item([*before, *lines], group, apart=True, opens_apart=opens_apart)

    def empty_block(self, head: str, path: tuple[int, ...], *, group: str) -> Item:
        """A declaration with empty braces, which needs no blank lines around it as other blocks do."""
        has_comment = path in self._by_path
        if not has_comment or not self._by_path[path].trailing:
            return self.statement([f"{head} {{}}"], path, group=group)
        return self.block([head], (), path, group=group)


def _before(comment: Comment) -> tuple[list[str], bool]:
    lines: list[str] = []
    for detached in comment.detached:
        shown = comment_lines(detached)
        if shown:
            lines.extend((*shown, ""))
    opens_apart = bool(lines)
    return [*lines, *comment_lines(comment.leading)], opens_apart
