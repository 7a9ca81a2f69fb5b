"""How far each file is aligned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from protoalign.compare.model import IMPACTS, FileResult, FileStatus, Finding
from protoalign.compare.nodes import count_nodes

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

    from protoalign.compare.structure import StructuralDiff

__all__ = ["Tally", "file_results"]

MISPLACED_BY_PACKAGE = ("package-of-service", "package-of-types")


@dataclass(slots=True)
class Tally:
    """What was found in the files, by the name that a file's result goes by.

    Attributes:
        extra: number of elements that only the subject has.
        amiss: each element that has a finding worse than cosmetic, to how many elements that makes with those below it.
        findings: the findings, waived ones aside.
    """

    extra: Counter[str] = field(default_factory=Counter)
    amiss: dict[str, dict[str, int]] = field(default_factory=dict)
    findings: dict[str, list[Finding]] = field(default_factory=dict)

    def add(self, finding: Finding, key: str, weight: int) -> None:
        """Note a finding about an element."""
        self.findings.setdefault(finding.file, []).append(finding)
        if finding.impact != "cosmetic":
            known = self.amiss.setdefault(finding.file, {})
            known[key] = max(known.get(key, 0), weight)


def file_results(diff: StructuralDiff, tally: Tally, own_files: Iterable[str]) -> tuple[FileResult, ...]:
    """The result of every file, in the order of their names.

    Args:
        diff: the differences.
        tally: what was found.
        own_files: files that the subject has on purpose, which have no result.
    """
    results = [
        _result(tally, file.name, file.descriptor, match.subject.name if match is not None else None)
        for file in diff.reference.files
        for match in [diff.matching.file_of_reference.get(file.name)]
    ]
    left_out = {*diff.matching.files, *own_files}
    results += [_extra(file.name, file.descriptor, tally) for file in diff.subject.files if file.name not in left_out]
    return tuple(sorted(results, key=lambda result: (result.file, result.status == "extra")))


def _extra(name: str, descriptor: FileDescriptorProto, tally: Tally) -> FileResult:
    return FileResult(
        file=name,
        subject_file=name,
        status="extra",
        elements=count_nodes(descriptor),
        aligned=0,
        findings=_by_impact(tally.findings.get(name, ())),
    )


def _result(tally: Tally, name: str, descriptor: FileDescriptorProto, subject_file: str | None) -> FileResult:
    findings = tally.findings.get(name, [])
    elements = count_nodes(descriptor) + tally.extra[name]
    amiss = tally.amiss.get(name, {})
    weights = dict(amiss)
    if subject_file is not None and any(finding.rule in MISPLACED_BY_PACKAGE for finding in findings):
        for element in _named_by_package(descriptor):
            weights.setdefault(element, 1)
    aligned = 0 if subject_file is None else max(elements - _sum(weights, name), 0)
    return FileResult(
        file=name,
        subject_file=subject_file,
        status=_status(findings, elements, aligned, subject_file),
        elements=elements,
        aligned=aligned,
        findings=_by_impact(findings),
    )


def _sum(weights: Mapping[str, int], file: str) -> int:
    return sum(weight for element, weight in weights.items() if element != file)


def _named_by_package(file: FileDescriptorProto) -> list[str]:
    """What another package gives another name or path: top-level elements and RPCs."""
    scope = f"{file.package}." if file.package else ""
    declared = (file.message_type, file.enum_type, file.service, file.extension)
    named = [f"{scope}{each.name}" for several in declared for each in several]
    return named + [f"{scope}{service.name}.{method.name}" for service in file.service for method in service.method]


def _status(findings: list[Finding], elements: int, aligned: int, subject_file: str | None) -> FileStatus:
    if subject_file is None:
        return "missing"
    counting = [finding for finding in findings if finding.impact != "cosmetic"]
    if not counting:
        return "aligned"
    if all(finding.rule == "file-renamed" for finding in counting):
        return "renamed"
    is_other_service = any(
        finding.impact == "rpc-path" or (finding.kind == "service" and finding.impact == "missing")
        for finding in counting
    )
    return "needs major update" if is_other_service or aligned * 2 < elements else "needs update"


def _by_impact(findings: Iterable[Finding]) -> dict[str, int]:
    counted = Counter(finding.impact for finding in findings)
    return {impact: counted[impact] for impact in IMPACTS if counted[impact]}
