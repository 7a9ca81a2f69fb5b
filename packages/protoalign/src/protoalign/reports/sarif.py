"""SARIF 2.1.0, for code scanning."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from protoalign import __version__
from protoalign.compare.rules import rule_named
from protoalign.reports.impacts import IMPACT_MEANINGS
from protoalign.reports.location import with_base
from protoalign.reports.wording import reach_words, visible

if TYPE_CHECKING:
    from protoalign.compare.model import Comparison, Finding, Place, Severity, WaivedFinding

__all__ = ["render", "to_sarif"]

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
REFERENCE_ROOT = "REFERENCE"
LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}

Json = dict[str, Any]


def render(comparison: Comparison, *, base: str = "") -> str:
    """The comparison as SARIF text, in ASCII; see `to_sarif`."""
    return json.dumps(to_sarif(comparison, base=base), indent=2) + "\n"


def to_sarif(comparison: Comparison, *, base: str = "") -> Json:
    """The comparison as a SARIF log with one run.

    A result points at the subject's declaration; the reference's is a related location. A waived finding is a result
    with a suppression. What could not be read makes the invocation an unsuccessful one, with a notification.

    Args:
        comparison: the comparison.
        base: the subject's folder, relative to the root of the repository.
    """
    found: list[tuple[Finding, WaivedFinding | None]] = [(finding, None) for finding in comparison.findings]
    found += [(waived.finding, waived) for waived in comparison.waived]
    rules = {finding.rule: finding for finding, _ in reversed(found)}
    indexes = {rule: index for index, rule in enumerate(sorted(rules))}
    run = {
        "tool": {
            "driver": {
                "name": "protoalign",
                "version": __version__,
                "rules": [_rule(rules[rule]) for rule in indexes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {
            REFERENCE_ROOT: {"description": {"text": f"The reference: {visible(comparison.reference.source)}"}}
        },
        "invocations": [_invocation(comparison)],
        "results": [_result(finding, indexes[finding.rule], waived, base) for finding, waived in found],
        "properties": {
            "subject": comparison.subject.source,
            "subjectDigest": comparison.subject.digest,
            "reference": comparison.reference.source,
            "referenceDigest": comparison.reference.digest,
            "score": comparison.score,
        },
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(finding: Finding) -> Json:
    rule = rule_named(finding.rule)
    meaning = IMPACT_MEANINGS[finding.impact]
    return {
        "id": finding.rule,
        "shortDescription": {"text": rule.purpose if rule is not None else meaning},
        "fullDescription": {"text": meaning},
        "help": {"text": f"{meaning} Each result says what it breaks and how to mend it."},
        "defaultConfiguration": {"level": LEVELS[rule.severity if rule is not None else finding.severity]},
        "properties": {"impact": finding.impact, "tags": [finding.impact]},
    }


def _invocation(comparison: Comparison) -> Json:
    notifications = [
        {"level": "error", "message": {"text": visible(f"{label}: {name} could not be read: {reason}", keep="\n")}}
        for label, side in (("subject", comparison.subject), ("reference", comparison.reference))
        for name, reason in side.left_out.items()
    ]
    invocation: Json = {"executionSuccessful": comparison.is_complete}
    if notifications:
        invocation["toolExecutionNotifications"] = notifications
    return invocation


def _result(finding: Finding, rule_index: int, waived: WaivedFinding | None, base: str) -> Json:
    result: Json = {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": LEVELS[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [_location(finding, base)],
        "partialFingerprints": {"protoalign/v1": finding.fingerprint},
        "properties": {
            "impact": finding.impact,
            "element": finding.element,
            "subjectValue": finding.subject_value,
            "referenceValue": finding.reference_value,
            "detail": finding.detail,
            "direction": finding.direction,
            "rpcs": [reach.path for reach in finding.reaches],
        },
    }
    if finding.reference is not None:
        result["relatedLocations"] = [_reference_location(finding.reference)]
    if waived is not None:
        until = f" (until {waived.expires})" if waived.expires else ""
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": visible(f"{waived.reason}{until}", keep="\n")}
        ]
    return result


def _message(finding: Finding) -> str:
    sentences = [f"{finding.element}: {finding.message}.", finding.consequence, f"Fix: {finding.fix}"]
    if words := reach_words(finding.reaches, finding.direction):
        sentences.append(f"Reaches {words}.")
    return visible(" ".join(sentence for sentence in sentences if sentence), keep="\n")


def _location(finding: Finding, base: str) -> Json:
    location: Json = {"logicalLocations": [{"fullyQualifiedName": finding.element, "kind": finding.kind}]}
    if finding.subject is not None:
        location["physicalLocation"] = _physical(with_base(base, finding.subject), finding.subject)
    elif base not in ("", "."):
        # The subject lacks the whole file: its folder is all there is to point at.
        location["physicalLocation"] = {"artifactLocation": {"uri": quote(base.replace("\\", "/").rstrip("/") + "/")}}
    return location


def _reference_location(place: Place) -> Json:
    physical = _physical(place.location or place.file, place)
    physical["artifactLocation"]["uriBaseId"] = REFERENCE_ROOT
    return {"id": 1, "physicalLocation": physical, "message": {"text": "the reference's declaration"}}


def _physical(path: str, place: Place) -> Json:
    physical: Json = {"artifactLocation": {"uri": quote(path, errors="surrogatepass")}}
    if place.line is not None:
        region: Json = {"startLine": place.line}
        if place.column is not None:
            region["startColumn"] = place.column
        if place.text:
            region["snippet"] = {"text": place.text}
        physical["region"] = region
    return physical
