"""What generate did, for a person at a terminal; and what it would do, as a diff."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from protoalign.reports.diff_color import colored_diff_line
from protoalign.reports.table import table_lines
from protoalign.reports.wording import counted, visible

if TYPE_CHECKING:
    from protoalign.generate import FolderChange, GenerateResult

__all__ = ["render_generate_text"]

SHOWN = 20
TITLES = ("language", "content", "folder", "files", "state")
TAB = "\t"


def render_generate_text(result: GenerateResult, *, check: bool, color: bool) -> str:
    """One table, and for a check what differs.

    Args:
        result: what was generated.
        check: whether nothing was to be written.
        color: whether to colour with ANSI codes.
    """
    return "\n".join(_lines(result, check=check, color=color)) + "\n"


def _lines(result: GenerateResult, *, check: bool, color: bool) -> Iterator[str]:
    rows = [
        (
            change.folder.language,
            change.folder.content,
            visible(change.folder.name),
            f"{len(change.after):,}",
            _state(change, check=check),
        )
        for change in result.changes
    ]
    yield from table_lines([TITLES, *rows], right=("files",))
    stale = [change for change in result.changes if not change.is_fresh]
    if check and stale:
        yield ""
        yield from _files(stale)
        yield ""
        yield from _diff(stale, color=color)
    yield ""
    yield _verdict(result, len(stale), check=check)


def _state(change: FolderChange, *, check: bool) -> str:
    words = ("missing", "changed", "extra") if check else ("created", "rewritten", "deleted")
    counts = zip((len(change.missing), len(change.changed), len(change.extra)), words, strict=True)
    return ", ".join(f"{count:,} {word}" for count, word in counts if count) or "fresh"


def _files(stale: list[FolderChange]) -> Iterator[str]:
    named = [
        f"{word:<7}  {visible(f'{change.folder.name}/{name}')}"
        for change in stale
        for word, names in (("missing", change.missing), ("changed", change.changed), ("extra", change.extra))
        for name in names
    ]
    yield from named[:SHOWN]
    if len(named) > SHOWN:
        yield f"… and {len(named) - SHOWN:,} more; --format json names all of them"


def _diff(stale: list[FolderChange], *, color: bool) -> Iterator[str]:
    from protoalign.generate import freshness_diff

    for line in freshness_diff(stale):
        shown = visible(line, keep=TAB)
        yield colored_diff_line(shown) if color else shown


def _verdict(result: GenerateResult, stale: int, *, check: bool) -> str:
    total = counted(len(result.changes), "folder")
    source = visible(result.source)
    if not stale:
        return f"fresh: {total}, generated from {source}"
    if check:
        return f"not fresh: {stale:,} of {total}; protoalign generate writes {'it' if stale == 1 else 'them'} anew"
    return f"written: {stale:,} of {total}, generated from {source}"
