"""Which of the files that came together are a source's own, and which only came along.

A compiler's descriptor set and a server's reflection hand out the well-known files beside a contract's own ones and do
not say which is which. Nobody who asks for a contract means `google/protobuf/timestamp.proto`, so those are imports,
unless there is nothing else: then they are what was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping

from protoalign.sources.scan import FoundDescriptor

__all__ = ["comes_with_protobuf", "split_own_files"]

# `protoalign.contract.wellknown` supplies the first fourteen; the feature files lack a Python module of theirs.
COMPILER_FILES = frozenset(
    f"google/protobuf/{stem}.proto"
    for stem in (
        "any",
        "api",
        "compiler/plugin",
        "descriptor",
        "duration",
        "empty",
        "field_mask",
        "json_enumvalue_options",
        "json_options",
        "source_context",
        "struct",
        "timestamp",
        "type",
        "wrappers",
        "cpp_features",
        "csharp_features",
        "go_features",
        "java_features",
    )
)


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
