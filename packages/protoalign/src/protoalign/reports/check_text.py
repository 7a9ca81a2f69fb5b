"""The checks of `protoalign check` for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from protoalign.reports.wording import counted, visible

if TYPE_CHECKING:
    from protoalign.check import CheckReport, Problem, StepName, StepResult

__all__ = ["render_check_text"]

GREEN, RED, YELLOW, DIM, BOLD, RESET = "\x1b[32m", "\x1b[1;31m", "\x1b[33m", "\x1b[2m", "\x1b[1m", "\x1b[0m"
COLORS = {"passed": GREEN, "failed": RED, "incomplete": YELLOW, "off": DIM, "skipped": DIM}
PROBLEMS = 20
TAB = "\t"
MORE = {
    "compare": "protoalign compare shows all of them",
    "lint": "buf lint shows all of them",
    "format": "buf format -w mends all of them",
}


def render_check_text(report: CheckReport, *, color: bool) -> str:
    """One table, what the steps that did not pass say, and the verdict.

    Args:
        report: the checks.
        color: whether to colour with ANSI codes.
    """
    return "\n".join(_lines(report, color=color)) + "\n"


def _lines(report: CheckReport, *, color: bool) -> Iterator[str]:
    width = max(len(name) for name in report.steps)
    for name, result in report.steps.items():
        ran = result.outcome not in ("off", "skipped")
        seconds = f"{report.seconds[name]:6.2f} s" if ran else " " * 8
        outcome = _styled(f"{result.outcome:<10}", COLORS[result.outcome], color=color)
        yield f"{name:<{width}}  {outcome}  {seconds}  {visible(result.summary)}"
    for name, result in report.steps.items():
        if result.outcome in ("failed", "incomplete") and (result.problems or result.output):
            yield ""
            yield _styled(visible(f"{name}: {result.summary}"), BOLD, color=color)
            yield from _details(name, result)
    yield ""
    yield _verdict(report, color=color)


def _details(name: StepName, result: StepResult) -> Iterator[str]:
    yield from (f"  {problem_line(problem)}" for problem in result.problems[:PROBLEMS])
    more = len(result.problems) - PROBLEMS
    if more > 0:
        yield f"  … and {more:,} more" + (f"; {MORE[name]}" if name in MORE else "")
    if result.problems and result.output:
        yield ""
    yield from (f"  {visible(line, keep=TAB)}".rstrip() for line in result.output)


def problem_line(problem: Problem) -> str:
    """A problem in the form that editors and CI logs know: `path:line:column: rule: message`."""
    place = ":".join(str(part) for part in (problem.path, problem.line, problem.column) if part)
    rule = f"{problem.rule}: " if problem.rule else ""
    return visible(f"{place}: {rule}{problem.message}" if place else f"{rule}{problem.message}")


def _verdict(report: CheckReport, *, color: bool) -> str:
    counts = {outcome: len(report.having(outcome)) for outcome in ("failed", "incomplete", "passed")}
    parts = [
        f"{counted(counts['failed'], 'step')} failed" if counts["failed"] else "",
        f"{counted(counts['incomplete'], 'step')} could not be completed" if counts["incomplete"] else "",
        f"{counted(counts['passed'], 'step')} passed" if counts["passed"] else "",
    ]
    said = ", ".join(part for part in parts if part) or "no step ran: nothing was checked"
    style = GREEN if report.exit_code == 0 else RED
    return _styled(f"{report.settings}: {said}", style, color=color)


def _styled(text: str, style: str, *, color: bool) -> str:
    return f"{style}{text}{RESET}" if color else text
