"""Where a contract came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from types import MappingProxyType

__all__ = ["Provenance"]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a contract came from.

    Attributes:
        source: the source string that names it again, such as `pypi:xai-sdk==1.4.0`.
        kind: the kind of source, such as `pypi`.
        version: the release or revision, where there is one.
        archive: the archive's file name, where there is one.
        archive_sha256: the archive's SHA-256 in hex, where there is one.
        copies: file name to all places inside the source that hold it, the one that was taken first.
        supplied_by: file name of an import that the source lacks to the source that supplied it.
        left_out: what is known to belong to the source and is not in the contract, each with the reason: such a
            contract is incomplete.
    """

    source: str
    kind: str
    version: str | None = None
    archive: str | None = None
    archive_sha256: str | None = None
    copies: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    supplied_by: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    left_out: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        for name in ("copies", "supplied_by", "left_out"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    @property
    def label(self) -> str:
        """What to call the source in a written file: the same on every machine, so paths lose their folders."""
        if self.kind in ("pypi", "grpc"):
            return self.source
        return self.archive or PurePath(self.source.split(":", 1)[-1]).name or self.kind
