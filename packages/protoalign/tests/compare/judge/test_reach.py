"""Which RPCs an element reaches, and in which direction."""

import pytest

from protoalign.compare.nodes import NodeIndex
from protoalign.compare.reach import ReachIndex, direction_of
from protoalign.compare.structure import Difference

SHOP = """\
syntax = "proto2";
package shop;
message Request { optional Filter filter = 1; map<string, Money> limits = 2; extensions 100 to 199; }
message Filter { optional State state = 1; optional Filter not = 2; }
message Response { repeated Item items = 1; optional Filter used = 2; }
message Item { optional group Weight = 1 { optional int32 grams = 1; } oneof kind { string plain = 2; } }
message Money { optional int64 cents = 1; }
message Note { optional string text = 1; }
message Alone { optional int32 x = 1; message Inner { optional int32 y = 1; } }
enum State { OPEN = 0; CLOSED = 1; }
extend Request { optional Note note = 100; }
service Shop {
  rpc Find(Request) returns (stream Response);
  rpc Count(Request) returns (Money);
  rpc Echo(Item) returns (Item);
}
"""
EMPTY = 'syntax = "proto2";\npackage shop;\n'


@pytest.fixture
def reach(compile_contract):
    reference, subject = compile_contract({"shop.proto": SHOP}), compile_contract({"shop.proto": EMPTY})
    index = NodeIndex.of(reference.files)
    nodes = {**index.files, **index.by_name}
    found = ReachIndex(subject, reference)

    def of(name, aspect="missing"):
        return {each.path: each.direction for each in found.of(Difference(aspect, None, nodes[name]))}

    return of


FIND, COUNT, ECHO = "/shop.Shop/Find", "/shop.Shop/Count", "/shop.Shop/Echo"


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("shop.Request", {FIND: "request", COUNT: "request"}),
        ("shop.Request.filter", {FIND: "request", COUNT: "request"}),
        ("shop.Filter", {FIND: "both", COUNT: "request"}),
        ("shop.State", {FIND: "both", COUNT: "request"}),
        ("shop.OPEN", {FIND: "both", COUNT: "request"}),
        ("shop.Money", {FIND: "request", COUNT: "both"}),
        ("shop.Item.kind", {FIND: "response", ECHO: "both"}),
        ("shop.Item.Weight.grams", {FIND: "response", ECHO: "both"}),
        ("shop.note", {FIND: "request", COUNT: "request"}),
        ("shop.Note.text", {FIND: "request", COUNT: "request"}),
        ("shop.Alone.Inner.y", {}),
        ("shop.Shop", {FIND: "both", COUNT: "both", ECHO: "both"}),
        ("shop.Shop.Echo", {ECHO: "both"}),
        ("shop.proto", {FIND: "both", COUNT: "both", ECHO: "both"}),
    ],
)
def test_reach(reach, name, paths):
    assert reach(name) == paths


def test_a_file_reaches_by_its_package_and_not_by_its_options(reach):
    assert set(reach("shop.proto", "package")) == {FIND, COUNT, ECHO}
    assert reach("shop.proto", "option") == {}


def test_what_is_extra_reaches_the_subjects_rpcs(compile_contract):
    subject, reference = compile_contract({"shop.proto": SHOP}), compile_contract({"shop.proto": EMPTY})
    node = NodeIndex.of(subject.files).by_name["shop.Money"]
    found = ReachIndex(subject, reference).of(Difference("extra", node, None))
    assert [each.path for each in found] == [COUNT, FIND]


def test_a_long_chain_and_a_ring_are_followed(compile_contract):
    count = 3000
    ring = "".join(f"message M{i} {{ M{(i + 1) % count} next = 1; }}\n" for i in range(count))
    service = f"service S {{ rpc Go(M{count // 2}) returns (Out); }}\n"
    text = f'syntax = "proto3";\npackage a;\n{ring}message Out {{}}\n{service}'
    contract = compile_contract({"a.proto": text})
    node = NodeIndex.of(contract.files).by_name[f"a.M{count // 2 - 1}"]
    found = ReachIndex(contract, contract).of(Difference("option", node, node))
    assert [(each.path, each.direction) for each in found] == [("/a.S/Go", "request")]


def test_direction_of(reach):
    assert direction_of(()) is None
