"""What is mutated: real packages, the large ones in parts, and one folder of our own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from mutants.catalog import KINDS
from mutants.kind import Kind

from protoalign.contract import Contract, ContractFile, Provenance, build_contract
from protoalign.contract.imports import closure
from protoalign.sources import LoadOptions, load
from protoalign.sources.compilers import compile_with_protoc

DESCRIPTOR_PROTO = "google/protobuf/descriptor.proto"
OWN = "every feature"
FOLDER = Path(__file__).parent.parent / "protos"

# Where a package holds different copies of a file, those to take.
COPIES = {"mlflow-skinny==3.16.1": ("mlflow/protos/databricks_exception_with_details_pb2.py:52",)}

# Name and version of each package, and how many mutants of it there are at least when two of each kind are made.
PACKAGES = {
    "xai-sdk==1.4.0": 200,
    "googleapis-common-protos==1.76.0": 210,
    "opentelemetry-proto==1.45.2": 180,
    "grpcio-reflection==1.85.1": 100,
    "etcd3==0.12.0": 175,
    "onnx==1.23.2": 150,
    "qdrant-client==1.20.0": 200,
    "flyteidl==1.16.8": 205,
    "s2clientprotocol==5.0.17.98310.0": 150,
    "steam==1.4.4": 205,
    "mlflow-skinny==3.16.1": 220,
    "yandexcloud==0.413.0": 215,
    "protobuf==7.36.2": 170,
}

# How many mutants of each kind are made, as far as there is something to change.
MUTANTS = {OWN: 6, **dict.fromkeys(PACKAGES, 2)}

# A part holds about so many fields at most, unless one file alone has more.
PART_FIELDS = 400
PARTS = 12
# A part may lack what a kind of mutation changes.
TRIED_PARTS = 5


def load_package(name: str) -> Contract:
    """A package's whole contract.

    Raises:
        PackageIndexError: the package index cannot be reached.
    """
    if name == OWN:
        return _own()
    contract = load(f"pypi:{name}", LoadOptions(copies=COPIES.get(name, ()), comments=False))
    # A mutant of the file that defines descriptors could not be read with its own definitions.
    own = [file for file in contract.files if file.name != DESCRIPTOR_PROTO]
    return build_contract(own, contract.provenance, available=(*contract.imports, *contract.files))


def _own() -> Contract:
    names = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.proto"))
    files = FileDescriptorSet.FromString(compile_with_protoc(FOLDER, names)).file
    for file in files:
        file.ClearField("source_code_info")
    listed = [ContractFile.of(file) for file in files]
    own = [file for file in listed if file.name in names]
    return build_contract(own, Provenance("protos", "tree"), available=listed)


def parts_of(contract: Contract) -> tuple[Contract, ...]:
    """The contract itself, or parts of it that are closed over their imports where it is large."""
    if contract.counts.fields <= PART_FIELDS * 2:
        return (contract,)
    names = [file.name for file in contract.files]
    own = {file.name: file for file in contract.files}
    fields = {file.name: _field_count(file) for file in contract.files}
    random = Random(contract.digest)
    random.shuffle(names)
    parts: list[Contract] = []
    current: set[str] = set()
    while names and len(parts) < PARTS:
        name = names.pop()
        wider = current | (closure(contract.by_name, [name]) & own.keys())
        if current and sum(fields[other] for other in wider) > PART_FIELDS:
            parts.append(_part(contract, current))
            wider = closure(contract.by_name, [name]) & own.keys()
        current = set(wider)
    if len(parts) < PARTS and current:
        parts.append(_part(contract, current))
    return tuple(parts)


def _field_count(file: ContractFile) -> int:
    pending, fields = list(file.descriptor.message_type), 0
    while pending:
        message = pending.pop()
        fields += len(message.field)
        pending.extend(message.nested_type)
    return fields


def _part(contract: Contract, names: set[str]) -> Contract:
    return build_contract(
        [contract.by_name[name] for name in sorted(names)], contract.provenance, available=contract.imports
    )


def mutants_of(
    package: str, parts: tuple[Contract, ...], kind: Kind, count: int
) -> Iterator[tuple[Contract, Contract]]:
    """Up to `count` different mutants of one kind, each behind its original; the same ones in every run."""
    seen: set[str] = set()
    for number in range(count):
        random = Random(f"{package} {kind.name} {number}")
        for original in random.sample(parts, min(len(parts), TRIED_PARTS)):
            mutant = kind.mutate(original, random)
            if mutant is not None:
                break
        if mutant is not None and mutant.digest not in seen:
            seen.add(mutant.digest)
            yield original, mutant


__all__ = ["KINDS", "MUTANTS", "OWN", "PACKAGES", "load_package", "mutants_of", "parts_of"]
