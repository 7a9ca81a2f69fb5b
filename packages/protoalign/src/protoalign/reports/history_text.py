"""A subject's history: a table for a terminal or in Markdown, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from protoalign.reports.markdown import code, prose
from protoalign.reports.table import table_lines
from protoalign.reports.wording import counted, cut, impact_counts, one_line, percent, visible

if TYPE_CHECKING:
    from protoalign.compare.model import Finding
    from protoalign.upstream.model import Appearance, History, HistoryPoint

__all__ = ["EARLIER", "render_history_json", "render_history_markdown", "render_history_text"]

SHORT = 12
SUMMARY = 60
HEAD = ("date", "commit", "aligned", "findings", "summary")
EARLIER = {
    "limit": "earlier commits were left out, see --limit",
    "since": "earlier commits were left out, see --since",
    "shallow clone": "earlier commits are not in this shallow clone; git fetch --unshallow gets them",
}
"""Why there may be earlier commits, for people."""


def render_history_text(
    history: History, finding: Finding | None = None, appearances: Sequence[Appearance] = ()
) -> str:
    """The history for a terminal, oldest commit first.

    Args:
        history: the history.
        finding: a finding whose coming and going is to be told; None for none.
        appearances: when it was there.
    """
    lines = list(table_lines([HEAD, *(_row(point) for point in history.points)], HEAD[2:4]))
    lines += ["", *_closing(history)]
    if finding is not None:
        lines += ["", f"{finding.fingerprint}  {finding.rule}  {visible(finding.element)}: {one_line(finding.message)}"]
        lines += _told(history, appearances)
    return "\n".join(lines) + "\n"


def render_history_markdown(
    history: History, finding: Finding | None = None, appearances: Sequence[Appearance] = ()
) -> str:
    """The history as Markdown, with the same arguments."""
    lines = [
        f"# {code(history.subject)} against {code(history.reference)}",
        "",
        *(prose(line) for line in _closing(history)),
        "",
        "| date | commit | aligned | findings | summary |",
        "| --- | --- | ---: | --- | --- |",
    ]
    for point in history.points:
        state = percent(point.score) if point.score is not None else point.state
        said = impact_counts(point.findings) or point.problem
        cells = (point.date[:10], code(point.commit[:SHORT]), state, prose(_cut(said)), prose(_cut(point.summary)))
        lines.append("| " + " | ".join(cells) + " |")
    if finding is not None:
        lines += ["", f"{code(finding.fingerprint)} {code(finding.element)}: {prose(finding.message)}.", ""]
        lines += [f"- {prose(line)}" for line in _told(history, appearances)]
    return "\n".join(lines) + "\n"


def render_history_json(
    history: History, finding: Finding | None = None, appearances: Sequence[Appearance] = ()
) -> str:
    """The history as JSON, with the same arguments."""
    data: dict[str, Any] = {
        "subject": history.subject,
        "reference": history.reference,
        "earlier": history.earlier,
        "commits": [
            {
                "commit": point.commit,
                "date": point.date,
                "summary": point.summary,
                "state": point.state,
                "problem": point.problem,
                "score": point.score,
                "findings": dict(point.findings),
                "fingerprints": sorted(point.fingerprints),
            }
            for point in history.points
        ],
    }
    if finding is not None:
        data["finding"] = asdict(finding)
        data["appearances"] = [asdict(appearance) for appearance in appearances]
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _row(point: HistoryPoint) -> tuple[str, ...]:
    if point.score is None:
        said = f"{point.state}: {_cut(point.problem)}" if point.problem else point.state
        return (point.date[:10], point.commit[:SHORT], "-", "-", one_line(said))
    findings = sum(point.findings.values())
    return (point.date[:10], point.commit[:SHORT], percent(point.score), f"{findings:,}", _cut(point.summary))


def _closing(history: History) -> Iterator[str]:
    compared = history.compared
    skipped = len(history.points) - len(compared)
    commits = counted(len(history.points), "commit")
    if compared:
        first, last = (percent(point.score or 0.0) for point in (compared[0], compared[-1]))
        yield f"{commits}, {first} aligned with {visible(history.reference)} at first, {last} at last"
    else:
        yield f"{commits}, none of which could be compared with {visible(history.reference)}"
    if skipped and compared:
        yield f"{counted(skipped, 'commit')} could not be compared and {'has' if skipped == 1 else 'have'} no score"
    if history.earlier:
        yield EARLIER[history.earlier]


def _told(history: History, appearances: Sequence[Appearance]) -> Iterator[str]:
    for each in appearances:
        first = f"first seen in {_commit(history, each.first)}"
        if each.since_start and history.earlier:
            first = f"there at or before {_commit(history, each.first)}"
        yield first + _unsure(each.unknown_before)
        if each.gone is not None:
            yield f"gone in {_commit(history, each.gone)}" + _unsure(each.unknown_before_gone)
    if appearances and appearances[-1].gone is None:
        yield "still there in the newest commit that was compared"


def _commit(history: History, commit: str) -> str:
    point = next(point for point in history.points if point.commit == commit)
    return f"{commit[:SHORT]} of {point.date[:10]}, {_cut(point.summary)!r}"


def _unsure(commits: tuple[str, ...]) -> str:
    if not commits:
        return ""
    return f", or in one of the {counted(len(commits), 'commit')} before it that could not be compared"


def _cut(text: str) -> str:
    return cut(one_line(text), SUMMARY)
