"""What all runtimes came to, put together: stages in a fixed order, and the figures of the whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from protoalign.compare.nodes import NodeIndex
from protoalign.prove.findings import FewFindings
from protoalign.prove.model import Figure, Stage, StageStatus
from protoalign.prove.proof import FIGURES
from protoalign.prove.rpcs import ReferenceRpcs, judge_rpcs, reference_rpcs
from protoalign.prove.wire import VectorJudge, judge_wire

if TYPE_CHECKING:
    from protoalign.contract import Contract
    from protoalign.prove.official import HelperMessages
    from protoalign.prove.runtimes import RuntimeRun
    from protoalign.prove.structure import StructureResult

__all__ = ["Assembly", "helper_stage_name"]

WIRE = "wire: {}"
RPCS = "rpcs: {}"
LANGUAGES = ("python ", "go ")


def helper_stage_name(runtime: str) -> str:
    """The name of the stage in which a runtime reads what the official package's helpers made."""
    return f"official package: helpers → {runtime}"


@dataclass
class Assembly:
    """Collects stages and what they prove.

    Attributes:
        reference: the reference.
        structure: the first stage; what it does not prove, nothing else can.
        judge: the vectors, with Google's protobuf.
    """

    reference: Contract
    structure: StructureResult
    judge: VectorJudge
    _rpcs: ReferenceRpcs = field(init=False)
    _messages: set[str] = field(init=False)
    _enums: set[str] = field(init=False)
    _services: set[str] = field(init=False)
    _paths: set[str] = field(init=False)
    _wire_stages: list[Stage] = field(default_factory=list, init=False)
    _rpc_stages: list[Stage] = field(default_factory=list, init=False)
    _official_stages: list[Stage] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self._rpcs = reference_rpcs(self.reference)
        self._messages, self._enums = set(self.structure.messages), set(self.structure.enums)
        self._services, self._paths = set(self.structure.services), set(self.structure.rpcs)

    def add_runtime(self, name: str, run: RuntimeRun, places: Sequence[str] = ()) -> None:
        """Judge a runtime: its vectors, and the RPCs of each place that it has to report."""
        self._wire_stages.append(self._wire(WIRE.format(name), run))
        found = run.report.rpcs if run.report is not None else {}
        for place in dict.fromkeys((*places, *found)):
            # A place that several runtimes have is told apart by the runtime's name.
            label = place if place.startswith(LANGUAGES) else f"{name} {place}"
            self._rpc_stages.append(self._place(RPCS.format(label), place, run))

    def add_official(self, name: str, run: RuntimeRun) -> None:
        """Judge what the official package did with the vectors."""
        self._official_stages.append(self._wire(name, run))

    def add_helpers(self, runtime: str, helpers: HelperMessages, run: RuntimeRun) -> None:
        """Judge what a runtime did with the messages that the official package's helpers made.

        They count in no figure of the whole: which messages there are helpers for says nothing of the contract.
        """
        name = helper_stage_name(runtime)
        if run.report is None:
            self._official_stages.append(_without_report(name, run, ()))
            return
        judge = VectorJudge(self.reference, helpers.vectors)
        stage = judge_wire(name, judge, run.report, seconds=run.seconds, whole=False, any_order=True).stage
        findings = (*helpers.problems, *stage.findings)
        status = StageStatus.FAILED if findings else StageStatus.PASSED
        self._official_stages.append(replace(stage, status=status, findings=findings))

    def add_skipped(self, name: str, reason: str) -> None:
        """A stage about the official package that could not be run."""
        self._official_stages.append(Stage(name=name, status=StageStatus.SKIPPED, reason=reason))

    def stages(self, vectors: Stage) -> tuple[Stage, ...]:
        """All stages; that of the vectors comes behind the structure."""
        return (self.structure.stage, vectors, *self._wire_stages, *self._rpc_stages, *self._official_stages)

    def figures(self) -> tuple[Figure, ...]:
        """What holds in the structure and in every runtime that was run; a file holds with all that it declares."""
        counts = self.reference.counts
        holding = {
            "files": sum(self._holds(file) for file in self.structure.files),
            "messages": len(self._messages),
            "enums": len(self._enums),
            "services": len(self._services),
            "rpcs": len(self._paths),
        }
        return tuple(Figure(name=name, proved=holding[name], total=getattr(counts, name)) for name in FIGURES)

    def _holds(self, file: str) -> bool:
        proved = {"message": self._messages, "enum": self._enums, "service": self._services}
        index = NodeIndex.of([self.reference.by_name[file]])
        return all(node.name in proved[node.kind] for node in index.descendants(file) if node.kind in proved)

    def _wire(self, name: str, run: RuntimeRun) -> Stage:
        if run.report is None:
            if not run.skipped:
                self._messages.clear()
                self._enums.clear()
            return _without_report(name, run, ("messages", "enums"), self.reference)
        result = judge_wire(name, self.judge, run.report, seconds=run.seconds)
        self._messages &= result.messages
        self._enums &= result.enums
        return result.stage

    def _place(self, name: str, place: str, run: RuntimeRun) -> Stage:
        if run.report is None:
            if not run.skipped:
                self._services.clear()
                self._paths.clear()
            return _without_report(name, run, ("services", "rpcs"), self.reference)
        errors = [error for error in run.report.errors if error.startswith(f"{place}: ")]
        result = judge_rpcs(name, self._rpcs, run.report.rpcs.get(place), errors=errors)
        self._services &= result.services
        self._paths &= result.rpcs
        return result.stage


def _without_report(name: str, run: RuntimeRun, figures: Iterable[str], reference: Contract | None = None) -> Stage:
    if run.skipped:
        return Stage(name=name, status=StageStatus.SKIPPED, reason=run.skipped, seconds=run.seconds)
    findings = FewFindings()
    for line in run.failed:
        findings.add(line)
    return Stage(
        name=name,
        status=StageStatus.FAILED,
        reason="it could not be run to its end",
        figures=tuple(_none_proved(figures, reference)),
        findings=findings.lines(),
        seconds=run.seconds,
    )


def _none_proved(figures: Iterable[str], reference: Contract | None) -> Iterator[Figure]:
    if reference is not None:
        yield from (Figure(name=name, proved=0, total=getattr(reference.counts, name)) for name in figures)
