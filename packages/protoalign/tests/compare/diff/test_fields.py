"""Fields and extensions, one aspect each."""

from __future__ import annotations

import pytest

HEADS = {
    "proto2": 'syntax = "proto2"; package p;',
    "proto3": 'syntax = "proto3"; package p;',
    "2023": 'edition = "2023"; package p;',
}
TYPES = " message A { int32 a = 1; } message B { int32 a = 1; } enum E { E_ZERO = 0; E_ONE = 1; }"
OLD_TYPES = " message A { optional int32 a = 1; } message B {} enum E { E_ZERO = 0; E_ONE = 1; }"


def field(head: str, declaration: str) -> str:
    types = OLD_TYPES if head == "proto2" else TYPES
    return f"{HEADS[head]} message M {{ {declaration} }}{types}"


def told(found):
    return [(each.aspect, each.node.name, each.subject_value, each.reference_value, each.detail) for each in found]


CASES = {
    "number": ("proto3", "int32 f = 1;", "int32 f = 2;", [("number", "1", "2", "")]),
    "scalar type": ("proto3", "int32 f = 1;", "sint32 f = 1;", [("type", "int32", "sint32", "")]),
    "message type": ("proto3", "A f = 1;", "B f = 1;", [("type", "p.A", "p.B", "")]),
    "message to enum": (
        "proto3",
        "A f = 1;",
        "E f = 1;",
        [("type", "p.A", "p.E", ""), ("presence", "explicit", "implicit", "")],
    ),
    "cardinality": ("proto3", "int32 f = 1;", "repeated int32 f = 1;", [("cardinality", "singular", "repeated", "")]),
    "map": (
        "proto3",
        "map<string, A> f = 1;",
        "repeated A f = 1;",
        [("type", "map<string, p.A>", "p.A", ""), ("cardinality", "map", "repeated", "")],
    ),
    "value of a map": (
        "proto3",
        "map<string, A> f = 1;",
        "map<string, B> f = 1;",
        [("type", "map<string, p.A>", "map<string, p.B>", "")],
    ),
    "key of a map": (
        "proto3",
        "map<int32, A> f = 1;",
        "map<int64, A> f = 1;",
        [("type", "map<int32, p.A>", "map<int64, p.A>", "")],
    ),
    "presence": ("proto3", "int32 f = 1;", "optional int32 f = 1;", [("presence", "implicit", "explicit", "")]),
    "required": (
        "proto2",
        "optional int32 f = 1;",
        "required int32 f = 1;",
        [("presence", "explicit", "required", "")],
    ),
    "presence by a feature": (
        "2023",
        "int32 f = 1 [features.field_presence = IMPLICIT];",
        "int32 f = 1;",
        [("presence", "implicit", "explicit", ""), ("feature", "IMPLICIT", "", "field_presence")],
    ),
    "optional message": ("proto3", "A f = 1;", "optional A f = 1;", [("other", "", "True", "proto3_optional")]),
    "packed": (
        "proto3",
        "repeated int32 f = 1;",
        "repeated int32 f = 1 [packed = false];",
        [("packed", "packed", "expanded", "")],
    ),
    "packed by a feature": (
        "2023",
        "repeated int32 f = 1;",
        "repeated int32 f = 1 [features.repeated_field_encoding = EXPANDED];",
        [("packed", "packed", "expanded", ""), ("feature", "", "EXPANDED", "repeated_field_encoding")],
    ),
    "packed as it is anyway": (
        "proto3",
        "repeated int32 f = 1;",
        "repeated int32 f = 1 [packed = true];",
        [("option", "", "true", "packed")],
    ),
    "utf8": (
        "2023",
        "string f = 1 [features.utf8_validation = NONE];",
        "string f = 1;",
        [("utf8", "none", "verify", ""), ("feature", "NONE", "", "utf8_validation")],
    ),
    "utf8 of a map": (
        "2023",
        "map<string, string> f = 1 [features.utf8_validation = NONE];",
        "map<string, string> f = 1;",
        [("utf8", "none", "verify", ""), ("feature", "NONE", "", "utf8_validation")],
    ),
    "encoding": (
        "2023",
        "A f = 1 [features.message_encoding = DELIMITED];",
        "A f = 1;",
        [("encoding", "delimited", "length-prefixed", ""), ("feature", "DELIMITED", "", "message_encoding")],
    ),
    "json name": ("proto3", "int32 f_f = 1;", 'int32 f_f = 1 [json_name = "g"];', [("json name", "fF", "g", "")]),
    "json name as it is anyway": ("proto3", "int32 f_f = 1;", 'int32 f_f = 1 [json_name = "fF"];', []),
    "default": (
        "proto2",
        "optional int32 f = 1 [default = 5];",
        "optional int32 f = 1;",
        [("default", "5", "", "")],
    ),
    "empty default": (
        "proto2",
        "optional string f = 1;",
        'optional string f = 1 [default = ""];',
        [("default", "", '""', "")],
    ),
    "default string": (
        "proto2",
        'optional string f = 1 [default = "a\\"b"];',
        "optional string f = 1;",
        [("default", '"a\\"b"', "", "")],
    ),
    "default bytes": (
        "proto2",
        'optional bytes f = 1 [default = "\\x01"];',
        "optional bytes f = 1;",
        [("default", '"\\001"', "", "")],
    ),
    "default enum": (
        "proto2",
        "optional E f = 1 [default = E_ONE];",
        "optional E f = 1 [default = E_ZERO];",
        [("default", "E_ONE", "E_ZERO", "")],
    ),
    "default float": (
        "proto2",
        "optional float f = 1 [default = 0.1];",
        "optional float f = 1 [default = 1e1];",
        [("default", "0.1", "10", "")],
    ),
    "option": (
        "proto3",
        "int32 f = 1 [deprecated = true];",
        "int32 f = 1;",
        [("option", "true", "", "deprecated")],
    ),
    "option of several values": (
        "proto3",
        "int32 f = 1 [targets = TARGET_TYPE_FIELD, targets = TARGET_TYPE_FILE];",
        "int32 f = 1 [targets = TARGET_TYPE_FIELD];",
        [("option", "TARGET_TYPE_FIELD, TARGET_TYPE_FILE", "TARGET_TYPE_FIELD", "targets")],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_one_aspect(differences, case):
    head, subject, reference, expected = case
    found = differences(field(head, subject), field(head, reference))
    name = "p.M.f_f" if "f_f" in subject else "p.M.f"
    assert told(found) == [(aspect, name, *rest) for aspect, *rest in expected]
    mirrored = differences(field(head, reference), field(head, subject))
    assert told(mirrored) == [(aspect, name, theirs, ours, detail) for aspect, ours, theirs, detail in expected]


def test_a_message_and_an_enum_of_one_name_are_told_apart(differences):
    found = differences(
        'syntax = "proto3"; package p; message M { T f = 1; map<string, T> g = 2; } message T {}',
        'syntax = "proto3"; package p; message M { T f = 1; map<string, T> g = 2; } enum T { ZERO = 0; }',
    )
    types = [each[1:4] for each in told(found) if each[0] == "type"]
    assert types == [
        ("p.M.f", "message p.T", "enum p.T"),
        ("p.M.g", "map<string, p.T> of message", "map<string, p.T> of enum"),
    ]


def test_groups_are_messages_of_another_encoding(differences):
    group = 'syntax = "proto2"; package p; message M { optional group G = 1 { optional int32 a = 1; } }'
    plain = 'syntax = "proto2"; package p; message M { optional G g = 1; message G { optional int32 a = 1; } }'
    edition = (
        'edition = "2023"; package p; message M { G g = 1 [features.message_encoding = DELIMITED];'
        " message G { int32 a = 1; } }"
    )
    of_field = [each for each in told(differences(group, plain)) if each[1] == "p.M.g"]
    assert of_field == [
        ("type", "p.M.g", "group p.M.G", "p.M.G", ""),
        ("encoding", "p.M.g", "delimited", "length-prefixed", ""),
    ]
    assert [each[:2] for each in told(differences(group, edition))] == [
        ("syntax", "a.proto"),
        ("json format", "p.M"),
        ("feature", "p.M.g"),
        ("json format", "p.M.G"),
    ]


def test_moves_into_and_out_of_oneofs(differences):
    def text(inside: str, outside: str) -> str:
        return f'syntax = "proto3"; package p; message M {{ oneof kind {{ int32 a = 1; {inside} }} {outside} }}'

    f = "int32 f = 2;"
    assert told(differences(text(f, ""), text("", f))) == [
        ("presence", "p.M.f", "explicit", "implicit", ""),
        ("oneof", "p.M.f", "kind", "", ""),
    ]
    assert told(differences(text(f, ""), text("", f"optional {f}"))) == [("oneof", "p.M.f", "kind", "", "")]


def test_a_renamed_oneof_is_one_difference(differences):
    text = 'syntax = "proto3"; package p; message M { oneof %s { int32 a = 1; int32 b = 2; } optional int32 c = 3; }'
    found = differences(text % "old", text % "new", elements={"p.M.old": "p.M.new"})
    assert told(found) == [("name", "p.M.new", "old", "new", "")]


def test_types_are_compared_through_the_matching(differences):
    text = (
        'syntax = "proto2"; package p; message M { optional %s f = 1; map<int32, %s> g = 2; extensions 9; }'
        " message %s { optional %s self = 1; } extend M { optional %s e = 9; }"
    )
    old, new = text.replace("%s", "Old"), text.replace("%s", "New")
    assert told(differences(old, new, elements={"p.Old": "p.New"})) == [("name", "p.New", "Old", "New", "")]
    assert [each[0] for each in told(differences(old, new))] == ["type", "type", "missing", "extra", "type"]


def test_one_name_for_two_types_is_another_type(differences):
    """The files are the same; but what the subject calls X is the reference's Y, and the other way round."""
    texts = {
        "a.proto": 'syntax = "proto3"; package p; import "b.proto"; message M { X f = 1; }',
        "b.proto": 'syntax = "proto3"; package p; message X { int32 a = 1; } message Y { int32 a = 1; }',
    }
    found = differences(texts, texts, elements={"p.X": "p.Y", "p.Y": "p.X"})
    assert ("type", "p.M.f", "p.X", "p.X", "") in told(found)


def test_renamed_enum_values_as_defaults(differences):
    text = 'syntax = "proto2"; package p; enum E { A = 0; %s = 1; } message M { optional E f = 1 [default = %s]; }'
    found = differences(text % ("OLD", "OLD"), text % ("NEW", "NEW"), elements={"p.OLD": "p.NEW"})
    assert told(found) == [("name", "p.NEW", "OLD", "NEW", "")]


def test_extensions(differences):
    text = (
        'syntax = "proto2"; package p; message A { extensions 1 to 9; } message B { extensions 1 to 9; }'
        " extend %s { %s }"
    )
    assert told(differences(text % ("A", "optional int32 e = 1;"), text % ("B", "repeated int64 e = 2;"))) == [
        ("number", "p.e", "1", "2", ""),
        ("type", "p.e", "int32", "int64", ""),
        ("cardinality", "p.e", "singular", "repeated", ""),
        ("extendee", "p.e", "p.A", "p.B", ""),
    ]


def test_a_renamed_field_has_another_json_name_too(differences):
    text = 'syntax = "proto3"; package p; message M { map<string, int32> %s = 1; optional int32 %s = 2; }'
    found = differences(text % ("a", "b"), text % ("c", "d"), elements={"p.M.a": "p.M.c", "p.M.b": "p.M.d"})
    assert told(found) == [
        ("name", "p.M.c", "a", "c", ""),
        ("json name", "p.M.c", "a", "c", ""),
        ("name", "p.M.d", "b", "d", ""),
        ("json name", "p.M.d", "b", "d", ""),
    ]
