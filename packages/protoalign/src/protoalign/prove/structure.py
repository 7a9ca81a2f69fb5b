"""The first stage: the subject's structure is the reference's, but for what is waived."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from protoalign.compare import SEVERITIES, Comparison, Finding, NodeKind
from protoalign.compare.nodes import NodeIndex
from protoalign.prove.findings import FewFindings
from protoalign.prove.model import Figure, Stage, StageStatus
from protoalign.prove.proof import FIGURES, WaiverUse

if TYPE_CHECKING:
    from protoalign.contract import Contract

__all__ = ["STRUCTURE", "StructureResult", "judge_structure"]

STRUCTURE = "structure"

HARMLESS_TO_CONTENT = ("extra", "source", "cosmetic")
"""Impacts of findings on a file that say nothing of the messages and services in it."""

KINDS: dict[NodeKind, str] = {"message": "messages", "enum": "enums", "service": "services", "rpc": "rpcs"}
"""Kind of element to the figure that counts it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureResult:
    """What the comparison proves of the reference's elements.

    Attributes:
        stage: the stage.
        files: names of the files without a finding in them.
        messages: full names of the messages without a finding on them or below them.
        enums: likewise.
        services: likewise.
        rpcs: paths of the RPCs without a finding.
        waivers: the findings that the settings accept.
    """

    stage: Stage
    files: frozenset[str]
    messages: frozenset[str]
    enums: frozenset[str]
    services: frozenset[str]
    rpcs: frozenset[str]
    waivers: tuple[WaiverUse, ...]


def judge_structure(comparison: Comparison, reference: Contract, *, seconds: float = 0.0) -> StructureResult:
    """Judge a comparison: any finding of any severity fails, waived ones aside, and so does a side read in part.

    Args:
        comparison: the subject held against the reference.
        reference: the reference.
        seconds: how long it took.
    """
    findings = FewFindings()
    for side, name in ((comparison.subject, "subject"), (comparison.reference, "reference")):
        for what, reason in side.left_out.items():
            findings.add(f"the {name} could not be read in full: {what} {reason}")
    for finding in sorted(comparison.findings, key=lambda each: SEVERITIES.index(each.severity)):
        findings.add(_line(finding))
    amiss = _amiss(comparison, NodeIndex.of(reference.files))
    proved = {kind: frozenset(names - amiss[kind]) for kind, names in _elements(reference).items()}
    totals = _elements(reference)
    figures = tuple(Figure(name=kind, proved=len(proved[kind]), total=len(totals[kind])) for kind in FIGURES)
    status = StageStatus.FAILED if findings else StageStatus.PASSED
    return StructureResult(
        stage=Stage(name=STRUCTURE, status=status, figures=figures, findings=findings.lines(), seconds=seconds),
        files=proved["files"],
        messages=proved["messages"],
        enums=proved["enums"],
        services=proved["services"],
        rpcs=frozenset(_path(name) for name in proved["rpcs"]),
        waivers=tuple(
            WaiverUse(
                rule=each.finding.rule,
                element=each.finding.element,
                fingerprint=each.finding.fingerprint,
                message=each.finding.message,
                reason=each.reason,
                expires=each.expires,
            )
            for each in comparison.waived
        ),
    )


def _line(finding: Finding) -> str:
    return f"{finding.severity}: {finding.rule}: {finding.element}: {finding.message}"


def _elements(reference: Contract) -> dict[str, set[str]]:
    """What the reference declares itself: figure name to full names; RPCs as `package.Service.Method`."""
    index = NodeIndex.of(reference.files)
    found = {"files": {file.name for file in reference.files}}
    for kind, figure in KINDS.items():
        found[figure] = {node.name for node in index.by_kind.get(kind, [])}
    return found


def _amiss(comparison: Comparison, index: NodeIndex) -> dict[str, set[str]]:
    """What has a finding on it or below it."""
    amiss: dict[str, set[str]] = {figure: set() for figure in FIGURES}
    for finding in comparison.findings:
        amiss["files"].add(finding.file)
        if finding.kind == "file":
            if finding.impact not in HARMLESS_TO_CONTENT:
                for node in index.descendants(finding.file):
                    if node.kind in KINDS:
                        amiss[KINDS[node.kind]].add(node.name)
            continue
        for name in _concerned(finding, index):
            node = index.by_name[name]
            if node.kind in KINDS:
                amiss[KINDS[node.kind]].add(name)
    return amiss


def _concerned(finding: Finding, index: NodeIndex) -> Iterator[str]:
    """The reference's elements that a finding concerns: the one itself, those around it, and those below a missing one.

    What only the subject has is counted against the reference's elements that its name places it in.
    """
    for name in {finding.element, *([finding.reference.name] if finding.reference is not None else [])}:
        node = index.by_name.get(name)
        if node is None:
            parts = name.split(".")
            around = (".".join(parts[:end]) for end in range(len(parts) - 1, 0, -1))
            node = next((index.by_name[each] for each in around if each in index.by_name), None)
            if node is None:
                continue
        elif finding.subject is None or finding.rule.endswith("-missing"):
            yield from (below.name for below in index.descendants(node.name))
        while node.kind != "file":
            yield node.name
            node = index.parents[node.name]


def _path(rpc: str) -> str:
    service, _, method = rpc.rpartition(".")
    return f"/{service}/{method}"
