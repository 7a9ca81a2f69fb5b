"""What a source yields before it becomes a contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from protoalign.contract import Comment
from protoalign.sources.limits import Limits
from protoalign.sources.progress import Progress, SilentProgress

__all__ = ["FoundDescriptor", "LoadOptions", "Scan"]


@dataclass(frozen=True, slots=True)
class FoundDescriptor:
    """One serialized FileDescriptorProto and where in the source it stands.

    Attributes:
        serialized: the bytes, not yet parsed.
        location: the member's path inside the source, `/` between folders; with a `:line` where a module holds it.
    """

    serialized: bytes = field(repr=False)
    location: str


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How sources are read.

    Attributes:
        with_sources: source strings that imports may be taken from.
        copies: where a source holds different copies of a file, the folders, globs or places of those to take.
        comments: read comments that stand outside of source info, which costs time.
        partial: take what can be taken of a source that also holds descriptors which exist only as code, files whose
            imports nothing supplies, or files that do not compile.
        offline: never use the network; what the cache holds serves.
        limits: bounds on what is read.
        progress: who is told what goes on.
        import_files: for sources that are compiled: yields the files that `with_sources` hold, file name to serialized
            FileDescriptorProto. It is called only when a tree lacks an import.
    """

    with_sources: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    comments: bool = True
    partial: bool = False
    offline: bool = False
    limits: Limits = field(default_factory=Limits)
    progress: Progress = field(default_factory=SilentProgress)
    import_files: Callable[[], Mapping[str, bytes]] = dict


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found in one source.

    Attributes:
        source: the source string that names it again.
        kind: the name of the kind of source.
        found: every serialized descriptor, copies included.
        imports: descriptors that came along and are not the source's own, such as an image's imports.
        comments: comments found outside of source info.
        version: the release or revision, where there is one.
        archive: the archive's file name, where there is one.
        archive_sha256: the archive's SHA-256 in hex, where there is one.
        requirements: requirement strings (`Requires-Dist`) of the packages it declares to need.
        unsupported: places with descriptors that exist only as code to be run.
        left_out: files that a compiler refuses, and those that import them, each with the reason; only where
            `LoadOptions.partial` allows it.
    """

    source: str
    kind: str
    found: tuple[FoundDescriptor, ...]
    imports: tuple[FoundDescriptor, ...] = ()
    comments: tuple[Comment, ...] = ()
    version: str | None = None
    archive: str | None = None
    archive_sha256: str | None = None
    requirements: tuple[str, ...] = ()
    unsupported: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
