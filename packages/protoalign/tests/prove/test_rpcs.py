"""RPCs of generated code are held against the reference's."""

from dataclasses import replace

import pytest

from protoalign.prove.model import StageStatus
from protoalign.prove.rpcs import judge_rpcs, reference_rpcs

SHOP = """
syntax = "proto3";
package shop;
message A {} message B {}
service Store {
  rpc Get(A) returns (B);
  rpc Watch(A) returns (stream B);
  rpc Push(stream A) returns (B);
  rpc Talk(stream A) returns (stream B);
}
service Empty {}
"""


@pytest.fixture(scope="module")
def reference(compile_contract):
    return reference_rpcs(compile_contract({"shop.proto": SHOP}))


def changed(reference, method, **values):
    return [replace(rpc, **values) if rpc.path.endswith(method) else rpc for rpc in reference.all]


def findings(reference, found):
    return judge_rpcs("rpcs: here", reference, found).stage.findings


def test_equal_rpcs_pass_an_empty_service_too(reference):
    result = judge_rpcs("rpcs: here", reference, reference.all)
    assert result.stage.status is StageStatus.PASSED
    assert result.services == {"shop.Store", "shop.Empty"}
    assert [(figure.name, figure.proved, figure.total) for figure in result.stage.figures] == [
        ("services", 2, 2),
        ("rpcs", 4, 4),
    ]


def test_their_order_and_repetition_do_not_matter(reference):
    assert findings(reference, [*reversed(reference.all), *reference.all]) == ()


def test_a_missing_one(reference):
    result = judge_rpcs("rpcs: here", reference, reference.all[1:])
    assert result.stage.findings == ("/shop.Store/Get is missing",)
    assert result.services == {"shop.Empty"}


def test_an_extra_one(reference):
    extra = replace(reference.all[0], path="/shop.Store/Drop", input="shop.X")
    result = judge_rpcs("rpcs: here", reference, [*reference.all, extra])
    assert result.stage.findings == ("/shop.Store/Drop is not in the reference",)
    assert "shop.Store" not in result.services


def test_another_package_is_told_as_another_path(reference):
    moved = [replace(rpc, path=rpc.path.replace("/shop.", "/shop.v1.")) for rpc in reference.all]
    assert findings(reference, moved)[0] == "/shop.Store/Get is missing; /shop.v1.Store/Get seems to stand for it"


def test_another_method_name_is_told_as_another_path(reference):
    found = changed(reference, "/Get", path="/shop.Store/Fetch")
    assert findings(reference, found)[0] == "/shop.Store/Get is missing; /shop.Store/Fetch seems to stand for it"


def test_another_request_and_response(reference):
    found = changed(reference, "/Get", input="shop.B", output="")
    assert findings(reference, found) == (
        "/shop.Store/Get: the request is shop.B, not shop.A",
        "/shop.Store/Get: the response is unknown, not shop.B",
    )


@pytest.mark.parametrize(
    ("method", "values", "said"),
    [
        ("/Get", {"server_streaming": True}, "it is server streaming, not unary"),
        ("/Watch", {"server_streaming": False}, "it is unary, not server streaming"),
        ("/Push", {"server_streaming": True}, "it is bidirectional streaming, not client streaming"),
        ("/Talk", {"client_streaming": False}, "it is server streaming, not bidirectional streaming"),
    ],
)
def test_another_streaming_kind(reference, method, values, said):
    assert findings(reference, changed(reference, method, **values)) == (f"/shop.Store{method}: {said}",)


def test_a_place_with_two_opinions_fails(reference):
    twice = [*reference.all, replace(reference.all[0], server_streaming=True)]
    assert findings(reference, twice) == ("/shop.Store/Get: it is server streaming, not unary",)


def test_a_place_that_is_not_reported_proves_nothing(reference):
    result = judge_rpcs("rpcs: here", reference, None)
    assert result.stage.findings[0] == "the runtime reports no RPCs of this place"
    assert result.services == frozenset()


def test_what_went_wrong_on_the_way_fails_the_stage(reference):
    result = judge_rpcs("rpcs: here", reference, reference.all, errors=["Store cannot be made"])
    assert result.stage.findings == ("Store cannot be made",)
