"""The report for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from protoalign.compare.model import SEVERITIES
from protoalign.reports.flow import Flow, Style, shortened
from protoalign.reports.grouping import ElementFindings, findings_by_element
from protoalign.reports.verdict import Outcome, verdict_of
from protoalign.reports.wording import (
    counted,
    impact_counts,
    one_line,
    percent,
    position,
    reach_words,
    values_words,
    visible,
)

if TYPE_CHECKING:
    from protoalign.compare.model import Comparison, FileResult, FileStatus, Finding, Place, Severity
    from protoalign.settings import FailOn

__all__ = ["render"]

MANY_FILES = 30
"""Up to so many files, the table has those too in which all is aligned."""

FEW_GUESSES = 8
"""Up to so many guesses about elements are listed; more are counted."""

WIDE = 110
"""From so many columns on, a file's findings stand beside its name, and not below."""

SEVERITY_STYLES: dict[Severity, Style] = {"error": "bold red", "warning": "yellow", "info": "cyan"}
STATUS_STYLES: dict[FileStatus, Style] = {
    "aligned": "green",
    "renamed": "cyan",
    "needs update": "yellow",
    "needs major update": "red",
    "missing": "red",
    "extra": "magenta",
}
OUTCOME_STYLES: dict[Outcome, Style] = {
    "aligned": "bold green",
    "accepted": "bold green",
    "findings": "bold red",
    "incomplete": "bold red",
}


def render(
    comparison: Comparison, *, color: bool, width: int, limit: int | None = None, fail_on: FailOn = "warning"
) -> str:
    """The comparison for a terminal.

    Args:
        comparison: the comparison.
        color: whether to colour with ANSI codes.
        width: columns of the terminal.
        limit: the most findings to show, worst first; None for all.
        fail_on: the lowest severity that makes the comparison fail.
    """
    flow = Flow(width, color=color)
    blocks = (
        _head(flow, comparison),
        _left_out(flow, comparison),
        _guesses(flow, comparison),
        _files(flow, comparison.files),
        _findings(flow, comparison.findings, limit),
        _waived(flow, comparison),
        _verdict(flow, comparison, fail_on),
    )
    return "\n\n".join("\n".join(lines) for block in blocks if (lines := list(block))) + "\n"


def _head(flow: Flow, comparison: Comparison) -> Iterator[str]:
    for label, side in (("subject", comparison.subject), ("reference", comparison.reference)):
        counts = (
            f"({counted(side.files, 'file')}, {counted(side.messages, 'message')}, {counted(side.services, 'service')},"
            f" {counted(side.rpcs, 'RPC')})"
        )
        yield from flow.labelled(label, [(visible(side.source), "bold"), (counts, "dim")], indent=0, column=10)


def _left_out(flow: Flow, comparison: Comparison) -> Iterator[str]:
    if comparison.is_complete:
        return
    yield from flow.lines([("INCOMPLETE: what follows could not be read, so nothing is promised", "bold red")])
    for label, side in (("subject", comparison.subject), ("reference", comparison.reference)):
        for name, reason in side.left_out.items():
            yield from flow.lines(
                [(f"{label}:", ""), (f"{visible(name)}:", "bold"), (one_line(reason), "")], first=2, rest=4
            )


def _guesses(flow: Flow, comparison: Comparison) -> Iterator[str]:
    if not comparison.guesses:
        return
    shown = [guess for guess in comparison.guesses if guess.kind in ("package", "file")]
    others = [guess for guess in comparison.guesses if guess.kind not in ("package", "file")]
    if len(others) <= FEW_GUESSES:
        shown, others = [*shown, *others], []
    yield from flow.lines([("matched by guess", "bold"), ("(a mapping overrules it)", "dim")])
    for guess in shown:
        names = f"{visible(guess.subject)} → {visible(guess.reference)}"
        yield from flow.lines(
            [(guess.kind, "dim"), (f"{names}:", ""), (one_line(guess.reason), "dim")], first=2, rest=4
        )
    if others:
        yield f"  {'and ' if shown else ''}{counted(len(others), 'element')}"


def _files(flow: Flow, files: tuple[FileResult, ...]) -> Iterator[str]:
    shown = [file for file in files if len(files) <= MANY_FILES or file.findings or file.status != "aligned"]
    if shown:
        yield from _table(flow, shown)
    if len(shown) < len(files):
        word = "more " if shown else ""
        yield flow.styled(f"{len(files) - len(shown):,} {word}files, all of them aligned", "dim")


def _table(flow: Flow, files: list[FileResult]) -> Iterator[str]:
    rows = [
        (visible(file.file), file.status, f"{file.aligned:,}/{file.elements:,}", percent(file.score)) for file in files
    ]
    titles = ("file", "status", "aligned", "score")
    widths = [max(len(row[column]) for row in (titles, *rows)) for column in range(4)]
    fixed = sum(widths[1:]) + 2 * 3
    wide = flow.width >= WIDE
    room = flow.width - fixed - (36 if wide else 0)
    widths[0] = max(10, min(widths[0], room))
    margin = widths[0] + fixed + 2
    yield flow.styled(_row(titles, widths) + ("  findings" if wide else ""), "dim")
    for file, row in zip(files, rows, strict=True):
        line = _row((shortened(row[0], widths[0]), *row[1:]), widths)
        before, after = line[: widths[0] + 2], line[widths[0] + 2 + len(file.status) :]
        line = before + flow.styled(file.status, STATUS_STYLES[file.status]) + after
        counts = list(flow.lines([(impact_counts(file.findings), "")], first=margin if wide else 4, rest=margin))
        if wide and counts:
            line += "  " + counts.pop(0).lstrip()
        yield line.rstrip()
        yield from counts
        if file.subject_file is not None and file.subject_file != file.file:
            yield from flow.lines([(f"is {visible(file.subject_file)} in the subject", "dim")], first=4, rest=4)


def _row(cells: tuple[str, ...], widths: list[int]) -> str:
    left = [cell.ljust(width) for cell, width in zip(cells[:2], widths[:2], strict=True)]
    right = [cell.rjust(width) for cell, width in zip(cells[2:], widths[2:], strict=True)]
    return "  ".join((*left, *right))


def _findings(flow: Flow, findings: tuple[Finding, ...], limit: int | None) -> Iterator[str]:
    shown = findings if limit is None else findings[:limit]
    for index, group in enumerate(findings_by_element(shown)):
        if index:
            yield ""
        yield from _element(flow, group)
    if len(shown) < len(findings):
        if shown:
            yield ""
        more = "more findings are" if shown else "findings are"
        yield from flow.lines([(f"{len(findings) - len(shown):,} {more} not shown", "bold")])


def _element(flow: Flow, group: ElementFindings) -> Iterator[str]:
    first = group.first
    where = first.kind if first.element == first.file else f"{first.kind} in {visible(first.file)}"
    yield from flow.lines([(visible(first.element), "bold"), (f"({where})", "dim")], rest=4)
    if group.share_places:
        yield from _places(flow, first)
    if group.share_reach:
        yield from _reach(flow, first)
    said: set[str] = set()
    for finding in sorted(group.findings, key=lambda finding: SEVERITIES.index(finding.severity)):
        yield from flow.lines(
            [
                (finding.severity, SEVERITY_STYLES[finding.severity]),
                (f"{finding.impact}:", "bold"),
                (visible(finding.message), ""),
                (f"[{finding.rule}]", "dim"),
            ],
            first=2,
            rest=4,
        )
        if values := values_words(finding):
            yield from flow.lines([(values, "")], first=4, rest=6)
        if not group.share_places:
            yield from _places(flow, finding)
        if not group.share_reach:
            yield from _reach(flow, finding)
        for label, text in (("", finding.consequence), ("fix:", finding.fix)):
            if text and text not in said:
                said.add(text)
                yield from flow.lines([(label, "green"), (visible(text), "")], first=4, rest=6)


def _places(flow: Flow, finding: Finding) -> Iterator[str]:
    for label, place in (("subject", finding.subject), ("reference", finding.reference)):
        if place is not None:
            parts: list[tuple[str, Style]] = [(position(place), "cyan"), (_declaration(finding, place), "")]
            yield from flow.labelled(label, parts, indent=4, column=14)


def _declaration(finding: Finding, place: Place) -> str:
    text = one_line(place.text)
    if text:
        return text
    return visible(place.name) if place.name not in (finding.element, place.file) else ""


def _reach(flow: Flow, finding: Finding) -> Iterator[str]:
    if words := reach_words(finding.reaches, finding.direction):
        yield from flow.labelled("reaches", [(words, "")], indent=4, column=14)


def _waived(flow: Flow, comparison: Comparison) -> Iterator[str]:
    if not comparison.waived:
        return
    reasons: dict[tuple[str, str | None], int] = {}
    for waived in comparison.waived:
        key = (waived.reason, waived.expires)
        reasons[key] = reasons.get(key, 0) + 1
    yield flow.styled("waived", "bold")
    for (reason, expires), number in reasons.items():
        until = f"(until {expires})" if expires else ""
        yield from flow.lines(
            [(f"{counted(number, 'finding')}:", ""), (one_line(reason), ""), (until, "dim")], first=2, rest=4
        )


def _verdict(flow: Flow, comparison: Comparison, fail_on: FailOn) -> Iterator[str]:
    verdict = verdict_of(comparison, fail_on)
    yield from flow.lines([(f"{verdict.title}:", OUTCOME_STYLES[verdict.outcome]), (verdict.detail, "")])
