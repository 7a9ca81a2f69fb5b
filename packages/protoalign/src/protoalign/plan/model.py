"""The plan: plain data that every report shows and that JSON can hold as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from protoalign.compare import FileStatus, Guess, Impact, NodeKind, Severity
from protoalign.plan.outline import FileSide
from protoalign.plan.record import Record
from protoalign.settings import Priority

__all__ = [
    "PRIORITIES",
    "Action",
    "ChangeTogether",
    "Check",
    "Complexity",
    "DoneAction",
    "Effort",
    "FilePlan",
    "FinishedItem",
    "ItemKind",
    "Phase",
    "PhaseName",
    "Plan",
    "Progress",
    "Risk",
    "SideSummary",
    "Step",
    "VersionBump",
    "WorkItem",
]

PRIORITIES: tuple[Priority, ...] = ("critical", "high", "medium", "low")
"""All priorities, most urgent first."""

Complexity = Literal["low", "medium", "high"]

PhaseName = Literal["shared", "update", "add", "services", "checks"]

ItemKind = Literal["file", "service", "settings"]


@dataclass(frozen=True, slots=True)
class Effort:
    """Hours of work, as a range.

    Attributes:
        low: where all goes well.
        high: where it does not.
    """

    low: float = 0.0
    high: float = 0.0

    def __add__(self, other: Effort) -> Effort:
        return Effort(self.low + other.low, self.high + other.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class SideSummary:
    """One of the two contracts.

    Attributes:
        label: what to call it: the same on every machine.
        source: the source string.
        digest: the contract's digest.
        files: number of files; the others likewise.
        messages: messages.
        enums: enums.
        services: services.
        rpcs: RPCs.
        fields: fields.
        left_out: what could not be read, each with the reason.
    """

    label: str
    source: str
    digest: str
    files: int
    messages: int
    enums: int
    services: int
    rpcs: int
    fields: int
    left_out: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePlan:
    """One file of the reference, or of the subject where the reference lacks it.

    Attributes:
        id: its stable id, `file:` and its name.
        file: its name.
        subject_file: the counterpart's name; None where there is none.
        status: as the comparison gives it.
        priority: how urgent its work is.
        priority_reason: why, one sentence without a final full stop.
        complexity: how hard its work is.
        effort: hours of all its work, that on its services included; nothing for an aligned file.
        elements: number of elements of either side.
        aligned: how many of them are aligned.
        score: the aligned part, 0 to 1.
        findings: impact to the number of findings.
        actions: number of actions that are open, those on its services included.
        rpcs: the RPCs that its findings reach, sorted.
        needs: files with open work that it imports, directly or not, sorted.
        needed_by: own files of the reference that import it, directly or not, sorted.
        subject: what the subject has; None where it lacks the file.
        reference: what the reference has; None where it lacks the file.
    """

    id: str
    file: str
    subject_file: str | None
    status: FileStatus
    priority: Priority
    priority_reason: str
    complexity: Complexity
    effort: Effort
    elements: int
    aligned: int
    score: float
    findings: dict[str, int]
    actions: int
    rpcs: tuple[str, ...]
    needs: tuple[str, ...]
    needed_by: tuple[str, ...]
    subject: FileSide | None
    reference: FileSide | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing to do.

    Attributes:
        id: its stable id: the finding's fingerprint, or 16 hex digits of its own where it stands for several findings.
        text: what to do, one sentence without a final full stop; names of elements in backticks.
        element: full name of the element, or the file's name.
        kind: the element's kind.
        group: simple name of the top-level element that it belongs to; empty for what concerns the file.
        impact: the worst impact of its findings.
        severity: the worst severity of its findings.
        hours: the lower estimate.
        rpcs: number of RPCs that it reaches.
        findings: the fingerprints of its findings.
    """

    id: str
    text: str
    element: str
    kind: NodeKind
    group: str
    impact: Impact
    severity: Severity
    hours: float
    rpcs: int
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneAction:
    """An action that an earlier version of the plan held and that comparing no longer asks for.

    Attributes:
        id: its id.
        text: its text then.
    """

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """Actions that belong together: those on one file or on one service.

    Attributes:
        id: its stable id: the kind, a colon and the name.
        kind: what it is about.
        title: the file's name or the service's full name.
        file: the file's name, for a service the name of the file that declares it.
        effort: hours of what is open.
        actions: what is open.
        done: what is done since the plan was started.
    """

    id: str
    kind: ItemKind
    title: str
    file: str
    effort: Effort
    actions: tuple[Action, ...]
    done: tuple[DoneAction, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedItem:
    """A work item of an earlier version of the plan of which nothing is left to do.

    Attributes:
        id: its id.
        title: its title.
        done: what was done.
    """

    id: str
    title: str
    done: tuple[DoneAction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A closing step that comparing cannot see: a person does it, and ticks it.

    Attributes:
        id: its stable id.
        text: what to do, one sentence without a final full stop.
        effort: hours.
    """

    id: str
    text: str
    effort: Effort


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A part of the work that can be finished before the next one begins.

    Attributes:
        number: from 1.
        name: its stable name.
        title: its title.
        purpose: what it is for, one sentence.
        items: its work items, in the order in which to do them.
        checks: its closing steps; of the last phase only.
        effort: hours of what is open.
    """

    number: int
    name: PhaseName
    title: str
    purpose: str
    items: tuple[WorkItem, ...]
    checks: tuple[Check, ...]
    effort: Effort


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the recommended order.

    Attributes:
        file: the file.
        priority: its own priority, or that of a more urgent file that needs it.
        urgent_for: the more urgent file whose priority it has; empty where the priority is its own.
        after: files earlier in the order that it needs.
        effort: hours, services included.
    """

    file: str
    priority: Priority
    urgent_for: str
    after: tuple[str, ...]
    effort: Effort


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeTogether:
    """Files that have to change in one step, because the tree does not compile between.

    Attributes:
        files: their names, sorted.
        reasons: why, one sentence without a final full stop each.
    """

    files: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """One sort of change that the users of the SDK's generated code meet.

    Attributes:
        id: its stable id.
        title: what changes, a few words.
        effect: what that does to a user's program, one sentence without a final full stop.
        breaks: what stops working: `source` (programs no longer build or run), `wire` (calls and stored messages).
        items: what is concerned, one text each.
    """

    id: str
    title: str
    effect: str
    breaks: Literal["source", "wire"]
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionBump:
    """The release that semantic versioning asks for.

    Attributes:
        level: the part of the version to raise; `none` where nothing changes.
        current: the SDK's version; empty where it is not known.
        next: the version after it; empty likewise.
        reason: why, one sentence without a final full stop.
    """

    level: Literal["major", "minor", "patch", "none"]
    current: str
    next: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the work is.

    Attributes:
        done: number of actions that are done.
        total: number of all actions, done ones included.
        score_then: the score when the plan was started.
        score_now: the score now.
        reference_then: the reference when the plan was started; empty where it is the same now.
    """

    done: int
    total: int
    score_then: float
    score_now: float
    reference_then: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The work that makes a subject equal its reference.

    Attributes:
        subject: the subject.
        reference: the reference.
        is_complete: whether both sides could be read in full.
        score: the aligned part of all elements, 0 to 1.
        findings: impact to the number of findings, worst impact first.
        waived: number of findings that the settings accept; no action is for them.
        files: every file, in the order of their names.
        phases: the work; phases in which nothing is to be done are left out.
        order: the files with open work, in the order in which to do them.
        together: files that have to change in one step.
        quick_wins: small files that need no other and reach RPCs, the best first.
        risks: what the SDK's own users meet, the worst first.
        version: the release that it takes.
        guesses: matches that were inferred and that a person should confirm.
        effort: hours of all that is open.
        progress: how far the work is.
        finished: work items of which nothing is left to do.
        record: what the next version of the plan needs.
        date: the date on which it was written, as given; empty where none was given.
    """

    subject: SideSummary
    reference: SideSummary
    is_complete: bool
    score: float
    findings: dict[str, int]
    waived: int
    files: tuple[FilePlan, ...]
    phases: tuple[Phase, ...]
    order: tuple[Step, ...]
    together: tuple[ChangeTogether, ...]
    quick_wins: tuple[str, ...]
    risks: tuple[Risk, ...]
    version: VersionBump
    guesses: tuple[Guess, ...]
    effort: Effort
    progress: Progress
    finished: tuple[FinishedItem, ...]
    record: Record
    date: str = ""

    @property
    def has_work(self) -> bool:
        """Whether anything is to be done."""
        return any(phase.items for phase in self.phases)
