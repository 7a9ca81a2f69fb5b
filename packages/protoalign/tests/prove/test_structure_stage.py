"""The structure stage: no finding of any severity, and figures that count what has none."""

import pytest

from protoalign.compare import compare
from protoalign.prove.model import StageStatus
from protoalign.prove.structure import judge_structure
from protoalign.settings import Settings, Waiver

SHOP = """
syntax = "proto3";
package shop;
enum Color { COLOR_NONE = 0; COLOR_RED = 3; }
message Item { string name = 1; message Part { int32 size = 1; } Part part = 2; Color color = 3; }
message Box { repeated Item items = 1; }
service Store { rpc Get(Item) returns (Box); rpc Put(Box) returns (Item); }
"""


@pytest.fixture
def judged(compile_contract):
    def judge(subject, reference=SHOP, **settings):
        reference = compile_contract({"shop.proto": reference})
        comparison = compare(compile_contract({"shop.proto": subject}), reference, Settings(**settings))
        return judge_structure(comparison, reference)

    return judge


def figures(result):
    return [(figure.proved, figure.total) for figure in result.stage.figures]


def test_equal_contracts_pass(judged):
    result = judged(SHOP)
    assert result.stage.status is StageStatus.PASSED
    assert [figure.name for figure in result.stage.figures] == ["files", "messages", "enums", "services", "rpcs"]
    assert figures(result) == [(1, 1), (3, 3), (1, 1), (1, 1), (2, 2)]
    assert result.rpcs == {"/shop.Store/Get", "/shop.Store/Put"}


@pytest.mark.parametrize(
    ("old", "new", "unproved"),
    [
        ("string name = 1", "string name = 4", {"messages": {"shop.Item"}}),
        ("int32 size = 1", "int64 size = 1", {"messages": {"shop.Item", "shop.Item.Part"}}),
        ("string name = 1;", "", {"messages": {"shop.Item"}}),
        ("string name = 1;", "string name = 1; int32 more = 9;", {"messages": {"shop.Item"}}),
        ("COLOR_RED = 3", "COLOR_RED = 4", {"enums": {"shop.Color"}}),
        ("rpc Get(Item) returns (Box)", "rpc Get(Item) returns (stream Box)", {"services": {"shop.Store"}}),
        ("rpc Put(Box) returns (Item);", "", {"services": {"shop.Store"}}),
    ],
)
def test_an_element_with_a_finding_on_it_or_below_it_is_not_proved(judged, old, new, unproved):
    result = judged(SHOP.replace(old, new))
    assert result.stage.status is StageStatus.FAILED
    assert result.files == frozenset()
    every = judged(SHOP)
    for kind in ("messages", "enums", "services"):
        assert getattr(every, kind) - getattr(result, kind) == unproved.get(kind, set())


def test_another_package_leaves_nothing_of_the_file(judged):
    result = judged(SHOP.replace("package shop;", "package store;"))
    assert figures(result)[1:] == [(0, 3), (0, 1), (0, 1), (0, 2)]


def test_a_cosmetic_finding_fails_too(judged):
    first, second = "string name = 1; ", "Color color = 3; "
    result = judged(SHOP.replace(first, "").replace(second, second + first))
    assert result.stage.status is StageStatus.FAILED
    assert [finding.split(":")[0] for finding in result.stage.findings] == ["info"]


def test_the_worst_finding_comes_first(judged):
    result = judged(SHOP.replace("items = 1", "items = 2").replace("enum", 'option java_package = "x";\nenum', 1))
    severities = [finding.split(":")[0] for finding in result.stage.findings]
    assert len(set(severities)) > 1
    assert severities == sorted(severities, key=["error", "warning", "info"].index)


def test_a_waived_finding_is_listed_and_passes(judged):
    waiver = Waiver(rule="field-number", element="shop.Item.name", reason="agreed")
    result = judged(SHOP.replace("string name = 1", "string name = 4"), waivers=(waiver,))
    waived = {(each.rule, each.element, each.reason) for each in result.waivers}
    assert ("field-number", "shop.Item.name", "agreed") in waived
    assert not any("field-number" in finding for finding in result.stage.findings)
