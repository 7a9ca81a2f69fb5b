"""Differences in words."""

from __future__ import annotations

import pytest
from google.protobuf import text_format
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from protoalign.prove.differences import first_differences


def parsed(text: str) -> FileDescriptorProto:
    return text_format.Parse(text, FileDescriptorProto())


@pytest.mark.parametrize(
    ("original", "compiled", "words"),
    [
        ('package: "a"', "", ["package: 'a' in the contract, absent after compiling"]),
        (
            'message_type { name: "A" } message_type { name: "B" }',
            'message_type { name: "B" } message_type { name: "A" }',
            ["message_type[0]: A in the contract, B after compiling"],
        ),
        (
            'message_type { name: "A" }',
            'message_type { name: "A" } message_type { name: "B" }',
            ["message_type: absent in the contract, B after compiling"],
        ),
        (
            'dependency: "a" dependency: "b"',
            'dependency: "b" dependency: "a"',
            ["dependency: ['a', 'b'] in the contract, ['b', 'a'] after compiling"],
        ),
        (
            'message_type { name: "A" field { name: "f" label: LABEL_REQUIRED } }',
            'message_type { name: "A" field { name: "f" label: LABEL_OPTIONAL } }',
            ["message_type A / field f / label: LABEL_REQUIRED in the contract, LABEL_OPTIONAL after compiling"],
        ),
        (
            'message_type { name: "A" options {} }',
            'message_type { name: "A" }',
            ["message_type A / options: empty in the contract, absent after compiling"],
        ),
        ('package: "a"', 'package: "a"', []),
    ],
)
def test_each_difference_says_where_and_what(original: str, compiled: str, words: list[str]) -> None:
    found = first_differences(parsed(original), parsed(compiled), limit=10)
    assert [str(difference) for difference in found] == words


def test_unknown_fields_count_and_long_values_are_cut() -> None:
    other = FileDescriptorProto()
    other.MergeFromString(b"\xf8\x3e\x01")
    (difference,) = first_differences(FileDescriptorProto(), other, limit=10)
    assert difference.element == "the file"
    (difference,) = first_differences(parsed(f'package: "{"x" * 999}"'), FileDescriptorProto(), limit=10)
    assert len(difference.original) == 120


def test_only_the_first_are_reported() -> None:
    many = FileDescriptorProto()
    for index in range(50):
        many.message_type.add(name=f"M{index}")
    assert len(first_differences(many, FileDescriptorProto(), limit=10)) == 1
    other = FileDescriptorProto.FromString(many.SerializeToString())
    for message in other.message_type:
        message.field.add(name="f")
    assert len(first_differences(many, other, limit=10)) == 10
