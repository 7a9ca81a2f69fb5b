"""A subject over its git commits: how aligned it was, and when each finding came and went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING

from protoalign.compare import compare
from protoalign.compare.rules.settings import RULES as SETTINGS_RULES
from protoalign.errors import CompileError, InputError, NoDescriptorsError, NothingMatchedError
from protoalign.sources import LoadOptions, load
from protoalign.sources.git_history import Commit, HistorySubject, commits_of, content_key
from protoalign.sources.progress import NotesOnce
from protoalign.upstream.model import Appearance, History, HistoryPoint
from protoalign.upstream.steps import Steps, no_steps

if TYPE_CHECKING:
    from protoalign.compare.model import Finding
    from protoalign.contract import Contract
    from protoalign.settings import Settings

__all__ = ["appearances", "find_fingerprint", "read_history"]

NEAR = 5
ABOUT_SETTINGS = frozenset(rule.id for rule in SETTINGS_RULES)


@dataclass(frozen=True, slots=True)
class _Result:
    """What a commit's files come out as; the same for all commits with the same files."""

    point: HistoryPoint
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class _Past:
    """Holds the subject's commits against a reference, each state of its files once."""

    subject: HistorySubject
    reference: Contract
    settings: Settings
    options: LoadOptions
    results: dict[str, _Result] = field(default_factory=dict)

    def at(self, commit: Commit) -> _Result:
        key = content_key(self.subject, commit.id)
        if key not in self.results:
            self.results[key] = self._compared(commit)
        result = self.results[key]
        point = replace(result.point, commit=commit.id, date=commit.date, summary=commit.summary)
        return replace(result, point=point)

    def _compared(self, commit: Commit) -> _Result:
        point = HistoryPoint(commit=commit.id, date=commit.date, summary=commit.summary, state="compared")
        try:
            contract = load(self.subject.source_at(commit.id), self.options)
            comparison = compare(contract, self.reference, self._settings_for(contract))
        except NothingMatchedError as error:
            return _Result(replace(point, state="nothing in common", problem=error.what))
        except NoDescriptorsError as error:
            return _Result(replace(point, state="no contract", problem=error.what))
        except CompileError as error:
            return _Result(replace(point, state="does not compile", problem=self._first_line(error, commit)))
        except InputError as error:
            return _Result(replace(point, state="unreadable", problem=self._first_line(error, commit)))
        findings = tuple(finding for finding in comparison.findings if finding.rule not in ABOUT_SETTINGS)
        point = replace(
            point,
            score=comparison.score,
            findings=MappingProxyType(dict(Counter(finding.impact for finding in findings))),
            fingerprints=frozenset(finding.fingerprint for finding in findings),
        )
        return _Result(point, findings)

    def _first_line(self, error: InputError, commit: Commit) -> str:
        lines: Sequence[str] = error.diagnostics if isinstance(error, CompileError) else error.what.splitlines()
        # The commit is named already.
        return (lines[0] if lines else error.what).replace(self.subject.source_at(commit.id), self.subject.path)

    def _settings_for(self, contract: Contract) -> Settings:
        """The settings without what the mapping says of elements that this commit does not have."""
        known = {file.name for file in contract.files} | set(contract.elements)
        known |= {file.descriptor.package for file in contract.files}
        return replace(
            self.settings,
            mapping={old: new for old, new in self.settings.mapping.items() if old in known},
        )


def read_history(
    subject: HistorySubject,
    reference: Contract,
    settings: Settings,
    options: LoadOptions,
    *,
    since: str | None = None,
    limit: int = 200,
    steps: Steps = no_steps,
) -> History:
    """Hold the subject against the reference at every commit that touches its .proto files.

    Args:
        subject: whose commits.
        reference: what it is held against, the same at all commits.
        settings: mapping, severities, waivers and so on, those of today at all commits.
        options: how the subject is read.
        since: leave out the commits that this revision holds.
        limit: look at no more commits than this, the newest.
        steps: shows how many commits are done.

    Raises:
        SourceReadError: a revision names no commit, or git cannot read the commits.
        InputError: no commit touches the subject's files.
        MappingError: the mapping is cyclic or contradictory.
        SettingsError: a severity or waiver names a rule that does not exist.
    """
    log = commits_of(subject, since=since, limit=limit)
    if not log.commits:
        raise InputError(
            "no commit touches a .proto file there" + (f" since {since}" if since else ""),
            where=subject.source_at(subject.revision),
            hint="Name the folder that holds the .proto files, and commit them."
            if since is None
            else "Leave --since out, or name an older revision.",
        )
    past = _Past(subject, reference, settings, replace(options, progress=NotesOnce(options.progress)))
    points: list[HistoryPoint] = []
    findings: dict[str, Finding] = {}
    with steps("comparing commits", len(log.commits)) as advance:
        for commit in log.commits:
            result = past.at(commit)
            points.append(result.point)
            findings.update((finding.fingerprint, finding) for finding in result.findings)
            advance(1)
    return History(
        subject=subject.path or ".",
        reference=reference.provenance.source,
        points=tuple(points),
        earlier=log.earlier,
        findings=MappingProxyType(findings),
    )


def find_fingerprint(history: History, text: str) -> Finding:
    """The finding with this fingerprint, of which the first digits are enough where they are no other's.

    Raises:
        InputError: no commit has such a finding, or several findings begin with these digits.
    """
    wanted = text.strip().lower()
    found = [name for name in history.findings if wanted and name.startswith(wanted)]
    if len(found) == 1:
        return history.findings[found[0]]
    if found:
        raise InputError(
            f"{len(found)} findings begin with {wanted}",
            where="--finding",
            hint="Name more digits: " + _described(history.findings, found[:NEAR]),
        )
    near = get_close_matches(wanted, history.findings, n=NEAR, cutoff=0.7)
    raise InputError(
        f"no finding with the fingerprint {wanted[:32]!r} was ever seen in {len(history.compared)} compared commits",
        where="--finding",
        hint="Near ones: " + _described(history.findings, near)
        if near
        else "protoalign compare --format json lists the findings of today with their fingerprints.",
    )


def appearances(history: History, fingerprint: str) -> tuple[Appearance, ...]:
    """The stretches of commits that have a finding, oldest first."""
    found: list[Appearance] = []
    present = False
    skipped: list[str] = []
    seen_any = False
    for point in history.points:
        if point.state != "compared":
            skipped.append(point.commit)
            continue
        has_it = fingerprint in point.fingerprints
        if has_it and not present:
            found.append(
                Appearance(first=point.commit, since_start=not seen_any, unknown_before=tuple(skipped), gone=None)
            )
        elif present and not has_it:
            found[-1] = replace(found[-1], gone=point.commit, unknown_before_gone=tuple(skipped))
        present, seen_any = has_it, True
        skipped.clear()
    return tuple(found)


def _described(findings: Mapping[str, Finding], fingerprints: Iterable[str]) -> str:
    return "; ".join(f"{each} ({findings[each].rule} {findings[each].element})" for each in fingerprints)
