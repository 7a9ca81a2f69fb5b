"""What a certificate says: the result of a proof without what differs from run to run, such as times."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from types import MappingProxyType

from protoalign.errors import CertificateError
from protoalign.prove.model import Figure, Stage, StageStatus
from protoalign.prove.proof import FIGURES, ContractIdentity, Folder, Proof, VectorSet, Verdict, WaiverUse
from protoalign.prove.structure import STRUCTURE

__all__ = ["CERTIFICATE_FORMAT", "Certificate", "certificate_data", "certificate_of"]

CERTIFICATE_FORMAT = 1
"""The format's number; it grows when a reader of the old format could misread the new one."""

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
ARCHIVE_DIGEST = re.compile(r"[0-9a-f]{64}")
SCRATCH = re.compile(r"(protoalign-prove-)\w+")
"""The name of the folder in which a proof works; it is another one in each run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What a proof found out, in a form that the same inputs always give.

    It cannot be made to contradict itself: the verdict follows from the stages, a passed stage proves all that it
    counts, and no figure of the whole is better than that of a stage.

    Attributes:
        verdict: what the stages come to; `aligned` only where all of them passed.
        subject: the contract that was proved.
        reference: the contract that it was held against.
        figures: what holds in the structure and in every runtime that was run.
        stages: every stage, without its seconds.
        generated: the folders of generated code that took part, by path.
        vectors: the wire vectors; None where none could be made.
        waivers: findings that the settings accept.
        tools: name to version of all that took part; the digest does not cover them.

    Raises:
        CertificateError: it contradicts itself.
    """

    verdict: Verdict
    subject: ContractIdentity
    reference: ContractIdentity
    figures: tuple[Figure, ...]
    stages: tuple[Stage, ...]
    generated: tuple[Folder, ...] = ()
    vectors: VectorSet | None = None
    waivers: tuple[WaiverUse, ...] = ()
    tools: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        object.__setattr__(self, "stages", tuple(replace(stage, seconds=0.0) for stage in self.stages))
        object.__setattr__(self, "tools", MappingProxyType(dict(sorted(self.tools.items()))))
        contradiction = next(_contradictions(self), None)
        if contradiction is not None:
            raise CertificateError(f"the certificate contradicts itself: {contradiction}")

    @property
    def skipped(self) -> tuple[Stage, ...]:
        """The stages that were skipped; each has its reason."""
        return tuple(stage for stage in self.stages if stage.status is StageStatus.SKIPPED)

    @property
    def digest(self) -> str:
        """`sha256:` and hex, over all that the certificate says except the versions of tools.

        It is the SHA-256 of the JSON data without the keys `digest` and `tools`, written with sorted keys, without
        white space and in ASCII.
        """
        text = json.dumps(_statement(self), sort_keys=True, separators=(",", ":"))
        return "sha256:" + sha256(text.encode("ascii")).hexdigest()


def certificate_of(proof: Proof, *, places: Mapping[str, str] | None = None) -> Certificate:
    """The certificate of a proof, whatever its verdict.

    Args:
        proof: the proof.
        places: folders of this machine, such as that of the settings file, to what to call them: a certificate is the
            same on every machine.

    Raises:
        CertificateError: the proof contradicts itself; see `Certificate`.
    """
    named = dict(places or {})
    return Certificate(
        verdict=proof.verdict,
        subject=replace(proof.subject, source=_portable(proof.subject.source, named)),
        reference=replace(proof.reference, source=_portable(proof.reference.source, named)),
        figures=proof.figures,
        stages=tuple(
            replace(
                stage,
                reason=_portable(stage.reason, named),
                findings=tuple(_portable(finding, named) for finding in stage.findings),
            )
            for stage in proof.stages
        ),
        generated=proof.generated,
        vectors=proof.vectors,
        waivers=proof.waivers,
        tools=proof.tools,
    )


def _portable(text: str, places: Mapping[str, str]) -> str:
    """The text with other names for folders of this machine, those inside others first."""
    for folder in sorted(places, key=len, reverse=True):
        # Only whole names: /home/ann is not the start of /home/anna.
        name = places[folder].replace("\\", r"\\")
        text = re.sub(rf"{re.escape(folder)}(?![\w.-])", name, text)
    return SCRATCH.sub(r"\1…", text)


def certificate_data(certificate: Certificate) -> dict[str, object]:
    """The certificate as data that JSON can hold; `docs/reference/certificate.schema.json` describes it."""
    statement = _statement(certificate)
    return {
        "format": statement.pop("format"),
        "verdict": statement.pop("verdict"),
        "digest": certificate.digest,
        **statement,
        "tools": dict(certificate.tools),
    }


def _statement(certificate: Certificate) -> dict[str, object]:
    """The data that the digest covers."""
    return {
        "format": CERTIFICATE_FORMAT,
        "verdict": certificate.verdict.value,
        "subject": asdict(certificate.subject),
        "reference": asdict(certificate.reference),
        "figures": [asdict(figure) for figure in certificate.figures],
        "stages": [_stage_data(stage) for stage in certificate.stages],
        "skipped": [{"stage": stage.name, "reason": stage.reason} for stage in certificate.skipped],
        "generated": [asdict(folder) for folder in certificate.generated],
        "vectors": None if certificate.vectors is None else asdict(certificate.vectors),
        "waivers": [asdict(waiver) for waiver in certificate.waivers],
    }


def _stage_data(stage: Stage) -> dict[str, object]:
    return {
        "name": stage.name,
        "status": stage.status.value,
        "reason": stage.reason,
        "figures": [asdict(figure) for figure in stage.figures],
        "findings": list(stage.findings),
    }


def _contradictions(certificate: Certificate) -> Iterator[str]:
    followed = Proof(subject=certificate.subject, reference=certificate.reference, stages=certificate.stages).verdict
    if certificate.verdict is not followed:
        yield f'the verdict is "{certificate.verdict.value}", and from the stages follows "{followed.value}"'
    yield from _wrong_digests(certificate)
    yield from _repeated("stage", (stage.name for stage in certificate.stages))
    yield from _repeated("folder", (folder.path for folder in certificate.generated))
    for stage in certificate.stages:
        yield from (f"stage {stage.name!r} {wrong}" for wrong in _stage_contradictions(stage))
    yield from _figure_contradictions(certificate)


def _stage_contradictions(stage: Stage) -> Iterator[str]:
    yield from (f"says that {wrong}" for wrong in _wrong_figures(stage.figures))
    short = next((figure for figure in stage.figures if figure.proved != figure.total), None)
    if stage.status is StageStatus.PASSED:
        if stage.findings or stage.reason:
            yield "passed, and says what is wrong"
        if short is not None:
            yield f"passed with {short.proved} of {short.total} {short.name!r}"
    elif stage.status is StageStatus.SKIPPED:
        if not stage.reason:
            yield "was skipped without a reason"
        if stage.findings:
            yield "was skipped, and says what is wrong"
    elif not (stage.findings or stage.reason):
        yield "failed, and does not say how"


def _figure_contradictions(certificate: Certificate) -> Iterator[str]:
    yield from _wrong_figures(certificate.figures)
    known = set(FIGURES)
    totals = asdict(certificate.reference.counts)
    proved_in_stages = [
        (figure, stage)
        for stage in certificate.stages
        if stage.status is not StageStatus.SKIPPED
        for figure in stage.figures
    ]
    for figure in certificate.figures:
        if figure.name not in known:
            yield f"{figure.name!r} is no figure of a whole proof"
        elif figure.total != totals[figure.name]:
            yield f"the figures count {figure.total} {figure.name}, the reference has {totals[figure.name]}"
        worse = next(
            (
                stage
                for of_stage, stage in proved_in_stages
                if (of_stage.name, of_stage.total) == (figure.name, figure.total) and of_stage.proved < figure.proved
            ),
            None,
        )
        if worse is not None:
            yield f"{figure.proved} {figure.name} are called proved, more than in stage {worse.name!r}"
    if certificate.verdict is not Verdict.ALIGNED:
        return
    if missing := [name for name in FIGURES if name not in {figure.name for figure in certificate.figures}]:
        yield f'the verdict is "aligned" without figures for {", ".join(missing)}'
    yield from (
        f'the verdict is "aligned" with {figure.name} {figure.proved} of {figure.total}'
        for figure in certificate.figures
        if figure.proved != figure.total
    )
    names = [stage.name for stage in certificate.stages]
    counts = certificate.reference.counts
    for start, there in ((STRUCTURE, True), ("wire: ", counts.messages), ("rpcs: ", counts.rpcs)):
        if there and not any(name.startswith(start) for name in names):
            yield f'the verdict is "aligned" without a stage {start.rstrip(": ")!r}'
    vectors = 0 if certificate.vectors is None else certificate.vectors.messages
    if vectors != counts.messages:
        yield f'the verdict is "aligned" with vectors for {vectors} of {counts.messages} messages'


def _wrong_figures(figures: Iterable[Figure]) -> Iterator[str]:
    listed = tuple(figures)
    yield from _repeated("figure", (figure.name for figure in listed))
    for figure in listed:
        if not 0 <= figure.proved <= figure.total:
            yield f"{figure.proved} of {figure.total} {figure.name!r} are proved"


def _wrong_digests(certificate: Certificate) -> Iterator[str]:
    named = [("subject", certificate.subject.digest), ("reference", certificate.reference.digest)]
    named += [(folder.path, folder.digest) for folder in certificate.generated]
    if certificate.vectors is not None:
        named.append(("vectors", certificate.vectors.digest))
    for name, digest in named:
        if DIGEST.fullmatch(digest) is None:
            yield f"the digest of {name!r} is no SHA-256"
    for name, side in (("subject", certificate.subject), ("reference", certificate.reference)):
        if side.archive_sha256 is not None and ARCHIVE_DIGEST.fullmatch(side.archive_sha256) is None:
            yield f"the digest of the {name}'s archive is no SHA-256"


def _repeated(noun: str, names: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            yield f"there are two of the {noun} {name!r}"
        seen.add(name)
