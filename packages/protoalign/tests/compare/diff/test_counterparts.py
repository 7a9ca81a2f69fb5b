"""What the matching leaves out, says twice or holds apart."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto

from protoalign.compare.diff import differences_of
from protoalign.compare.matching import match_contracts
from protoalign.contract import Contract, ContractFile, Provenance, build_contract

P3 = 'syntax = "proto3"; package p; '


def told(found):
    return [(each.aspect, each.node.name, each.node.file) for each in found]


@pytest.fixture
def matched(compile_contract):
    """The differences under the real matching."""

    def matched_(subject: Mapping[str, str], reference: Mapping[str, str], mapping: Mapping[str, str] | None = None):
        one, other = compile_contract(subject), compile_contract(reference)
        return differences_of(one, other, match_contracts(one, other, mapping or {}))

    return matched_


def test_files_that_the_matching_leaves_out_have_no_differences(matched):
    same = {"same.proto": P3 + "message Same { Same s = 1; }"}
    found = matched(
        same | {"a.proto": P3 + 'import "same.proto"; message M { Same s = 1; }'},
        same | {"a.proto": P3 + 'import "same.proto"; message M { Same s = 2; }'},
    )
    assert told(found) == [("number", "p.M.s", "a.proto")]


def test_what_the_user_holds_apart_is_missing_and_extra(matched):
    same = {"same.proto": P3 + "message Same { message Inner {} message Other {} }"}
    found = matched(same, same, {"p.Same.Inner": ""})
    assert told(found) == [("missing", "p.Same.Inner", "same.proto"), ("extra", "p.Same.Inner", "same.proto")]


def test_what_the_user_holds_apart_in_a_file_that_differs(matched):
    text = P3 + "message Same { message Inner {} int32 a = 1; } message M { int32 f = %s; }"
    found = matched({"a.proto": text % 1}, {"a.proto": text % 2}, {"p.Same.Inner": ""})
    assert told(found) == [
        ("missing", "p.Same.Inner", "a.proto"),
        ("extra", "p.Same.Inner", "a.proto"),
        ("number", "p.M.f", "a.proto"),
    ]


def copies(*types: FieldDescriptorProto.Type) -> Contract:
    """Two files that declare the same names, as packages have them that ship an API twice."""
    files = []
    for folder, type_ in zip(("one", "two"), types, strict=True):
        file = FileDescriptorProto(name=f"{folder}/a.proto", package="p", syntax="proto3")
        message = file.message_type.add(name="M")
        message.field.add(name="f", number=1, type=type_, label=FieldDescriptorProto.LABEL_OPTIONAL)
        message.field.add(
            name="m", number=2, type=FieldDescriptorProto.TYPE_MESSAGE, type_name=".p.M", label="LABEL_OPTIONAL"
        )
        files.append(ContractFile.of(file))
    return build_contract(files, Provenance("by hand", "image"))


STRING, BYTES, INT64 = (
    FieldDescriptorProto.TYPE_STRING,
    FieldDescriptorProto.TYPE_BYTES,
    FieldDescriptorProto.TYPE_INT64,
)


@pytest.mark.parametrize(
    ("subject", "reference", "expected"),
    [
        ((STRING, STRING), (STRING, STRING), []),
        ((STRING, BYTES), (STRING, STRING), ["two/a.proto"]),
        ((BYTES, STRING), (STRING, STRING), ["one/a.proto"]),
        ((INT64, BYTES), (STRING, STRING), ["one/a.proto", "two/a.proto"]),
    ],
)
def test_names_that_are_declared_twice_are_compared_twice(matching_by_name, subject, reference, expected):
    one, other = copies(*subject), copies(*reference)
    for matching in (matching_by_name(one, other), match_contracts(one, other, {})):
        found = differences_of(one, other, matching)
        assert told(found) == [("type", "p.M.f", file) for file in expected]
