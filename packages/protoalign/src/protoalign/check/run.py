"""Running the steps, each for itself: one that cannot be completed does not stop the others."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from protoalign.check.breaking import check_breaking
from protoalign.check.compare import check_comparison
from protoalign.check.context import CheckContext, shown_path
from protoalign.check.generated import check_generated
from protoalign.check.model import STEPS, CheckReport, StepName, StepResult
from protoalign.check.style import check_format, check_lint
from protoalign.errors import InternalError, ProtoalignError
from protoalign.settings import Settings
from protoalign.sources import LoadOptions

__all__ = ["CheckOptions", "run_checks"]

RUNNERS: dict[StepName, Callable[[CheckContext], StepResult]] = {
    "compare": check_comparison,
    "lint": check_lint,
    "breaking": check_breaking,
    "format": check_format,
    "generated": check_generated,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """What one run does otherwise than the settings say.

    Attributes:
        against: the revision for `breaking`; empty for that of the settings.
        skip: steps to leave out.
        load: how sources are read; what the settings say of a side wins.
    """

    against: str = ""
    skip: frozenset[StepName] = frozenset()
    load: LoadOptions = field(default_factory=LoadOptions)


def run_checks(settings: Settings, options: CheckOptions | None = None) -> CheckReport:
    """Run every step that the settings ask for.

    Args:
        settings: the settings, read from a file.
        options: what this run does otherwise.

    Returns:
        What became of each step. An error in one is told in its result and does not stop the others.

    Raises:
        SettingsError: the settings come from no file.
        InternalError: protoalign contradicts itself.
    """
    chosen = options or CheckOptions()
    context = CheckContext(settings, chosen.load, chosen.against or settings.check.breaking_against)
    shown = shown_path(context.folder / (settings.path.name if settings.path else ""))
    steps: dict[StepName, StepResult] = {}
    seconds: dict[StepName, float] = {}
    for name in STEPS:
        started = time.perf_counter()
        steps[name] = (
            StepResult(outcome="skipped", summary="skipped: --skip")
            if name in chosen.skip
            else _result(RUNNERS[name], context)
        )
        seconds[name] = time.perf_counter() - started
    return CheckReport(settings=shown, steps=steps, seconds=seconds)


def _result(run: Callable[[CheckContext], StepResult], context: CheckContext) -> StepResult:
    try:
        return run(context)
    except InternalError:
        raise
    except ProtoalignError as error:
        located = f"{error.where}: {error.what}" if error.where else error.what
        summary, *rest = located.splitlines()
        if summary.endswith(":") and rest:
            summary = f"{summary} {rest[0].strip()}"
            rest = rest if len(rest) > 1 else []
        return StepResult(outcome="incomplete", summary=summary, output=(*rest, *error.hint.splitlines()))
