"""JUnit XML: a test suite for each file, a failed test case for each finding."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from protoalign.reports.wording import direction_words, position, visible

if TYPE_CHECKING:
    from protoalign.compare.model import Comparison, Finding, WaivedFinding
    from protoalign.settings import FailOn

__all__ = ["render"]

NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped."""


def render(comparison: Comparison, *, fail_on: FailOn = "warning") -> str:
    """The comparison as JUnit XML.

    A finding at or above the level is a failed test case; one below it, and a waived one, is a skipped test case with
    the reason. A file without failed ones has a passed test case. What could not be read is an error.

    Args:
        comparison: the comparison.
        fail_on: the lowest severity that makes the comparison fail.
    """
    failing = {id(finding) for finding in comparison.failing(fail_on)}
    suites: dict[str, list[ET.Element]] = {file.file: [] for file in comparison.files}
    passed = dict.fromkeys(suites, True)
    for finding in comparison.findings:
        if id(finding) in failing:
            passed[finding.file] = False
            case = _failed(finding)
        else:
            case = _skipped(finding, f"{finding.severity}: below the level that fails ({fail_on})")
        suites.setdefault(finding.file, []).append(case)
    for waived in comparison.waived:
        suites.setdefault(waived.finding.file, []).append(_skipped(waived.finding, _waiver(waived)))
    root = ET.Element("testsuites", name="protoalign")
    if not comparison.is_complete:
        root.append(_suite("completeness", _errors(comparison)))
    for file, cases in suites.items():
        is_aligned = [_case(file, "aligned")] if passed.get(file) else []
        root.append(_suite(file, [*is_aligned, *cases]))
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _text(text: str) -> str:
    return NOT_IN_XML.sub(lambda match: visible(match.group()), text)


def _suite(name: str, cases: Iterable[ET.Element]) -> ET.Element:
    suite = ET.Element("testsuite", name=_text(name))
    suite.extend(cases)
    suite.set("tests", str(len(suite)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(len(suite.findall(f"testcase/{tag}"))))
    return suite


def _case(file: str, name: str) -> ET.Element:
    return ET.Element("testcase", classname=_text(file), name=_text(name))


def _finding_case(finding: Finding) -> ET.Element:
    detail = f" ({finding.detail})" if finding.detail else ""
    return _case(finding.file, f"{finding.element}: {finding.rule}{detail}")


def _failed(finding: Finding) -> ET.Element:
    case = _finding_case(finding)
    kind = f"{finding.severity} {finding.impact}"
    failure = ET.SubElement(case, "failure", type=_text(kind), message=_text(finding.message))
    failure.text = _text("\n".join(_body(finding)))
    return case


def _skipped(finding: Finding, reason: str) -> ET.Element:
    case = _finding_case(finding)
    ET.SubElement(case, "skipped", message=_text(reason)).text = _text(finding.message)
    return case


def _waiver(waived: WaivedFinding) -> str:
    until = f" (until {waived.expires})" if waived.expires else ""
    return f"waived: {waived.reason}{until}"


def _body(finding: Finding) -> Iterable[str]:
    yield finding.consequence
    yield f"fix: {finding.fix}"
    for label, place, value in (
        ("subject", finding.subject, finding.subject_value),
        ("reference", finding.reference, finding.reference_value),
    ):
        if place is not None:
            yield f"{label}: {position(place)} {place.text}".rstrip()
        if value:
            yield f"{label}'s value: {value}"
    for reach in finding.reaches:
        yield f"reaches: {reach.path} ({direction_words(reach.direction)})"
    yield f"fingerprint: {finding.fingerprint}"


def _errors(comparison: Comparison) -> Iterable[ET.Element]:
    for label, side in (("subject", comparison.subject), ("reference", comparison.reference)):
        for name, reason in side.left_out.items():
            case = _case(label, name)
            ET.SubElement(case, "error", type="incomplete", message="could not be read").text = _text(reason)
            yield case
