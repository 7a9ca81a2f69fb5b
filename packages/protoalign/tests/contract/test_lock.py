"""A lock says enough to compare without network, and refuses to be trusted when damaged."""

import tomllib

import pytest
import tomli_w

from protoalign.contract import (
    ContractFile,
    Provenance,
    build_contract,
    well_known_files,
)
from protoalign.contract.lock import ContractLock, LockDifference, lock_differences, lock_of
from protoalign.errors import LockError

SOURCE = Provenance("pypi:x==1", "pypi", version="1", archive="x-1.whl", archive_sha256="ab" * 32)
CONTRACT = build_contract(well_known_files(), SOURCE)


def test_a_lock_survives_its_file():
    lock = lock_of(CONTRACT)
    data = tomllib.loads(tomli_w.dumps(lock.to_toml_data()))
    assert ContractLock.from_toml_data(data, where="x.lock") == lock


def test_an_equal_contract_has_no_differences():
    assert lock_differences(lock_of(CONTRACT), CONTRACT) == ()


def test_differences_name_file_and_element():
    files = {file.name: file for file in CONTRACT.files}
    api = ContractFile.parse(files["google/protobuf/api.proto"].serialized)
    edited = type(api.descriptor).FromString(api.serialized)
    edited.message_type[0].name = "Renamed"
    changed = build_contract(
        [
            *(
                file
                for name, file in files.items()
                if name not in ("google/protobuf/api.proto", "google/protobuf/any.proto")
            ),
            ContractFile.of(edited),
        ],
        SOURCE,
    )
    assert set(lock_differences(lock_of(CONTRACT), changed)) == {
        LockDifference("files", "google/protobuf/any.proto", "missing"),
        LockDifference("messages", "google.protobuf.Any", "missing"),
        LockDifference("files", "google/protobuf/api.proto", "changed"),
        LockDifference("messages", "google.protobuf.Api", "missing"),
        LockDifference("messages", "google.protobuf.Renamed", "extra"),
    }


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda data: data.update(format=99), "format 99"),
        (lambda data: data.pop("digest"), "'digest' is missing"),
        (lambda data: data.update(counts={"files": 1}), r"\[counts\]"),
        (lambda data: data["counts"].update(files="one"), "whole number"),
        (lambda data: data.update(files=[1]), r"\[files\]"),
        (lambda data: data["files"].popitem(), "not the digest of the files"),
        (lambda data: data["messages"].update(x=1), r"\[messages\]"),
    ],
)
def test_a_damaged_lock_is_refused(edit, message):
    data = tomllib.loads(tomli_w.dumps(lock_of(CONTRACT).to_toml_data()))
    edit(data)
    with pytest.raises(LockError, match=message):
        ContractLock.from_toml_data(data, where="x.lock")
