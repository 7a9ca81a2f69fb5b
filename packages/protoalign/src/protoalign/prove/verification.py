"""A certificate held against a proof of today: what it says that is no longer so, or never was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from protoalign.prove.model import StageStatus

if TYPE_CHECKING:
    from protoalign.prove.certificate import Certificate
    from protoalign.prove.model import Figure, Stage
    from protoalign.prove.proof import ContractIdentity, VectorSet

__all__ = ["Verification", "verify_certificate"]

SHORT_DIGEST = len("sha256:") + 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What became of a certificate.

    Attributes:
        differences: what it says otherwise than today's proof, one sentence each; empty where it holds.
        unconfirmed: what today's proof did not look at, each with the reason; empty where it looked at all.
        notes: what may differ, such as versions of tools.
    """

    differences: tuple[str, ...] = ()
    unconfirmed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def verify_certificate(certificate: Certificate, today: Certificate) -> Verification:
    """Hold a certificate against that of a proof made now.

    Stages that were skipped today, and not in the certificate, are unconfirmed: they are neither right nor wrong.

    Args:
        certificate: what somebody says.
        today: what a proof says that was made just now.
    """
    before = {stage.name: stage for stage in certificate.stages}
    now = {stage.name: stage for stage in today.stages}
    unconfirmed = tuple(
        f"stage {name} was not run again: {now[name].reason}"
        for name, stage in before.items()
        if name in now and now[name].status is StageStatus.SKIPPED and stage.status is not StageStatus.SKIPPED
    )
    whole = not unconfirmed
    differences = (
        *_side("subject", certificate.subject, today.subject),
        *_side("reference", certificate.reference, today.reference),
        *_vectors(certificate.vectors, today.vectors, whole=whole),
        *_folders(certificate, today, whole=whole),
        *_stages(before, now),
        *_waivers(certificate, today),
        *(_whole(certificate, today) if whole else ()),
    )
    if whole and not differences and certificate.digest != today.digest:
        # Nothing that is known to matter: the wording of a reason, the order of stages.
        differences = ("it says the same in other words or in another order; write it again with protoalign prove",)
    return Verification(differences=differences, unconfirmed=unconfirmed, notes=tuple(_tools(certificate, today)))


def _side(name: str, before: ContractIdentity, now: ContractIdentity) -> Iterator[str]:
    if before.source != now.source:
        yield f"{name}: it is about {before.source}, not {now.source}"
    for key in ("version", "archive", "archive_sha256"):
        old, new = getattr(before, key), getattr(now, key)
        if old != new:
            yield f"{name}: its {key.replace('_', ' ')} is {old or 'none'}, today {new or 'none'}"
    if before.digest != now.digest:
        yield f"{name}: the contract's digest is {_short(before.digest)}, today {_short(now.digest)}"
    for field in fields(before.counts):
        old_count, new_count = getattr(before.counts, field.name), getattr(now.counts, field.name)
        if old_count != new_count:
            yield f"{name}: it has {old_count:,} {_words(field.name)}, today {new_count:,}"


def _vectors(before: VectorSet | None, now: VectorSet | None, *, whole: bool) -> Iterator[str]:
    if before is None or now is None:
        if before is not now and whole:
            yield f"vectors: it names {'none' if before is None else 'some'}, today there are {_some(now)}"
        return
    if before.path != now.path:
        yield f"vectors: they are in {before.path}, today in {now.path}"
    if (before.messages, before.vectors) != (now.messages, now.vectors):
        yield (
            f"vectors: there are {before.vectors:,} for {before.messages:,} messages,"
            f" today {now.vectors:,} for {now.messages:,}"
        )
    if before.digest != now.digest:
        yield f"vectors: their digest is {_short(before.digest)}, today {_short(now.digest)}"


def _folders(certificate: Certificate, today: Certificate, *, whole: bool) -> Iterator[str]:
    before = {folder.path: folder for folder in certificate.generated}
    now = {folder.path: folder for folder in today.generated}
    for path, folder in before.items():
        if path not in now:
            if whole:
                yield f"generated code: {path} took no part today"
        elif folder.digest != now[path].digest:
            yield f"generated code: {path} has the digest {_short(folder.digest)}, today {_short(now[path].digest)}"
        elif folder.files != now[path].files:
            yield f"generated code: {path} has {folder.files:,} files, today {now[path].files:,}"
    yield from (
        f"generated code: {path} took part today, and it does not name it" for path in now if path not in before
    )


def _stages(before: Mapping[str, Stage], now: Mapping[str, Stage]) -> Iterator[str]:
    for name, stage in before.items():
        if name not in now:
            yield f"stage {name}: it was not among the stages today"
            continue
        today = now[name]
        if today.status is StageStatus.SKIPPED:
            continue
        if stage.status is not today.status:
            yield f"stage {name}: it {_became(stage)}, today it {_became(today)}"
            continue
        yield from (f"stage {name}: {line}" for line in _figures(stage.figures, today.figures))
        gone = [finding for finding in stage.findings if finding not in today.findings]
        new = [finding for finding in today.findings if finding not in stage.findings]
        yield from (f"stage {name}: it is no longer so that {finding}" for finding in gone[:1])
        yield from (f"stage {name}: not known to it: {finding}" for finding in new[:1])
    yield from (f"stage {name}: it {_became(now[name])} today, and is not in it" for name in now if name not in before)


def _waivers(certificate: Certificate, today: Certificate) -> Iterator[str]:
    for waiver in certificate.waivers:
        if waiver not in today.waivers:
            yield f"waivers: {waiver.element} ({waiver.rule}) is accepted in it, and not so today"
    for waiver in today.waivers:
        if waiver not in certificate.waivers:
            yield f"waivers: {waiver.element} ({waiver.rule}) is accepted today, and not so in it"


def _whole(certificate: Certificate, today: Certificate) -> Iterator[str]:
    yield from (f"figures: {line}" for line in _figures(certificate.figures, today.figures))
    if certificate.verdict is not today.verdict:
        yield f'verdict: it says "{certificate.verdict.value}", today it is "{today.verdict.value}"'


def _figures(before: tuple[Figure, ...], now: tuple[Figure, ...]) -> Iterator[str]:
    old = {figure.name: f"{figure.proved:,} of {figure.total:,}" for figure in before}
    new = {figure.name: f"{figure.proved:,} of {figure.total:,}" for figure in now}
    for name in {**old, **new}:
        if old.get(name) != new.get(name):
            yield f"{_words(name)} are {old.get(name, 'not counted')}, today {new.get(name, 'not counted')}"


def _tools(certificate: Certificate, today: Certificate) -> Iterator[str]:
    for name in sorted({*certificate.tools, *today.tools}):
        old, new = certificate.tools.get(name), today.tools.get(name)
        if old != new:
            yield f"{name}: it was made with {old or 'none'}, today is {new or 'none'}"


def _became(stage: Stage) -> str:
    if stage.status is StageStatus.SKIPPED:
        return f"was skipped ({stage.reason})"
    if stage.status is StageStatus.PASSED:
        return "passed"
    return f"failed ({stage.findings[0] if stage.findings else stage.reason})"


def _some(vectors: VectorSet | None) -> str:
    return "none" if vectors is None else "some"


def _short(digest: str) -> str:
    return digest[:SHORT_DIGEST]


def _words(name: str) -> str:
    return "RPCs" if name == "rpcs" else name.replace("_", " ")
