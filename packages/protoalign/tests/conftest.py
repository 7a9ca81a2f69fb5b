"""Contracts that protoc makes of texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from protoalign.contract import Contract, ContractFile, Provenance, build_contract, comments_of_source_info
from protoalign.sources.compilers import compile_with_protoc


@pytest.fixture(scope="session")
def compile_contract(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Mapping[str, str]], Contract]:
    """Compile texts, by file name, into a contract; the same texts are compiled once."""
    compiled: dict[tuple[tuple[str, str], ...], Contract] = {}

    def compile_(texts: Mapping[str, str]) -> Contract:
        key = tuple(sorted(texts.items()))
        if key not in compiled:
            compiled[key] = _compile(tmp_path_factory.mktemp("protos"), texts)
        return compiled[key]

    return compile_


def _compile(root: Path, texts: Mapping[str, str]) -> Contract:
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    files = [
        ContractFile.of(file) for file in FileDescriptorSet.FromString(compile_with_protoc(root, sorted(texts))).file
    ]
    own = [file for file in files if file.name in texts]
    comments = [comment for file in own for comment in comments_of_source_info(file.descriptor)]
    return build_contract(own, Provenance("tree", "tree"), available=files, comments=comments)
