"""What the plugins are given: the contract as a descriptor set with source info, so that comments reach the code."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from protoalign.contract import Contract, ContractFile, build_contract
from protoalign.contract.wellknown import WELL_KNOWN
from protoalign.errors import CompileError, PrintError
from protoalign.output import STAMP_COMMENT
from protoalign.printer import print_contract
from protoalign.sources.compilers import compile_with_protoc

if TYPE_CHECKING:
    from protoalign.sources import Limits

__all__ = ["PluginInput", "plugin_input"]


@dataclass(frozen=True, slots=True)
class PluginInput:
    """A contract as plugins take it.

    Attributes:
        contract: the contract; its descriptors have source info.
        image: the serialized FileDescriptorSet of all its files, imports included.
    """

    contract: Contract
    image: bytes

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the contract's own files."""
        return tuple(file.name for file in self.contract.files)

    @property
    def imports(self) -> tuple[ContractFile, ...]:
        """The imported files that do not come with every protobuf runtime."""
        return tuple(file for file in self.contract.imports if file.name not in WELL_KNOWN)


def plugin_input(contract: Contract, limits: Limits) -> PluginInput:
    """Prepare a contract for plugins.

    A contract that was compiled from .proto files has source info and is taken as it is. Any other is printed, with
    the comments that are known of it, and compiled: descriptors inside of packages also lack JSON names, which plugins
    rely on.

    Args:
        contract: the contract.
        limits: bounds of the compilation.

    Raises:
        CompileError: the compiler refuses the printed text.
        PrintError: a descriptor that no text expresses, or whose text compiles to another one.
        ToolMissingError: protoc is not installed.
    """
    if all(file.descriptor.source_code_info.location for file in contract.files):
        return PluginInput(contract, _without_stamps(contract.image()))
    texts = print_contract(contract, imports=True)
    with tempfile.TemporaryDirectory(prefix="protoalign-") as scratch:
        for name, text in texts.items():
            path = Path(scratch, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        try:
            compiled = compile_with_protoc(Path(scratch), sorted(texts), limits=limits)
        except CompileError as error:
            raise CompileError(error.tool, error.diagnostics, where=contract.provenance.source) from error
    return _compiled(contract, compiled)


def _without_stamps(image: bytes) -> bytes:
    """The descriptor set without the mark of `protoalign extract` among its comments: it speaks of another file."""
    files = FileDescriptorSet.FromString(image)
    for location in (each for file in files.file for each in file.source_code_info.location):
        if any(map(STAMP_COMMENT.fullmatch, location.leading_detached_comments)):
            kept = [text for text in location.leading_detached_comments if not STAMP_COMMENT.fullmatch(text)]
            del location.leading_detached_comments[:]
            location.leading_detached_comments.extend(kept)
    return files.SerializeToString(deterministic=True)


def _compiled(contract: Contract, image: bytes) -> PluginInput:
    files = {file.name: ContractFile.of(file) for file in FileDescriptorSet.FromString(image).file}
    own = [files[file.name] for file in contract.files]
    compiled = build_contract(own, contract.provenance, available=files.values())
    if compiled.digest != contract.digest:
        changed = [name for name, digest in contract.file_digests.items() if compiled.file_digests[name] != digest]
        raise PrintError(
            f"printed text does not compile to the contract: {', '.join(changed)}",
            where=contract.provenance.source,
            hint="protoalign extract says what differs. Code is generated only from what is exactly the contract.",
        )
    return PluginInput(compiled, compiled.image())
