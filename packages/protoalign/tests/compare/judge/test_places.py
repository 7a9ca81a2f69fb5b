"""Where findings point: lines, columns and declarations."""

import dataclasses

import pytest

from protoalign.compare import compare
from protoalign.compare.declarations import declaration
from protoalign.compare.nodes import NodeIndex
from protoalign.compare.positions import Positions
from protoalign.contract import ContractFile, build_contract

TEXT = """\
syntax = "proto3";
package shop.v1;
import "google/protobuf/timestamp.proto";
option go_package = "example.com/shop";
message Order {
  message Line { string sku = 1; }
  repeated Line lines = 1;
  map<string, Line> by_sku = 2;
  optional string note = 3 [deprecated = true, json_name = "remark"];
  google.protobuf.Timestamp created = 4;
  repeated int32 sizes = 5 [packed = false];
  oneof payment { string card = 6; }
  State state = 7;
}
enum State { OPEN = 0; SHUT = 1 [deprecated = true]; }
service Shop { rpc Get(Order) returns (stream Order.Line); }
"""
OLD = """\
syntax = "proto2";
package shop.v1;
message Bag {
  required string id = 1 [default = "a\\"b"];
  optional bytes raw = 2 [default = "\\377"];
  optional group Part = 3 { optional int32 x = 1; }
  extensions 100 to max;
}
extend Bag { repeated int32 sizes = 100; }
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("shop.proto", ""),
        ("shop.v1.Order", "message Order"),
        ("shop.v1.Order.Line", "message Line"),
        ("shop.v1.Order.lines", "repeated Line lines = 1;"),
        ("shop.v1.Order.by_sku", "map<string, Line> by_sku = 2;"),
        ("shop.v1.Order.note", 'optional string note = 3 [json_name = "remark", deprecated = true];'),
        ("shop.v1.Order.created", "google.protobuf.Timestamp created = 4;"),
        ("shop.v1.Order.sizes", "repeated int32 sizes = 5 [packed = false];"),
        ("shop.v1.Order.payment", "oneof payment"),
        ("shop.v1.Order.card", "string card = 6;"),
        ("shop.v1.Order.state", "State state = 7;"),
        ("shop.v1.State", "enum State"),
        ("shop.v1.SHUT", "SHUT = 1 [deprecated = true];"),
        ("shop.v1.Shop", "service Shop"),
        ("shop.v1.Shop.Get", "rpc Get(Order) returns (stream Order.Line);"),
    ],
)
def test_declaration(compile_contract, name, text):
    assert declared(compile_contract({"shop.proto": TEXT}), name) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("shop.v1.Bag.id", 'required string id = 1 [default = "a\\"b"];'),
        ("shop.v1.Bag.raw", 'optional bytes raw = 2 [default = "\\377"];'),
        ("shop.v1.Bag.part", "optional group Part part = 3;"),
        ("shop.v1.sizes", "extend Bag { repeated int32 sizes = 100; }"),
    ],
)
def test_declaration_in_proto2(compile_contract, name, text):
    assert declared(compile_contract({"shop.proto": OLD}), name) == text


def declared(contract, name):
    index = NodeIndex.of(contract.files)
    return declaration({**index.files, **index.by_name}[name], contract.by_name["shop.proto"].descriptor)


@pytest.mark.parametrize(
    ("name", "aspect", "detail", "line", "column"),
    [
        ("shop.v1.Order", None, "", 5, 1),
        ("shop.v1.Order.note", None, "", 9, 3),
        ("shop.v1.Order.note", "number", "", 9, 26),
        ("shop.v1.Order.note", "type", "", 9, 12),
        ("shop.v1.Order.note", "presence", "", 9, 3),
        ("shop.v1.Order.note", "option", "deprecated", 9, 29),
        ("shop.v1.Order.note", "option", "(acme.custom).deep", 9, 28),
        ("shop.v1.Order.lines", "type", "", 7, 12),
        ("shop.v1.Order.state", "oneof", "", 13, 3),
        ("shop.v1.Shop.Get", "output", "", 16, 47),
        ("shop.proto", "package", "", 2, 1),
        ("shop.proto", "option", "go_package", 4, 1),
        ("shop.proto", "import", "google/protobuf/timestamp.proto", 3, 1),
        ("shop.proto", "import", "nowhere.proto", 1, 1),
    ],
)
def test_position(compile_contract, name, aspect, detail, line, column):
    contract = compile_contract({"shop.proto": TEXT})
    index = NodeIndex.of(contract.files)
    place = Positions(contract).place({**index.files, **index.by_name}[name], aspect, detail)
    assert (place.file, place.location, place.line, place.column) == ("shop.proto", "shop.proto", line, column)


def without_source_info(contract, copies):
    file = contract.files[0]
    descriptor = type(file.descriptor).FromString(file.serialized)
    descriptor.ClearField("source_code_info")
    provenance = dataclasses.replace(contract.provenance, copies={file.name: copies})
    return build_contract([ContractFile.of(descriptor)], provenance, available=contract.imports)


@pytest.mark.parametrize(
    ("copies", "location", "line"),
    [
        (("sdk/v5/shop_pb2.py:29", "sdk/v6/shop_pb2.py:31"), "sdk/v5/shop_pb2.py", 29),
        (("shop.binpb",), "shop.binpb", None),
        (("proto/shop.proto",), "proto/shop.proto", None),
        ((), "shop.proto", None),
    ],
)
def test_a_source_without_text_points_at_the_member_that_holds_the_file(compile_contract, copies, location, line):
    contract = without_source_info(compile_contract({"shop.proto": TEXT}), copies)
    place = Positions(contract).place(NodeIndex.of(contract.files).by_name["shop.v1.Order.note"], "number")
    assert (place.location, place.line, place.column) == (location, line, None)
    assert place.text.startswith("optional string note")


def test_an_image_with_source_info_points_into_the_text(compile_contract):
    contract = compile_contract({"shop.proto": TEXT})
    provenance = dataclasses.replace(contract.provenance, copies={"shop.proto": ("image.binpb",)})
    image = dataclasses.replace(contract, provenance=provenance)
    place = Positions(image).place(NodeIndex.of(image.files).by_name["shop.v1.Order"])
    assert (place.location, place.line) == ("shop.proto", 5)


def test_what_is_missing_points_at_what_should_hold_it(compile_contract):
    reference = compile_contract({"shop.proto": TEXT})
    subject = compile_contract({"shop.proto": TEXT.replace("  oneof payment { string card = 6; }\n", "")})
    findings = {finding.element: finding for finding in compare(subject, reference).findings}
    place = findings["shop.v1.Order.card"].subject
    assert (place.name, place.line, place.text) == ("shop.v1.Order", 5, "message Order")
    assert findings["shop.v1.Order.card"].reference.line == 12
    subject = compile_contract(
        {"shop.proto": TEXT.replace("enum State {", "enum Other {").replace(" State s", " Other s")}
    )
    missing = compile_contract({"shop.proto": TEXT, "more.proto": 'syntax = "proto3";\npackage m;\nmessage M {}'})
    finding = next(each for each in compare(subject, missing).findings if each.element == "m.M")
    assert finding.subject is None
