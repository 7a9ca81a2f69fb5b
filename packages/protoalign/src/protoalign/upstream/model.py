"""What is told of a vendor's releases and of a subject's commits: plain data for every report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from protoalign.compare.model import Direction, Finding, Reach
    from protoalign.compare.structure import NodeKind
    from protoalign.contract import Counts

__all__ = [
    "EFFECTS",
    "Appearance",
    "Change",
    "ChangeSort",
    "Effect",
    "History",
    "HistoryPoint",
    "Outlook",
    "PointState",
    "ReleaseChange",
    "ReleaseState",
    "ReleasedContract",
    "Releases",
]

Effect = Literal["wire", "json", "source", "none"]
EFFECTS: tuple[Effect, ...] = ("wire", "json", "source", "none")
"""What a change does to a client that was built with the older release, worst first: what it sends or receives over
gRPC goes wrong; only its JSON does; only its source has to be edited when it takes the newer release; nothing."""

ChangeSort = Literal["added", "removed", "renamed", "changed"]

ReleaseState = Literal["read", "no contract", "unreadable"]

PointState = Literal["compared", "does not compile", "nothing in common", "no contract", "unreadable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that a release does differently from an older one.

    Attributes:
        sort: what was done.
        effect: what it does to a client of the older release.
        rule: id of the rule of the comparison that saw it.
        is_cosmetic: whether nothing behaves otherwise for it, such as another order of declarations.
        kind: the kind of the element.
        element: its full name in the newer release, or in the older one where it was removed; of a file, its name.
        older_element: its full name in the older release; empty where it was added.
        file: the .proto file that it belongs to.
        text: what changed, a clause without the element's name and without a final full stop.
        consequence: what that does to a client of the older release, one sentence; empty where nothing.
        declaration: the element in .proto text, without its body; of the side that `element` is of.
        detail: which one, where an element has several of what changed, such as the option's name.
        older_value: the value before; empty where absent.
        newer_value: the value now; empty where absent.
        reaches: the RPCs it reaches, sorted by path.
        direction: over all of `reaches`; None where it reaches no RPC.
    """

    sort: ChangeSort
    effect: Effect
    rule: str
    is_cosmetic: bool
    kind: NodeKind
    element: str
    older_element: str
    file: str
    text: str
    consequence: str
    declaration: str
    detail: str
    older_value: str
    newer_value: str
    reaches: tuple[Reach, ...]
    direction: Direction | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseChange:
    """What a newer release does differently from an older one.

    Attributes:
        older: the older version.
        newer: the newer version.
        changes: by file and element, what is worst for clients first.
        unrelated: whether the two have nothing in common at all; then there are no single changes.
    """

    older: str
    newer: str
    changes: tuple[Change, ...]
    unrelated: bool = False

    @property
    def effect(self) -> Effect:
        """What it does to a client of the older release: the worst of all changes."""
        if self.unrelated:
            return "wire"
        return min((change.effect for change in self.changes), key=EFFECTS.index, default="none")

    @property
    def breaks_clients(self) -> bool:
        """Whether a client of the older release fails over gRPC with a server of the newer one."""
        return self.effect == "wire"

    def with_effect(self, effect: Effect) -> tuple[Change, ...]:
        """The changes of one effect."""
        return tuple(change for change in self.changes if change.effect == effect)

    def of_sort(self, sort: ChangeSort) -> tuple[Change, ...]:
        """The changes of one sort."""
        return tuple(change for change in self.changes if change.sort == sort)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedContract:
    """One release of a package.

    Attributes:
        version: the release.
        source: the source string that names it.
        state: whether its contract was read; a release that holds none is in order, one that cannot be read is not.
        counts: how much its contract holds; None where it was not read.
        digest: the contract's digest; empty where it was not read.
        problem: why it was not read; empty where it was.
        withdrawn: why its publisher withdrew it, empty where no reason is given; None where that was not done.
        prerelease: whether it is a pre-release or development release.
        change: against the nearest older one whose contract was read; None for the first.
    """

    version: str
    source: str
    state: ReleaseState
    counts: Counts | None = None
    digest: str = ""
    problem: str = ""
    withdrawn: str | None = None
    prerelease: bool = False
    change: ReleaseChange | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Releases:
    """The releases of a package in a range of versions.

    Attributes:
        package: the package's normalized name.
        releases: oldest first.
        from_cache: whether only the cache was asked, so that releases may be missing.
    """

    package: str
    releases: tuple[ReleasedContract, ...]
    from_cache: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether every release could be read, or is known to hold no contract."""
        return all(release.state != "unreadable" for release in self.releases)

    @property
    def runs(self) -> tuple[tuple[ReleasedContract, ...], ...]:
        """The releases, those in a row of which the same is to be said together: one contract, none, one problem."""
        runs: list[list[ReleasedContract]] = []
        for release in self.releases:
            if runs and _is_same(runs[-1][-1], release):
                runs[-1].append(release)
            else:
                runs.append([release])
        return tuple(tuple(run) for run in runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Whether a reference has newer releases, and what aligning with the newest would take.

    Attributes:
        package: the package's normalized name.
        pinned: the version that the settings name.
        newer: the newer releases, oldest first, withdrawn ones left out.
        withdrawn: why the pinned one was withdrawn, empty where no reason is given; None where that was not done.
        from_cache: whether only the cache was asked, so that newer releases may be missing.
        change: what the newest does differently from the pinned one; None where there is no newer one or the contract
            is the same.
        findings_pinned: number of findings of the subject held against the pinned release; None without a subject.
        findings_newest: likewise against the newest.
        hours: lower and upper estimate of the hours that aligning the subject with the newest release would take; None
            without a subject.
        problem: why the subject could not be held against one of the two; empty where it could.
    """

    package: str
    pinned: str
    newer: tuple[str, ...]
    withdrawn: str | None = None
    from_cache: bool = False
    change: ReleaseChange | None = None
    findings_pinned: int | None = None
    findings_newest: int | None = None
    hours: tuple[float, float] | None = None
    problem: str = ""

    @property
    def newest(self) -> str:
        """The newest release, the pinned one where none is newer."""
        return self.newer[-1] if self.newer else self.pinned


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPoint:
    """The subject at one commit.

    Attributes:
        commit: the commit's full id.
        date: when it was committed, ISO 8601.
        summary: the first line of its message.
        state: whether it could be compared.
        problem: why not; empty where it could.
        score: the aligned part of all elements, 0 to 1; None where it could not be compared.
        findings: impact to number of findings.
        fingerprints: those of all findings.
    """

    commit: str
    date: str
    summary: str
    state: PointState
    problem: str = ""
    score: float | None = None
    findings: Mapping[str, int] = field(default_factory=dict)
    fingerprints: frozenset[str] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """A stretch of commits that have a finding.

    Attributes:
        first: the first commit that has it.
        since_start: whether `first` is the first commit that was compared, so that it may be older than that.
        unknown_before: commits right before `first` that could not be compared: it may have come with one of them.
        gone: the first commit without it; None where the newest compared one has it.
        unknown_before_gone: commits right before `gone` that could not be compared.
    """

    first: str
    since_start: bool
    unknown_before: tuple[str, ...]
    gone: str | None
    unknown_before_gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The subject over its commits.

    Attributes:
        subject: the source string of the subject.
        reference: that of the reference.
        points: oldest first.
        earlier: why there may be earlier commits: `limit`, `since` or `shallow clone`; empty where there are none.
        findings: fingerprint to the finding, as the newest commit that has it tells it.
    """

    subject: str
    reference: str
    points: tuple[HistoryPoint, ...]
    earlier: str
    findings: Mapping[str, Finding]

    @property
    def compared(self) -> tuple[HistoryPoint, ...]:
        """The points that have a score."""
        return tuple(point for point in self.points if point.state == "compared")


def _is_same(before: ReleasedContract, after: ReleasedContract) -> bool:
    before_key, after_key = (
        (release.state, release.withdrawn, release.digest, release.problem) for release in (before, after)
    )
    return before_key == after_key
