"""Which vectors a message gets, and what is in them."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

import pytest
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.message_factory import GetMessageClass

from protoalign.contract import Contract, ContractFile, Provenance, build_contract
from protoalign.contract.pools import pool_of
from protoalign.prove.model import MessageVectors, Vector
from protoalign.prove.vectors import make_vectors
from protoalign.prove.vectors.drafts import MAX_FURTHER

PROTO3 = 'syntax = "proto3"; package p;\n'
PROTO2 = 'syntax = "proto2"; package p;\n'


@pytest.fixture
def vectors_of(compile_contract):
    """The vectors of the message `p.M`, by name, that Google's runtime agrees with."""

    def of(text: str, message: str = "p.M") -> Mapping[str, Vector]:
        contract = compile_contract({"a.proto": text})
        made = {each.message: each for each in make_vectors(contract)}
        assert_google_agrees(contract, made.values())
        return {vector.name: vector for vector in made[message].vectors}

    return of


def assert_google_agrees(contract: Contract, made) -> None:
    for each in made:
        group = next(group for group in contract.groups if each.file in group)
        pool = pool_of(contract.by_name[name] for name in group)
        message = GetMessageClass(pool.FindMessageTypeByName(each.message))
        for vector in each.vectors:
            where = f"{each.message}: {vector.name}"
            assert message.FromString(vector.input).SerializeToString(deterministic=True) == vector.output, where


def hexes(vector: Vector) -> tuple[str, str, str | None]:
    return vector.input.hex(), vector.output.hex(), vector.json


def test_a_field_of_implicit_presence(vectors_of) -> None:
    vectors = vectors_of(PROTO3 + "message M { int32 a = 1; }")
    assert hexes(vectors["empty"]) == ("", "", "{}")
    assert hexes(vectors["a/plain"]) == ("0801", "0801", '{"a":1}')
    assert hexes(vectors["a/zero"]) == ("0800", "", "{}")
    assert hexes(vectors["a/minus one"]) == ("08ffffffffffffffffff01", "08ffffffffffffffffff01", '{"a":-1}')
    assert hexes(vectors["a/varint with more bytes than needed"]) == ("08818000", "0801", '{"a":1}')
    assert hexes(vectors["a/twice, the last one wins"]) == ("08000801", "0801", '{"a":1}')
    other = vectors["a/another wire type"]
    assert (other.input, other.output, other.json, other.lossy_json) == (b"\x0a\x01a", b"\x0a\x01a", "{}", True)


def test_a_field_of_explicit_presence_keeps_its_zero(vectors_of) -> None:
    vectors = vectors_of(PROTO3 + "message M { optional string a = 1; }")
    assert hexes(vectors["a/zero"]) == ("0a00", "0a00", '{"a":""}')
    assert vectors["empty"].json == "{}"


def test_a_default_is_present_or_not(vectors_of) -> None:
    vectors = vectors_of(
        PROTO2 + 'message M { optional int32 a = 1 [default = 7]; optional string s = 2 [default = "x"];'
        ' optional bytes b = 3 [default = "\\001"]; optional double d = 4 [default = inf];'
        " optional E e = 5 [default = B];"
        " optional bool f = 6 [default = true]; } enum E { A = 0; B = 3; }"
    )
    assert hexes(vectors["a/default"]) == ("0807", "0807", '{"a":7}')
    assert vectors["s/default"].output == b"\x12\x01x"
    assert vectors["b/default"].output == b"\x1a\x01\x01"
    assert vectors["d/default"].json == '{"d":"Infinity"}'
    assert vectors["a/zero"].output == b"\x08\0"


@pytest.mark.parametrize(
    ("type_", "wanted"),
    [
        ("int64", {"minimum": "-9223372036854775808", "past JSON numbers": "9007199254740993"}),
        ("uint64", {"maximum": "18446744073709551615"}),
        ("double", {"minus zero": -0.0, "infinity": "Infinity", "smallest subnormal": 5e-324, "one tenth": 0.1}),
        ("float", {"not a number": "NaN", "minus infinity": "-Infinity", "one tenth": 0.1}),
        ("string", {"astral": "\U0001f389", "NUL": "a\0b", "long": "0123456789abcdef" * 64}),
        ("bytes", {"not UTF-8": "//4="}),
    ],
)
def test_boundaries(vectors_of, type_: str, wanted: Mapping[str, object]) -> None:
    vectors = vectors_of(PROTO3 + f"message M {{ {type_} a = 1; }}")
    assert {label: json.loads(vectors[f"a/{label}"].json or "")["a"] for label in wanted} == wanted


def test_a_double_that_is_no_number_is_not_read_from_json(vectors_of) -> None:
    vectors = vectors_of(PROTO3 + "message M { double a = 1; repeated double b = 2; map<int32, double> c = 3; }")
    for name in ("a/not a number", "b/not a number", "c/value: not a number"):
        assert vectors[name].lossy_json
        assert "NaN" in (vectors[name].json or "")
    assert not vectors["b/boundaries"].lossy_json


def test_every_value_of_an_open_enum_and_an_unknown_number(vectors_of) -> None:
    vectors = vectors_of(PROTO3 + "message M { E a = 1; } enum E { ZERO = 0; ONE = 1; MINUS = -1; }")
    assert vectors["a/plain"].json == '{"a":"ONE"}'
    assert vectors["a/enum value MINUS"].json == '{"a":"MINUS"}'
    assert hexes(vectors["a/unknown number"]) == ("0802", "0802", '{"a":2}')


def test_an_unknown_number_of_a_closed_enum_has_no_json(vectors_of) -> None:
    vectors = vectors_of(PROTO2 + "message M { optional E a = 1; repeated E b = 2; } enum E { ONE = 1; TWO = 2; }")
    assert hexes(vectors["a/unknown number"]) == ("0803", "0803", None)
    assert hexes(vectors["b/unknown number"]) == ("1003", "1003", None)
    assert vectors["a/plain"].json == '{"a":"ONE"}'
    assert vectors["b/every enum value"].json == '{"b":["ONE","TWO"]}'


def test_packed_and_expanded_are_both_read(vectors_of) -> None:
    vectors = vectors_of(PROTO3 + "message M { repeated int32 a = 1; repeated int32 b = 2 [packed = false]; }")
    assert hexes(vectors["a/expanded"])[:2] == ("080108000801", "0a03010001")
    assert hexes(vectors["a/packed and expanded"])[:2] == ("0a0201000801", "0a03010001")
    assert hexes(vectors["a/two packed blocks"])[:2] == ("0a01010a020001", "0a03010001")
    assert hexes(vectors["a/an empty packed block"])[:2] == ("0a00", "")
    assert hexes(vectors["b/packed"])[:2] == ("1203020002", "100210001002")


def test_editions_decide_by_features(vectors_of) -> None:
    vectors = vectors_of(
        'edition = "2023"; package p; message M {\n'
        "  int32 implicit = 1 [features.field_presence = IMPLICIT];\n"
        "  repeated int32 expanded = 2 [features.repeated_field_encoding = EXPANDED];\n"
        "  N group = 3 [features.message_encoding = DELIMITED];\n"
        "  map<string, N> held = 4;\n"
        "}\nmessage N { int32 a = 1; }\n"
    )
    assert vectors["implicit/zero"].output == b""
    assert vectors["expanded/several"].output == bytes.fromhex("100210001002")
    assert vectors["group/plain"].output == bytes.fromhex("1b08011c")
    assert vectors["held/plain"].output == bytes.fromhex("22070a016112020801")


def test_maps_of_a_delimited_file_are_not_delimited(vectors_of) -> None:
    vectors = vectors_of(
        'edition = "2023"; package p; option features.message_encoding = DELIMITED;\n'
        "message M { map<int32, N> held = 1; N child = 2; }\nmessage N { int32 a = 1; }\n"
    )
    assert vectors["held/plain"].output == bytes.fromhex("0a06080112020801")
    assert vectors["child/plain"].output == bytes.fromhex("13080114")


def test_maps(vectors_of) -> None:
    vectors = vectors_of(PROTO3 + "message M { map<string, int32> a = 1; map<bool, M> b = 2; }")
    assert hexes(vectors["a/empty entry"]) == ("0a00", "0a040a001000", '{"a":{"":0}}')
    assert hexes(vectors["a/value left out"])[:2] == ("0a030a0161", "0a050a01611000")
    assert hexes(vectors["a/key left out"])[:2] == ("0a021002", "0a040a001002")
    assert hexes(vectors["a/value before key"])[:2] == ("0a0510020a0161", "0a050a01611002")
    assert hexes(vectors["a/key twice, the last one wins"])[:2] == ("0a050a016110000a050a01611002", "0a050a01611002")
    assert vectors["b/key: false"].json == '{"b":{"false":{"a":{"a":2}}}}'


def test_no_output_has_two_entries_of_a_map(vectors_of) -> None:
    vectors = vectors_of(PROTO3 + "message M { map<int32, int32> a = 1; }")
    assert all(len(json.loads(vector.json or "{}").get("a", {})) <= 1 for vector in vectors.values())


def test_oneofs(vectors_of) -> None:
    vectors = vectors_of(
        PROTO3 + "message M { oneof o { int32 a = 1; N n = 2; } } message N { int32 x = 1; int32 y = 2; }"
    )
    assert hexes(vectors["a/zero"])[:2] == ("0800", "0800")
    assert hexes(vectors["oneof o/a and then n"])[:2] == ("0801120408011002", "120408011002")
    assert hexes(vectors["oneof o/n and then a"])[:2] == ("1204080110020801", "0801")
    assert hexes(vectors["oneof o/n, a, n again"])[:2] == ("12020801080112021002", "12021002")


def test_messages_are_merged(vectors_of) -> None:
    vectors = vectors_of(PROTO3 + "message M { N n = 1; } message N { int32 x = 1; int32 y = 2; }")
    assert hexes(vectors["n/in two parts, merged"]) == ("0a0210020a020801", "0a0408011002", '{"n":{"x":1,"y":2}}')
    assert hexes(vectors["n/nothing in it"]) == ("0a00", "0a00", '{"n":{}}')
    assert vectors["n/an unknown field in it"].lossy_json


def test_messages_that_hold_themselves_are_nested_to_a_bound(vectors_of) -> None:
    vectors = vectors_of(
        PROTO3 + "message M { M m = 1; N n = 2; repeated M r = 3; } message N { map<int32, M> back = 1; }"
    )
    assert vectors["m/nested in itself"].json == '{"m":{"m":{"m":{"m":{}}}}}'
    assert vectors["r/nested in itself"].json == '{"r":[{"r":[{"r":[{"r":[{}]}]}]}]}'
    assert (vectors["n/nested in itself"].json or "").count('"back"') == 3


def test_all_fields_forwards_and_backwards(vectors_of) -> None:
    vectors = vectors_of(PROTO3 + "message M { int32 a = 1; string b = 2; bool c = 3; }")
    assert hexes(vectors["all fields"])[:2] == ("080112016218" + "01", "08011201621801")
    assert hexes(vectors["all fields, backwards"])[:2] == ("18011201620801", "08011201621801")


def test_fields_stand_together_only_in_an_order_that_all_runtimes_write(vectors_of) -> None:
    vectors = vectors_of(
        PROTO3 + "message M { oneof o { int32 x = 2; int32 y = 9; } int32 a = 1; int32 c = 4; int32 b = 3; }"
    )
    together = [vector.output for name, vector in vectors.items() if name.startswith("all fields")]
    # `x` has a lower number than `b`, and Go writes it behind: they never meet. `b` and `c` are declared the other way.
    assert not any(b"\x10" in output and b"\x18" in output for output in together)
    assert any(b"\x20" in output for output in together)
    assert any(b"\x18" in output for output in together)


def test_unknown_fields_of_every_wire_type_are_kept(vectors_of) -> None:
    vectors = vectors_of(PROTO3 + "message M { int32 a = 1; }")
    unknown = {name: vector for name, vector in vectors.items() if name.startswith("unknown field/")}
    assert {vector.output[0] & 7 for vector in unknown.values()} >= {0, 1, 2, 3, 5}
    assert all(vector.lossy_json for vector in unknown.values())
    first = unknown["unknown field/before known ones"]
    assert first.output.startswith(b"\x08\x01")
    assert not first.input.startswith(b"\x08\x01")


def test_required_fields_are_always_there(vectors_of) -> None:
    vectors = vectors_of(
        PROTO2
        + "message M { required int32 a = 1; optional M m = 2; optional N n = 3; } message N { required M m = 1; }"
    )
    assert "empty" not in vectors
    assert all(b"\x08" in vector.output for vector in vectors.values())
    assert vectors["n/plain"].output == bytes.fromhex("08011a040a020801")


def test_a_field_that_has_no_common_order_with_required_ones_is_left_out(vectors_of) -> None:
    vectors = vectors_of(PROTO2 + "message M { required int32 a = 5; optional int32 b = 2; optional int32 c = 6; }")
    assert not [name for name in vectors if name.startswith("b/")]
    assert "c/plain" in vectors


def test_a_message_that_requires_itself_has_no_vectors(compile_contract) -> None:
    contract = compile_contract(
        {"a.proto": PROTO2 + "message M { required M m = 1; } message N { optional M m = 1; optional int32 a = 2; }"}
    )
    made = {each.message: each for each in make_vectors(contract)}
    assert made["p.M"].vectors == ()
    assert {vector.name.split("/")[0] for vector in made["p.N"].vectors} >= {"empty", "a"}
    assert not [vector for vector in made["p.N"].vectors if vector.name.startswith("m/")]


def test_extensions_stand_alone(vectors_of) -> None:
    vectors = vectors_of(
        PROTO2 + "message M { optional int32 a = 1; extensions 100 to 199; }\n"
        "extend M { optional int32 e = 100; repeated int32 r = 101 [packed = true]; optional M m = 102; }"
    )
    assert hexes(vectors["[p.e]/plain"]) == ("a00664", "a00664", '{"[p.e]":100}')
    assert hexes(vectors["[p.r]/several"])[:2] == ("aa0603650065", "aa0603650065")
    assert all(vector.input == vector.output for name, vector in vectors.items() if name.startswith("["))


def test_message_sets_are_empty(compile_contract) -> None:
    text = PROTO2 + "message M { option message_set_wire_format = true; extensions 4 to max; }"
    (made,) = make_vectors(compile_contract({"a.proto": text}))
    assert [vector.name for vector in made.vectors] == ["empty"]


WELL_KNOWN = """syntax = "proto3"; package p;
import "google/protobuf/any.proto"; import "google/protobuf/duration.proto"; import "google/protobuf/empty.proto";
import "google/protobuf/field_mask.proto"; import "google/protobuf/struct.proto";
import "google/protobuf/timestamp.proto"; import "google/protobuf/wrappers.proto";
message M {
  google.protobuf.Any any = 1; google.protobuf.Duration duration = 2; google.protobuf.Empty empty = 3;
  google.protobuf.FieldMask mask = 4; google.protobuf.Struct struct = 5; google.protobuf.Value value = 6;
  google.protobuf.ListValue list = 7; google.protobuf.Timestamp time = 8; google.protobuf.Int64Value wrapped = 9;
  google.protobuf.NullValue null = 10; repeated google.protobuf.Value values = 11;
}
"""


def test_well_known_messages_have_values_that_json_can_write(vectors_of) -> None:
    vectors = vectors_of(WELL_KNOWN)
    plain = {name.split("/")[0]: vector.json for name, vector in vectors.items() if name.endswith("/plain")}
    assert plain == {
        "any": '{"any":{"@type":"type.googleapis.com/google.protobuf.Timestamp","value":"2023-11-14T22:13:20.123Z"}}',
        "duration": '{"duration":"3.500s"}',
        "empty": '{"empty":{}}',
        "mask": '{"mask":"name,firstPart.secondPart"}',
        "struct": '{"struct":{"key":["a",1.5,true,null]}}',
        "value": '{"value":"a"}',
        "list": '{"list":["a",1.5,true,null]}',
        "time": '{"time":"2023-11-14T22:13:20.123Z"}',
        "wrapped": '{"wrapped":"1"}',
        "null": "{}",
        "values": '{"values":["a"]}',
    }
    assert vectors["value/null"].json == '{"value":null}'
    assert vectors["value/nothing in it"].json is None
    assert vectors["time/beyond the calendar"].json is None
    assert vectors["time/year 1"].json == '{"time":"0001-01-01T00:00:00Z"}'


def test_names_that_json_cannot_tell_apart_have_no_json(vectors_of) -> None:
    text = PROTO2 + (
        "message M { option deprecated_legacy_json_field_conflicts = true;"
        " optional int32 foo_bar = 1; optional int32 fooBar = 2; }\nmessage N { optional M m = 1; }"
    )
    vectors = vectors_of(text)
    assert vectors["empty"].json == "{}"
    filled = [vector for name, vector in vectors.items() if name.startswith("foo") and vector.output]
    assert {vector.json for vector in filled if not vector.lossy_json} == {None}
    held = vectors_of(text, "p.N")
    assert held["m/nothing in it"].json == '{"m":{}}'
    assert held["m/plain"].json is None


def test_a_message_with_a_thousand_fields_stays_within_bounds(compile_contract) -> None:
    fields = " ".join(f"string f{number} = {number};" for number in range(1, 1001))
    contract = compile_contract({"a.proto": PROTO3 + f"message M {{ {fields} }}"})
    begun = time.perf_counter()
    (made,) = make_vectors(contract)
    assert time.perf_counter() - begun < 20
    names = {vector.name for vector in made.vectors}
    assert {f"f{number}/plain" for number in range(1, 1001)} | {"empty", "all fields"} <= names
    assert len(made.vectors) <= 1002 + MAX_FURTHER


def test_a_thousand_fields_against_the_order_of_numbers() -> None:
    file = FileDescriptorProto(name="a.proto", syntax="proto3")
    message = file.message_type.add(name="M")
    for number in range(1000, 0, -1):
        message.field.add(name=f"f{number}", number=number, label=1, type=FieldDescriptorProto.TYPE_INT32)
    contract = build_contract([ContractFile.of(file)], Provenance("by hand", "image"))
    begun = time.perf_counter()
    (made,) = make_vectors(contract)
    assert time.perf_counter() - begun < 20
    assert not [vector for vector in made.vectors if vector.name.startswith("all fields")]


def test_inputs_and_names_are_unique(compile_contract) -> None:
    for made in make_vectors(compile_contract({"a.proto": WELL_KNOWN})):
        names = [vector.name for vector in made.vectors]
        assert len(set(names)) == len(names)


def test_the_same_contract_gives_the_same_vectors(compile_contract) -> None:
    texts = {
        "a.proto": PROTO3 + "message A { map<string, int32> m = 1; }",
        "b.proto": PROTO3 + 'import "a.proto"; message B { A a = 1; message C { repeated A a = 1; } }',
    }
    contract = compile_contract(texts)
    again = build_contract(reversed(contract.files), contract.provenance)
    made = make_vectors(contract)
    assert made == make_vectors(again)
    assert [(each.file, each.message) for each in made] == [
        ("a.proto", "p.A"),
        ("b.proto", "p.B"),
        ("b.proto", "p.B.C"),
    ]


def test_files_that_clash_have_vectors_of_their_own() -> None:
    copies = []
    for index, name in enumerate(("v1/a.proto", "v2/a.proto")):
        file = FileDescriptorProto(name=name, package="same", syntax="proto3")
        file.message_type.add(name="M").field.add(name="a", number=index + 1, label=1, type=5)
        copies.append(ContractFile.of(file))
    contract = build_contract(copies, Provenance("two", "wheel"))
    first, second = make_vectors(contract)
    assert isinstance(first, MessageVectors)
    assert (first.file, second.file) == ("v1/a.proto", "v2/a.proto")
    assert first.vectors != second.vectors
    assert_google_agrees(contract, (first, second))


def test_a_contract_without_messages_has_no_vectors(compile_contract) -> None:
    assert make_vectors(compile_contract({"a.proto": 'syntax = "proto3"; enum E { A = 0; }'})) == ()


def test_a_file_that_takes_the_name_of_a_well_known_message() -> None:
    file = FileDescriptorProto(name="google/protobuf/timestamp.proto", package="google.protobuf", syntax="proto3")
    file.message_type.add(name="Timestamp").field.add(name="other", number=1, label=1, type=9)
    user = FileDescriptorProto(name="u.proto", syntax="proto3", dependency=[file.name])
    user.message_type.add(name="M").field.add(
        name="t", number=1, label=1, type=11, type_name=".google.protobuf.Timestamp"
    )
    contract = build_contract(map(ContractFile.of, (file, user)), Provenance("odd", "image"))
    made = make_vectors(contract)
    assert_google_agrees(contract, made)
