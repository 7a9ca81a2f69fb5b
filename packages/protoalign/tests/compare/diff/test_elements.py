"""Files, messages, enums, services and what stands where, one aspect each."""

from __future__ import annotations

import pytest

P3 = 'syntax = "proto3"; package p; '
P2 = 'syntax = "proto2"; package p; '
E24 = 'edition = "2024"; package p; '
EMPTY = 'syntax = "proto3";'


def told(found):
    return [(each.aspect, each.node.name, each.subject_value, each.reference_value, each.detail) for each in found]


CASES = {
    "missing and extra": (
        P3 + "message A { int32 a = 1; } enum X { Z = 0; }",
        P3 + "message B { int32 a = 1; message Inner {} } service S { rpc R(B) returns (B); }",
        [
            ("missing", "p.B", "", "", ""),
            ("extra", "p.A", "", "", ""),
            ("extra", "p.X", "", "", ""),
            ("missing", "p.S", "", "", ""),
        ],
    ),
    "missing and extra children": (
        P3 + "message M { int32 a = 1; enum E { Z = 0; X = 1; } } service S { rpc R(M) returns (M); }",
        P3 + "message M { oneof o { int32 b = 2; } enum E { Z = 0; Y = 2; } } service S { rpc Q(M) returns (M); }",
        [
            ("missing", "p.M.b", "", "", ""),
            ("extra", "p.M.a", "", "", ""),
            ("missing", "p.M.o", "", "", ""),
            ("missing", "p.M.Y", "", "", ""),
            ("extra", "p.M.X", "", "", ""),
            ("missing", "p.S.Q", "", "", ""),
            ("extra", "p.S.R", "", "", ""),
        ],
    ),
    "package": (P3, 'syntax = "proto3"; package q;', [("package", "a.proto", "p", "q", "")]),
    "syntax": (P2, E24, [("syntax", "a.proto", "proto2", "edition 2024", "")]),
    "what a syntax changes": (
        'syntax = "proto2"; message M { optional string s = 1; repeated int32 r = 2; } enum E { Z = 0; }',
        'syntax = "proto3"; message M { string s = 1; repeated int32 r = 2; } enum E { Z = 0; }',
        [
            ("syntax", "a.proto", "proto2", "proto3", ""),
            ("json format", "M", "LEGACY_BEST_EFFORT", "ALLOW", ""),
            ("presence", "M.s", "explicit", "implicit", ""),
            ("utf8", "M.s", "none", "verify", ""),
            ("packed", "M.r", "expanded", "packed", ""),
            ("closed", "E", "closed", "open", ""),
            ("json format", "E", "LEGACY_BEST_EFFORT", "ALLOW", ""),
        ],
    ),
    "another spelling of the same": (
        'syntax = "proto3"; message M { optional int32 a = 1; optional M b = 2; }',
        'edition = "2023"; message M { int32 a = 1; M b = 2; }',
        [("syntax", "a.proto", "proto3", "edition 2023", "")],
    ),
    "file option": (
        P3 + 'option go_package = "a"; option java_multiple_files = true;',
        P3 + 'option go_package = "b";',
        [("option", "a.proto", '"a"', '"b"', "go_package"), ("option", "a.proto", "true", "", "java_multiple_files")],
    ),
    "file feature": (
        'edition = "2023"; option features.field_presence = IMPLICIT; message M { int32 a = 1; M m = 2; }',
        'edition = "2023"; message M { int32 a = 1; M m = 2; }',
        [
            ("feature", "a.proto", "IMPLICIT", "", "field_presence"),
            ("presence", "M.a", "implicit", "explicit", ""),
        ],
    ),
    "reserved ranges": (
        P3 + "message M { reserved 1, 5 to 7; } enum E { Z = 0; reserved 3; }",
        P3 + "message M { reserved 1, 5 to 8, 100 to max; } enum E { Z = 0; reserved 3, 10 to max; }",
        [
            ("reserved range", "p.M", "", "5 to 8", "5 to 8"),
            ("reserved range", "p.M", "", "100 to max", "100 to max"),
            ("reserved range", "p.M", "5 to 7", "", "5 to 7"),
            ("reserved range", "p.E", "", "10 to max", "10 to max"),
        ],
    ),
    "reserved names": (
        P3 + 'message M { reserved "a", "b"; } enum E { Z = 0; }',
        P3 + 'message M { reserved "b", "c"; } enum E { Z = 0; reserved "X"; }',
        [
            ("reserved name", "p.M", "", "c", "c"),
            ("reserved name", "p.M", "a", "", "a"),
            ("reserved name", "p.E", "", "X", "X"),
        ],
    ),
    "extension ranges": (
        P2 + "message M { extensions 1 to 4; extensions 10 to 19 [verification = UNVERIFIED]; }",
        P2 + "message M { extensions 10 to 19; extensions 100 to max; }",
        [
            ("extension range", "p.M", "10 to 19 [verification = UNVERIFIED]", "10 to 19", "10 to 19"),
            ("extension range", "p.M", "", "100 to max", "100 to max"),
            ("extension range", "p.M", "1 to 4", "", "1 to 4"),
        ],
    ),
    "extension declarations": (
        P2 + 'message M { extensions 4 [declaration = { number: 4, full_name: ".p.x", type: "int32" }]; }',
        P2 + "message M { extensions 4; }",
        [
            (
                "extension range",
                "p.M",
                '4 [declaration = { number: 4 full_name: ".p.x" type: "int32" }]',
                "4",
                "4",
            )
        ],
    ),
    "visibility": (
        E24 + "local message M {} export enum E { Z = 0; }",
        E24 + "message M {} local enum E { Z = 0; }",
        [("visibility", "p.M", "local", "", ""), ("visibility", "p.E", "export", "local", "")],
    ),
    "json format": (
        'edition = "2023"; message M { option features.json_format = LEGACY_BEST_EFFORT; }',
        'edition = "2023"; message M {}',
        [
            ("json format", "M", "LEGACY_BEST_EFFORT", "ALLOW", ""),
            ("feature", "M", "LEGACY_BEST_EFFORT", "", "json_format"),
        ],
    ),
    "closed": (
        'edition = "2023"; enum E { option features.enum_type = CLOSED; Z = 0; }',
        'edition = "2023"; enum E { Z = 0; }',
        [("closed", "E", "closed", "open", ""), ("feature", "E", "CLOSED", "", "enum_type")],
    ),
    "enum value": (
        P3 + "enum E { Z = 0; A = 1; B = 2 [deprecated = true]; }",
        P3 + "enum E { Z = 0; A = 3; B = 2; }",
        [("number", "p.A", "1", "3", ""), ("option", "p.B", "true", "", "deprecated")],
    ),
    "alias": (
        P3 + "enum E { option allow_alias = true; Z = 0; A = 0; }",
        P3 + "enum E { option allow_alias = true; Z = 0; A = 0; option deprecated = true; }",
        [("option", "p.E", "", "true", "deprecated")],
    ),
    "rpc": (
        P3 + "message A {} message B {} service S { rpc R(A) returns (stream B); }",
        P3 + "message A {} message B {} service S { rpc R(stream B) returns (A); }",
        [
            ("input", "p.S.R", "p.A", "p.B", ""),
            ("output", "p.S.R", "p.B", "p.A", ""),
            ("client streaming", "p.S.R", "", "stream", ""),
            ("server streaming", "p.S.R", "stream", "", ""),
        ],
    ),
    "idempotency": (
        P3 + "message A {} service S { rpc R(A) returns (A); }",
        P3 + "message A {} service S { rpc R(A) returns (A) { option idempotency_level = NO_SIDE_EFFECTS; } }",
        [("option", "p.S.R", "", "NO_SIDE_EFFECTS", "idempotency_level")],
    ),
    "body": (
        P3 + "message A {} service S { rpc R(A) returns (A); }",
        P3 + "message A {} service S { rpc R(A) returns (A) {} }",
        [("body", "p.S.R", ";", "{}", "")],
    ),
    "order of everything": (
        P3
        + "message M { int32 a = 1; int32 b = 2; message X {} message Y {} enum E { Z = 0; } enum F { Z2 = 0; } }"
        + " enum G { ZERO = 0; ONE = 1; TWO = 2; } service S { rpc Q(M) returns (M); rpc R(M) returns (M); }",
        P3
        + "message M { int32 b = 2; int32 a = 1; message Y {} message X {} enum F { Z2 = 0; } enum E { Z = 0; } }"
        + " enum G { ZERO = 0; TWO = 2; ONE = 1; } service S { rpc R(M) returns (M); rpc Q(M) returns (M); }",
        [
            ("order", "p.M", "a, b", "b, a", "fields"),
            ("order", "p.M", "X, Y", "Y, X", "messages"),
            ("order", "p.M", "E, F", "F, E", "enums"),
            ("order", "p.G", "…, ONE, TWO", "…, TWO, ONE", "values"),
            ("order", "p.S", "Q, R", "R, Q", "rpcs"),
        ],
    ),
    "order at the top": (
        P2
        + "message A { extensions 1 to 9; } message B {} enum E { X = 0; } enum F { Y = 0; } service S {} service T {}"
        + " extend A { optional int32 e = 1; optional int32 f = 2; }",
        P2
        + "message B {} message A { extensions 1 to 9; } enum F { Y = 0; } enum E { X = 0; } service T {} service S {}"
        + " extend A { optional int32 f = 2; optional int32 e = 1; }",
        [
            ("order", "a.proto", "A, B", "B, A", "messages"),
            ("order", "a.proto", "E, F", "F, E", "enums"),
            ("order", "a.proto", "S, T", "T, S", "services"),
            ("order", "a.proto", "e, f", "f, e", "extensions"),
        ],
    ),
    "order of ranges and names": (
        P2 + 'message M { reserved 1, 3; reserved "a", "b"; extensions 10; extensions 12; }',
        P2 + 'message M { reserved 3, 1; reserved "b", "a"; extensions 12; extensions 10; }',
        [
            ("order", "p.M", "10, 12", "12, 10", "extension ranges"),
            ("order", "p.M", "1, 3", "3, 1", "reserved ranges"),
            ("order", "p.M", "a, b", "b, a", "reserved names"),
        ],
    ),
    "order of maps": (
        P3 + "message M { message A {} map<int32, A> m = 1; }",
        P3 + "message M { map<int32, A> m = 1; message A {} }",
        [("order", "p.M", "A, MEntry", "MEntry, A", "messages")],
    ),
    "order of fields, whose optional ones bring their oneofs along": (
        P3 + "message M { optional int32 a = 1; optional int32 b = 2; }",
        P3 + "message M { optional int32 b = 2; optional int32 a = 1; }",
        [("order", "p.M", "a, b", "b, a", "fields")],
    ),
    "order of oneofs": (
        P3 + "message M { oneof x { int32 a = 1; } oneof y { int32 b = 2; } }",
        P3 + "message M { oneof y { int32 b = 2; } oneof x { int32 a = 1; } }",
        [("order", "p.M", "a, b", "b, a", "fields"), ("order", "p.M", "x, y", "y, x", "oneofs")],
    ),
    "what one side lacks is no order": (
        P3 + "message M { int32 a = 1; int32 b = 2; int32 c = 3; }",
        P3 + "message M { int32 b = 2; int32 c = 3; int32 d = 4; }",
        [("missing", "p.M.d", "", "", ""), ("extra", "p.M.a", "", "", "")],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_one_aspect(differences, case):
    subject, reference, expected = case
    elements = {"p": "q"} if "package q" in reference else None
    assert told(differences(subject, reference, elements=elements)) == expected
    assert not differences(subject, subject)
    assert not differences(reference, reference)


def test_imports(differences):
    base = dict.fromkeys(("b.proto", "c.proto", "d.proto"), EMPTY)
    found = differences(
        base | {"a.proto": EMPTY + 'import "b.proto"; import public "c.proto";'},
        base | {"a.proto": EMPTY + 'import "d.proto"; import "c.proto";'},
    )
    assert told(found) == [
        ("import", "a.proto", "", "import", "d.proto"),
        ("import", "a.proto", "import public", "import", "c.proto"),
        ("import", "a.proto", "import", "", "b.proto"),
    ]
    order = differences(
        base | {"a.proto": EMPTY + 'import "b.proto"; import "c.proto";'},
        base | {"a.proto": EMPTY + 'import "c.proto"; import "b.proto";'},
    )
    assert told(order) == [("order", "a.proto", "b.proto, c.proto", "c.proto, b.proto", "imports")]


def test_a_renamed_file_is_one_difference(differences):
    importing = P3 + 'import "%s"; message M { N n = 1; }'
    imported = P3 + "message N {}"
    found = differences(
        {"a.proto": importing % "old.proto", "old.proto": imported},
        {"a.proto": importing % "new.proto", "new.proto": imported},
        files={"old.proto": "new.proto"},
    )
    assert told(found) == [("name", "new.proto", "old.proto", "new.proto", "")]


def test_missing_and_extra_files_list_their_top_level(differences):
    here = {"a.proto": EMPTY}
    more = here | {"b.proto": P3 + "message M { int32 a = 1; } enum E { Z = 0; }"}
    expected = ["b.proto", "p.M", "p.E"]
    assert told(differences(here, more)) == [("missing", name, "", "", "") for name in expected]
    assert told(differences(more, here)) == [("extra", name, "", "", "") for name in expected]


def test_a_renamed_package_is_one_difference_a_file(differences):
    """Everything in it has another full name, and everything refers to it; none of that is a difference."""
    text = """syntax = "proto2"; package %s; import "google/protobuf/descriptor.proto";
    message M { optional M m = 1; map<int32, E> e = 2; extensions 9; oneof o { string s = 4; M n = 5; }
      optional E d = 6 [default = ONE, (%s.opt).level = 3]; message N { optional M.N n = 1; } }
    enum E { ZERO = 0; ONE = 1; }
    message Opt { optional int32 level = 1; extensions 2 to 9; }
    extend Opt { optional Opt more = 2; }
    extend M { optional M.N x = 9; }
    extend google.protobuf.FieldOptions { optional Opt opt = 50001; }
    service S { rpc R(M) returns (stream M) { option deprecated = true; } }
    """
    found = differences(text.replace("%s", "old.v1"), text.replace("%s", "new.v1"), elements={"old.v1": "new.v1"})
    assert told(found) == [("package", "a.proto", "old.v1", "new.v1", "")]


def test_an_element_nested_elsewhere(differences):
    found = differences(
        P3 + "message Inner { int32 a = 1; } message Outer { Inner i = 1; }",
        P3 + "message Outer { Inner i = 1; message Inner { int64 a = 1; } }",
        elements={"p.Inner": "p.Outer.Inner"},
    )
    assert told(found) == [
        ("name", "p.Outer.Inner", "p.Inner", "p.Outer.Inner", ""),
        ("type", "p.Outer.Inner.a", "int32", "int64", ""),
    ]


def test_what_moved_out_of_a_missing_message_is_compared(differences):
    found = differences(
        P3 + "message Inner { int32 a = 1; }",
        P3 + "message Outer { message Inner { int64 a = 1; } int32 gone = 1; }",
        elements={"p.Inner": "p.Outer.Inner"},
    )
    assert [each[:2] for each in told(found)] == [
        ("missing", "p.Outer"),
        ("name", "p.Outer.Inner"),
        ("type", "p.Outer.Inner.a"),
    ]


def test_a_value_in_another_enum(differences):
    """Its full name is the same: the scope of a value is the one around its enum."""
    found = differences(
        P3 + "enum A { Z = 0; X = 1; } enum B { Y = 0; }",
        P3 + "enum A { Z = 0; } enum B { Y = 0; X = 1; }",
    )
    assert [each[:2] for each in told(found)] == [("name", "p.X")]


def test_an_element_in_another_file(differences):
    found = differences(
        {"a.proto": P3 + "message M { int32 a = 1; }", "b.proto": P3},
        {"a.proto": P3, "b.proto": P3 + "message M { int64 a = 1; }"},
    )
    assert told(found) == [
        ("file", "p.M", "a.proto", "b.proto", ""),
        ("type", "p.M.a", "int32", "int64", ""),
    ]


def test_an_element_in_another_file_of_another_package(differences):
    found = differences(
        {"a.proto": P3 + "message M {}", "b.proto": 'syntax = "proto3"; package q;'},
        {"a.proto": P3, "b.proto": 'syntax = "proto3"; package q; message M {}'},
        elements={"p.M": "q.M"},
    )
    assert told(found) == [("file", "q.M", "a.proto", "b.proto", ""), ("name", "q.M", "p.M", "q.M", "")]


def test_long_orders_are_shortened(differences):
    names = [f"f{index:02}" for index in range(40)]
    numbers = {name: index + 1 for index, name in enumerate(names)}
    text = P3 + "message M { %s }"
    moved = [*names[:2], *names[3:], names[2]]
    found = differences(
        *(text % " ".join(f"int32 {name} = {numbers[name]};" for name in order) for order in (names, moved))
    )
    (order,) = found
    assert order.subject_value == "…, f02, f03, f04, f05, f06, f07, f08, f09, …"
    assert order.reference_value == "…, f03, f04, f05, f06, f07, f08, f09, f10, …"


def test_differences_come_in_the_order_of_the_reference(differences):
    found = differences(
        {"a.proto": P3 + "message Z {}", "b.proto": P3 + "message B {}", "z.proto": P3},
        {"a.proto": P3 + "message N {} message A {}", "b.proto": P3 + "message C {}", "c.proto": P3},
    )
    assert [each[:2] for each in told(found)] == [
        ("missing", "p.N"),
        ("missing", "p.A"),
        ("extra", "p.Z"),
        ("missing", "p.C"),
        ("extra", "p.B"),
        ("missing", "c.proto"),
        ("extra", "z.proto"),
    ]
