"""GitHub flavoured Markdown, for pull requests and documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from protoalign.reports.grouping import ElementFindings, findings_by_element
from protoalign.reports.verdict import Outcome, verdict_of
from protoalign.reports.wording import (
    counted,
    impact_counts,
    one_line,
    percent,
    position,
    prose_parts,
    reach_words,
    values_words,
)

if TYPE_CHECKING:
    from protoalign.compare.model import Comparison, FileResult, Finding
    from protoalign.settings import FailOn

__all__ = ["code", "prose", "render"]

SPECIAL = re.compile(r"[\\`*_\[\]<>#|~$&]")
MARKS: dict[Outcome, str] = {"aligned": "✅", "accepted": "✅", "findings": "❌", "incomplete": "⚠️"}


def render(comparison: Comparison, *, limit: int | None = None, fail_on: FailOn = "warning") -> str:
    """The comparison as Markdown.

    Args:
        comparison: the comparison.
        limit: the most findings to show, worst first; None for all.
        fail_on: the lowest severity that makes the comparison fail.
    """
    return "\n".join(_lines(comparison, limit, fail_on)) + "\n"


def code(text: str, *, in_table: bool = False) -> str:
    """Foreign text as a code span that it cannot leave; empty for empty text.

    Args:
        text: the text.
        in_table: whether the span stands in a table, where a pipe would end the cell.
    """
    text = one_line(text)
    if not text:
        return ""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    span = f"{fence}{pad}{text}{pad}{fence}"
    return span.replace("|", r"\|") if in_table else span


def prose(text: str) -> str:
    """A sentence with its `code`, all else escaped; no name in it becomes a mention of somebody."""
    return "".join(code(part) if is_code else _escaped(part) for is_code, part in prose_parts(text))


def _escaped(text: str) -> str:
    lead = " " if text[:1].isspace() else ""
    trail = " " if text[-1:].isspace() and text.strip() else ""
    return lead + SPECIAL.sub(r"\\\g<0>", one_line(text)).replace("@", "@\u2060") + trail


def _lines(comparison: Comparison, limit: int | None, fail_on: FailOn) -> Iterator[str]:
    verdict = verdict_of(comparison, fail_on)
    yield f"## {MARKS[verdict.outcome]} Contract: {verdict.title}"
    yield ""
    yield f"{code(comparison.subject.source)} held against {code(comparison.reference.source)}:"
    yield f"{_escaped(verdict.detail)}."
    yield from _left_out(comparison)
    yield from _files(comparison.files)
    yield from _guesses(comparison)
    yield from _findings(comparison.findings, limit)
    yield from _waived(comparison)


def _left_out(comparison: Comparison) -> Iterator[str]:
    if comparison.is_complete:
        return
    yield from ("", "> [!WARNING]", "> The comparison is incomplete. These could not be read:", ">")
    for label, side in (("subject", comparison.subject), ("reference", comparison.reference)):
        for name, reason in side.left_out.items():
            yield f"> - {label}: {code(name)}: {_escaped(reason)}"


def _files(files: tuple[FileResult, ...]) -> Iterator[str]:
    if not files:
        return
    yield from ("", "| file | status | aligned | score | findings |", "| --- | --- | ---: | ---: | --- |")
    for file in files:
        name = code(file.file, in_table=True)
        if file.subject_file is not None and file.subject_file != file.file:
            name += f" (in the subject {code(file.subject_file, in_table=True)})"
        counts = impact_counts(file.findings)
        yield f"| {name} | {file.status} | {file.aligned}/{file.elements} | {percent(file.score)} | {counts} |"


def _guesses(comparison: Comparison) -> Iterator[str]:
    if not comparison.guesses:
        return
    yield from (
        "",
        "<details>",
        f"<summary>{counted(len(comparison.guesses), 'match', 'matches')} by guess</summary>",
        "",
    )
    for guess in comparison.guesses:
        yield f"- {guess.kind} {code(guess.subject)} → {code(guess.reference)}: {prose(guess.reason)}"
    yield from ("", "</details>")


def _findings(findings: tuple[Finding, ...], limit: int | None) -> Iterator[str]:
    if not findings:
        return
    shown = findings if limit is None else findings[:limit]
    yield from ("", "### Findings")
    for group in findings_by_element(shown):
        yield from _element(group)
    if len(shown) < len(findings):
        yield from ("", f"{len(findings) - len(shown):,} more are not shown.")


def _element(group: ElementFindings) -> Iterator[str]:
    first = group.first
    where = first.kind if first.element == first.file else f"{first.kind} in {code(first.file)}"
    yield from ("", f"#### {code(first.element)}", "", where)
    if group.share_places:
        yield from _places(first, "")
    if group.share_reach and (words := reach_words(first.reaches, first.direction)):
        yield f"<br>reaches {prose(words)}"
    yield ""
    for finding in group.findings:
        yield f"- **{finding.severity}**, {finding.impact}: {prose(finding.message)} ({code(finding.rule)})"
        if values := values_words(finding):
            yield f"  <br>{_escaped(values)}"
        if not group.share_places:
            yield from _places(finding, "  ")
        if not group.share_reach and (words := reach_words(finding.reaches, finding.direction)):
            yield f"  <br>reaches {prose(words)}"
        if finding.consequence:
            yield f"  <br>{prose(finding.consequence)}"
        if finding.fix:
            yield f"  <br>**Fix:** {prose(finding.fix)}"


def _places(finding: Finding, indent: str) -> Iterator[str]:
    for label, place in (("subject", finding.subject), ("reference", finding.reference)):
        if place is not None:
            yield f"{indent}<br>{label}: {code(position(place))} {code(place.text)}".rstrip()


def _waived(comparison: Comparison) -> Iterator[str]:
    if not comparison.waived:
        return
    yield from ("", "<details>", f"<summary>{counted(len(comparison.waived), 'waived finding')}</summary>", "")
    for waived in comparison.waived:
        until = f" (until {waived.expires})" if waived.expires else ""
        finding = waived.finding
        yield f"- {code(finding.element)} ({code(finding.rule)}): {_escaped(waived.reason)}{until}"
    yield from ("", "</details>")
