"""The work file by file: status, priority, complexity, effort, and what both sides have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from protoalign.compare import IMPACTS
from protoalign.plan.effort import complexity_of, total
from protoalign.plan.model import FilePlan
from protoalign.plan.outline import FileSide, file_side
from protoalign.plan.priority import called_paths, priority_of, rpc_path

if TYPE_CHECKING:
    from protoalign.compare import Comparison, FileResult, Finding, StructuralDiff
    from protoalign.plan.model import WorkItem
    from protoalign.plan.sides import Sides
    from protoalign.settings import Priority

__all__ = ["findings_by_impact", "plans_of_files"]


def findings_by_impact(findings: Iterable[Finding]) -> dict[str, int]:
    """Impact to the number of findings, worst impact first; impacts without any are left out."""
    findings = tuple(findings)
    counts = {impact: sum(finding.impact == impact for finding in findings) for impact in IMPACTS}
    return {impact: number for impact, number in counts.items() if number}


def plans_of_files(
    diff: StructuralDiff,
    comparison: Comparison,
    sides: Sides,
    *,
    items: Iterable[WorkItem],
    needs: Mapping[str, frozenset[str]],
    priorities: Mapping[str, Priority],
) -> tuple[FilePlan, ...]:
    """All files of the comparison.

    Args:
        diff: the differences.
        comparison: what the rules make of them.
        sides: the two contracts.
        items: all work items.
        needs: file to the files that it imports, directly or not.
        priorities: file to the priority that the settings give it.
    """
    findings: dict[str, list[Finding]] = {}
    for finding in comparison.findings:
        findings.setdefault(finding.file, []).append(finding)
    work: dict[str, list[WorkItem]] = {}
    for item in items:
        work.setdefault(item.file, []).append(item)
    rpcs = frozenset(rpc_path(node.name) for node in sides.reference.by_name.values() if node.kind == "rpc")
    called = called_paths(diff)
    plans = []
    for result in comparison.files:
        of_file, own_work = findings.get(result.file, []), work.get(result.file, [])
        needed_by = tuple(sorted(name for name in sides.reference.files if result.file in needs.get(name, frozenset())))
        priority, reason = priority_of(
            result.file, of_file, rpcs=rpcs, called=called, needed_by=needed_by, chosen=priorities
        )
        plans.append(
            FilePlan(
                id=f"file:{result.file}",
                file=result.file,
                subject_file=result.subject_file,
                status=result.status,
                priority=priority,
                priority_reason=reason,
                complexity=complexity_of(of_file, sides),
                effort=total(item.effort for item in own_work),
                elements=result.elements,
                aligned=result.aligned,
                score=round(result.score, 6),
                findings=findings_by_impact(of_file),
                actions=sum(len(item.actions) for item in own_work),
                rpcs=tuple(sorted({reach.path for finding in of_file for reach in finding.reaches})),
                needs=tuple(sorted(name for name in needs.get(result.file, ()) if name in work)),
                needed_by=needed_by,
                subject=_subject_side(result, diff, sides),
                reference=_reference_side(result, diff, sides),
            )
        )
    return tuple(plans)


def _subject_side(result: FileResult, diff: StructuralDiff, sides: Sides) -> FileSide | None:
    name = result.file if result.status == "extra" else result.subject_file
    if name is None or name not in sides.subject.files:
        return None
    return file_side(diff.subject.by_name[name], sides.subject, diff.matching.elements)


def _reference_side(result: FileResult, diff: StructuralDiff, sides: Sides) -> FileSide | None:
    if result.status == "extra" or result.file not in sides.reference.files:
        return None
    return file_side(diff.reference.by_name[result.file], sides.reference, diff.matching.element_of_reference)
