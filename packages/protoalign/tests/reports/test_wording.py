import pytest
from hypothesis import given
from hypothesis import strategies as st

from protoalign.compare.model import Place, Reach
from protoalign.reports.verdict import verdict_of
from protoalign.reports.wording import (
    counted,
    percent,
    position,
    prose_parts,
    reach_words,
    values_words,
    visible,
)


@given(st.text(st.characters()))
def test_visible_text_is_printable_and_encodable(text):
    assert visible(text).isprintable()
    visible(text).encode()


def test_visible_keeps_what_it_is_told_to_keep():
    assert visible("a\nb\x1b", keep="\n") == "a\nb\\x1b"


@pytest.mark.parametrize(
    ("score", "shown"), [(1.0, "100%"), (0.99999, "99.9%"), (0.5, "50%"), (0.573, "57.3%"), (0.0, "0%"), (0.29, "29%")]
)
def test_only_what_is_whole_is_called_100_percent(score, shown):
    assert percent(score) == shown


def test_counted_takes_the_plural_where_it_is_due():
    assert [counted(number, "file") for number in (0, 1, 1200)] == ["0 files", "1 file", "1,200 files"]
    assert counted(2, "match", "matches") == "2 matches"


def test_a_position_says_as_much_as_is_known():
    assert position(Place(name="a", file="a.proto", location="x/a.proto", line=3, column=5)) == "x/a.proto:3:5"
    assert position(Place(name="a", file="a.proto", location="a_pb2.py", line=3)) == "a_pb2.py:3"
    assert position(Place(name="a", file="a.proto", location="")) == "a.proto"


def test_reached_rpcs_are_shortened():
    reaches = tuple(Reach(path=f"/acme.Shop/R{number}", direction="request") for number in range(6))
    assert reach_words(reaches, "request") == "6 RPCs, request: `/acme.Shop/R0` and 5 more"
    assert reach_words(reaches[:1], "both") == "1 RPC, request and response: `/acme.Shop/R0`"
    assert reach_words((), None) == ""


def test_values_are_not_said_twice(make_finding):
    assert values_words(make_finding()) == ""
    finding = make_finding(message="another default", subject_value='"a"', reference_value="", detail="x")
    assert values_words(finding) == 'x: subject "a", reference none'


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("plain", [(False, "plain")]),
        ("set `id` to 1", [(False, "set "), (True, "id"), (False, " to 1")]),
        ("one ` alone", [(False, "one ` alone")]),
        ("`a` and ` alone", [(True, "a"), (False, " and ` alone")]),
        ("", []),
    ],
)
def test_what_stands_between_backticks_is_code(text, parts):
    assert list(prose_parts(text)) == parts


def test_verdicts(mixed, aligned, incomplete, make_comparison, make_finding):
    assert verdict_of(aligned, "warning").outcome == "aligned"
    assert verdict_of(mixed, "warning").outcome == "findings"
    assert verdict_of(mixed, "never").outcome == "accepted"
    info_only = make_comparison(make_finding(severity="info"))
    assert str(verdict_of(info_only, "warning")).startswith("passed: nothing at or above warning; 1 finding (1 info)")
    assert verdict_of(incomplete, "never").outcome == "incomplete"
