"""What the settings ask for, with every place resolved and checked before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from protoalign.errors import SettingsError
from protoalign.generate.outputs import Content, Language, OutputFolder, refuse_overlaps
from protoalign.output import shown_path
from protoalign.toolchain import GO_MOD

if TYPE_CHECKING:
    from protoalign.settings import GenerateSettings, Settings, SourceSettings

__all__ = ["Targets", "resolve_targets"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What is to be generated, and where.

    Attributes:
        settings_file: the settings file.
        root: its folder, absolute.
        subject: where the contract comes from.
        wish: the languages that are wished; at least one.
        vectors: the folder with the wire vectors, relative to `root`.
        folders: the output folders, in the order of the settings.
    """

    settings_file: Path
    root: Path
    subject: SourceSettings
    wish: GenerateSettings
    vectors: str
    folders: tuple[OutputFolder, ...]

    @property
    def go_tools(self) -> Path:
        """The folder whose go.mod pins the plugins for Go."""
        assert self.wish.go is not None  # noqa: S101 - only asked where Go is wished
        return self.root / (self.wish.go.tools or self.wish.go.module)


def resolve_targets(settings: Settings, only: Language | None = None) -> Targets:
    """Resolve what the settings ask for.

    Args:
        settings: the settings; they come from a file.
        only: the one language that is wished; None for all.

    Raises:
        OutputError: a link or a file stands where an output folder is to be.
        SettingsError: the settings lack what is needed, or replacing an output folder would delete something else.
    """
    if settings.path is None:
        raise SettingsError("generating needs a settings file", hint="Write one with protoalign init.")
    where = shown_path(settings.path)
    if settings.generate is None:
        raise SettingsError(
            "names nothing to generate: there is no [generate]",
            where=where,
            hint='Add, for example, [generate.python] with messages = "src/acme/_gen".',
        )
    if settings.subject is None:
        raise SettingsError(
            "names no [subject], the contract that code is made of",
            where=where,
            hint='Add [subject] with a source, such as source = "proto".',
        )
    wish = settings.generate
    if only is not None:
        wish = replace(wish, python=wish.python if only == "python" else None, go=wish.go if only == "go" else None)
    if wish.python is None and wish.go is None:
        raise SettingsError(f"has no [generate.{only}]", where=where, hint="Add it, or leave --only out.")
    root = settings.path.resolve().parent
    targets = Targets(
        settings_file=settings.path,
        root=root,
        subject=settings.subject,
        wish=wish,
        vectors=settings.prove.vectors,
        folders=tuple(_folders(root, wish)),
    )
    refuse_overlaps(targets.folders, _inputs(targets))
    return targets


def _folders(root: Path, wish: GenerateSettings) -> list[OutputFolder]:
    named: list[tuple[Language, Content, str]] = []
    if wish.python is not None:
        named += [("python", "messages", wish.python.messages), ("python", "services", wish.python.services)]
    if wish.go is not None:
        named += [("go", "messages", wish.go.messages), ("go", "services", wish.go.services)]
        named += [("go", "proof", wish.go.proof)]
    module = wish.go.module if wish.go is not None else ""
    return [
        OutputFolder.of(root, f"{module}/{name}" if language == "go" else name, language, content)
        for language, content, name in named
        if name
    ]


def _inputs(targets: Targets) -> Mapping[str, Path]:
    """What is read and must outlive the run, by what to call it."""
    inputs = {"the settings file": targets.settings_file, "the folder with the vectors": targets.root / targets.vectors}
    if targets.wish.names:
        inputs["the file with names"] = targets.root / targets.wish.names
    source = targets.root / targets.subject.source.removeprefix("proto:")
    if source.exists():
        inputs["the contract"] = source
    if targets.wish.go is not None:
        inputs["the module's go.mod"] = targets.root / targets.wish.go.module / GO_MOD
        inputs["the go.mod that pins the plugins"] = targets.go_tools / GO_MOD
    return inputs
