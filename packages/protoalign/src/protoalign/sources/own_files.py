"""Which of the files that came together are a source's own, and which only came along.

A compiler's descriptor set and a server's reflection hand out the well-known files beside a contract's own ones and do
not say which is which. Nobody who asks for a contract means `google/protobuf/timestamp.proto`, so those are imports,
unless there is nothing else: then they are what was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping

from protoalign.contract.wellknown import WELL_KNOWN
from protoalign.sources.scan import FoundDescriptor

__all__ = ["comes_with_protobuf", "split_own_files"]

# The feature files have no Python module of theirs, so `protoalign.contract.wellknown` cannot supply them.
COMPILER_FILES = frozenset(WELL_KNOWN) | {
    f"google/protobuf/{language}_features.proto" for language in ("cpp", "c_sharp", "csharp", "go", "java")
}


def comes_with_protobuf(name: str) -> bool:
    """Whether a file of that name comes with every protobuf compiler."""
    return name in COMPILER_FILES


def split_own_files(
    files: Mapping[str, FoundDescriptor],
) -> tuple[tuple[FoundDescriptor, ...], tuple[FoundDescriptor, ...]]:
    """Split files, by name, into a source's own ones and those that came along."""
    own = {name for name in files if not comes_with_protobuf(name)} or set(files)
    return (
        tuple(file for name, file in files.items() if name in own),
        tuple(file for name, file in files.items() if name not in own),
    )
