"""The nasty corpus as a contract, and ways to compile text and to print descriptors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from protoalign.contract import Contract, ContractFile, Provenance, build_contract, comments_of_source_info
from protoalign.printer import print_contract
from protoalign.sources.compilers import compile_with_protoc

NASTY = Path(__file__).parent.parent / "fixtures" / "nasty"


def compile_folder(root: Path) -> Contract:
    """The contract that protoc makes of a folder, comments included."""
    names = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.proto"))
    compiled = FileDescriptorSet.FromString(compile_with_protoc(root, names)).file
    files = [ContractFile.of(file) for file in compiled]
    own = [file for file in files if file.name in names]
    comments = [comment for file in own for comment in comments_of_source_info(file.descriptor)]
    return build_contract(own, Provenance("folder", "tree"), available=files, comments=comments)


@pytest.fixture(scope="session")
def nasty() -> Contract:
    return compile_folder(NASTY)


@pytest.fixture(scope="session")
def nasty_texts(nasty: Contract) -> Mapping[str, str]:
    return print_contract(nasty)


@pytest.fixture
def compile_texts(tmp_path: Path) -> Callable[[Mapping[str, str]], Contract]:
    """Compile texts with protoc."""

    def compile_(texts: Mapping[str, str]) -> Contract:
        for name, text in texts.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return compile_folder(tmp_path)

    return compile_


@pytest.fixture
def contract_of() -> Callable[..., Contract]:
    """A contract of descriptors made by hand."""

    def contract(*files: FileDescriptorProto) -> Contract:
        return build_contract([ContractFile.of(file) for file in files], Provenance("by hand", "image"))

    return contract
