"""What `protoalign.toml` says, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Literal

__all__ = [
    "CheckSettings",
    "FailOn",
    "GeneratedSettings",
    "PlanSettings",
    "Priority",
    "Settings",
    "SeverityChoice",
    "SourceSettings",
    "Waiver",
]

FailOn = Literal["error", "warning", "info", "never"]
SeverityChoice = Literal["error", "warning", "info", "off"]
Priority = Literal["critical", "high", "medium", "low"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """One side of a comparison: `[subject]` or `[reference]`.

    Attributes:
        source: the source string; a path is relative to the folder of the settings file.
        with_sources: sources that its imports may be taken from (`with` in the file).
        copies: which of different copies inside the source to take.
    """

    source: str
    with_sources: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """Findings that are accepted: one `[[waivers]]` entry. At least one of the first three is given.

    Attributes:
        rule: the rule's id; empty for any.
        element: full name of the element or name of the file, `*` and `?` as wildcards; empty for any.
        fingerprint: the finding's fingerprint; empty for any.
        reason: why; never empty.
        expires: the last day on which it holds; None for ever.
    """

    reason: str
    rule: str = ""
    element: str = ""
    fingerprint: str = ""
    expires: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSettings:
    """How work is estimated and ordered: `[plan]`.

    Attributes:
        priorities: file of the reference to its priority, for files whose computed one is wrong.
        hours: rule id, or impact, to hours of work for one finding; the more exact entry wins, what is not named has
            the weight that `protoalign.plan` knows.
        hours_per_file: hours for opening, reviewing and regenerating one file that needs work.
        spread: how far above the lower estimate the upper one lies, as a factor of at least 1.
    """

    priorities: Mapping[str, Priority] = field(default_factory=lambda: MappingProxyType({}))
    hours: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    hours_per_file: float = 0.5
    spread: float = 1.6


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedSettings:
    """Generated files whose freshness `check` looks at: one `[[check.generated]]` entry.

    Attributes:
        command: the command that writes them, as words; run in a copy of the folder of the settings file.
        paths: the files and folders that it writes, relative to that folder.
    """

    command: tuple[str, ...]
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSettings:
    """What `protoalign check` does besides comparing: `[check]`.

    Attributes:
        lint: run `buf lint`.
        format: run `buf format` and fail on a difference.
        breaking_against: a git revision that `buf breaking` compares with; empty not to run it; `last-release` for
            the newest git tag that is a version.
        generated: generated files that have to be fresh.
    """

    lint: bool = True
    format: bool = True
    breaking_against: str = ""
    generated: tuple[GeneratedSettings, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that a `protoalign.toml` says; every key is optional.

    Attributes:
        path: the file; None where there is none and all is as by default.
        subject: the tree or package that is to be aligned.
        reference: what it is aligned with.
        mapping: subject name to reference name of files, packages and elements; an empty reference name says that there
            is no counterpart (`[map]`).
        severities: rule id to its severity here.
        file_options: file options, such as `go_package`, that may differ.
        own: full names of elements, or names of files, that the subject has on purpose and the reference lacks; `*` and
            `?` as wildcards.
        fail_on: the lowest severity that makes a comparison fail.
        waivers: accepted findings.
        plan: how work is estimated.
        check: what `protoalign check` does.
    """

    path: Path | None = None
    subject: SourceSettings | None = None
    reference: SourceSettings | None = None
    mapping: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    severities: Mapping[str, SeverityChoice] = field(default_factory=lambda: MappingProxyType({}))
    file_options: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    fail_on: FailOn = "warning"
    waivers: tuple[Waiver, ...] = ()
    plan: PlanSettings = field(default_factory=PlanSettings)
    check: CheckSettings = field(default_factory=CheckSettings)
