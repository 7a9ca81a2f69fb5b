"""A proof for a GitHub Actions log: the text, and an annotation for each finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from protoalign.prove.model import StageStatus
from protoalign.reports.prove_text import render_proof_text
from protoalign.reports.workflow_commands import workflow_command

if TYPE_CHECKING:
    from protoalign.prove.proof import Proof

__all__ = ["render_proof_github"]

ANNOTATIONS = 10
"""GitHub shows ten errors of a step; the text has more."""


def render_proof_github(proof: Proof, *, stale: Sequence[str] = ()) -> str:
    """The text, with workflow commands behind it that become annotations.

    Args:
        proof: the proof.
        stale: what is on disk and is not what this proof makes, one sentence each.
    """
    annotations = "".join(f"{line}\n" for line in _annotations(proof, stale))
    return render_proof_text(proof, stale=stale) + annotations


def _annotations(proof: Proof, stale: Sequence[str]) -> Iterator[str]:
    for stage in proof.stages:
        title = {"title": f"protoalign prove: {stage.name}"}
        if stage.status is StageStatus.SKIPPED:
            yield workflow_command("warning", title, f"skipped: {stage.reason}")
        elif stage.status is StageStatus.FAILED:
            for finding in (stage.findings or (stage.reason,))[:ANNOTATIONS]:
                yield workflow_command("error", title, finding)
    yield from (workflow_command("error", {"title": "protoalign prove: stale"}, line) for line in stale[:ANNOTATIONS])
