"""What a survey finds: plain data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["FolderSurvey", "MapEntry", "Survey"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderSurvey:
    """Where the .proto files of a project lie.

    Attributes:
        path: the folder, or the one file, to be aligned.
        source: the source string that names it from the folder of the settings file.
        files: number of .proto files at or below it.
        others: other folders of the project with .proto files, relative to the project.
        has_buf_config: whether a buf.yaml or buf.work.yaml governs it.
    """

    path: Path
    source: str
    files: int
    others: tuple[str, ...] = ()
    has_buf_config: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MapEntry:
    """A match that was inferred, as `[map]` would say it.

    Attributes:
        subject: the subject's name of a file, package or element.
        reference: the reference's name.
        reason: why, one sentence; may be empty.
    """

    subject: str
    reference: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a settings file can be written from.

    Attributes:
        tree: where the .proto files lie.
        packages: the packages they declare, sorted.
        file_options: options of files that concern one language's generated code, as far as they are used, sorted.
        with_sources: sources that serve what the files import and the tree lacks.
        unreadable: why the tree cannot be compiled as it is; empty where it can.
        last_release: the newest git tag that is a version; empty where there is none.
        generated: the folders that a `buf.gen.yaml` beside the settings file writes to.
        reference: the reference's source string, pinned; empty where none was named.
        entries: what was inferred between the two.
    """

    tree: FolderSurvey
    packages: tuple[str, ...] = ()
    file_options: tuple[str, ...] = ()
    with_sources: tuple[str, ...] = ()
    unreadable: str = ""
    last_release: str = ""
    generated: tuple[str, ...] = ()
    reference: str = ""
    entries: tuple[MapEntry, ...] = ()
