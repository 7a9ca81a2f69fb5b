"""How the renderings of proofs and certificates put figures and verdicts into words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from protoalign.prove.model import StageStatus
from protoalign.prove.proof import FIGURES, Verdict
from protoalign.reports.wording import counted

if TYPE_CHECKING:
    from protoalign.prove.certificate import Certificate
    from protoalign.prove.model import Figure
    from protoalign.prove.proof import Proof

__all__ = ["figure_name", "figure_words", "proof_words"]

FIGURE_NAMES = {"rpcs": "RPCs"}


def figure_name(name: str) -> str:
    """What a figure counts, as people write it."""
    return FIGURE_NAMES.get(name, name)


def figure_words(figures: Sequence[Figure]) -> str:
    """Figures in one line, such as `files 14/14, RPCs 40/40`; those of a whole proof first, in their order."""
    order = {name: index for index, name in enumerate(FIGURES)}
    listed = sorted(figures, key=lambda figure: order.get(figure.name, len(order)))
    return ", ".join(f"{figure_name(figure.name)} {figure.proved:,}/{figure.total:,}" for figure in listed)


def proof_words(proof: Proof | Certificate) -> str:
    """What the stages came to, as the end of a sentence."""
    stages = proof.stages
    if not stages:
        return "no stage was run"
    failed = sum(stage.status is StageStatus.FAILED for stage in stages)
    skipped = len(proof.skipped)
    were_skipped = f"{counted(skipped, 'stage')} {'was' if skipped == 1 else 'were'} skipped"
    if proof.verdict is Verdict.ALIGNED:
        return "the only stage passed" if len(stages) == 1 else f"all {counted(len(stages), 'stage')} passed"
    if proof.verdict is Verdict.PARTIAL:
        return f"no stage failed, and {were_skipped}, so alignment is not proved"
    return f"{failed:,} of {counted(len(stages), 'stage')} failed" + (f", {were_skipped}" if skipped else "")
