"""Which part of the work comes when."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from protoalign.plan.effort import effort_of, total
from protoalign.plan.model import Check, Phase
from protoalign.plan.weights import CHECKS

if TYPE_CHECKING:
    from protoalign.compare import FileStatus
    from protoalign.plan.model import PhaseName, WorkItem

__all__ = ["closing_checks", "phase_of_file", "phases_of"]

PHASES: Mapping[PhaseName, tuple[str, str]] = {
    "shared": (
        "Shared types",
        "Files that other files import come first; nothing here needs a file of a later phase.",
    ),
    "update": ("Update existing files", "Files that the subject has and that no other file imports."),
    "add": ("Add missing files", "Files that the subject lacks and that no other file imports."),
    "services": ("Services", "RPCs, once the messages that they carry are right, and the wrappers that call them."),
    "checks": ("Checks", "What comparing cannot see; yours to do and yours to tick."),
}


def phase_of_file(status: FileStatus, needed_by: Collection[str]) -> PhaseName:
    """The phase of a file.

    What another file imports is in the first phase, and so is all that it imports itself: the phases can be worked off
    one after the other.
    """
    if needed_by and status != "extra":
        return "shared"
    return "add" if status == "missing" else "update"


def phases_of(
    items: Iterable[WorkItem],
    phase_by_file: Mapping[str, PhaseName],
    order: Sequence[str],
    checks: tuple[Check, ...],
) -> tuple[Phase, ...]:
    """The phases in which anything is to be done.

    Args:
        items: the open work items.
        phase_by_file: file to its phase.
        order: the recommended order of the files.
        checks: the closing steps.
    """
    position = {name: number for number, name in enumerate(order)}
    by_phase: dict[PhaseName, list[WorkItem]] = {}
    for item in sorted(items, key=lambda item: (position.get(item.file, len(position)), item.id)):
        # The settings are mended among the existing files.
        name: PhaseName = "services" if item.kind == "service" else phase_by_file.get(item.file, "update")
        by_phase.setdefault(name, []).append(item)
    phases: list[Phase] = []
    for name, (title, purpose) in PHASES.items():
        of_phase = tuple(by_phase.get(name, ()))
        closing = checks if name == "checks" and by_phase else ()
        if of_phase or closing:
            phases.append(
                Phase(
                    number=len(phases) + 1,
                    name=name,
                    title=title,
                    purpose=purpose,
                    items=of_phase,
                    checks=closing,
                    effort=total((*(item.effort for item in of_phase), *(check.effort for check in closing))),
                )
            )
    return tuple(phases)


def closing_checks(*, rpcs: int, breaks: int, spread: float) -> tuple[Check, ...]:
    """The closing steps.

    Args:
        rpcs: number of RPCs that the work reaches.
        breaks: number of things that break for the SDK's users.
        spread: how far the upper estimate lies above the lower one.
    """
    return tuple(
        Check(
            id=check.id,
            text=check.text,
            effort=effort_of(check.hours + check.per_rpc * rpcs + check.per_break * breaks, spread),
        )
        for check in CHECKS
    )
