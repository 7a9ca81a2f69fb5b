"""From a judged comparison to a plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from protoalign.plan.actions import work_items
from protoalign.plan.effort import total
from protoalign.plan.files import findings_by_impact, plans_of_files
from protoalign.plan.model import PRIORITIES, FilePlan, Plan, SideSummary, Step
from protoalign.plan.order import Rank, change_together, import_needs, recommended_order, urgency
from protoalign.plan.phases import closing_checks, phase_of_file, phases_of
from protoalign.plan.progress import follow
from protoalign.plan.record import Record
from protoalign.plan.risks import risks_of
from protoalign.plan.sides import Sides
from protoalign.plan.version import version_bump
from protoalign.plan.weights import QUICK_WIN_HOURS

if TYPE_CHECKING:
    from protoalign.compare import Comparison, Side, StructuralDiff
    from protoalign.contract import Contract
    from protoalign.plan.model import PhaseName
    from protoalign.settings import Settings

__all__ = ["build_plan"]


def build_plan(
    diff: StructuralDiff,
    comparison: Comparison,
    settings: Settings,
    *,
    before: Record | None = None,
    current_version: str = "",
    date: str = "",
) -> Plan:
    """The work that makes the subject equal the reference. The same input gives the same plan.

    Args:
        diff: the differences.
        comparison: what the rules make of them.
        settings: weights and priorities.
        before: what an earlier version of the plan remembers; None for a new plan.
        current_version: the SDK's version, for the version that it takes; empty where it is not known.
        date: a date to write into the plan; empty for none.

    Raises:
        InputError: `current_version` is no semantic version.
    """
    sides = Sides.of(diff)
    items = work_items(comparison.findings, sides, settings.plan, frozenset(file.file for file in comparison.files))
    needs = _needs(diff)
    files = plans_of_files(diff, comparison, sides, items=items, needs=needs, priorities=settings.plan.priorities)
    open_files = [file for file in files if file.actions]
    ranks = _ranks(open_files)
    order = recommended_order(ranks, needs, ranks)
    risks = risks_of(diff, comparison, sides)
    valid = frozenset(
        (
            *(f"file:{name}" for name in sides.reference.files),
            *(f"service:{node.name}" for node in sides.reference.by_name.values() if node.kind == "service"),
            "settings:settings",
        )
    )
    now = Record(
        started=date,
        score=round(comparison.score, 6),
        reference=diff.reference.provenance.label,
        reference_digest=comparison.reference.digest,
        items=(),
    )
    followed = follow(items, now, before, valid=valid)
    checks = closing_checks(
        rpcs=len({reach.path for finding in comparison.findings for reach in finding.reaches}),
        breaks=sum(len(risk.items) for risk in risks),
        spread=settings.plan.spread,
    )
    phase_by_file: dict[str, PhaseName] = {file.file: phase_of_file(file.status, file.needed_by) for file in files}
    phases = phases_of(followed.items, phase_by_file, order, checks)
    return Plan(
        subject=_summary(diff.subject, comparison.subject),
        reference=_summary(diff.reference, comparison.reference),
        is_complete=comparison.is_complete,
        score=comparison.score,
        findings=findings_by_impact(comparison.findings),
        waived=len(comparison.waived),
        files=files,
        phases=phases,
        order=_steps(order, open_files, needs, ranks),
        together=change_together(diff, ranks),
        quick_wins=_quick_wins(open_files),
        risks=risks,
        version=version_bump(
            risks,
            adds=any(sides.is_missing(finding) for finding in comparison.findings),
            changes=bool(items),
            current=current_version,
        ),
        guesses=comparison.guesses,
        effort=total(phase.effort for phase in phases),
        progress=followed.progress,
        finished=followed.finished,
        record=followed.record,
        date=date,
    )


def _needs(diff: StructuralDiff) -> dict[str, frozenset[str]]:
    """What each file imports: by the reference; an extra file is worked on when nothing imports it any more."""
    needs = import_needs(diff.reference)
    extra = [file.name for file in diff.subject.files if file.name not in diff.matching.files]
    importers = import_needs(diff.subject)
    for name in extra:
        users = (user for user, imported in importers.items() if name in imported)
        renamed = (diff.matching.files[user].reference.name for user in users if user in diff.matching.files)
        needs.setdefault(name, frozenset(renamed))
    return needs


def _ranks(files: list[FilePlan]) -> dict[str, Rank]:
    return {file.file: (PRIORITIES.index(file.priority), file.effort.low, file.file) for file in files}


def _steps(
    order: tuple[str, ...], files: list[FilePlan], needs: Mapping[str, frozenset[str]], ranks: Mapping[str, Rank]
) -> tuple[Step, ...]:
    by_name = {file.file: file for file in files}
    taken_over = urgency(ranks, needs, ranks)
    return tuple(
        Step(
            file=name,
            priority=PRIORITIES[taken_over[name][0]],
            urgent_for="" if taken_over[name][1] == name else taken_over[name][1],
            after=by_name[name].needs,
            effort=by_name[name].effort,
        )
        for name in order
    )


def _quick_wins(files: list[FilePlan]) -> tuple[str, ...]:
    """Small files that need no other and reach RPCs; those that reach most for an hour of work first."""
    small = [
        file
        for file in files
        if file.effort.low <= QUICK_WIN_HOURS and not file.needs and file.rpcs and file.status != "extra"
    ]
    small.sort(key=lambda file: (-len(file.rpcs) / file.effort.low, file.file))
    return tuple(file.file for file in small)


def _summary(contract: Contract, side: Side) -> SideSummary:
    return SideSummary(
        label=contract.provenance.label,
        source=side.source,
        digest=side.digest,
        files=side.files,
        messages=side.messages,
        enums=side.enums,
        services=side.services,
        rpcs=side.rpcs,
        fields=side.fields,
        left_out=dict(side.left_out),
    )
