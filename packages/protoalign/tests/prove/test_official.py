"""What the reference's own package makes is read with suspicion, and its archive is the one that was read."""

import json
from dataclasses import replace

import pytest

from protoalign.contract import Provenance
from protoalign.errors import PackageIndexError
from protoalign.prove.official import has_package, official_package, read_helper_messages
from protoalign.sources import LoadOptions

SHOP = 'syntax = "proto3"; package shop; message Item { string name = 1; }'
MADE = {"name": "one", "message": "shop.Item", "file": "shop.proto", "bytes": "0a0161", "json": '{"name":"a"}'}


@pytest.fixture(scope="module")
def contract(compile_contract):
    return compile_contract({"shop.proto": SHOP})


def read(tmp_path, contract, data):
    path = tmp_path / "made.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return read_helper_messages(path, contract)


def test_messages_become_vectors(tmp_path, contract):
    helpers = read(tmp_path, contract, {"format": 1, "error": "", "messages": [MADE, {**MADE, "name": "two"}]})
    assert helpers.problems == ()
    (vectors,) = helpers.vectors
    assert (vectors.message, vectors.file) == ("shop.Item", "shop.proto")
    assert [(each.name, each.input, each.output) for each in vectors.vectors] == [
        ("one", b"\x0a\x01a", b"\x0a\x01a"),
        ("two", b"\x0a\x01a", b"\x0a\x01a"),
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("", "cannot be read"),
        ("[]", "unknown form"),
        ({"format": 2, "messages": []}, "unknown form"),
        ({"format": 1, "messages": {}}, "unknown form"),
        ({"format": 1, "messages": [7]}, "unknown form"),
        ({"format": 1, "messages": [{**MADE, "bytes": 7}]}, "unknown form"),
        ({"format": 1, "messages": [{**MADE, "bytes": "zz"}]}, "cannot be read"),
        ({"format": 1, "messages": []}, "makes no messages"),
        ({"format": 1, "messages": [MADE, MADE]}, "names two messages one"),
        ({"format": 1, "messages": [{**MADE, "name": ""}]}, "a name is empty"),
        ({"format": 1, "messages": [{**MADE, "message": "shop.None"}]}, "one is a shop.None, which is no message"),
        ({"format": 1, "messages": [{**MADE, "file": "other.proto"}]}, "which is no message"),
        ({"format": 1, "error": "it ends with E: x", "messages": [MADE]}, "the helpers file: it ends with E: x"),
    ],
)
def test_what_is_wrong_with_them_is_told(tmp_path, contract, data, said):
    (problem,) = read(tmp_path, contract, data).problems
    assert said in problem


def test_nothing_made(tmp_path, contract):
    (problem,) = read_helper_messages(tmp_path / "made.json", contract).problems
    assert "cannot be read" in problem


def with_provenance(contract, **values):
    return replace(contract, provenance=replace(contract.provenance, **values))


def test_only_an_archive_of_a_package_can_be_installed(contract):
    assert not has_package(contract)
    assert has_package(replace(contract, provenance=Provenance("pypi:a==1", "pypi")))
    assert has_package(replace(contract, provenance=Provenance("python:a.whl", "python", archive="a.whl")))
    assert not has_package(replace(contract, provenance=Provenance("python:folder", "python")))


def test_an_archive_that_was_replaced(tmp_path, contract):
    path = tmp_path / "a-1-py3-none-any.whl"
    path.write_bytes(b"other")
    provenance = Provenance(f"python:{path}", "python", archive=path.name, archive_sha256="0" * 64)
    with pytest.raises(PackageIndexError, match="is not the one"):
        official_package(replace(contract, provenance=provenance), LoadOptions(offline=True))


def test_a_source_archive_is_not_installed(tmp_path, contract):
    from hashlib import sha256

    path = tmp_path / "a-1.tar.gz"
    path.write_bytes(b"x")
    provenance = Provenance(f"python:{path}", "python", archive=path.name, archive_sha256=sha256(b"x").hexdigest())
    with pytest.raises(PackageIndexError, match="would run its build"):
        official_package(replace(contract, provenance=provenance), LoadOptions(offline=True))
