"""The step `compare`: the subject against the reference."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from protoalign.check.context import CheckContext, shown_path
from protoalign.check.model import Problem, StepResult

if TYPE_CHECKING:
    from protoalign.compare.model import Comparison, Finding

__all__ = ["check_comparison"]


def check_comparison(context: CheckContext) -> StepResult:
    """Compare, and fail on findings at or above `fail_on`.

    Raises:
        ProtoalignError: a side cannot be read, or the two cannot be compared.
    """
    # Local, since a run that skips this step needs nothing of it.
    from protoalign.compare import compare

    settings = context.settings
    comparison = compare(context.subject, context.reference, settings)
    failing = comparison.failing(settings.fail_on)
    problems = tuple(_problem(finding, context) for finding in failing)
    if not comparison.is_complete:
        left_out = {**comparison.subject.left_out, **comparison.reference.left_out}
        return StepResult(
            outcome="incomplete",
            summary=f"{len(left_out)} {'file' if len(left_out) == 1 else 'files'} could not be read",
            problems=problems,
            output=tuple(f"left out: {name}: {reason}" for name, reason in sorted(left_out.items())),
        )
    return StepResult(
        outcome="failed" if failing else "passed", summary=_summary(comparison, failing, context), problems=problems
    )


def _summary(comparison: Comparison, failing: tuple[Finding, ...], context: CheckContext) -> str:
    # Rounded down: 100% is said only of what is aligned in full.
    percent = f"{math.floor(comparison.score * 1000) / 10:.1f}".removesuffix(".0")
    score = f"{percent}% aligned with {comparison.reference.source}"
    if not failing:
        rest = len(comparison.findings)
        return f"{score}, {rest} below the level {context.settings.fail_on}" if rest else score
    files = len({finding.file for finding in failing})
    return f"{_count(len(failing), 'finding')} in {_count(files, 'file')}; {score}"


def _problem(finding: Finding, context: CheckContext) -> Problem:
    place, tree = finding.subject, context.tree_path
    path = ""
    if place is not None and tree is not None:
        path = shown_path(tree / place.location if tree.is_dir() else tree)
    return Problem(
        message=f"{finding.element}: {finding.message}",
        severity=finding.severity,
        rule=finding.rule,
        path=path,
        line=place.line if place is not None and path else None,
        column=place.column if place is not None and path else None,
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun if number == 1 else f'{noun}s'}"
