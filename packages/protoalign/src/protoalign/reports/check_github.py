"""The checks of `protoalign check` for a GitHub Actions log: the text, and an annotation for each problem."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from protoalign.reports.check_text import render_check_text
from protoalign.reports.workflow_commands import COMMANDS, workflow_command

if TYPE_CHECKING:
    from protoalign.check import CheckReport, Problem, StepName

__all__ = ["render_check_github"]


def render_check_github(report: CheckReport) -> str:
    """The text, with workflow commands behind it that become annotations."""
    return render_check_text(report, color=False) + "".join(f"{line}\n" for line in _annotations(report))


def _annotations(report: CheckReport) -> Iterator[str]:
    for name, result in report.steps.items():
        yield from (_annotation(name, problem) for problem in result.problems)
        if result.outcome == "incomplete" or (result.outcome == "failed" and not result.problems):
            yield workflow_command("error", {"title": f"protoalign check: {name}"}, result.summary)


def _annotation(step: StepName, problem: Problem) -> str:
    properties = {
        "file": problem.path,
        "line": str(problem.line or ""),
        "col": str(problem.column or ""),
        "title": f"{step}: {problem.rule}" if problem.rule and problem.rule != step else step,
    }
    known = {key: value for key, value in properties.items() if value}
    return workflow_command(COMMANDS[problem.severity], known, problem.message)
