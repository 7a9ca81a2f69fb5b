"""What the HTML page shows, computed before any HTML is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from protoalign.compare.model import IMPACTS
from protoalign.reports.side_by_side import Block, diff_texts

if TYPE_CHECKING:
    from protoalign.compare.model import Comparison, FileResult, Finding, Impact, Reach
    from protoalign.reports.options import SideBySide

__all__ = ["FileView", "FindingView", "PageView", "ReachView", "page_view"]

FEW_RPCS = 8
"""Up to so many RPCs are listed with each finding; longer lists are shown once, for all findings that have them."""

MOST_ROWS = 20_000
"""So many rows of text are shown side by side; a page with more would be slow to open."""

LIGHTER = 10
"""So many lines of a file that only one side has take the room of one row."""

MOST_FOLDED = 1_000_000
"""So many characters of equal text are kept in folds."""


@dataclass(frozen=True, slots=True)
class ReachView:
    """RPCs that one finding or more reach.

    Attributes:
        number: its number in the page.
        reaches: the RPCs with their directions.
        rpcs: the numbers of the RPCs among `PageView.rpcs`.
        is_long: whether findings refer to it and do not list it themselves.
    """

    number: int
    reaches: tuple[Reach, ...]
    rpcs: tuple[int, ...]
    is_long: bool


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding in the page.

    Attributes:
        finding: the finding.
        anchor: its id in the page.
        file: the number of its file.
        reach: the RPCs that it reaches; None for none.
    """

    finding: Finding
    anchor: str
    file: int
    reach: ReachView | None


@dataclass(frozen=True, slots=True)
class FileView:
    """One file in the page.

    Attributes:
        number: its number.
        result: the comparison's result.
        findings: how many findings it has.
        blocks: its text side by side; empty where both sides are equal or no text is at hand.
        rows: number of rows that differ.
        only: the text where only one side has the file; then there are no blocks.
        is_cut: whether its text was left out, as the page would be too large.
    """

    number: int
    result: FileResult
    findings: int
    blocks: tuple[Block, ...] = ()
    rows: int = 0
    only: str = ""
    is_cut: bool = False

    @property
    def is_shown(self) -> bool:
        """Whether the page's part with the texts says anything about it."""
        return bool(self.blocks or self.only or self.is_cut)

    @property
    def is_settled(self) -> bool:
        """Whether there is nothing to do in it."""
        return self.result.status == "aligned" and not self.result.findings


@dataclass(frozen=True, slots=True)
class PageView:
    """The page.

    Attributes:
        files: all files.
        findings: all findings.
        impacts: impact to number of findings; impacts without any are left out.
        rpcs: the paths of all RPCs that a finding reaches.
        reaches: the sets of RPCs that findings reach.
        has_texts: whether texts are at hand.
        folds: whether equal text is kept in folds; otherwise it is left out.
    """

    files: tuple[FileView, ...]
    findings: tuple[FindingView, ...]
    impacts: dict[Impact, int]
    rpcs: tuple[str, ...]
    reaches: tuple[ReachView, ...]
    has_texts: bool
    folds: bool


def page_view(comparison: Comparison, texts: SideBySide | None) -> PageView:
    """Compute the page.

    Args:
        comparison: the comparison.
        texts: the texts of both sides; None where they are not at hand.
    """
    findings = comparison.findings
    rpcs = sorted({reach.path for finding in findings for reach in finding.reaches})
    reaches = _reaches(findings, rpcs)
    by_file: dict[str, int] = {}
    for finding in findings:
        by_file[finding.file] = by_file.get(finding.file, 0) + 1
    files = _files(comparison, by_file, texts)
    number_of = {file.result.file: file.number for file in files}
    return PageView(
        files=files,
        findings=tuple(
            FindingView(finding, anchor, number_of.get(finding.file, -1), reaches.get(finding.reaches))
            for finding, anchor in zip(findings, _anchors(findings), strict=True)
        ),
        impacts={
            impact: number for impact in IMPACTS if (number := sum(finding.impact == impact for finding in findings))
        },
        rpcs=tuple(rpcs),
        reaches=tuple(reaches.values()),
        has_texts=texts is not None,
        folds=_folded(files) <= MOST_FOLDED,
    )


def _anchors(findings: tuple[Finding, ...]) -> list[str]:
    """An id for each finding, the same in each run as long as the finding stays."""
    seen: dict[str, int] = {}
    anchors = []
    for finding in findings:
        seen[finding.fingerprint] = number = seen.get(finding.fingerprint, 0) + 1
        anchors.append(f"finding-{finding.fingerprint}" + (f"-{number}" if number > 1 else ""))
    return anchors


def _reaches(findings: tuple[Finding, ...], rpcs: list[str]) -> dict[tuple[Reach, ...], ReachView]:
    number_of = {path: number for number, path in enumerate(rpcs)}
    views: dict[tuple[Reach, ...], ReachView] = {}
    for finding in findings:
        if finding.reaches and finding.reaches not in views:
            numbers = tuple(number_of[reach.path] for reach in finding.reaches)
            is_long = len(numbers) > FEW_RPCS
            views[finding.reaches] = ReachView(len(views), finding.reaches, numbers, is_long)
    return views


def _files(comparison: Comparison, findings: dict[str, int], texts: SideBySide | None) -> tuple[FileView, ...]:
    views: list[FileView] = []
    room = MOST_ROWS
    for number, result in enumerate(comparison.files):
        subject, reference = texts.files.get(result.file, ("", "")) if texts is not None else ("", "")
        view = FileView(number, result, findings.get(result.file, 0))
        if subject and reference and room > 0:
            blocks = diff_texts(subject, reference)
            room -= sum(len(block.rows) for block in blocks if not block.is_context)
            view = replace(view, blocks=blocks, rows=_differing(blocks))
        elif subject != reference:
            # The lines of one text weigh less than rows of two.
            room -= (subject or reference).count("\n") // LIGHTER
            view = replace(view, is_cut=True) if room <= 0 else replace(view, only=subject or reference)
        views.append(view)
    return tuple(views)


def _differing(blocks: tuple[Block, ...]) -> int:
    return sum(row.kind != "equal" for block in blocks for row in block.rows)


def _folded(files: tuple[FileView, ...]) -> int:
    return sum(
        len(text)
        for file in files
        for block in file.blocks
        if block.is_context
        for row in block.rows
        if row.subject is not None
        for _, text in row.subject.parts
    )
