"""Custom options, options that nothing explains, and how a source groups them."""

from __future__ import annotations

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from protoalign.compare.diff import differences_of
from protoalign.contract import ContractFile, Provenance, build_contract
from protoalign.errors import DescriptorError

OPTIONS = """syntax = "proto2"; package acme;
import "google/protobuf/descriptor.proto"; import "google/protobuf/any.proto";
message Sensitive {
  optional int32 level = 1; repeated string tags = 2; optional Sensitive inner = 3; map<string, int32> weights = 4;
  optional google.protobuf.Any any = 5; extensions 100 to 199; optional Kind kind = 6;
}
enum Kind { NONE = 0; SOME = 1; }
extend Sensitive { optional Sensitive more = 100; }
extend google.protobuf.FieldOptions { optional Sensitive sensitive = 50001; repeated int32 numbers = 50002; }
extend google.protobuf.OneofOptions { optional string o = 50001; }
"""


def text(options: str) -> dict[str, str]:
    brackets = f"[{options}]" if options else ""
    return {
        "acme.proto": OPTIONS,
        "a.proto": f'syntax = "proto3"; package p; import "acme.proto"; message M {{ int32 f = 1 {brackets}; }}',
    }


def told(found):
    return [(each.aspect, each.node.name, each.subject_value, each.reference_value, each.detail) for each in found]


CASES = {
    "one part": (
        "(acme.sensitive).level = 1",
        "(acme.sensitive) = { level: 2 }",
        [("1", "2", "(acme.sensitive).level")],
    ),
    "one part of many": (
        "(acme.sensitive) = { level: 1 tags: 'a' tags: 'b' kind: SOME }",
        "(acme.sensitive) = { level: 1 tags: 'b' inner { level: 3 } }",
        [
            ('"a", "b"', '"b"', "(acme.sensitive).tags"),
            ("", "3", "(acme.sensitive).inner.level"),
            ("SOME", "", "(acme.sensitive).kind"),
        ],
    ),
    "an empty message": ("(acme.sensitive) = {}", "", [("{}", "", "(acme.sensitive)")]),
    "an empty message and a part": (
        "(acme.sensitive) = {}",
        "(acme.sensitive).inner = {}",
        [("", "{}", "(acme.sensitive).inner")],
    ),
    "a list": ("(acme.numbers) = 1, (acme.numbers) = 2", "(acme.numbers) = 2", [("1, 2", "2", "(acme.numbers)")]),
    "a map": (
        "(acme.sensitive).weights = { key: 'a' value: 1 }",
        "",
        [('{ weights: { key: "a" value: 1 } }', "", "(acme.sensitive).weights")],
    ),
    "an extension of an option": (
        "(acme.sensitive).(acme.more).level = 1",
        "(acme.sensitive).(acme.more).level = 2",
        [("1", "2", "(acme.sensitive).(acme.more).level")],
    ),
    "an Any": (
        "(acme.sensitive).any = { [type.googleapis.com/acme.Sensitive] { level: 1 } }",
        "(acme.sensitive).any = { [type.googleapis.com/acme.Sensitive] { level: 2 } }",
        [
            (
                '{ type_url: "type.googleapis.com/acme.Sensitive" value: "\\010\\001" }',
                '{ type_url: "type.googleapis.com/acme.Sensitive" value: "\\010\\002" }',
                "(acme.sensitive).any",
            )
        ],
    ),
    "order of occurrences": ("(acme.numbers) = 1, deprecated = true", "deprecated = true, (acme.numbers) = 1", []),
    "parts by themselves": (
        "(acme.sensitive).level = 1, (acme.sensitive).tags = 'a'",
        "(acme.sensitive) = { level: 1 tags: 'a' }",
        [],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_custom_options(differences, case):
    subject, reference, expected = case
    found = differences(text(subject), text(reference))
    assert told(found) == [("option", "p.M.f", *each) for each in expected]


def test_features_of_a_language_are_options(differences):
    go = """edition = "2023"; package pb; import "google/protobuf/descriptor.proto";
    extend google.protobuf.FeatureSet { GoFeatures go = 1002; }
    message GoFeatures {
      enum ApiLevel { UNKNOWN = 0; OPAQUE = 3; }
      ApiLevel api_level = 1 [targets = TARGET_TYPE_MESSAGE, retention = RETENTION_RUNTIME,
        feature_support = { edition_introduced: EDITION_2023 },
        edition_defaults = { edition: EDITION_LEGACY value: "UNKNOWN" }];
    }"""
    text = 'edition = "2023"; package p; import "go.proto"; message M { %s }'
    found = differences(
        {"go.proto": go, "a.proto": text % "option features.(pb.go).api_level = OPAQUE;"},
        {"go.proto": go, "a.proto": text % "option features.json_format = LEGACY_BEST_EFFORT;"},
    )
    assert told(found) == [
        ("json format", "p.M", "ALLOW", "LEGACY_BEST_EFFORT", ""),
        ("feature", "p.M", "", "LEGACY_BEST_EFFORT", "json_format"),
        ("option", "p.M", "OPAQUE", "", "features.(pb.go).api_level"),
    ]


def test_options_of_oneofs(differences):
    source = text("")
    source["a.proto"] = (
        'syntax = "proto3"; package p; import "acme.proto";'
        ' message M { oneof k { option (acme.o) = "x"; int32 f = 1; } }'
    )
    other = source | {"a.proto": source["a.proto"].replace('"x"', '"y"')}
    assert told(differences(source, other)) == [("option", "p.M.k", '"x"', '"y"', "(acme.o)")]


def contract_of(raw: bytes):
    file = FileDescriptorProto(name="a.proto", syntax="proto3", package="p")
    message = file.message_type.add(name="M")
    message.options.MergeFromString(raw)
    return build_contract([ContractFile.parse(file.SerializePartialToString())], Provenance("by hand", "image"))


def test_options_that_nothing_explains(matching_by_name):
    one, other, empty = (contract_of(raw) for raw in (b"\x8a\xb5\x18\x02hi", b"\x88\xb5\x18\x07", b""))
    assert told(differences_of(one, empty, matching_by_name(one, empty))) == [
        ("option", "p.M", '"hi"', "", "unknown option 50001")
    ]
    assert told(differences_of(one, other, matching_by_name(one, other))) == [
        ("option", "p.M", '"hi"', "7", "unknown option 50001")
    ]
    assert not differences_of(one, one, matching_by_name(one, one))


def test_an_option_that_was_never_interpreted_is_bad_input(matching_by_name):
    damaged, empty = contract_of(b"\xba\x3e\x02\x12\x00"), contract_of(b"")
    with pytest.raises(DescriptorError, match="lacks what its definition requires"):
        differences_of(damaged, empty, matching_by_name(damaged, empty))


def test_definitions_that_differ_in_an_import_are_seen_at_last(matching_by_name, compile_contract):
    """Nothing in the contract's own files differs, but what their bytes mean does."""
    text = """syntax = "proto2"; package acme; import "google/protobuf/descriptor.proto";
    message Opt { optional int32 a = 1; optional int32 b = 2; }
    extend google.protobuf.MessageOptions { optional %s opt = 50001; }"""
    using = FileDescriptorProto(name="a.proto", syntax="proto3", dependency=["acme.proto"])
    # A message with b before a, which is re-encoded only where its definition is known to be a message.
    using.message_type.add(name="M").options.MergeFromString(b"\x8a\xb5\x18\x04\x10\x01\x08\x02")
    one, other = (
        build_contract(
            [ContractFile.of(using)],
            Provenance("by hand", "image"),
            available=compile_contract({"acme.proto": text % type_}).files,
        )
        for type_ in ("Opt", "bytes")
    )
    assert one.digest != other.digest
    assert told(differences_of(one, other, matching_by_name(one, other))) == [
        ("other", "a.proto", "", "", "message_type")
    ]
