"""What a newer release does to clients of an older one."""

from __future__ import annotations

import pytest

from protoalign.compare import IMPACTS
from protoalign.compare.rules import RULES
from protoalign.upstream.breaking import EFFECT_OF_IMPACT, EFFECT_OF_RULE, release_change

USED = "service S { rpc Get(M) returns (M); rpc Keep(M) returns (M); }"
# name: older release, newer release, effect, and (sort, rule) of what has that effect
CASES = {
    "the same": ("message M { int32 a = 1; }", "message M { int32 a = 1; }", "none"),
    "a field added": ("message M { int32 a = 1; }", "message M { int32 a = 1; int32 b = 2; }", "none"),
    "a field removed": ("message M { int32 a = 1; int32 b = 2; }", "message M { int32 a = 1; }", "wire"),
    "a field removed and reserved": (
        "message M { int32 a = 1; int32 b = 2; }", "message M { int32 a = 1; reserved 2; }", "wire",
    ),
    "a field renumbered": ("message M { int32 a = 1; }", "message M { int32 a = 2; }", "wire"),
    "a field retyped": ("message M { int32 a = 1; }", "message M { string a = 1; }", "wire"),
    "a field renamed": ("message M { int32 old = 1; }", "message M { int32 other = 1; }", "json"),
    "a JSON name": ("message M { int32 a = 1; }", 'message M { int32 a = 1 [json_name = "x"]; }', "json"),
    "a field repeated": ("message M { int32 a = 1; }", "message M { repeated int32 a = 1; }", "wire"),
    "another packing": (
        "message M { repeated int32 a = 1; }", "message M { repeated int32 a = 1 [packed = false]; }", "none",
    ),
    "presence gained": ("message M { int32 a = 1; }", "message M { optional int32 a = 1; }", "source"),
    "presence lost": ("message M { optional int32 a = 1; }", "message M { int32 a = 1; }", "wire"),
    "a field moved into a oneof with a new one": (
        "message M { string a = 1; }", "message M { oneof o { string a = 1; string b = 2; } }", "source",
    ),
    "two fields moved into a oneof": (
        "message M { string a = 1; string b = 2; }", "message M { oneof o { string a = 1; string b = 2; } }", "wire",
    ),
    "a field moved into an old oneof": (
        "message M { string a = 1; oneof o { string b = 2; string c = 3; } }",
        "message M { oneof o { string a = 1; string b = 2; string c = 3; } }", "wire",
    ),
    "a field moved out of a oneof": (
        "message M { oneof o { string a = 1; string b = 2; string c = 3; } }",
        "message M { string a = 1; oneof o { string b = 2; string c = 3; } }", "wire",
    ),
    "an RPC removed": (f"message M {{ int32 a = 1; }} {USED}", "message M { int32 a = 1; } service S { rpc Keep(M) returns (M); }", "wire"),  # noqa: E501
    "an RPC streaming": (
        "message M { int32 a = 1; } service S { rpc Get(M) returns (M); }",
        "message M { int32 a = 1; } service S { rpc Get(M) returns (stream M); }", "wire",
    ),
    "an RPC added": (
        "message M { int32 a = 1; } service S { rpc Keep(M) returns (M); }",
        f"message M {{ int32 a = 1; }} {USED}", "none",
    ),
    "a service removed": (f"message M {{ int32 a = 1; }} {USED}", "message M { int32 a = 1; }", "wire"),
    "an unused message removed": ("message M { int32 a = 1; } message N { string b = 1; }", "message M { int32 a = 1; }", "source"),  # noqa: E501
    "a message renamed": (
        "message Old { int32 a = 1; string b = 2; } message M { Old x = 1; }",
        "message Other { int32 a = 1; string b = 2; } message M { Other x = 1; }", "source",
    ),
    "a value added": ("enum E { A = 0; }", "enum E { A = 0; B = 1; }", "none"),
    "a value removed": ("enum E { A = 0; B = 1; }", "enum E { A = 0; }", "wire"),
    "a value renumbered": ("enum E { A = 0; B = 1; }", "enum E { A = 0; B = 2; }", "wire"),
    "a value renamed": ("enum E { A = 0; B = 1; }", "enum E { A = 0; OTHER = 1; }", "json"),
    "deprecated": ("message M { int32 a = 1; }", "message M { int32 a = 1 [deprecated = true]; }", "none"),
    "no longer reserved": ("message M { reserved 5; int32 a = 1; }", "message M { int32 a = 1; }", "none"),
    "another order": ("message M { int32 a = 1; int32 b = 2; }", "message M { int32 b = 2; int32 a = 1; }", "none"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_effect_on_clients(case: str, contract) -> None:
    older, newer, effect = CASES[case]
    # Something that both have, so that the two have a counterpart at all.
    both = " message Always { int32 x = 1; }"
    change = release_change("1", contract(older + both), "2", contract(newer + both))
    assert change.effect == effect, [(each.rule, each.effect, each.text) for each in change.changes]
    assert bool(change.changes) == (older != newer)


def test_another_package_is_another_path(contract) -> None:
    texts = [
        {"a.proto": f'syntax = "proto3"; package {name}; message M {{ int32 a = 1; }} {USED}'} for name in ("a", "b")
    ]
    assert release_change("1", contract(texts[0]), "2", contract(texts[1])).breaks_clients


def test_a_required_field_added(contract) -> None:
    texts = [
        {"a.proto": f'syntax = "proto2"; message M {{ optional int32 a = 1; {more} }}'}
        for more in ("", "required int32 b = 2;")
    ]
    assert release_change("1", contract(texts[0]), "2", contract(texts[1])).breaks_clients


def test_extensions_of_options_are_on_no_wire(contract) -> None:
    head = (
        'syntax = "proto2"; import "google/protobuf/descriptor.proto";'
        " message M { optional int32 a = 1; extensions 5; }"
    )
    effects = {}
    for extendee in ("google.protobuf.FieldOptions", "M"):
        number = 5 if extendee == "M" else 50_000
        older = {"a.proto": f"{head} extend {extendee} {{ optional int32 x = {number}; }}"}
        effects[extendee] = release_change("1", contract(older), "2", contract({"a.proto": head})).effect
    assert effects == {"google.protobuf.FieldOptions": "source", "M": "wire"}


def test_nothing_in_common(contract) -> None:
    change = release_change(
        "1", contract({"a.proto": "enum Colour { RED = 0; } "}), "2",
        contract({"b.proto": 'syntax = "proto3"; package other; service Zebra { rpc Graze(Y) returns (Y); } message Y { bytes q = 77; }'}),  # noqa: E501
    )  # fmt: skip
    assert (change.unrelated, change.effect, change.changes) == (True, "wire", ())


def test_what_is_told_of_a_change(contract) -> None:
    change = release_change(
        "1", contract(f"message M {{ int32 a = 1; string b = 2; }} {USED}"), "2",
        contract(f"message M {{ int64 a = 1; }} {USED}"),
    )  # fmt: skip
    retyped, removed = (next(each for each in change.changes if each.element == name) for name in ("a.M.a", "a.M.b"))
    assert (retyped.sort, retyped.text, retyped.older_element) == ("changed", "type `int32` → `int64`", "a.M.a")
    assert (removed.sort, removed.text, removed.declaration) == ("removed", "removed", "string b = 2;")
    assert removed.consequence == "The server ignores what clients send in it. Clients never receive it again."
    assert [reach.path for reach in removed.reaches] == ["/a.S/Get", "/a.S/Keep"]


def test_every_impact_is_judged_and_every_exception_is_a_rule() -> None:
    assert {*EFFECT_OF_IMPACT, "extra"} == set(IMPACTS)
    assert set(EFFECT_OF_RULE) <= {rule.id for rule in RULES}


def test_a_rule_has_one_aspect_or_none() -> None:
    assert {rule.id for rule in RULES if len(rule.aspects) > 1} == set()
