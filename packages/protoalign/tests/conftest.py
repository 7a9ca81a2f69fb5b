"""Contracts that protoc makes of texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from protoalign.contract import Contract, ContractFile, Counts, Provenance, build_contract, comments_of_source_info
from protoalign.prove.model import Figure, Stage, StageStatus
from protoalign.prove.proof import ContractIdentity, Folder, Proof, VectorSet
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


@pytest.fixture(scope="session")
def aligned_proof() -> Proof:
    """A small proof in which all holds; tests make others of it with `dataclasses.replace`."""
    counts = Counts(files=2, messages=3, enums=1, services=1, rpcs=2, fields=7, enum_values=2)
    all_of_it = tuple(
        Figure(name=name, proved=number, total=number)
        for name, number in (("files", 2), ("messages", 3), ("enums", 1), ("services", 1), ("rpcs", 2))
    )
    rpcs = (Figure(name="rpcs", proved=2, total=2),)
    wire = (*all_of_it[1:3], Figure(name="vectors", proved=40, total=40))
    return Proof(
        subject=ContractIdentity(source="proto", digest="sha256:" + "a1" * 32, counts=counts),
        reference=ContractIdentity(
            source="pypi:shop-sdk==1.4.0",
            digest="sha256:" + "a1" * 32,
            counts=counts,
            version="1.4.0",
            archive="shop_sdk-1.4.0-py3-none-any.whl",
            archive_sha256="b2" * 32,
        ),
        stages=(
            Stage(name="structure", status=StageStatus.PASSED, figures=all_of_it, seconds=0.25),
            Stage(name="wire: protobuf-py", status=StageStatus.PASSED, figures=wire, seconds=1.5),
            Stage(name="wire: go", status=StageStatus.PASSED, figures=wire, seconds=2.0),
            Stage(name="rpcs: python client stubs", status=StageStatus.PASSED, figures=rpcs),
        ),
        figures=all_of_it,
        vectors=VectorSet(path="vectors", digest="sha256:" + "c3" * 32, messages=3, vectors=40),
        generated=(Folder(path="sdk/_gen", digest="sha256:" + "d4" * 32, files=5),),
        tools={"protoalign": "0.1.0", "go": "1.25.1", "python": "3.11.9"},
        seconds=4.25,
    )
