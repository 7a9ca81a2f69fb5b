"""A certificate as a page of Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from shlex import quote
from typing import TYPE_CHECKING

from protoalign.prove.model import StageStatus
from protoalign.prove.proof import Verdict
from protoalign.reports.markdown import code, prose
from protoalign.reports.prove_wording import figure_name, figure_words, proof_words
from protoalign.reports.wording import counted, one_line, prose_parts

if TYPE_CHECKING:
    from protoalign.prove.certificate import Certificate
    from protoalign.prove.model import Stage
    from protoalign.prove.proof import ContractIdentity

__all__ = ["render_certificate_markdown"]

MARKS = {Verdict.ALIGNED: "✅", Verdict.PARTIAL: "⚠️", Verdict.NOT_ALIGNED: "❌"}
STAGE_MARKS = {StageStatus.PASSED: "✅", StageStatus.SKIPPED: "⚠️", StageStatus.FAILED: "❌"}
FINDINGS = 50
FIGURE_WORDS = {"rpcs": "RPCs"}


def render_certificate_markdown(certificate: Certificate, *, path: str = "") -> str:
    """The page: the verdict, the figures, every stage, what was compared, and how to verify it again.

    Args:
        certificate: the certificate.
        path: the certificate's JSON file, relative to the folder of the settings file; empty where there is none.
    """
    return "\n".join(_lines(certificate, path)) + "\n"


def _lines(certificate: Certificate, path: str) -> Iterator[str]:
    verdict = certificate.verdict
    yield f"# {MARKS[verdict]} {verdict.value.capitalize()}: {code(certificate.reference.source)}"
    yield ""
    sides = f"{code(certificate.subject.source)} held against {code(certificate.reference.source)}"
    yield f"{sides}: {proof_words(certificate)}."
    yield from _figures(certificate)
    yield from _stages(certificate)
    yield from _findings(certificate)
    yield from _compared(certificate)
    yield from _waivers(certificate)
    yield from _tools(certificate)
    yield from _again(certificate, path)


def _figures(certificate: Certificate) -> Iterator[str]:
    if not certificate.figures:
        return
    yield from ("", "## Figures", "")
    yield "What holds in the structure and in every runtime that was run."
    yield ""
    rows = [(figure_name(figure.name), f"{figure.proved:,} of {figure.total:,}") for figure in certificate.figures]
    yield from _table(("", "proved"), rows)


def _stages(certificate: Certificate) -> Iterator[str]:
    yield from ("", "## Stages", "")
    if not certificate.stages:
        yield "None was run."
        return
    rows = [
        (
            code(stage.name, in_table=True),
            f"{STAGE_MARKS[stage.status]} {stage.status.value}",
            _cell(figure_words(stage.figures)),
            _cell(stage.reason),
        )
        for stage in certificate.stages
    ]
    if any(stage.reason for stage in certificate.stages):
        yield from _table(("stage", "outcome", "proved", "why"), rows)
    else:
        yield from _table(("stage", "outcome", "proved"), [row[:3] for row in rows])


def _findings(certificate: Certificate) -> Iterator[str]:
    with_findings: list[Stage] = [stage for stage in certificate.stages if stage.findings]
    if not with_findings:
        return
    yield from ("", "## Findings")
    for stage in with_findings:
        yield from ("", f"### {code(stage.name)}", "")
        yield from (f"- {prose(finding)}" for finding in stage.findings[:FINDINGS])
        more = len(stage.findings) - FINDINGS
        if more > 0:
            yield f"- … and {more:,} more, in the certificate's JSON"


def _compared(certificate: Certificate) -> Iterator[str]:
    yield from ("", "## What was compared", "")
    rows = [
        *_side_rows("subject", certificate.subject),
        *_side_rows("reference", certificate.reference),
    ]
    if certificate.vectors is not None:
        vectors = certificate.vectors
        told = f"{counted(vectors.vectors, 'vector')} for {counted(vectors.messages, 'message')}"
        rows.append(("wire vectors", f"{code(vectors.path, in_table=True)}, {told}", code(vectors.digest)))
    rows.extend(
        ("generated code", f"{code(folder.path, in_table=True)}, {counted(folder.files, 'file')}", code(folder.digest))
        for folder in certificate.generated
    )
    yield from _table(("", "what", "digest"), rows)


def _side_rows(name: str, side: ContractIdentity) -> Iterator[tuple[str, str, str]]:
    counts = side.counts
    told = ", ".join(
        (
            counted(counts.files, "file"),
            counted(counts.messages, "message"),
            counted(counts.enums, "enum"),
            counted(counts.services, "service"),
            counted(counts.rpcs, "RPC"),
        )
    )
    yield name, f"{code(side.source, in_table=True)}: {told}", code(side.digest)
    if side.archive is not None:
        digest = code(f"sha256:{side.archive_sha256}", in_table=True) if side.archive_sha256 is not None else "unknown"
        yield f"{name}'s archive", code(side.archive, in_table=True), digest


def _waivers(certificate: Certificate) -> Iterator[str]:
    if not certificate.waivers:
        return
    yield from ("", "## Waivers", "", "Findings that the settings accept; they are differences all the same.", "")
    rows = [
        (
            code(waiver.element, in_table=True),
            code(waiver.rule, in_table=True),
            _cell(waiver.message),
            _cell(waiver.reason),
            waiver.expires or "",
        )
        for waiver in certificate.waivers
    ]
    yield from _table(("element", "rule", "what differs", "accepted because", "until"), rows)


def _tools(certificate: Certificate) -> Iterator[str]:
    if not certificate.tools:
        return
    yield from ("", "## Tools", "")
    rows = [(code(name, in_table=True), _cell(version)) for name, version in certificate.tools.items()]
    yield from _table(("tool", "version"), rows)


def _again(certificate: Certificate, path: str) -> Iterator[str]:
    yield from ("", "## Verify it again", "")
    yield f"This page is made from {code(path)}." if path else "This page is made from a certificate."
    yield f"Its digest, which covers all but the versions of tools, is {code(certificate.digest)}."
    yield "To check its digests and run the whole proof again, in the folder of `protoalign.toml`:"
    yield from ("", f"    protoalign prove --verify {_word(path or 'certificate.json')}")


def _word(path: str) -> str:
    """The path as a word of a shell, on one line."""
    return quote(one_line(path))


def _cell(text: str) -> str:
    """A sentence with its `code` as the cell of a table, which no pipe in it ends."""
    return "".join(code(part, in_table=True) if is_code else prose(part) for is_code, part in prose_parts(text))


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(titles)} |"
    yield f"| {' | '.join('---' for _title in titles)} |"
    yield from (f"| {' | '.join(row)} |" for row in rows)
