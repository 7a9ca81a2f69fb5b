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
    "GenerateSettings",
    "GeneratedSettings",
    "GoTarget",
    "PlanSettings",
    "Priority",
    "ProveSettings",
    "PythonTarget",
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
class PythonTarget:
    """Where the generated Python goes: `[generate.python]`; paths are relative to the folder of the settings file.

    Attributes:
        messages: the folder, a package, for the messages of protoc-gen-py and the stubs of protoc-gen-connectrpc.
        services: the folder, a package, for the service wrappers; empty for none.
    """

    messages: str
    services: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoTarget:
    """Where the generated Go goes: `[generate.go]`.

    Attributes:
        module: the folder with `go.mod`, relative to the folder of the settings file.
        messages: the folder inside the module for the messages of protoc-gen-go and the stubs of protoc-gen-go-grpc,
            one package below it for each package of the contract.
        services: the folder inside the module, a package, for the service wrappers; empty for none.
        proof: the folder inside the module, a package, for the test that holds the generated code against the vectors;
            empty for none.
        tools: the folder, relative to that of the settings file, whose `go.mod` pins the plugins with `tool` lines;
            empty for the module's own.
    """

    module: str
    messages: str
    services: str = ""
    proof: str = ""
    tools: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateSettings:
    """What `protoalign generate` writes: `[generate]`.

    Attributes:
        names: the file that names the wrappers and says of RPCs what the contract cannot, relative to the folder of the
            settings file; empty for none.
        python: the Python code; None for none.
        go: the Go code; None for none.
    """

    names: str = ""
    python: PythonTarget | None = None
    go: GoTarget | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveSettings:
    """What `protoalign prove` reads and writes: `[prove]`. Paths are relative to the folder of the settings file.

    Attributes:
        vectors: the folder for the wire vectors.
        certificate: the JSON file of the certificate; the Markdown page and the badge have its name with `.md` and
            `.svg`. Empty for none.
        helpers: a Python file that makes messages with the reference package's own public functions; it is run in an
            environment with that package. Empty for none.
    """

    vectors: str = "vectors"
    certificate: str = ""
    helpers: str = ""


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
        generate: what `protoalign generate` writes; None where nothing is to be generated.
        prove: what `protoalign prove` reads and writes.
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
    generate: GenerateSettings | None = None
    prove: ProveSettings = field(default_factory=ProveSettings)
