"""A proof for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from protoalign.prove.model import StageStatus
from protoalign.prove.proof import Verdict
from protoalign.reports.prove_wording import figure_words, proof_words
from protoalign.reports.wording import counted, visible

if TYPE_CHECKING:
    from protoalign.prove.model import Stage
    from protoalign.prove.proof import Proof

__all__ = ["render_proof_text"]

GREEN, RED, YELLOW, BOLD, RESET = "\x1b[32m", "\x1b[1;31m", "\x1b[33m", "\x1b[1m", "\x1b[0m"
COLORS = {StageStatus.PASSED: GREEN, StageStatus.FAILED: RED, StageStatus.SKIPPED: YELLOW}
VERDICT_COLORS = {Verdict.ALIGNED: GREEN, Verdict.PARTIAL: YELLOW, Verdict.NOT_ALIGNED: RED}
FINDINGS = 20


def render_proof_text(proof: Proof, *, stale: Sequence[str] = (), color: bool = False) -> str:
    """A line for each stage, what is wrong in those that failed, and the verdict.

    Args:
        proof: the proof.
        stale: what is on disk and is not what this proof makes, one sentence each.
        color: whether to colour with ANSI codes.
    """
    return "\n".join(_lines(proof, stale, color=color)) + "\n"


def _lines(proof: Proof, stale: Sequence[str], *, color: bool) -> Iterator[str]:
    width = max((len(visible(stage.name)) for stage in proof.stages), default=0)
    for stage in proof.stages:
        yield _stage_line(stage, width, color=color)
    for stage in proof.stages:
        if stage.findings:
            yield ""
            yield _styled(visible(f"{stage.name}: {stage.reason or 'failed'}"), BOLD, color=color)
            yield from _limited(stage.findings)
    if proof.waivers:
        yield ""
        yield _styled(f"{counted(len(proof.waivers), 'finding')} accepted", BOLD, color=color)
        yield from _limited([f"{waiver.element}: {waiver.message} ({waiver.reason})" for waiver in proof.waivers])
    if stale:
        yield ""
        yield _styled("on disk is not what this proof makes", BOLD, color=color)
        yield from _limited(stale)
    yield ""
    if proof.vectors is not None:
        yield f"{counted(proof.vectors.vectors, 'vector')} for {counted(proof.vectors.messages, 'message')}"
    if proof.figures:
        yield figure_words(proof.figures)
    yield _verdict(proof, color=color)
    if stale and proof.verdict is not Verdict.NOT_ALIGNED:
        # What is wrong comes first: a certificate of it is not what anybody wants on disk.
        yield _styled("stale: what is on disk has to be written again with protoalign prove", RED, color=color)


def _stage_line(stage: Stage, width: int, *, color: bool) -> str:
    ran = stage.status is not StageStatus.SKIPPED
    seconds = f"{stage.seconds:6.2f} s" if ran else " " * 8
    status = _styled(f"{stage.status.value:<7}", COLORS[stage.status], color=color)
    said = figure_words(stage.figures)
    if not ran or not said:
        said = stage.reason
    return f"{visible(stage.name):<{width}}  {status}  {seconds}  {visible(said)}".rstrip()


def _limited(lines: Sequence[str]) -> Iterator[str]:
    yield from (f"  {visible(line)}" for line in lines[:FINDINGS])
    more = len(lines) - FINDINGS
    if more > 0:
        yield f"  … and {more:,} more"


def _verdict(proof: Proof, *, color: bool) -> str:
    sides = f"{visible(proof.subject.source)} held against {visible(proof.reference.source)}"
    verdict = _styled(proof.verdict.value, VERDICT_COLORS[proof.verdict], color=color)
    return f"{verdict}: {sides}: {proof_words(proof)} ({proof.seconds:.1f} s)"


def _styled(text: str, style: str, *, color: bool) -> str:
    return f"{style}{text}{RESET}" if color else text
