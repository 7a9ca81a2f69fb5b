"""The files that come with every protobuf compiler, taken from the installed runtime."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from protoalign.contract.file import ContractFile

__all__ = ["WELL_KNOWN", "well_known_file", "well_known_files"]

# The .proto files that protoc ships in its include folder and Google's Python runtime ships as modules.
WELL_KNOWN = {
    f"google/protobuf/{stem}.proto": f"google.protobuf.{module}_pb2"
    for stem, module in {
        "any": "any",
        "api": "api",
        "compiler/plugin": "compiler.plugin",
        "descriptor": "descriptor",
        "duration": "duration",
        "empty": "empty",
        "field_mask": "field_mask",
        "json_enumvalue_options": "json_enumvalue_options",
        "json_options": "json_options",
        "source_context": "source_context",
        "struct": "struct",
        "timestamp": "timestamp",
        "type": "type",
        "wrappers": "wrappers",
    }.items()
}


@cache
def well_known_file(name: str) -> ContractFile | None:
    """The well-known file of that name, or None where there is none."""
    module = WELL_KNOWN.get(name)
    if module is None:
        return None
    return ContractFile.parse(import_module(module).DESCRIPTOR.serialized_pb, where=module)


def well_known_files() -> tuple[ContractFile, ...]:
    """All well-known files, in the order of their names."""
    return tuple(file for name in sorted(WELL_KNOWN) if (file := well_known_file(name)) is not None)
