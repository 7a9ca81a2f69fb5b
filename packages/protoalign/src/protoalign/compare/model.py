"""The result of a comparison: plain data that every report shows and that JSON can hold as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from protoalign.compare.structure import NodeKind

__all__ = [
    "IMPACTS",
    "SEVERITIES",
    "Comparison",
    "Direction",
    "FileResult",
    "FileStatus",
    "Finding",
    "Guess",
    "Impact",
    "Place",
    "Reach",
    "Severity",
    "Side",
    "WaivedFinding",
]

Impact = Literal["rpc-path", "wire", "presence", "missing", "extra", "json", "source", "cosmetic"]
IMPACTS: tuple[Impact, ...] = ("rpc-path", "wire", "presence", "missing", "extra", "json", "source", "cosmetic")
"""All impacts, worst first."""

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""All severities, worst first."""

Direction = Literal["request", "response", "both"]

FileStatus = Literal["aligned", "needs update", "needs major update", "missing", "renamed", "extra"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one side declares an element.

    Attributes:
        name: the element's full name there; of a file, the file's name.
        file: the .proto file's name there.
        location: where a person finds it: a path relative to the source's root, or the member of an archive.
        line: line in `location`, from 1; None where the source knows none.
        column: column, from 1; None likewise.
        text: the element's declaration as one line or more of .proto text, without its body; empty for files.
    """

    name: str
    file: str
    location: str
    line: int | None = None
    column: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """One RPC that a finding reaches.

    Attributes:
        path: the RPC's path, `/package.Service/Method`, in the reference, or the subject where the reference lacks it.
        direction: whether through its request, its response or both; `both` for what concerns the RPC itself.
    """

    path: str
    direction: Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One judged difference.

    Attributes:
        rule: the rule's id, such as `field-number`.
        impact: what kind of thing breaks.
        severity: how bad that is, by the rule or by the settings.
        kind: the kind of the element.
        element: its full name in the reference, or in the subject where the reference lacks it.
        message: what differs, one sentence without a final full stop.
        consequence: what that breaks, in plain words, one or two sentences.
        fix: what to do, one sentence.
        subject_value: the subject's value, as .proto text says it; empty where absent.
        reference_value: likewise.
        detail: which one, where the element has several, such as the option's name.
        subject: where the subject declares the element; None where it lacks it. For what is missing, its parent's
            counterpart or the file's where there is one, so that a report has a place to point at.
        reference: where the reference declares it; None where it lacks it.
        file: the reference's file that the finding is counted under, or the subject's where there is no counterpart.
        reaches: the RPCs it reaches, sorted by path.
        direction: over all of `reaches`; None where it reaches no RPC.
        fingerprint: 16 hex digits that stay the same as long as the difference is the same, whatever messages,
            positions and order are.
    """

    rule: str
    impact: Impact
    severity: Severity
    kind: NodeKind
    element: str
    message: str
    consequence: str
    fix: str
    subject_value: str
    reference_value: str
    detail: str
    subject: Place | None
    reference: Place | None
    file: str
    reaches: tuple[Reach, ...]
    direction: Direction | None
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaivedFinding:
    """A finding that the settings accept.

    Attributes:
        finding: the finding.
        reason: the waiver's reason.
        expires: the waiver's last day, ISO 8601; None where it has none.
    """

    finding: Finding
    reason: str
    expires: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A match that was inferred.

    Attributes:
        kind: what was matched: a node kind, or `package`.
        subject: the subject's name.
        reference: the reference's name.
        reason: why, one sentence.
    """

    kind: str
    subject: str
    reference: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two contracts.

    Attributes:
        source: the source string.
        digest: the contract's digest, `sha256:` and hex; empty where it was not asked for.
        files: number of files; the others likewise.
        messages: map entries not counted.
        enums: enums.
        services: services.
        rpcs: RPCs.
        fields: fields, those of map entries not counted.
        left_out: what belongs to the source and could not be read, each with the reason: the run is incomplete.
    """

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
class FileResult:
    """One file of the reference, or of the subject where the reference lacks it.

    Attributes:
        file: its name.
        subject_file: the counterpart's name; None where there is none.
        status: `renamed` is only for files that are otherwise aligned; `needs major update` where less than half of the
            elements are aligned, or a service or its package differs.
        elements: number of elements of either side: messages, enums, services, fields, values, RPCs, oneofs and
            extensions.
        aligned: how many of them have no finding, waived ones aside, that is worse than cosmetic.
        findings: impact to the number of findings, waived ones aside; impacts without any are left out.
    """

    file: str
    subject_file: str | None
    status: FileStatus
    elements: int
    aligned: int
    findings: dict[str, int]

    @property
    def score(self) -> float:
        """The aligned part of the elements, 0 to 1; 1 for a file without elements that has no findings."""
        if self.elements:
            return self.aligned / self.elements
        return 0.0 if self.findings else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A subject held against a reference.

    Attributes:
        subject: the subject.
        reference: the reference.
        guesses: inferred matches, packages and files first.
        files: every file, in the order of their names.
        findings: worst impact first, then by file, element, rule and detail.
        waived: findings that the settings accept.
    """

    subject: Side
    reference: Side
    guesses: tuple[Guess, ...]
    files: tuple[FileResult, ...]
    findings: tuple[Finding, ...]
    waived: tuple[WaivedFinding, ...]

    @property
    def is_complete(self) -> bool:
        """Whether both sides could be read in full."""
        return not self.subject.left_out and not self.reference.left_out

    @property
    def score(self) -> float:
        """The aligned part of all elements, 0 to 1."""
        elements = sum(file.elements for file in self.files)
        return sum(file.aligned for file in self.files) / elements if elements else 1.0

    def failing(self, fail_on: str) -> tuple[Finding, ...]:
        """The findings at or above a severity; none for `never`."""
        if fail_on == "never":
            return ()
        accepted = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
        return tuple(finding for finding in self.findings if finding.severity in accepted)
