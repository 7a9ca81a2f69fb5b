"""From structural differences to findings: rules, severities, waivers, positions and scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import FileDescriptorProto

from protoalign.compare.fingerprint import fingerprint
from protoalign.compare.guesses import guesses_of
from protoalign.compare.model import IMPACTS, Comparison, Finding, Place, Severity, Side, WaivedFinding
from protoalign.compare.positions import Positions
from protoalign.compare.reach import direction_of
from protoalign.compare.rules import RULES, Rule, rule_for, rule_named
from protoalign.compare.rules.context import RuleContext
from protoalign.compare.rules.settings import OWN_UNUSED, WAIVER_EXPIRED, WAIVER_UNUSED
from protoalign.compare.scores import Tally, file_results
from protoalign.compare.structure import Difference
from protoalign.compare.waivers import OwnElements, Waivers, waiver_text
from protoalign.errors import SettingsError

if TYPE_CHECKING:
    from protoalign.compare.structure import Node, StructuralDiff
    from protoalign.contract import Contract
    from protoalign.settings import Settings

__all__ = ["judge"]

# What collides on the wire is no matter of purpose: `own` does not hide it.
NEVER_OWN = ("wire",)


def judge(diff: StructuralDiff, settings: Settings, *, today: date | None = None, digests: bool = True) -> Comparison:
    """Judge structural differences.

    Args:
        diff: the differences of two contracts.
        settings: severities, waivers, and what may differ.
        today: the day that waivers expire before; the current one where it is left out.
        digests: whether to take the digests of both contracts, which costs time where they are large.

    Raises:
        SettingsError: a severity or waiver names a rule that does not exist.
    """
    _check_rules(settings)
    return _Judge(diff, settings, today or date.today(), digests=digests).comparison()


def _check_rules(settings: Settings) -> None:
    for rule in (*settings.severities, *(waiver.rule for waiver in settings.waivers if waiver.rule)):
        if rule_named(rule) is None:
            close = get_close_matches(rule, [each.id for each in RULES], n=1)
            raise SettingsError(
                f"there is no rule {rule!r}",
                where=str(settings.path) if settings.path is not None else "settings",
                hint=f"Do you mean {close[0]}?" if close else "docs/reference/rules.md lists all rules.",
            )


@dataclass(frozen=True, slots=True)
class _Judged:
    """A finding with what the judge needs besides: what to count it as, and the names it can be waived by."""

    finding: Finding
    names: tuple[str, ...]
    key: str
    weight: int


def _order(finding: Finding) -> tuple[int, str, str, str, str, str, str]:
    """Worst impact first, then by where and what."""
    return (
        IMPACTS.index(finding.impact),
        finding.file,
        finding.element,
        finding.rule,
        finding.detail,
        finding.subject_value,
        finding.reference_value,
    )


class _Judge:
    def __init__(self, diff: StructuralDiff, settings: Settings, today: date, *, digests: bool) -> None:
        self.diff = diff
        self.digests = digests
        self.settings = settings
        self.context = RuleContext(diff)
        self.subject_positions = Positions(diff.subject)
        self.reference_positions = Positions(diff.reference)
        self.own = OwnElements(settings.own)
        self.own_files: set[str] = set()
        self.waivers = Waivers(settings.waivers, today)
        self.tally = Tally()

    def comparison(self) -> Comparison:
        judged = sorted(
            (each for difference in self._differences() for each in self._judged(difference)),
            key=lambda each: _order(each.finding),
        )
        findings: list[Finding] = []
        waived: list[WaivedFinding] = []
        seen: Counter[tuple[str, ...]] = Counter()
        for each in judged:
            finding = _with_fingerprint(each.finding, seen)
            waiver = self.waivers.of(finding, each.names)
            if waiver is None:
                findings.append(finding)
                self.tally.add(finding, each.key, each.weight)
            else:
                expires = waiver.expires.isoformat() if waiver.expires is not None else None
                waived.append(WaivedFinding(finding=finding, reason=waiver.reason, expires=expires))
        findings.extend(_with_fingerprint(finding, seen) for finding in self._settings_findings())
        findings.sort(key=_order)
        return Comparison(
            subject=_side(self.diff.subject, digest=self.digests),
            reference=_side(self.diff.reference, digest=self.digests),
            guesses=guesses_of(self.diff, self.settings.mapping),
            files=file_results(self.diff, self.tally, self.own_files),
            findings=tuple(findings),
            waived=tuple(waived),
        )

    # ---- which differences there are --------------------------------------------------------------------------------

    def _differences(self) -> Iterator[Difference]:
        renamed = {difference.node.name for difference in self.diff.differences if difference.aspect == "name"}
        for difference in self.diff.differences:
            # A field's rename tells both of its JSON names.
            if difference.aspect != "json name" or difference.node.name not in renamed:
                yield difference
        emptied = {
            difference.reference.file
            for difference in self.diff.differences
            if difference.aspect == "missing" and difference.reference is not None
        }
        for name in sorted(emptied):
            match = self.diff.matching.file_of_reference.get(name)
            if match is not None and not _declarations(match.subject):
                count = _declarations(match.reference)
                detail = "one element" if count == 1 else f"{count} elements"
                yield Difference("missing", match.subject, match.reference, "", "", detail)

    def _judged(self, difference: Difference) -> Iterator[_Judged]:
        if self._may_differ(difference):
            return
        rule = rule_for(difference, self.context)
        node, lookup = difference.node, self.context.side(difference)
        is_one_sided = difference.aspect in ("missing", "extra") and None in (difference.subject, difference.reference)
        weight = lookup.weight(node) if is_one_sided else 1
        if difference.aspect == "extra":
            if rule.impact not in NEVER_OWN and self._is_own(node):
                return
            self.tally.extra[self._file(difference)] += weight if node.kind != "file" else 0
        severity = self.settings.severities.get(rule.id, rule.severity)
        if severity == "off":
            return
        names = tuple(side.name for side in (difference.reference, difference.subject) if side is not None)
        key = node.name if node.kind != "file" else ""
        yield _Judged(self._finding(difference, rule, severity), names, key, weight if key else 0)

    def _may_differ(self, difference: Difference) -> bool:
        if difference.kind == "file" and difference.aspect in ("option", "feature"):
            name = difference.detail if difference.aspect == "option" else f"features.{difference.detail}"
            return any(name == option or name.startswith(f"{option}.") for option in self.settings.file_options)
        if difference.aspect == "import" and not difference.reference_value:
            return self.own.name(difference.detail)
        return False

    def _is_own(self, node: Node) -> bool:
        parents = node.name.split(".") if node.kind != "file" else []
        names = [".".join(parents[:end]) for end in range(len(parents), 0, -1)]
        if self.own.name(node.file, *names):
            if node.kind == "file":
                self.own_files.add(node.name)
            return True
        # A pattern for what lies below something else that is extra is not idle.
        self.own.name(*(child.name for child in self.context.subject.index(node.file).descendants(node.name)))
        return False

    # ---- findings ---------------------------------------------------------------------------------------------------

    def _finding(self, difference: Difference, rule: Rule, severity: Severity) -> Finding:
        reaches = self.context.reach.of(difference)
        fill = self.context.fill
        return Finding(
            rule=rule.id,
            impact=rule.impact,
            severity=severity,
            kind=difference.kind,
            element=difference.node.name,
            message=fill(rule.message, difference),
            consequence=fill(rule.consequence, difference),
            fix=fill(rule.fix, difference),
            subject_value=difference.subject_value,
            reference_value=difference.reference_value,
            detail=difference.detail,
            subject=self._subject_place(difference),
            reference=self._reference_place(difference),
            file=self._file(difference),
            reaches=reaches,
            direction=direction_of(reaches),
            fingerprint="",
        )

    def _file(self, difference: Difference) -> str:
        node = difference.node
        if difference.reference is not None:
            return node.file
        match = self.diff.matching.files.get(node.file)
        return match.reference.name if match is not None else node.file

    def _subject_place(self, difference: Difference) -> Place | None:
        if difference.subject is not None:
            return self.subject_positions.place(difference.subject, difference.aspect, difference.detail)
        around = self._counterpart_around(difference.node)
        return self.subject_positions.place(around) if around is not None else None

    def _counterpart_around(self, node: Node) -> Node | None:
        """For what the subject lacks: the counterpart of what holds it in the reference, else of its file."""
        while node.kind != "file":
            node = self.context.reference.parent(node)
            counterpart = self.context.counterpart(node, of_subject=False)
            if counterpart is not None:
                return counterpart
        return None

    def _reference_place(self, difference: Difference) -> Place | None:
        node = difference.reference
        return self.reference_positions.place(node, difference.aspect, difference.detail) if node is not None else None

    # ---- the settings -----------------------------------------------------------------------------------------------

    def _settings_findings(self) -> Iterator[Finding]:
        for waiver in self.waivers.expired:
            expires = waiver.expires.isoformat() if waiver.expires is not None else ""
            yield from self._settings_finding(WAIVER_EXPIRED, waiver_text(waiver), expires)
        for waiver in self.waivers.unused:
            yield from self._settings_finding(WAIVER_UNUSED, waiver_text(waiver))
        for pattern in self.own.unused:
            yield from self._settings_finding(OWN_UNUSED, pattern)

    def _settings_finding(self, rule: Rule, text: str, value: str = "") -> Iterator[Finding]:
        severity = self.settings.severities.get(rule.id, rule.severity)
        if severity == "off":
            return
        path = self.settings.path
        name = path.name if path is not None else "protoalign.toml"
        values = {"element": f"`{text}`", "subject_value": value}
        yield Finding(
            rule=rule.id,
            impact=rule.impact,
            severity=severity,
            kind="file",
            element=text,
            message=str(rule.message).format_map(values),
            consequence=str(rule.consequence),
            fix=str(rule.fix),
            subject_value=value,
            reference_value="",
            detail="",
            subject=Place(name=name, file=name, location=str(path) if path is not None else name),
            reference=None,
            file=name,
            reaches=(),
            direction=None,
            fingerprint="",
        )


def _declarations(node: Node) -> int:
    """How many elements a file declares at its top level."""
    file = node.descriptor
    assert isinstance(file, FileDescriptorProto)  # noqa: S101 - the node of a file
    return len(file.message_type) + len(file.enum_type) + len(file.service) + len(file.extension)


def _with_fingerprint(finding: Finding, seen: Counter[tuple[str, ...]]) -> Finding:
    parts = (
        finding.rule,
        finding.kind,
        finding.element,
        finding.detail,
        finding.subject_value,
        finding.reference_value,
    )
    occurrence = seen[parts]
    seen[parts] += 1
    return replace(finding, fingerprint=fingerprint(parts, occurrence=occurrence))


def _side(contract: Contract, *, digest: bool) -> Side:
    counts = contract.counts
    return Side(
        source=contract.provenance.source,
        digest=contract.digest if digest else "",
        files=counts.files,
        messages=counts.messages,
        enums=counts.enums,
        services=counts.services,
        rpcs=counts.rpcs,
        fields=counts.fields,
        left_out=dict(contract.provenance.left_out),
    )
