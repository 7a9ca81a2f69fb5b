"""The result of a proof: its stages, what they were made with, and the verdict that follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

from protoalign.prove.model import Figure, Stage, StageStatus

if TYPE_CHECKING:
    from protoalign.contract import Counts

__all__ = ["FIGURES", "ContractIdentity", "Folder", "Proof", "VectorSet", "Verdict", "WaiverUse"]

FIGURES = ("files", "messages", "enums", "services", "rpcs")
"""What the whole proof counts, in the order in which it is told."""


class Verdict(Enum):
    """What a proof says of the subject.

    `ALIGNED`: every stage passed. `PARTIAL`: none failed and at least one was skipped. `NOT_ALIGNED`: one failed.
    """

    ALIGNED = "aligned"
    PARTIAL = "partial"
    NOT_ALIGNED = "not aligned"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractIdentity:
    """One of the two contracts.

    Attributes:
        source: the source string; a path is relative to the folder of the settings file, `/` between folders.
        version: the package's version; None where the source has none.
        archive: the archive's file name; None where the source is none.
        archive_sha256: the archive's SHA-256, in hex; None likewise.
        digest: the contract's digest, `sha256:` and hex.
        counts: how much its own files hold.
    """

    source: str
    digest: str
    counts: Counts
    version: str | None = None
    archive: str | None = None
    archive_sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorSet:
    """The wire vectors that all runtimes were given.

    Attributes:
        path: their folder, relative to that of the settings file.
        digest: `sha256:` and hex, over the names and contents of the folder's files.
        messages: how many messages have vectors.
        vectors: how many vectors there are.
    """

    path: str
    digest: str
    messages: int
    vectors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder of generated code.

    Attributes:
        path: relative to the folder of the settings file.
        digest: `sha256:` and hex, over the names and contents of its files (see `protoalign.prove.digests`).
        files: how many files it holds.
    """

    path: str
    digest: str
    files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverUse:
    """A finding of the structure stage that the settings accept.

    Attributes:
        rule: the rule's id.
        element: the element's full name, or the file's.
        fingerprint: the finding's fingerprint.
        message: what differs.
        reason: why it is accepted.
        expires: the waiver's last day, ISO 8601; None where it has none.
    """

    rule: str
    element: str
    fingerprint: str
    message: str
    reason: str
    expires: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What `protoalign prove` found out.

    Attributes:
        subject: the contract that was proved.
        reference: the contract that it was held against.
        stages: every stage in a fixed order: structure, wire, RPCs, official package.
        figures: what holds in the structure and in every runtime that was run, in the order of `FIGURES`.
        vectors: the vectors; None where none could be made.
        generated: the folders of generated code that took part, by path.
        tools: name to version of all that took part, sorted by name: `protoalign`, `python`, `google-protobuf`,
            `protobuf-py`, `connectrpc`, `go`, `google.golang.org/protobuf`, ….
        waivers: findings that the settings accept.
        seconds: how long the proof took.
    """

    subject: ContractIdentity
    reference: ContractIdentity
    stages: tuple[Stage, ...]
    figures: tuple[Figure, ...] = ()
    vectors: VectorSet | None = None
    generated: tuple[Folder, ...] = ()
    tools: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    waivers: tuple[WaiverUse, ...] = ()
    seconds: float = 0.0

    @property
    def verdict(self) -> Verdict:
        """What follows from the stages; a proof without stages proves nothing."""
        statuses = {stage.status for stage in self.stages}
        if not statuses or StageStatus.FAILED in statuses:
            return Verdict.NOT_ALIGNED
        return Verdict.PARTIAL if StageStatus.SKIPPED in statuses else Verdict.ALIGNED

    @property
    def skipped(self) -> tuple[Stage, ...]:
        """The stages that were skipped; each has its reason."""
        return tuple(stage for stage in self.stages if stage.status is StageStatus.SKIPPED)
