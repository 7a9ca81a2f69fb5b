"""From findings to things to do: one action for each change, on the file or the service that it belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from protoalign.compare import IMPACTS, SEVERITIES
from protoalign.plan.effort import effort_of, hours_of
from protoalign.plan.model import Action, WorkItem
from protoalign.plan.texts import action_text, creation_text, options_text, removal_text

if TYPE_CHECKING:
    from protoalign.compare import Finding, Node
    from protoalign.plan.model import ItemKind
    from protoalign.plan.sides import Sides
    from protoalign.settings import PlanSettings

__all__ = ["work_items"]

TYPES_AND_EXTENSIONS = frozenset({"message", "enum", "extension"})


@dataclass(frozen=True, slots=True)
class _Key:
    """The work item that a finding belongs to."""

    kind: ItemKind
    title: str
    file: str

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.title}"


def work_items(
    findings: Iterable[Finding], sides: Sides, settings: PlanSettings, files: frozenset[str]
) -> tuple[WorkItem, ...]:
    """All work, by file and by service, sorted by id.

    Args:
        findings: the findings.
        sides: the two contracts.
        settings: weights.
        files: the names of the files that the comparison lists; findings elsewhere are about the settings.
    """
    extra = sides.subject.files.keys() - sides.matching.files.keys()
    by_item: dict[_Key, list[Finding]] = {}
    for finding in findings:
        by_item.setdefault(_key(finding, sides, files, extra), []).append(finding)
    items = []
    for key, of_item in by_item.items():
        hours = sum(hours_of(finding, sides, settings.hours) for finding in of_item)
        if key.kind == "file":
            hours += settings.hours_per_file
        items.append(
            WorkItem(
                id=key.id,
                kind=key.kind,
                title=key.title,
                file=key.file,
                effort=effort_of(hours, settings.spread),
                actions=tuple(_actions(key, of_item, sides, settings.hours)),
            )
        )
    return tuple(sorted(items, key=lambda item: item.id))


def _key(finding: Finding, sides: Sides, files: frozenset[str], extra: Set[str]) -> _Key:
    if finding.file not in files:
        return _Key("settings", "settings", "")
    top = sides.top_level(finding)
    if top is not None and top.kind == "service" and finding.file not in extra:
        return _Key("service", _service_name(top, sides), finding.file)
    return _Key("file", finding.file, finding.file)


def _service_name(service: Node, sides: Sides) -> str:
    """What the plan calls a service: by its name in the reference, where it has one."""
    return service.name if service.name in sides.reference.by_name else sides.matching.to_reference(service.name)


def _actions(key: _Key, findings: list[Finding], sides: Sides, hours: Mapping[str, float]) -> Iterable[Action]:
    """The actions of one work item; order: what concerns the file, then element by element, cosmetics at the end."""
    whole = next((finding for finding in findings if _is_whole_file(finding, sides)), None)
    if whole is not None:
        of_file = [whole, *(finding for finding in findings if finding is not whole and _comes_with(finding, sides))]
        text = creation_text(whole, of_file, sides) if sides.is_missing(whole) else removal_text(whole, of_file, sides)
        yield _action(whole.fingerprint, text, of_file, sides, hours)
        findings = _without(findings, of_file)
    options = [finding for finding in findings if _is_file_option(finding, sides)]
    if len(options) > 1:
        identity = _identity("options", key)
        yield _action(identity, options_text(options), options, sides, hours)
        findings = _without(findings, options)
    cosmetic = [finding for finding in findings if finding.impact == "cosmetic"]
    weighty = [finding for finding in findings if finding.impact != "cosmetic"]
    # Findings come worst first; elements are told in that order, and all that concerns one element in one place.
    groups: dict[str, list[Finding]] = {}
    for finding in weighty:
        groups.setdefault(_group(finding, sides), []).append(finding)
    for group in sorted(groups, key=bool):
        for finding in groups[group]:
            yield _action(finding.fingerprint, action_text(finding, sides), [finding], sides, hours)
    if len(cosmetic) == 1:
        yield _action(cosmetic[0].fingerprint, action_text(cosmetic[0], sides), cosmetic, sides, hours)
    elif cosmetic:
        kinds = sorted({finding.rule for finding in cosmetic})
        text = f"Tidy up {len(cosmetic)} cosmetic differences ({', '.join(kinds)})"
        yield _action(_identity("cosmetic", key), text, cosmetic, sides, hours)


def _without(findings: list[Finding], taken: list[Finding]) -> list[Finding]:
    fingerprints = {finding.fingerprint for finding in taken}
    return [finding for finding in findings if finding.fingerprint not in fingerprints]


def _identity(what: str, key: _Key) -> str:
    """The id of an action that stands for several findings, whichever of them are left."""
    return sha256(f"{what} {key.id}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _is_file_option(finding: Finding, sides: Sides) -> bool:
    difference = sides.difference(finding) if finding.kind == "file" else None
    return difference is not None and difference.aspect == "option"


def _is_whole_file(finding: Finding, sides: Sides) -> bool:
    return finding.kind == "file" and (sides.is_missing(finding) or sides.is_extra(finding))


def _comes_with(finding: Finding, sides: Sides) -> bool:
    """Whether a declaration is added or removed with its whole file."""
    if sides.is_missing(finding):
        return finding.kind in TYPES_AND_EXTENSIONS
    return sides.is_extra(finding)


def _group(finding: Finding, sides: Sides) -> str:
    """What is extra stands with the counterpart of what holds it."""
    top = sides.top_level(finding)
    if top is None:
        return ""
    match = sides.matching.elements.get(top.name) if finding.reference is None else None
    return match.reference.simple_name if match is not None else top.simple_name


def _action(identity: str, text: str, findings: list[Finding], sides: Sides, hours: Mapping[str, float]) -> Action:
    first = findings[0]
    return Action(
        id=identity,
        text=text,
        element=first.element,
        kind=first.kind,
        group="" if len(findings) > 1 else _group(first, sides),
        impact=min((finding.impact for finding in findings), key=IMPACTS.index),
        severity=min((finding.severity for finding in findings), key=SEVERITIES.index),
        hours=round(sum(hours_of(finding, sides, hours) for finding in findings), 2),
        rpcs=len({reach.path for finding in findings for reach in finding.reaches}),
        findings=tuple(finding.fingerprint for finding in findings),
    )
