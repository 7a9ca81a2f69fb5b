"""The gate: every check that `protoalign.toml` asks for, one result."""

from protoalign.check.model import STEPS, CheckReport, Outcome, Problem, StepName, StepResult
from protoalign.check.run import CheckOptions, run_checks

__all__ = [
    "STEPS",
    "CheckOptions",
    "CheckReport",
    "Outcome",
    "Problem",
    "StepName",
    "StepResult",
    "run_checks",
]
