"""The plan in short, for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from protoalign.reports.plan_wording import days, hours, release_words
from protoalign.reports.table import table_lines
from protoalign.reports.wording import counted, impact_counts, percent, visible

if TYPE_CHECKING:
    from protoalign.plan import Plan

__all__ = ["render_plan_text"]

RIGHT = frozenset({"effort", "actions"})


def render_plan_text(plan: Plan) -> str:
    """The numbers, a table of the files in the order in which to work on them, and the phases."""
    return "\n".join(visible(line) for line in _lines(plan)) + "\n"


def _lines(plan: Plan) -> Iterator[str]:
    yield f"{plan.subject.label} to {plan.reference.label}: {percent(plan.score)} aligned"
    if not plan.is_complete:
        left_out = sorted({*plan.subject.left_out, *plan.reference.left_out})
        yield f"incomplete, for these could not be read: {', '.join(left_out)}"
    if not plan.has_work:
        yield "nothing to do"
        return
    actions = plan.progress.total - plan.progress.done
    yield f"{counted(actions, 'action')} for {impact_counts(plan.findings)}"
    yield f"effort {hours(plan.effort)}, {days(plan.effort)}"
    yield f"release: {release_words(plan.version).replace('`', '')}"
    if plan.order:
        files = {file.file: file for file in plan.files}
        rows = [("", "file", "status", "priority", "complexity", "effort", "actions")]
        for number, step in enumerate(plan.order, start=1):
            file = files[step.file]
            rows.append(
                (
                    f"{number}",
                    file.file,
                    file.status,
                    step.priority,
                    file.complexity,
                    hours(file.effort),
                    f"{file.actions:,}",
                )
            )
        yield ""
        yield from table_lines(rows, RIGHT)
    yield ""
    phases: list[tuple[str, ...]] = [("phase", "", "effort")]
    phases += [(f"{phase.number}", phase.title, hours(phase.effort)) for phase in plan.phases]
    yield from table_lines(phases, RIGHT)
    if plan.quick_wins:
        yield ""
        yield f"quick wins: {', '.join(plan.quick_wins)}"
