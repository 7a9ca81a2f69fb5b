"""What align did, for a person at a terminal; and what it would do, as a diff."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from protoalign.reports.check_text import problem_line
from protoalign.reports.diff_color import colored_diff_line
from protoalign.reports.wording import counted, percent, visible

if TYPE_CHECKING:
    from protoalign.align import Alignment
    from protoalign.compare.model import Comparison
    from protoalign.reports.align_result import AlignResult

__all__ = ["align_notes", "render_align_diff", "render_align_text"]

SHOWN = 10


def render_align_text(result: AlignResult) -> str:
    """What was written, what was kept, and what is left."""
    return "\n".join(_lines(result)) + "\n"


def render_align_diff(alignment: Alignment, *, color: bool) -> str:
    """The changes as a unified diff; empty where there are none.

    Args:
        alignment: the changes.
        color: whether to colour with ANSI codes, and to show control characters as escapes.
    """
    lines = alignment.edit.diff()
    if color:
        lines = (colored_diff_line(visible(line, keep="\t")) for line in lines)
    return "".join(f"{line}\n" for line in lines)


def align_notes(result: AlignResult) -> Iterator[str]:
    """What a person may want to know beside the changes, one line each."""
    alignment = result.alignment
    alike: dict[tuple[str, str, str], list[str]] = {}
    for derived in alignment.derived:
        alike.setdefault((derived.option, derived.value, derived.reason), []).append(derived.file)
    for (option, value, reason), files in alike.items():
        yield f"new files get {option} = {value!r}, for {reason}: {_some(files)}"
    if alignment.kept_options:
        listed = ", ".join(f'"{name}"' for name in alignment.kept_options)
        yield f"your own file options stay; file_options = [{listed}] in protoalign.toml says that they may differ"
    if alignment.own:
        yield f"kept on purpose: {', '.join(alignment.own)}"
    if alignment.removed:
        yield f"removed, for the reference lacks them: {_some([node.name for node in alignment.removed])}"
    if alignment.lost_comments:
        gone = dict.fromkeys(comment.element for comment in alignment.lost_comments)
        yield (
            f"{counted(len(alignment.lost_comments), 'comment')} went with what is gone: {_some(list(gone))};"
            " --format json shows the texts"
        )
    for name in alignment.extra:
        yield (
            f"{name} stays, though the reference lacks it: --delete {name} deletes it,"
            " `own` in protoalign.toml says that it is yours"
        )
    yield from result.notes


def _lines(result: AlignResult) -> Iterator[str]:
    alignment = result.alignment
    edit = alignment.edit
    if edit.is_empty:
        yield "nothing to write: the files are as they should be"
    for word, paths in (("created", edit.created), ("rewritten", edit.rewritten)):
        yield from (f"{word:<9}  {visible(path)}" for path in paths)
    yield from (f"renamed    {visible(old)} -> {visible(new)}" for new, old in edit.renames.items())
    yield from (f"deleted    {visible(path)}" for path in edit.deleted)
    if not edit.is_empty:
        yield f"kept       {counted(alignment.kept_comments, 'comment')}"
    for note in align_notes(result):
        yield f"note: {visible(note)}"
    if result.lint is not None and result.lint.outcome in ("failed", "incomplete"):
        yield f"buf lint: {visible(result.lint.summary)}"
        yield from (f"  {problem_line(problem)}" for problem in result.lint.problems[:SHOWN])
        if len(result.lint.problems) > SHOWN:
            yield f"  … and {len(result.lint.problems) - SHOWN:,} more; buf lint shows all of them"
    if result.comparison is not None:
        yield ""
        yield from _left(result.comparison, result)


def _left(comparison: Comparison, result: AlignResult) -> Iterator[str]:
    failing = comparison.failing(result.fail_on)
    aligned = sum(file.status == "aligned" for file in comparison.files)
    total = len(comparison.files)
    if not failing:
        yield f"aligned: {aligned} of {counted(total, 'file')}, nothing is left to do"
        return
    yield f"left: {counted(len(failing), 'finding')}; {aligned} of {counted(total, 'file')} aligned, " + percent(
        comparison.score
    )
    for finding in failing[:SHOWN]:
        yield visible(f"  {finding.severity:<7}  {finding.rule}: {finding.message}")
    if len(failing) > SHOWN:
        yield f"  … and {len(failing) - SHOWN:,} more; protoalign compare shows all of them"


def _some(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
