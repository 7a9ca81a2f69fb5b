"""What differs between generated code as it is and as it would be generated now, as a diff of bounded length."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import unified_diff
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from protoalign.generate.outputs import FolderChange

__all__ = ["MAX_LINES", "diff_lines", "freshness_diff"]

MAX_LINES = 200
MAX_COLUMNS = 240
# difflib's time grows with the square of what differs, so what is very long is only named.
MAX_SIZE = 1 << 20
MAX_FILE_LINES = 40
NO_LINE_END = "\\ No newline at end of file"


def freshness_diff(changes: Iterable[FolderChange], *, most: int = MAX_LINES) -> tuple[str, ...]:
    """A unified diff from what is there to what would be written.

    Args:
        changes: the folders.
        most: the most lines; a last line says that there is more.

    Returns:
        The lines, without line ends; none where nothing differs.
    """
    lines = diff_lines(changes)
    shown = [line if len(line) <= MAX_COLUMNS else f"{line[:MAX_COLUMNS]}…" for line in islice(lines, most)]
    if next(lines, None) is not None:
        shown.append("… and more; protoalign generate writes all of it, git diff shows it then")
    return tuple(shown)


def diff_lines(changes: Iterable[FolderChange]) -> Iterator[str]:
    """The whole diff, file by file; of a file that is missing or extra, only the first lines."""
    for change in changes:
        for name in sorted({*change.missing, *change.changed, *change.extra}):
            path = f"{change.folder.name}/{name}"
            yield from _file_diff(path, change.before.get(name), change.after.get(name))


def _file_diff(path: str, before: bytes | None, after: bytes | None) -> Iterator[str]:
    old, new = _lines(before), _lines(after)
    if old is None or new is None:
        yield f"{path}: differs, and is no text or too long to show"
        return
    diff = unified_diff(
        old,
        new,
        path if before is not None else "/dev/null",
        f"{path} (generated)" if after is not None else "/dev/null",
        lineterm="",
    )
    if before is not None and after is not None:
        yield from diff
        return
    yield from islice(diff, MAX_FILE_LINES)
    more = sum(1 for _ in diff)
    if more:
        yield f"… and {more:,} more lines of {path}"


def _lines(content: bytes | None) -> list[str] | None:
    if content is None:
        return []
    if len(content) > MAX_SIZE or b"\0" in content:
        return None
    lines = content.decode("utf-8", "replace").split("\n")
    # Only a newline ends a line: what else Python takes for an end is part of it, and shown.
    return lines[:-1] if not lines[-1] else [*lines, NO_LINE_END]
