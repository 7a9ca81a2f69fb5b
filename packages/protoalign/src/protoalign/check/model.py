"""What the checks find: plain data for every report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

__all__ = ["STEPS", "CheckReport", "Outcome", "Problem", "StepName", "StepResult"]

StepName = Literal["compare", "lint", "breaking", "format", "generated"]
STEPS: tuple[StepName, ...] = get_args(StepName)
"""All steps, in the order in which they run."""

Outcome = Literal["passed", "failed", "incomplete", "off", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that a step found.

    Attributes:
        message: what is wrong, one sentence.
        severity: how bad it is.
        rule: the rule that was broken: an id of protoalign's or of buf's; empty where there is none.
        path: the file, as it is called in the current folder; empty where no file can be named.
        line: line in it, from 1; None where it is not known.
        column: column, from 1; None likewise.
    """

    message: str
    severity: Literal["error", "warning", "info"] = "error"
    rule: str = ""
    path: str = ""
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What became of one step.

    Attributes:
        outcome: `incomplete` is a step that could not be carried out; `off` one that the settings do not ask for, and
            `skipped` one that this run was told to leave out.
        summary: the outcome in one line.
        problems: what was found, with places.
        output: lines that say more, such as a diff; trimmed.
    """

    outcome: Outcome
    summary: str
    problems: tuple[Problem, ...] = ()
    output: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What became of all steps.

    Attributes:
        settings: the settings file, as it is called in the current folder.
        steps: each step's result, in the order of `STEPS`.
        seconds: how long each took.
    """

    settings: str
    steps: dict[StepName, StepResult]
    seconds: dict[StepName, float]

    def having(self, outcome: Outcome) -> tuple[StepName, ...]:
        """The steps with that outcome."""
        return tuple(name for name, result in self.steps.items() if result.outcome == outcome)

    @property
    def exit_code(self) -> int:
        """0 where all that ran passed, 1 where a step failed, 2 where one could not be completed or none ran at all."""
        if self.having("incomplete") or not (self.having("passed") or self.having("failed")):
            return 2
        return 1 if self.having("failed") else 0
