"""A runtime's report is held against the vectors: what is missing, short or different is a finding that names it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protoalign.prove.model import StageStatus, VectorFailure
from protoalign.prove.raw_report import MessageResult, RawReport
from protoalign.prove.vectors import make_vectors
from protoalign.prove.wire import VectorJudge, judge_wire

SHOP = """
syntax = "proto3";
package shop;
enum Color { COLOR_NONE = 0; COLOR_RED = 3; }
enum Unused { UNUSED_NONE = 0; }
message Item {
  string name = 1; double price = 2; optional int32 count = 3; Color color = 4; map<string, int32> tags = 5;
}
message Box { repeated Item items = 1; }
"""


@pytest.fixture(scope="module")
def contract(compile_contract):
    return compile_contract({"shop.proto": SHOP})


@pytest.fixture(scope="module")
def vectors(contract):
    return make_vectors(contract)


def perfect(vectors):
    """The report of a runtime that does everything right."""
    messages = {
        each.message: MessageResult(
            vectors=len(each.vectors),
            failures=(),
            json={vector.name: vector.json for vector in each.vectors if vector.json is not None},
        )
        for each in vectors
    }
    return RawReport(runtime="any", messages=messages)


def with_message(report, name, **changes):
    return replace(report, messages={**report.messages, name: replace(report.messages[name], **changes)})


def judged(contract, vectors, report, **options):
    return judge_wire("wire: any", VectorJudge(contract, vectors), report, **options)


def figures(result):
    return {figure.name: (figure.proved, figure.total) for figure in result.stage.figures}


def test_all_right_passes_with_every_figure_full(contract, vectors):
    result = judged(contract, vectors, perfect(vectors))
    assert result.stage.status is StageStatus.PASSED
    assert result.stage.findings == ()
    total = sum(len(each.vectors) for each in vectors)
    assert figures(result) == {"messages": (2, 2), "vectors": (total, total), "enums": (2, 2)}


def test_a_failure_names_field_check_vector_and_what_came_out(contract, vectors):
    name = next(vector.name for vector in vectors[0].vectors if vector.name.startswith("name/"))
    failure = VectorFailure(message="shop.Item", vector=name, check="encode", detail="0a, not 0b")
    result = judged(contract, vectors, with_message(perfect(vectors), "shop.Item", failures=(failure,)))
    assert result.stage.findings == (f"shop.Item.name: encode of vector {name}: 0a, not 0b",)
    assert result.messages == {"shop.Box"}


def test_further_failures_of_one_field_are_counted_not_listed(contract, vectors):
    names = [vector.name for vector in vectors[0].vectors if vector.name.startswith("name/")]
    failures = tuple(VectorFailure(message="shop.Item", vector=n, check="decode", detail="no") for n in names)
    result = judged(contract, vectors, with_message(perfect(vectors), "shop.Item", failures=failures))
    assert len(result.stage.findings) == 1
    assert result.stage.findings[0].endswith(f"(and {len(names) - 1} more vectors)")


def test_a_missing_message_is_told(contract, vectors):
    report = perfect(vectors)
    messages = {name: result for name, result in report.messages.items() if name != "shop.Box"}
    result = judged(contract, vectors, replace(report, messages=messages, missing=("shop.Box",)))
    assert result.stage.findings == ("shop.Box: the code has no such message",)


def test_a_message_that_was_left_out_silently_is_told(contract, vectors):
    report = replace(perfect(vectors), messages={})
    findings = judged(contract, vectors, report).stage.findings
    assert "shop.Item: no vector was tried" in findings


def test_vectors_that_were_not_tried_are_no_proof(contract, vectors):
    result = judged(contract, vectors, with_message(perfect(vectors), "shop.Box", vectors=1))
    assert result.stage.status is StageStatus.FAILED
    assert f"shop.Box: 1 of {len(vectors[1].vectors)} vectors were tried" in result.stage.findings


def test_an_empty_report_proves_nothing(contract, vectors):
    result = judged(contract, vectors, RawReport(runtime="any"))
    assert result.messages == frozenset()
    assert result.enums == {"shop.Unused"}  # no field uses it: nothing of it can be on the wire
    assert result.stage.status is StageStatus.FAILED


def test_json_that_was_not_given_is_a_finding(contract, vectors):
    result = judged(contract, vectors, with_message(perfect(vectors), "shop.Box", json={}))
    assert any("gave no JSON" in finding for finding in result.stage.findings)


def test_other_json_of_the_same_value_passes(contract, vectors):
    json = {**perfect(vectors).messages["shop.Item"].json, "all fields": None}
    json = {name: f" {text} " for name, text in json.items() if text is not None}
    json |= {n: t for n, t in perfect(vectors).messages["shop.Item"].json.items() if n not in json}
    assert judged(contract, vectors, with_message(perfect(vectors), "shop.Item", json=json)).stage.findings == ()


@pytest.mark.parametrize("text", ["-0", "-0.0", "-0e0"])
def test_minus_zero_keeps_its_sign_however_it_is_written(contract, vectors, text):
    judge = VectorJudge(contract, vectors)
    assert judge.from_json(vectors[0], f'{{"price": {text}}}') == bytes.fromhex("110000000000000080")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "is no JSON"),
        ('{"price": NaN}', "NaN is no JSON value"),
        ('{"name": "a", "name": "b"}', "a key twice"),
        ('{"nome": "a"}', "is not understood"),
        ("[" * 100_000, "is no JSON"),
        ("7", "is not understood"),
    ],
)
def test_wrong_json_is_told_not_raised(contract, vectors, text, problem):
    found = VectorJudge(contract, vectors).from_json(vectors[0], text)
    assert isinstance(found, str)
    assert problem in found


@given(st.text(max_size=60))
def test_any_text_in_place_of_json_is_judged(text):
    # Of the first contract that comes to hand: what is tried is the reading of JSON.
    from protoalign.contract import Provenance, build_contract, well_known_files

    file = next(file for file in well_known_files() if file.name == "google/protobuf/duration.proto")
    contract = build_contract([file], Provenance("tree", "tree"))
    vectors = make_vectors(contract)
    assert isinstance(VectorJudge(contract, vectors).from_json(vectors[0], text), bytes | str)


def test_an_enum_needs_each_value_in_a_vector_that_passes(contract, vectors):
    failures = tuple(
        VectorFailure(message=each.message, vector=vector.name, check="encode", detail="x")
        for each in vectors
        for vector in each.vectors
        if "COLOR_RED" in (vector.json or "")
    )
    report = perfect(vectors)
    for name in ("shop.Item", "shop.Box"):
        mine = tuple(failure for failure in failures if failure.message == name)
        report = with_message(report, name, failures=mine)
    result = judged(contract, vectors, report)
    assert "shop.Color" not in result.enums
    assert "shop.Color: no vector that passes has its value 3" in result.stage.findings


def test_an_error_of_the_runtime_fails_the_stage(contract, vectors):
    report = replace(perfect(vectors), errors=("shop_pb does not import: SyntaxError",))
    assert judged(contract, vectors, report).stage.findings == ("shop_pb does not import: SyntaxError",)


def reordered(vectors, encoded):
    vector = next(vector for vector in vectors[0].vectors if vector.name == "all fields")
    failures = tuple(
        VectorFailure(message="shop.Item", vector=vector.name, check=check, detail="other bytes")
        for check in ("encode", "from-json")
    )
    return with_message(perfect(vectors), "shop.Item", failures=failures, encoded={vector.name: encoded(vector.output)})


def swapped(output):
    """The message's first field behind the others: the field `name` has the first length-delimited tag."""
    length = 2 + output[1]
    return output[length:] + output[:length]


def test_another_order_of_fields_is_the_same_message_where_that_is_allowed(contract, vectors):
    report = reordered(vectors, swapped)
    assert judged(contract, vectors, report, any_order=True).stage.status is StageStatus.PASSED
    assert judged(contract, vectors, report).stage.status is StageStatus.FAILED


@pytest.mark.parametrize("wrong", [lambda _: b"", lambda output: output[:-1] + b"\x7f", lambda _: b"\xff"])
def test_other_bytes_are_no_other_order(contract, vectors, wrong):
    report = reordered(vectors, wrong)
    assert judged(contract, vectors, report, any_order=True).stage.status is StageStatus.FAILED


def test_findings_are_bounded(contract, vectors):
    report = replace(perfect(vectors), errors=tuple(f"error {number}" for number in range(150)))
    findings = judged(contract, vectors, report).stage.findings
    assert len(findings) == 101
    assert findings[-1] == "and 50 more"
