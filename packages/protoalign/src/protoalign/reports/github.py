"""Workflow commands that GitHub Actions shows as annotations of the lines they speak of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from protoalign.reports.location import with_base
from protoalign.reports.verdict import verdict_of
from protoalign.reports.wording import one_line, reach_words, visible
from protoalign.reports.workflow_commands import COMMANDS, workflow_command

if TYPE_CHECKING:
    from protoalign.compare.model import Comparison, Finding
    from protoalign.settings import FailOn

__all__ = ["SHOWN_OF_A_KIND", "render"]

SHOWN_OF_A_KIND = 10
"""So many annotations of a kind does GitHub show for one step; the others it drops without a word."""


def render(comparison: Comparison, *, base: str = "", fail_on: FailOn = "warning") -> str:
    """The comparison as workflow commands, worst findings first, and then the verdict as a line of the log.

    What is more than GitHub shows is printed in a group of the log, so that nothing is lost.

    Args:
        comparison: the comparison.
        base: the subject's folder, relative to the root of the repository.
        fail_on: the lowest severity that makes the comparison fail.
    """
    return "".join(f"{_without_old_commands(line)}\n" for line in _lines(comparison, base, fail_on))


def _lines(comparison: Comparison, base: str, fail_on: FailOn) -> Iterator[str]:
    used: Counter[str] = Counter()
    rest: list[str] = []
    for label, side in (("subject", comparison.subject), ("reference", comparison.reference)):
        for name, reason in side.left_out.items():
            used["error"] += 1
            message = f"{name}: {reason}"
            if used["error"] <= SHOWN_OF_A_KIND:
                yield workflow_command("error", {"title": f"{label} could not be read in full"}, message)
            else:
                rest.append(f"{label} could not be read in full: {one_line(message)}")
    for finding in comparison.findings:
        command = COMMANDS[finding.severity]
        used[command] += 1
        if used[command] <= SHOWN_OF_A_KIND:
            yield workflow_command(command, _properties(finding, base), _message(finding))
        else:
            where = f"{finding.severity} {finding.impact} {visible(finding.element)}"
            rest.append(f"{where}: {one_line(finding.message)} [{finding.rule}]")
    if rest:
        yield f"::group::{len(rest):,} more, which GitHub does not show as annotations"
        yield from rest
        yield "::endgroup::"
    yield f"protoalign: {verdict_of(comparison, fail_on)}"


def _properties(finding: Finding, base: str) -> dict[str, str]:
    properties: dict[str, str] = {}
    if finding.subject is not None:
        properties["file"] = with_base(base, finding.subject)
        if finding.subject.line is not None:
            properties["line"] = str(finding.subject.line)
            if finding.subject.column is not None:
                properties["col"] = str(finding.subject.column)
    properties["title"] = f"{finding.impact}: {finding.element} [{finding.rule}]"
    return properties


def _message(finding: Finding) -> str:
    lines = [f"{finding.message}.", finding.consequence, f"Fix: {finding.fix}"]
    if words := reach_words(finding.reaches, finding.direction):
        lines.append(f"Reaches {words}")
    return "\n".join(lines)


def _without_old_commands(line: str) -> str:
    # An older form of commands is understood anywhere in a line; no name from a foreign file may start one.
    return line.replace("##[", "## [")
